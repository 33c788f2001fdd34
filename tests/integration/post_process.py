"""The post channel as a process of its own, to be killed: `python -m tests.integration.post_process URL DATA SCAN`."""

import asyncio
import sys
from pathlib import Path

from channels.post.adapter import PostChannel
from channels.post.settings import PostSettings
from contactcenter.files import FileStore
from contactcenter.store import Store
from tests.integration.post_office import context, settings


async def main(url: str, data: Path, scan: Path) -> None:
    chosen = settings(data, url, scan)
    made = context(Store(url), FileStore(data.parent / "files"), chosen)
    await PostChannel(made, chosen.group("post", PostSettings)).run(lambda _: None)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])))
