"""Contacts as they come and are worked, for tests of what is counted of them."""

from dataclasses import replace
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlmodel import Session

from contactcenter import agents, calls, cases, desk, intake, offers, replies
from contactcenter.model import Topic
from contactcenter.ports import InboundContact
from contactcenter.states import Channel, Outcome
from contactcenter.store import Store
from tests import town as solvik
from tests.fixtures.store import NOW

TODAY = date(2026, 11, 23)
OFFICE = {"week": {day: ["08:00-16:00"] for day in ("mon", "tue", "wed", "thu", "fri")}}
CALL = InboundContact(
    channel=Channel.PHONE,
    key="1700000000.1",
    arrived_at=NOW,
    address_point="+46101234500",
    sender="+46701740601",
    topic_key="solvik.ovrigt",
)
MAIL = InboundContact(
    channel=Channel.EMAIL,
    key="<1@citizen.example>",
    arrived_at=NOW,
    address_point="kontaktcenter@solvik.example",
    sender="eva@citizen.example",
    subject="Hej",
)


def scope(session: Session) -> frozenset[int]:
    return agents.scope(session, solvik.user(session, "anna").organisation_id)


def call(
    town: Store, number: int, *, waits: int, talks: int | None = None, at: datetime = NOW, who: str = "anna"
) -> int:
    """A call that is answered after `waits` seconds (`talks` seconds long) or given up; returns the case's id."""

    def work(session: Session) -> int:
        inbound = replace(CALL, key=f"1700000000.{number}", arrived_at=at, sender=f"+4670174{number:04}")
        received = calls.call_waiting(session, inbound, at)
        later = at + timedelta(seconds=waits)
        if talks is None:
            calls.call_abandoned(session, received.contact_id, later)
        else:
            agent = solvik.available(session, who, at)
            calls.call_ringing(session, received.contact_id, agent.id, later)
            calls.call_answered(session, received.contact_id, agent.id, later)
            calls.call_ended(session, received.contact_id, later + timedelta(seconds=talks))
        return received.case_id

    return town.sync_run(work)


def mail(town: Store, number: int, at: datetime = NOW) -> int:
    inbound = replace(MAIL, key=f"<{number}@citizen.example>", arrived_at=at)
    return town.sync_run(lambda session: intake.receive(session, inbound, at).case_id)


def take(town: Store, case_id: int, at: datetime, who: str = "anna") -> None:
    town.sync_run(
        lambda session: offers.give(session, cases.get(session, case_id), solvik.user(session, who).id, "take", at)
    )


def answer(town: Store, case_id: int, at: datetime, who: str = "anna", key: str = "r1") -> None:
    def work(session: Session) -> None:
        actor = solvik.actor(session, who)
        replies.reply(
            session, actor, case_id, at, key=f"{key}:{case_id}", to=["eva@citizen.example"], subject="", text="Svar"
        )

    town.sync_run(work)


def close(town: Store, case_id: int, at: datetime, who: str = "anna", outcome: Outcome = Outcome.ANSWERED) -> None:
    def work(session: Session) -> None:
        case = cases.get(session, case_id)
        if case.topic_id is None:
            case.topic_id = session.execute(select(Topic.id).where(Topic.key == "solvik.ovrigt")).scalar()  # type: ignore[call-overload]
        desk.close(session, solvik.actor(session, who), case_id, outcome, at)

    town.sync_run(work)
