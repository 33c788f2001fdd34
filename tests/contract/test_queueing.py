"""From tables to the router's records."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlmodel import Session

from contactcenter import agents, cases, intake, queueing
from contactcenter.model import Organisation
from contactcenter.ports import InboundContact
from contactcenter.states import AgentState, Channel
from contactcenter.store import Store
from tests import town as solvik
from tests.fixtures.store import NOW

MAIL = InboundContact(
    channel=Channel.EMAIL, key="<1@citizen.example>", arrived_at=NOW, address_point="kontaktcenter@solvik.example"
)


def preferring(session: Session, login: str) -> int:
    """A case kept for this agent."""
    case = cases.get(session, intake.receive(session, MAIL, NOW).case_id)
    case.preferred_agent_id = solvik.user(session, login).id
    session.add(case)
    return case.id


@pytest.mark.parametrize("gone", [AgentState.SIGNED_OUT, AgentState.AWAY])
def test_a_case_is_kept_for_somebody_who_is_there_but_not_for_somebody_gone(town: Store, gone: AgentState) -> None:
    def decided(session: Session) -> list[tuple[str, str]]:
        names = {solvik.user(session, login).id: login for login in ("anna", "bo")}
        return [(names[one.agent_id], str(one.why.preferred)) for one in queueing.decisions(session, NOW)]

    def busy(session: Session) -> None:
        solvik.available(session, "bo", NOW)
        agents.set_state(session, solvik.user(session, "anna"), AgentState.BUSY, NOW)

    town.sync_run(preferring, "anna")
    town.sync_run(busy)
    assert town.sync_read(decided) == [], "anna will be ready in a moment"
    town.sync_run(lambda session: agents.set_state(session, solvik.user(session, "anna"), gone, NOW))
    assert town.sync_read(decided) == [("bo", "False")]
    town.sync_run(solvik.available, "anna", NOW)
    assert town.sync_read(decided) == [("anna", "True")]


def test_written_work_uses_up_its_promise_in_open_hours_and_calls_on_the_clock(town: Store) -> None:
    def used(session: Session) -> dict[Channel, float]:
        organisation = session.get_one(Organisation, solvik.user(session, "anna").organisation_id)
        organisation.hours = {"week": {day: ["08:00-16:00"] for day in ("mon", "tue", "wed", "thu", "fri")}}
        session.flush()
        friday = NOW - timedelta(days=3)
        found = {}
        for channel in (Channel.EMAIL, Channel.PHONE):
            inbound = replace(MAIL, channel=channel, arrived_at=friday, topic_key="solvik.ovrigt")
            case = cases.get(session, intake.receive(session, inbound, friday).case_id)
            found[channel] = queueing.used(case, queueing.hours_by_organisation(session), NOW) * case.promised_seconds
        return found

    # From ten on Friday to ten on Monday, local time: six open hours on Friday, two on Monday.
    assert town.sync_run(used) == {Channel.EMAIL: 8 * 3600, Channel.PHONE: 3 * 86_400}


def test_the_agent_who_had_it_is_named_as_the_reason(town: Store) -> None:
    town.sync_run(preferring, "anna")
    town.sync_run(solvik.available, "anna", NOW)
    (decision,) = town.sync_read(queueing.decisions, NOW)
    assert decision.why.preferred
