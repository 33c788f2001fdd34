"""The taking in of what callers left, as a process of its own, to be killed: `python -m tests.integration.spool_process
URL FOLDER`. The spool is FOLDER/spool."""

import asyncio
import sys
from pathlib import Path

from channels.phone.spool import Spool
from contactcenter.clock import utc_now
from contactcenter.context import Context
from contactcenter.files import FileStore
from contactcenter.health import HealthBoard
from contactcenter.settings import Settings
from contactcenter.store import Store
from contactcenter.tail import Tail


async def main(url: str, folder: Path) -> None:
    store = Store(url)
    files = FileStore(folder / "files")
    context = Context(Settings(data_dir=folder), store, Tail(store), files, utc_now, HealthBoard(utc_now))
    spool = Spool(context, folder / "spool", "46")
    while await spool.take_in(()):
        pass
    print("empty", flush=True)  # noqa: T201
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2])))
