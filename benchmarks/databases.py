"""An SQLite file and a PostgreSQL of our own for the benchmarks, migrated and thrown away afterwards."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from contactcenter import migrate
from contactcenter.store import Store
from tests.fixtures import postgres

KINDS = ("sqlite", "postgresql")


@contextmanager
def fresh(kind: str) -> Iterator[Store]:
    """A store on an empty, migrated database of this kind."""
    folder = Path(tempfile.mkdtemp(prefix="contactcenter-bench-"))
    try:
        if kind == "sqlite":
            with _opened(f"sqlite:///{folder / 'bench.sqlite3'}") as store:
                yield store
            return
        user = postgres.server_user()
        cluster = postgres.started(postgres.create(folder, user), user)
        try:
            with _opened(cluster.url()) as store:
                yield store
        finally:
            cluster.process.terminate()
            cluster.process.wait(60)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _opened(url: str) -> Iterator[Store]:
    store = Store(url)
    try:
        migrate.upgrade(store.engine)
        yield store
    finally:
        store.close()
