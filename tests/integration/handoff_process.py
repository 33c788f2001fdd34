"""The hand-off sender as a process of its own, to be killed.

python -m tests.integration.handoff_process URL FOLDER LEASE_SECONDS
"""

import asyncio
import sys
from pathlib import Path

from contactcenter import handoff_sender
from contactcenter.files import FileStore
from contactcenter.store import Store
from tests import handing


async def main(url: str, folder: Path, lease: float) -> None:
    """Send until killed."""
    chosen = handing.settings(folder, lease_seconds=lease, timeout_seconds=lease / 2)
    context = handing.context(Store(url), FileStore(folder / "files"), chosen)
    await context.tail.start()
    await asyncio.gather(context.tail.run(), handoff_sender.build(context).run(context.health.report))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2]), float(sys.argv[3])))
