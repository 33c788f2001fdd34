"""The store's promises, kept on both databases."""

import asyncio
import contextlib
import threading
from datetime import timedelta

import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import InternalError
from sqlmodel import Session, select

from contactcenter import journal
from contactcenter.errors import Refused, Unavailable
from contactcenter.model import Counter, Event
from contactcenter.states import EventKind
from contactcenter.store import Store
from tests.fixtures.store import NOW


def count_up(session: Session, name: str = "n") -> int:
    counter = session.get(Counter, name) or Counter(name=name, value=0)
    counter.value += 1
    session.add(counter)
    return counter.value


def value(session: Session, name: str = "n") -> int:
    counter = session.get(Counter, name)
    return counter.value if counter else 0


def fail(session: Session) -> None:
    count_up(session)
    session.flush()
    raise Refused("no")


def break_a_rule(session: Session) -> None:
    session.execute(text("INSERT INTO counter (name, value) VALUES ('twice', 1), ('twice', 1)"))


def tell(session: Session, n: int) -> int:
    event = journal.record(session, EventKind.CASE_CHANGED, at=NOW + timedelta(seconds=n), n=n)
    session.flush()
    return event.id


async def test_a_hundred_read_then_write_updates_lose_none(store: Store) -> None:
    await asyncio.gather(*(store.run(count_up) for _ in range(100)))
    assert await store.read(value) == 100


async def test_two_processes_lose_none(store: Store, store_url: str) -> None:
    other = Store(store_url)
    try:
        await asyncio.gather(*(one.run(count_up) for one in (store, other) for _ in range(50)))
        assert await store.read(value) == 100
    finally:
        other.close()


async def test_a_failing_job_undoes_only_itself(store: Store) -> None:
    jobs = [store.run(fail) if n % 3 == 0 else store.run(count_up) for n in range(30)]
    outcomes = await asyncio.gather(*jobs, return_exceptions=True)
    assert sum(isinstance(outcome, Refused) for outcome in outcomes) == 10
    assert await store.read(value) == 20


async def test_a_job_that_breaks_a_rule_of_the_database_does_not_poison_its_group(store: Store) -> None:
    broken, *good = await asyncio.gather(
        store.run(break_a_rule), *(store.run(count_up) for _ in range(9)), return_exceptions=True
    )
    assert isinstance(broken, Exception)
    assert await store.read(value) == 9
    assert sorted(good) == list(range(1, 10))  # type: ignore[type-var]


async def test_an_answer_comes_after_the_commit(store: Store, store_url: str) -> None:
    other = Store(store_url)
    try:
        for n in range(1, 6):
            await store.run(count_up)
            assert await other.read(value) == n
    finally:
        other.close()


async def test_events_are_told_in_order_and_only_of_what_was_committed(store: Store) -> None:
    told: list[int] = []
    store.listen(lambda events: told.extend(event.id for event in events))

    def tell_and_fail(session: Session) -> None:
        tell(session, 99)
        raise Refused("no")

    jobs = [store.run(tell_and_fail) if n % 4 == 0 else store.run(tell, n) for n in range(40)]
    await asyncio.gather(*jobs, return_exceptions=True)
    assert told == await store.read(lambda session: list(session.exec(select(Event.id).order_by(Event.id)).all()))  # type: ignore[arg-type]
    assert len(told) == 30


async def test_a_reader_changes_nothing(store: Store) -> None:
    with contextlib.suppress(InternalError):  # PostgreSQL refuses, SQLite forgets
        await store.read(count_up)
    assert await store.read(value) == 0


async def test_jobs_wait_together_for_one_commit(store: Store) -> None:
    """While one job is held up the others gather, share the next transaction and are answered together."""
    go, begun = threading.Event(), 0

    def count(_connection: object) -> None:
        nonlocal begun
        begun += 1

    held = asyncio.ensure_future(store.run(hold, go))
    rest = [asyncio.ensure_future(store.run(count_up)) for _ in range(20)]
    await asyncio.sleep(0)
    event.listen(store.engine, "commit", count)
    go.set()
    await asyncio.gather(held, *rest)
    assert begun <= 2  # the held one may share it too


async def test_a_closed_store_says_so(store: Store) -> None:
    store.close()
    with pytest.raises(Unavailable):
        await store.run(count_up)


async def test_a_lost_database_is_unavailable_and_comes_back(store_url: str) -> None:
    lost = store_url.replace("/test_", "/gone_").replace("store.sqlite3", "no/such/folder/store.sqlite3")
    store = Store(lost)
    try:
        with pytest.raises(Unavailable) as caught:
            await store.run(count_up)
        assert "INSERT" not in str(caught.value)
        assert "postgres" not in str(caught.value)
    finally:
        store.close()


def hold(session: Session, go: threading.Event) -> None:
    session.exec(select(Counter)).all()
    assert go.wait(10)
