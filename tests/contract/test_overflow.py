"""Steps out of a queue that is too long, in the store, on both databases."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import Session, col, select

from contactcenter import calls, cases, configuration, queueing, routing
from contactcenter.errors import Misconfigured
from contactcenter.model import Contact, Event
from contactcenter.overflow import steps
from contactcenter.overflow.model import OverflowStep
from contactcenter.routing import FreeAgent
from contactcenter.states import CaseState, ContactState, EventKind, Outcome
from contactcenter.store import Store
from contactcenter.waiting import promised
from contactcenter.waiting.promised import Tries
from tests import town as solvik
from tests.contract.test_calls import CALL
from tests.fixtures.store import NOW

LATER = NOW + timedelta(minutes=1)
RESERVE = {"key": "solvik.reserv", "name": "Reserv", "organisation": "solvik"}
ELSEWHERE = "+46701740611"


def document(*wanted: dict[str, Any], queue: str = "solvik.allmant") -> configuration.Document:
    queues = [*solvik.SOLVIK["queues"], RESERVE]
    return configuration.parse(
        solvik.SOLVIK | {"queues": [one | {"overflow": list(wanted)} if one["key"] == queue else one for one in queues]}
    )


def configured(town: Store, *wanted: dict[str, Any]) -> None:
    town.sync_run(configuration.apply, document(*wanted), NOW)


def rings(town: Store, number: int = 1) -> int:
    """A citizen waits in the queue; the contact's id."""
    call = replace(
        CALL, key=f"kc-8.{number}", sender=f"+4670174060{number}", arrived_at=NOW + timedelta(seconds=number)
    )
    return int(town.sync_run(calls.call_waiting, call, call.arrived_at).contact_id)


def contact_of(town: Store, id: int) -> Contact:
    return town.sync_read(lambda session: session.get_one(Contact, id))


def told(town: Store) -> list[tuple[EventKind, dict[str, Any]]]:
    kinds = {EventKind.CALL_OVERFLOWED, EventKind.OVERFLOW_RETURNED, EventKind.CALL_MISSED}

    def ask(session: Session) -> list[tuple[EventKind, dict[str, Any]]]:
        return [
            (one.kind, one.data) for one in session.exec(select(Event).order_by(col(Event.id))) if one.kind in kinds
        ]

    return town.sync_read(ask)


def test_a_dry_run_tells_the_steps_that_would_change_and_what_was_written_comes_back(town: Store) -> None:
    wanted = document({"to": "voicemail", "after_seconds": 60})
    (_, change) = sorted(town.sync_read(configuration.plan, wanted), key=lambda one: one.action)
    assert (change.name, change.fields["overflow"][0]) == ("solvik.allmant", [])
    town.sync_run(configuration.apply, wanted, NOW)
    assert town.sync_read(configuration.plan, wanted) == []
    assert town.sync_read(configuration.plan, town.sync_read(configuration.export)) == []


@pytest.mark.parametrize(
    ("step", "queue"),
    [
        ({"to": "queue", "queue": "granby.allmant"}, "solvik.bygg"),
        ({"to": "agents", "queue": "granby.allmant"}, "solvik.bygg"),
        ({"to": "agents", "queue": "solvik.bygg"}, "solvik.allmant"),
    ],
)
def test_no_step_leads_to_those_who_may_not_see_the_case(town: Store, step: dict[str, Any], queue: str) -> None:
    with pytest.raises(Misconfigured, match="may not see"):
        town.sync_read(configuration.plan, document(step, queue=queue))


def test_a_number_that_is_not_reached_gives_the_place_back_and_the_next_step_follows(town: Store) -> None:
    configured(town, {"to": "number", "number": ELSEWHERE}, {"to": "voicemail"})
    first = contact_of(town, rings(town))
    (order,) = town.sync_run(steps.take, LATER)
    assert (order.call_id, order.step.number, order.shown) == (first.key, ELSEWHERE, CALL.address_point)
    assert town.sync_run(steps.take, LATER) == [], "while it rings there is no other step"
    town.sync_run(steps.returned, first.case_id, "busy", LATER)
    town.sync_run(steps.returned, first.case_id, "busy", LATER)
    case = town.sync_read(cases.get, first.case_id)
    assert (case.arrived_at, case.state) == (first.arrived_at, CaseState.WAITING)
    assert [kind for kind, _ in told(town)] == [EventKind.CALL_OVERFLOWED, EventKind.OVERFLOW_RETURNED]
    assert [order.step.to.value for order in town.sync_run(steps.take, LATER)] == ["voicemail"]


def test_who_is_on_the_way_out_makes_the_queue_no_longer(town: Store) -> None:
    configured(town, {"to": "message", "say": "Ring i morgon.", "callers_per_agent": 2})
    town.sync_run(solvik.available, "anna", NOW)
    some = [contact_of(town, rings(town, number)) for number in (1, 2)]
    assert [order.call_id for order in town.sync_run(steps.take, LATER)] == [some[1].key]
    assert town.sync_run(steps.take, LATER) == []


def test_who_was_told_that_nobody_can_was_not_abandoned(town: Store) -> None:
    configured(town, {"to": "message", "say": "Ring i morgon."})
    contact = contact_of(town, rings(town))
    town.sync_run(steps.take, LATER)
    town.sync_run(calls.call_ended, contact.id, LATER)
    case = town.sync_read(cases.get, contact.case_id)
    assert (case.state, case.outcome) == (CaseState.CLOSED, Outcome.NO_ANSWER_NEEDED)
    assert contact_of(town, contact.id).state is ContactState.ENDED
    assert [kind for kind, _ in told(town)] == [EventKind.CALL_OVERFLOWED]


def test_a_step_that_the_telephone_refused_is_due_again_and_the_caller_can_be_missed(town: Store) -> None:
    configured(town, {"to": "message", "say": "Ring i morgon."})
    contact = contact_of(town, rings(town))
    (order,) = town.sync_run(steps.take, LATER)
    town.sync_run(steps.forget, order.step_id, "call_elsewhere", LATER)
    assert told(town)[-1][1] | {"why": "call_elsewhere", "due_again": True} == told(town)[-1][1]
    assert town.sync_read(steps.look, LATER).is_due
    town.sync_run(calls.call_ended, contact.id, LATER)
    assert [kind for kind, _ in told(town)][-1] is EventKind.CALL_MISSED


def test_a_promised_call_moves_with_its_place_and_is_sent_nowhere_else(town: Store) -> None:
    configured(town, {"to": "voicemail"}, {"to": "queue", "queue": "solvik.reserv"})
    contact = contact_of(town, rings(town))
    town.sync_run(promised.promise, contact.key, "+46701740601", Tries(), LATER)
    assert town.sync_run(steps.take, LATER) == []
    case = town.sync_read(cases.get, contact.case_id)
    step = town.sync_read(lambda session: session.exec(select(OverflowStep)).one())
    assert (step.target, case.arrived_at) == ("queue", contact.arrived_at)
    assert case.queue_id != step.queue_id


def test_who_is_being_offered_is_left_alone(town: Store) -> None:
    configured(town, {"to": "voicemail"})
    contact = contact_of(town, rings(town))

    def offered(session: Session) -> None:
        case = cases.get(session, contact.case_id)
        case.state = CaseState.OFFERED
        session.add(case)

    town.sync_run(offered)
    assert not town.sync_read(steps.look, LATER).is_due


def test_agents_who_help_out_are_asked_and_nothing_else_moves(town: Store) -> None:
    configured(town, {"to": "agents", "queue": "solvik.reserv"})
    contact = contact_of(town, rings(town))
    before = town.sync_read(cases.get, contact.case_id)
    town.sync_run(steps.take, LATER)
    after = town.sync_read(cases.get, contact.case_id)
    assert (after.queue_id, after.arrived_at) == (before.queue_id, before.arrived_at)
    (waits,) = town.sync_read(queueing.waiting, LATER)
    helper = FreeAgent(1, waits.helped_by, dict(waits.needs), idle_since=0.0, takes_calls=True, written_room=1)
    assert len(waits.helped_by) == 1
    assert routing.may_take(waits, helper, LATER.timestamp(), routing.Rules())
