"""Each event is counted exactly once, on both databases."""

import asyncio
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select
from sqlmodel import Session

from contactcenter import journal, rollups, stats
from contactcenter.health import Health
from contactcenter.model import Event
from contactcenter.states import Channel, EventKind
from contactcenter.store import Store
from contactcenter.tail import Tail
from tests import town as solvik
from tests.contract.contacts import TODAY, mail, scope
from tests.support import eventually

moments = st.integers(0, 40 * 86_400).map(
    lambda seconds: datetime(2026, 10, 1, tzinfo=UTC) + timedelta(seconds=seconds)
)
channels = st.sampled_from([Channel.PHONE, Channel.EMAIL, Channel.POST, Channel.CALLBACK])
lines = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(
            [
                EventKind.CASE_OPENED,
                EventKind.CASE_REOPENED,
                EventKind.CALL_ANSWERED,
                EventKind.CALL_MISSED,
                EventKind.CALL_ENDED,
                EventKind.CASE_CLOSED,
                EventKind.REPLY_QUEUED,
                EventKind.CASE_HANDED_OFF,
                EventKind.CASE_VIEWED,
            ]
        ),
        "at": moments,
        "agent_id": st.sampled_from([None, 1, 2]),
        "contact_id": st.sampled_from([None, 5]),
        "channel": channels.map(str),
        "direction": st.sampled_from(["in", "out"]),
        "waited": st.integers(0, 4000),
        "promised": st.sampled_from([60, 3600]),
        "talked": st.integers(0, 500),
        "handled": st.integers(0, 500),
        "first": st.booleans(),
        "first_contact": st.booleans(),
        "queue_id": st.sampled_from([1, 2]),
        "topic_id": st.sampled_from([None, 1, 2]),
    }
)


def everything(session: Session) -> list[list[tuple[object, ...]]]:
    return [sorted(tuple(row) for row in session.execute(select(table))) for table in rollups.ALL]


def wipe(session: Session) -> None:
    for table in (*rollups.ALL, rollups.cursor, Event.__table__):  # type: ignore[attr-defined]
        session.execute(delete(table))


class Killed(Exception):
    """The process ended in the middle."""


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    written=st.lists(lines, max_size=40),
    steps=st.lists(st.integers(1, 7), max_size=12),
    killed=st.sets(st.integers(0, 11)),
)
def test_each_event_is_counted_once_whatever_the_batches_and_failures(
    town: Store, written: list[dict[str, object]], steps: list[int], killed: set[int]
) -> None:
    town.sync_run(wipe)

    def write(session: Session) -> None:
        organisation = solvik.user(session, "anna").organisation_id
        for line in written:
            journal.record(session, organisation_id=organisation, **line)  # type: ignore[arg-type]

    def killed_half_way(session: Session, limit: int) -> None:
        stats.advance(session, limit)
        raise Killed

    town.sync_run(write)
    for number, step in enumerate(steps):
        if number in killed:
            with pytest.raises(Killed):
                town.sync_run(killed_half_way, step)
        else:
            town.sync_run(stats.advance, step)
    while town.sync_run(stats.advance, 5):
        pass
    counted = town.sync_read(everything)
    assert town.sync_run(stats.advance) == 0
    town.sync_run(stats.rebuild)
    assert town.sync_read(everything) == counted
    offered = sum(
        line["kind"] is EventKind.CASE_OPENED or (line["kind"] is EventKind.CASE_REOPENED and line["contact_id"] == 5)
        for line in written
    )
    rows = town.sync_read(lambda session: stats.by_day(session, scope(session), date(2026, 9, 1), date(2026, 12, 1)))
    assert stats.total(rows).offered == offered


async def test_the_adapter_counts_what_was_committed_before_and_while_it_runs(town: Store) -> None:
    def offered(session: Session) -> int:
        return stats.total(stats.by_day(session, scope(session), TODAY, TODAY)).offered

    async def is_counted(many: int) -> bool:
        return await town.read(offered) == many

    await asyncio.to_thread(mail, town, 1)
    tail = Tail(town)
    await tail.start()
    told: list[Health] = []
    statistician = stats.Statistician(town, tail)
    statistician.pause_seconds = 0.01
    running = [asyncio.create_task(tail.run()), asyncio.create_task(statistician.run(told.append))]
    try:
        await eventually(lambda: is_counted(1))
        await asyncio.to_thread(mail, town, 2)
        await eventually(lambda: is_counted(2))
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
    assert [health.ok for health in told] == [True]
