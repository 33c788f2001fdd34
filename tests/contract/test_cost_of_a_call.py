"""What a call costs the one writer, counted in SQL statements, on both databases: so it does not creep back up."""

import dataclasses
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import NamedTuple

import pytest
from sqlalchemy import event
from sqlmodel import Session, select

from channels.phone import at_once
from channels.phone.ringing import ToRing
from contactcenter import layout
from contactcenter.model import Topic
from contactcenter.settings import RoutingSettings
from contactcenter.store import Store
from pbx.calls import Call, CallKind, CallState, Change, ChangeKind
from tests import town as solvik

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
RULES = RoutingSettings()


class Ceiling(NamedTuple):
    """The most statements that a step may take, with the beginning of its transaction."""

    waiting: int = 18
    offered: int = 29
    """With `waiting` in it, as both are one transaction: nothing is between the caller and the telephone."""
    ringing: int = 6
    answered: int = 16
    ended: int = 10


CEILING = Ceiling()


class Meter:
    """The statements that a store has been asked."""

    def __init__(self, store: Store) -> None:
        self._store, self.asked = store, list[str]()

    @contextmanager
    def running(self) -> Iterator[list[str]]:
        self.asked.clear()
        event.listen(self._store.engine, "before_cursor_execute", self._count)
        try:
            yield self.asked
        finally:
            event.remove(self._store.engine, "before_cursor_execute", self._count)

    def _count(self, _connection: object, _cursor: object, statement: str, *_more: object) -> None:
        if "pg_advisory_xact_lock" not in statement:
            self.asked.append(" ".join(statement.split())[:100])


class Course:
    """One call after the other, step by step."""

    def __init__(self, town: Store) -> None:
        self._town, self._meter, self._count = town, Meter(town), 0

    def next(self) -> Call:
        self._count += 1
        caller = f"07017406{self._count:02d}"
        return Call(
            f"kc-{self._count}.0", "PJSIP/trunk-1", CallKind.CITIZEN, CallState.WAITING, "+46101234500",
            "bygg.bygglov", "1", NOW, caller,
        )  # fmt: skip

    def tell(self, what: ChangeKind, call: Call) -> tuple[list[ToRing], list[str]]:
        """What is to be rung then, and what it took."""
        with self._meter.running() as asked:
            rung = self._town.sync_run(at_once.record, [Change(what, call)], "46", NOW, RULES)
            return rung, list(asked)


@pytest.fixture
def course(town: Store) -> Course:
    return Course(town)


def served(course: Course) -> dict[str, list[str]]:
    """One call from the queue to its end; what each step took."""
    call = course.next()
    rung, offered = course.tell(ChangeKind.WAITING, call)
    assert [one.call_id for one in rung] == [call.id]
    (order,) = rung
    call = dataclasses.replace(call, state=CallState.RINGING, phone=order.extension, offer=str(order.offer_id))
    _, ringing = course.tell(ChangeKind.RINGING, call)
    call = dataclasses.replace(call, state=CallState.TALKING)
    _, answered = course.tell(ChangeKind.ANSWERED, call)
    _, ended = course.tell(ChangeKind.ENDED, call)
    return {"offered": offered, "ringing": ringing, "answered": answered, "ended": ended}


def affordable(step: str, asked: list[str]) -> None:
    most = getattr(CEILING, step)
    assert len(asked) <= most, f"{step} takes {len(asked)} statements, at most {most}:\n" + "\n".join(asked)


def test_a_call_that_finds_nobody_free(course: Course) -> None:
    course.tell(ChangeKind.WAITING, course.next())  # the layout is held in memory from then on
    rung, asked = course.tell(ChangeKind.WAITING, course.next())
    assert not rung
    affordable("waiting", asked)


def test_each_step_of_a_call_that_is_answered(town: Store, course: Course) -> None:
    town.sync_run(solvik.available, "anna", NOW)
    served(course)
    town.sync_run(free, "anna")
    for step, asked in served(course).items():
        affordable(step, asked)


def test_it_costs_no_more_when_many_wait(town: Store, course: Course) -> None:
    for _ in range(40):
        course.tell(ChangeKind.WAITING, course.next())
    town.sync_run(solvik.available, "anna", NOW)
    call = course.next()
    rung, asked = course.tell(ChangeKind.WAITING, call)
    assert rung
    assert rung[0].call_id != call.id  # who has waited longest goes first
    assert len(asked) <= CEILING.offered + 3  # that one's case, call and number are read


def free(session: Session, login: str) -> None:
    """The agent's work with the call before is done."""
    solvik.available(session, login, NOW)


class Undone(Exception):
    """What a job raises so that nothing of it is kept."""


def names(session: Session) -> set[str]:
    return set(layout.of(session).by_key)


def new_topic(session: Session, key: str, *, keep: bool = True) -> set[str]:
    old = session.exec(select(Topic)).first()
    assert old is not None
    session.add(Topic(organisation_id=old.organisation_id, key=key, name=key))
    found = names(session)
    if not keep:
        raise Undone
    return found


def test_what_is_held_in_memory_follows_every_change_and_no_undone_one(town: Store, store_url: str) -> None:
    before = town.sync_run(names)
    with pytest.raises(Undone):
        town.sync_run(new_topic, "undone", keep=False)
    assert town.sync_run(names) == town.sync_read(names) == before
    assert town.sync_run(new_topic, "own") == before | {"own"}
    assert town.sync_run(names) == town.sync_read(names) == before | {"own"}
    other = Store(store_url)  # another process
    try:
        other.sync_run(new_topic, "others")
        assert town.sync_run(names) == town.sync_read(names) == before | {"own", "others"}
    finally:
        other.close()
