"""The store: one write transaction at a time, shared by all who wait; readers beside it.

Jobs that arrive together are done in one transaction, each in a savepoint of its own, and answered after its
commit (group commit). So a durable write costs its share of one disk flush, and what one job does wrong undoes
that job alone. SQLite: WAL, `synchronous=FULL`, `BEGIN IMMEDIATE`. PostgreSQL: the same code under one advisory
lock, so that event ids come in commit order there too (docs/decisions/0002-one-writer.md).
"""

import asyncio
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.pool import QueuePool
from sqlmodel import Session

from contactcenter.errors import Unavailable
from contactcenter.model import Event

P = ParamSpec("P")
T = TypeVar("T")

GROUP = 128
"""At most this many jobs share a commit, so that no answer waits for long."""
WAITING = 10_000
"""At most this many jobs wait; more are refused as unavailable."""
WRITER_LOCK = 0x4B43
BUSY_MS = 5_000
READERS = {"sqlite": 2, "postgresql": 8}

Listener = Callable[[list[Event]], None]


@dataclass(slots=True)
class _Job:
    work: Callable[[Session], Any]
    answer: "Future[Any]"


class Store:
    """The database behind `url` (an SQLAlchemy URL, `sqlite:///…` or `postgresql+psycopg://…`).

    `run` and `sync_run` raise whatever the job raises, and `Unavailable` (`database`, `disk_full`, `overloaded`)
    when the database cannot take it; then nothing of the job was kept.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.engine = _engine(url)
        self.kind = self.engine.dialect.name
        self._jobs: queue.Queue[_Job | None] = queue.Queue(WAITING)
        self._listeners: list[Listener] = []
        self._readers = ThreadPoolExecutor(READERS[self.kind], thread_name_prefix="reader")
        self._writer = threading.Thread(target=self._write, name="writer", daemon=True)
        self._writer.start()
        self._closed = False

    def listen(self, listener: Listener) -> None:
        """Have `listener` called in the writer thread with the events of every commit; it must not block."""
        self._listeners.append(listener)

    async def run(self, work: Callable[Concatenate[Session, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Do `work(session, …)` in the write transaction; return its result once it is committed."""
        return await asyncio.wrap_future(self._submit(lambda session: work(session, *args, **kwargs)))

    def sync_run(self, work: Callable[Concatenate[Session, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """As `run`, for commands and tests without an event loop."""
        return self._submit(lambda session: work(session, *args, **kwargs)).result()

    async def read(self, work: Callable[Concatenate[Session, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Do `work(session, …)` on one consistent snapshot, beside the writer. What it changes is lost."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._readers, lambda: self.sync_read(work, *args, **kwargs))

    def sync_read(self, work: Callable[Concatenate[Session, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """As `read`, in the calling thread."""
        with _FailuresNamed(), self.engine.connect().execution_options(reads=True) as connection:
            if self.kind == "postgresql":
                connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"))
            with Session(connection, expire_on_commit=False) as session:
                result = work(session, *args, **kwargs)
                session.expunge_all()
                return result

    def close(self) -> None:
        """Finish what waits, then leave."""
        if self._closed:
            return
        self._closed = True
        self._jobs.put(None)
        self._writer.join()
        self._readers.shutdown()
        self.engine.dispose()

    def _submit(self, work: Callable[[Session], T]) -> "Future[T]":
        if self._closed:
            raise Unavailable("database", "the database is closed")
        answer: Future[T] = Future()
        answer.set_running_or_notify_cancel()
        try:
            self._jobs.put_nowait(_Job(work, answer))
        except queue.Full as full:
            raise Unavailable("overloaded", "too much is waiting to be written") from full
        return answer

    def _write(self) -> None:
        while (job := self._jobs.get()) is not None:
            group, last = self._together(job)
            self._commit(group)
            if last:
                return

    def _together(self, first: _Job) -> tuple[list[_Job], bool]:
        group = [first]
        while len(group) < GROUP:
            try:
                job = self._jobs.get_nowait()
            except queue.Empty:
                break
            if job is None:
                return group, True
            group.append(job)
        return group, False

    def _commit(self, group: list[_Job]) -> None:
        outcomes: list[tuple[_Job, Any, BaseException | None]] = []
        events: list[Event] = []
        try:
            with _FailuresNamed(), self.engine.connect() as connection:
                connection.begin()
                if self.kind == "postgresql":
                    connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": WRITER_LOCK})
                alone = len(group) == 1
                outcomes = [self._do(job, connection, events, alone) for job in group]
                connection.commit()
        except BaseException as failure:  # noqa: BLE001 (whatever it was, nobody may wait for ever)
            outcomes = [(job, None, failure) for job in group]
            events = []
        self._tell(events)
        for job, result, error in outcomes:
            job.answer.set_exception(error) if error else job.answer.set_result(result)

    def _do(
        self, job: _Job, connection: Connection, events: list[Event], alone: bool
    ) -> tuple[_Job, Any, BaseException | None]:
        savepoint = None if alone else connection.begin_nested()
        try:
            with (
                _FailuresNamed(),
                Session(connection, expire_on_commit=False, join_transaction_mode="rollback_only") as session,
            ):
                session.info["kept"] = []  # what was read or written stays known: asked again, it is not read again
                result = job.work(session)
                session.flush()
                new = list(session.info.get("events", ()))
                session.expunge_all()
            if savepoint:
                savepoint.commit()
            events.extend(new)
            return job, result, None
        except Exception as error:  # noqa: BLE001 (it is handed to whoever asked)
            (savepoint or connection).rollback()
            return job, None, error

    def _tell(self, events: list[Event]) -> None:
        if events:
            for listener in self._listeners:
                listener(events)


class _FailuresNamed:
    """Turn the database's own errors into `Unavailable`, without the statement and its values."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, DBAPIError) and _is_passing(error):
            raise Unavailable(_code(error), "the database cannot take this now") from error


def _is_passing(error: DBAPIError) -> bool:
    return isinstance(error, OperationalError) or error.connection_invalidated or _code(error) == "disk_full"


def _code(error: DBAPIError) -> str:
    message = str(error.orig).lower()
    full = "disk is full" in message or "no space left" in message or "disk i/o error" in message
    return "disk_full" if full or getattr(error.orig, "sqlstate", "") == "53100" else "database"


@event.listens_for(Session, "loaded_as_persistent")
@event.listens_for(Session, "pending_to_persistent")
def _keep(session: Any, one: object) -> None:
    """A session knows its objects only as long as somebody else does; a job keeps its own until it is done."""
    if (kept := session.info.get("kept")) is not None:
        kept.append(one)


def _engine(url: str) -> Engine:
    if not url.startswith("sqlite"):
        engine = create_engine(
            url, pool_size=10, max_overflow=2, pool_pre_ping=True, pool_timeout=10, hide_parameters=True
        )
        event.listen(engine, "connect", _prepare_postgresql)
        return engine
    engine = create_engine(
        url,
        poolclass=QueuePool,
        pool_size=5,
        max_overflow=0,
        hide_parameters=True,  # of failures: what a statement was given is personal data, and failures are logged
        connect_args={"check_same_thread": False},
    )
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_postgresql(connection: Any, _record: Any) -> None:
    """Our questions are short: compiling one (jit) takes longer than answering it, and data lie on no spinning disk."""
    for setting in ("jit = off", "random_page_cost = 1.1", "work_mem = '16MB'"):
        connection.execute(f"SET {setting}")
    connection.commit()


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None
    for pragma in (
        f"busy_timeout={BUSY_MS}",
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "temp_store=MEMORY",
        "cache_size=-65536",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    reads = connection.get_execution_options().get("reads")
    connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")
