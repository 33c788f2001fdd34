"""The wallboard, on both databases."""

from dataclasses import replace
from datetime import timedelta

from sqlmodel import Session

from contactcenter import agents, calls, stats
from contactcenter.board import board
from contactcenter.states import AgentState
from contactcenter.store import Store
from tests import town as solvik
from tests.contract.contacts import CALL, call, mail, scope
from tests.fixtures.store import NOW


def test_the_wallboard(town: Store) -> None:
    call(town, 1, waits=20, talks=100)
    call(town, 2, waits=45)
    waiting = replace(CALL, key="1700000000.77", arrived_at=NOW + timedelta(minutes=10), sender="+46701740699")
    town.sync_run(calls.call_waiting, waiting, waiting.arrived_at)
    mail(town, 1, NOW + timedelta(minutes=2))

    def away(session: Session) -> None:
        agents.set_state(session, solvik.user(session, "bo"), AgentState.AWAY, NOW, "lunch")

    town.sync_run(away)
    town.sync_run(stats.advance)
    now = NOW + timedelta(minutes=12)
    shown = town.sync_read(lambda session: board(session, scope(session), now))
    assert shown["waiting_by_channel"] == {"phone": 1, "callback": 1, "email": 1}
    assert (shown["waiting_total"], shown["callbacks_waiting"]) == (3, 1)
    assert (shown["longest_call_wait"], shown["longest_wait"]) == (120, 675)
    (mails,) = [row for row in shown["waiting"] if row["channel"] == "email"]
    assert mails["queue"] == "Allmänt"
    assert mails["oldest_at"] == (NOW + timedelta(minutes=2)).isoformat()
    assert shown["agents"]["away"] == 1
    assert shown["away"] == {"lunch": 1}
    assert shown["agents"]["wrapping_up"] == 1
    assert shown["service_level"] == 0.5
    assert (shown["answered"], shown["abandoned"]) == (1, 1)
    assert "5 sekunder" in shown["formula"]["sv"]


def test_the_wallboard_of_somebody_else_is_empty(town: Store) -> None:
    call(town, 1, waits=45)
    town.sync_run(stats.advance)
    shown = town.sync_read(
        lambda session: board(session, agents.scope(session, solvik.user(session, "greta").organisation_id), NOW)
    )
    assert shown["waiting"] == []
    assert shown["abandoned"] == 0
    assert shown["service_level"] is None
