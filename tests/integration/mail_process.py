"""The e-mail channel as a process of its own, to be killed: `python -m tests.integration.mail_process URL FOLDER PORT`.

Prints the door's port when it listens. PORT is the smart host's.
"""

import asyncio
import sys
from pathlib import Path

from channels.email import adapter
from contactcenter import tokens
from contactcenter.clock import utc_now
from contactcenter.context import Context
from contactcenter.files import FileStore
from contactcenter.health import HealthBoard
from contactcenter.ports import Health
from contactcenter.store import Store
from contactcenter.supervise import run_all
from contactcenter.tail import Tail
from tests.integration.mail_house import settings


async def main(url: str, folder: Path, smarthost_port: int) -> None:
    chosen = settings(folder / "var", url, smarthost_port=smarthost_port)
    tokens.use_secret(chosen.secret_bytes())
    store = Store(url)
    context = Context(chosen, store, Tail(store), FileStore(folder / "files"), utc_now, HealthBoard(utc_now))
    await context.tail.start()
    parts = adapter.build(context)

    def told(health: Health) -> None:
        if health.name == "email":
            print(health.facts["port"], flush=True)  # noqa: T201

    context.health.listen(told)
    await run_all(parts, context.health, asyncio.Event())


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])))
