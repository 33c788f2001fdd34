"""Who was missed is one matter, however often they ring and whatever they leave; and what is no abandoned call."""

from dataclasses import replace
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from contactcenter import calls, calls_desk, cases, stats, voicemail
from contactcenter.model import Case, Contact, Event
from contactcenter.states import CallPhase, CaseState, Channel, EventKind
from contactcenter.store import Store
from contactcenter.voicemail import HELPED, Left, Note
from tests import town as solvik
from tests.contract.test_calls import CALL, LATER, SOON
from tests.contract.test_stats import figures
from tests.fixtures.store import NOW

BACK = NOW + timedelta(hours=3)


def note(kind: Left, came: datetime) -> Note:
    return Note(kind, "kc-9.9", came, came + timedelta(seconds=40), CALL.address_point, CALL.topic_key, CALL.sender)


def missed(town: Store, key: str = "kc-1.1", at: datetime = NOW, waited: int = 60) -> int:
    """Somebody rings and gives up; the case's id."""
    received = town.sync_run(calls.call_waiting, replace(CALL, key=key, arrived_at=at), at)
    town.sync_run(calls.call_abandoned, received.contact_id, at + timedelta(seconds=waited))
    return int(received.case_id)


def answered(town: Store, key: str, at: datetime) -> int:
    """Somebody rings and is talked with; the contact's id."""
    received = town.sync_run(calls.call_waiting, replace(CALL, key=key, arrived_at=at), at)
    anna = town.sync_run(solvik.available, "anna", at)
    town.sync_run(calls.call_answered, received.contact_id, anna.id, at + timedelta(seconds=5))
    return int(received.contact_id)


def last_event(session: Session, kind: EventKind, case_id: int) -> Event:
    wanted = select(Event).where(Event.kind == kind, Event.case_id == case_id).order_by(col(Event.id).desc())
    return session.exec(wanted).one()


def open_cases(session: Session) -> list[int]:
    return [case.id for case in session.exec(select(Case)).all() if case.state in cases.OPEN]


def test_who_was_missed_and_leaves_a_message_next_time_is_one_case_with_the_earlier_place(town: Store) -> None:
    earlier = missed(town)
    received = town.sync_run(voicemail.take_in, note(Left.WISH, LATER), BACK)
    assert received is not None
    assert town.sync_read(open_cases) == [received.case_id]
    case = town.sync_read(cases.get, received.case_id)
    assert (case.channel, case.arrived_at) == (Channel.CALLBACK, NOW + timedelta(seconds=60))
    assert earlier != case.id
    assert town.sync_read(cases.get, earlier).state is CaseState.CLOSED


def test_a_trace_of_one_who_was_talked_with_since_needs_no_call_back(town: Store) -> None:
    contact_id = answered(town, "kc-2.2", LATER)
    received = town.sync_run(voicemail.take_in, note(Left.LEFT, NOW), BACK)
    assert received is not None
    trace = town.sync_read(cases.get, received.case_id)
    talked = town.sync_read(lambda session: session.get_one(Contact, contact_id)).case_id
    assert trace.id != talked
    assert trace.state is CaseState.CLOSED
    assert town.sync_read(last_event, EventKind.CASE_CLOSED, trace.id).data["reason"] == HELPED
    assert talked in town.sync_read(open_cases)


def test_a_trace_of_one_who_was_talked_with_before_is_a_missed_call(town: Store) -> None:
    contact_id = answered(town, "kc-2.2", NOW)
    town.sync_run(calls.call_ended, contact_id, NOW + timedelta(seconds=60))
    received = town.sync_run(voicemail.take_in, note(Left.LEFT, LATER + timedelta(minutes=5)), BACK)
    assert received is not None
    assert town.sync_read(cases.get, received.case_id).state is not CaseState.CLOSED


def test_the_short_limit_is_written_with_the_call_and_changes_nothing_of_the_past(town: Store) -> None:
    def told(session: Session, seconds: int) -> None:
        session.info[calls.SHORT] = seconds

    town.sync_run(told, 10)
    first = town.sync_run(calls.call_waiting, CALL, NOW)

    def gives_up(session: Session, contact_id: int, seconds: int) -> None:
        session.info[calls.SHORT] = seconds
        calls.call_abandoned(session, contact_id, SOON)

    town.sync_run(gives_up, first.contact_id, 10)
    later = town.sync_run(calls.call_waiting, replace(CALL, key="kc-3.3", sender="+46700000003", marks=()), NOW)
    town.sync_run(gives_up, later.contact_id, 3)
    phone = figures(town)["phone"]
    assert (phone.short_abandoned, phone.abandoned) == (1, 1)
    town.sync_run(stats.rebuild)
    phone = figures(town)["phone"]
    assert (phone.short_abandoned, phone.abandoned) == (1, 1), "counted anew by what each call was told"


def test_who_was_led_elsewhere_is_never_abandoned(town: Store) -> None:
    contact_id = answered(town, "kc-4.4", NOW)
    number = "+46850000999"

    def led_on(session: Session) -> None:
        contact = session.get_one(Contact, contact_id)
        calls_desk.changed(session, contact, CallPhase.OUTSIDE, number, LATER)
        calls.call_ended(session, contact_id, LATER + timedelta(seconds=30))
        calls.call_abandoned(session, contact_id, LATER + timedelta(seconds=30))

    town.sync_run(led_on)
    other = town.sync_run(calls.call_waiting, replace(CALL, key="kc-5.5", sender="+46700000005", marks=()), NOW)
    town.sync_run(calls.call_answered_outside, other.contact_id, SOON)
    town.sync_run(calls.call_ended, other.contact_id, LATER)
    phone = figures(town)["phone"]
    assert (phone.abandoned, phone.short_abandoned) == (0, 0)
