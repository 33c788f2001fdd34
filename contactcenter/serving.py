"""The composition root: builds every part, runs them under supervision, and leaves in good order."""

import asyncio
import contextlib
import fcntl
import gc
import logging
import signal
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import datetime
from typing import IO

from contactcenter import intake, migrate, registry, tokens
from contactcenter.clock import utc_now
from contactcenter.context import Context
from contactcenter.dispatch import Dispatcher
from contactcenter.errors import Misconfigured
from contactcenter.files import FileStore
from contactcenter.health import HealthBoard
from contactcenter.ports import Adapter, Health
from contactcenter.settings import Settings
from contactcenter.store import Store
from contactcenter.supervise import run_all
from contactcenter.tail import Tail

log = logging.getLogger(__name__)
FULL_COLLECTION_AFTER = 200
"""Smaller collections between two full ones; Python's own is 10."""


class _Journal:
    """The tail as an adapter."""

    name = "journal"

    def __init__(self, tail: Tail) -> None:
        self._tail = tail

    async def run(self, report: Callable[[Health], None]) -> None:
        report(Health(self.name, ok=True))
        await self._tail.run()


@contextlib.asynccontextmanager
async def opened(settings: Settings, clock: Callable[[], datetime] = utc_now) -> AsyncIterator[Context]:
    """The installation, open: database up to date, file store and secret there. Raises Misconfigured, Unavailable."""
    prepare_folder(settings)
    lock = _only_one(settings)
    tokens.use_secret(settings.secret_bytes())
    intake.use_reopen_days(settings.routing.reopen_days)
    store = Store(settings.url())
    try:
        bring_up_to_date(store)
        tail = Tail(store)
        await tail.start()
        files = FileStore(settings.data_dir / "files")
        yield Context(settings=settings, store=store, tail=tail, files=files, clock=clock, health=HealthBoard(clock))
    finally:
        await asyncio.to_thread(store.close)
        lock.close()


def _only_one(settings: Settings) -> IO[bytes]:
    """Hold the data folder: an embedded database, its scan folder and its exchange belong to one process."""
    lock = (settings.data_dir / "lock").open("wb")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        lock.close()
        raise Misconfigured(
            "settings", f"CC_DATA_DIR: another contact centre runs on {settings.data_dir}; stop it or choose another"
        ) from error
    return lock


def prepare_folder(settings: Settings) -> None:
    """Make the data folder, or say why it cannot be written."""
    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        probe = settings.data_dir / ".writable"
        probe.write_bytes(b"")
        probe.unlink()
    except OSError as error:
        raise Misconfigured(
            "settings",
            f"CC_DATA_DIR: {settings.data_dir} cannot be written ({error.strerror}); "
            "choose another folder or give yourself the right to write there",
        ) from error


def bring_up_to_date(store: Store) -> None:
    """An embedded database is migrated at start; a shared one only on demand, as others may be using it."""
    if store.kind == "sqlite":
        migrate.upgrade(store.engine)
    elif not migrate.is_current(store.engine):
        raise Misconfigured("database", "the database's schema is not this version's; run: contactcenter migrate")


def parts(context: Context) -> list[Adapter]:
    """Every part of the process, those first that others lean on."""
    settings = context.settings
    built: list[Adapter] = [
        _Journal(context.tail),
        Dispatcher(context.store, context.tail, settings.routing, context.clock),
    ]
    for path in (*registry.CHANNELS.values(), *registry.PARTS.values()):
        built += registry.build(path, context)
    return built


def keep_collections_short() -> None:
    """Leave what is loaded now out of garbage collections, and do the full ones seldom.

    A full collection looks at every object of every connection and keeps calls and consoles waiting meanwhile.
    """
    gc.collect()
    gc.freeze()
    young, middle, _ = gc.get_threshold()
    gc.set_threshold(young, middle, FULL_COLLECTION_AFTER)


async def serve(settings: Settings, extra: Callable[[Context], Sequence[Adapter]] | None = None) -> None:
    """Run until SIGTERM or SIGINT, then take nothing new, finish and leave."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with opened(settings) as context:
        adapters = [*(extra(context) if extra else ()), *parts(context)]
        keep_collections_short()
        log.info("action=started parts=%d", len(adapters))
        await run_all(adapters, context.health, stop)
        log.info("action=stopped")
