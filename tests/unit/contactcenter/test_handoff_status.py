"""What the case system says: idempotent, tolerant of order, moves the case only when it should. On both databases."""

import json
from datetime import datetime, timedelta
from itertools import permutations
from typing import Any

import pytest
from sqlmodel import Session, select

from contactcenter import agents, cases, desk, handoff, handoff_signature, handoff_status, intake
from contactcenter.errors import NotFound, Refused
from contactcenter.handoff_links import Link, LinkUse
from contactcenter.handoff_status import Noted, StatusReport
from contactcenter.model import Case, Contact, Delivery, FileRecord, Organisation, Queue
from contactcenter.ports import InboundContact
from contactcenter.settings import HandoffSettings
from contactcenter.states import CaseState, Channel, DeliveryState, Outcome, RemoteStatus
from contactcenter.store import Store
from tests import handing
from tests import town as solvik
from tests.fixtures.store import NOW

LATER_THAN: dict[str, list[str]] = {
    "received": ["in_progress", "answered"],
    "in_progress": ["answered"],
    "answered": [],
}
SETTINGS = HandoffSettings.model_validate({"secrets": {"demo": handing.SECRET, "next": "the next secret"}})
LATER = NOW + timedelta(hours=3)


def arrived(session: Session) -> Delivery:
    """Eva's case, handed off and delivered."""
    delivery = handing.handed_off(session, NOW)
    handing.claimed(session, NOW)
    handoff.succeed(session, delivery.id, "", NOW)
    return delivery


def told(session: Session, /, delivery: Delivery, status: str, now: datetime = LATER, **more: Any) -> Noted:
    values = {"status": status, "event_id": f"{status}-1"} | more
    return handoff_status.report(session, delivery.idempotency_key, StatusReport.model_validate(values), now)


def case_of(store: Store, delivery: Delivery) -> Case:
    return store.sync_read(cases.get, delivery.case_id)


def queue(session: Session, key: str) -> Queue:
    return session.exec(select(Queue).where(Queue.key == key)).one()


def test_received_and_in_progress_are_shown_and_leave_the_case_alone(town: Store) -> None:
    delivery = town.sync_run(arrived)
    town.sync_run(told, delivery, "received", reference="BYGG 2026-11")
    noted = town.sync_run(told, delivery, "in_progress")
    assert (noted.status, noted.late, noted.duplicate) == (RemoteStatus.IN_PROGRESS, False, False)
    assert case_of(town, delivery).state is CaseState.HANDED_OFF
    assert town.sync_read(handing.kinds, delivery.case_id).count("remote_status") == 2
    kept = town.sync_read(handoff.get, delivery.id)
    assert (kept.remote_reference, kept.remote_status) == ("BYGG 2026-11", RemoteStatus.IN_PROGRESS)


def test_answered_closes_the_case_and_keeps_what_was_answered(town: Store) -> None:
    delivery = town.sync_run(arrived)
    town.sync_run(told, delivery, "answered", text="Bygglov behövs inte.", by="Byggenheten")
    case = case_of(town, delivery)
    assert (case.state, case.outcome, case.closed_at) == (CaseState.CLOSED, Outcome.HANDED_OFF, LATER)
    note = town.sync_read(handing.notes, case.id)[-1]
    assert (note.text, note.sender_name) == ("Bygglov behövs inte.", "Byggenheten")
    event = town.sync_read(handing.last_event, case.id, "remote_status")
    assert event.contact_id == note.id
    assert "Bygglov" not in json.dumps(event.data)


def test_the_same_report_again_changes_nothing(town: Store) -> None:
    delivery = town.sync_run(arrived)
    town.sync_run(told, delivery, "returned", reason="Fel.")
    before = town.sync_read(handing.kinds, delivery.case_id)
    again = town.sync_run(told, delivery, "returned", reason="Fel.")
    assert again.duplicate
    assert town.sync_read(handing.kinds, delivery.case_id) == before
    assert len(town.sync_read(handing.notes, delivery.case_id)) == 2


@pytest.mark.parametrize("order", list(permutations(["received", "in_progress", "answered"])))
def test_whatever_order_they_come_in_the_last_stage_holds(town: Store, order: tuple[str, ...]) -> None:
    delivery = town.sync_run(arrived)
    noted = [town.sync_run(told, delivery, status) for status in order]
    assert noted[-1].status is RemoteStatus.ANSWERED
    assert case_of(town, delivery).state is CaseState.CLOSED
    expected = [any(later in order[:place] for later in LATER_THAN[one]) for place, one in enumerate(order)]
    assert [event.late for event in noted] == expected


def test_returned_waits_again_unread_from_its_original_arrival(town: Store) -> None:
    delivery = town.sync_run(arrived)
    town.sync_run(told, delivery, "returned", reason="Det här är inte vårt.")
    case = case_of(town, delivery)
    assert (case.state, case.unread, case.agent_id, case.arrived_at) == (CaseState.WAITING, True, None, NOW)
    assert case.queue_id == town.sync_read(queue, "solvik.bygg").id
    assert town.sync_read(handing.notes, case.id)[-1].text == "Det här är inte vårt."
    event = town.sync_read(handing.last_event, case.id, "case_returned")
    assert (event.data["reason"], event.data["placed_by"]) == ("misdirected", "topic")
    assert event.data["topic_id"] == case.topic_id


@pytest.mark.parametrize(
    "words",
    [
        {"unit": "solvik.skola"},
        {"unit": "barn och UTBILDNING"},
        {"reason": "Ska till Barn och utbildning, inte till Bygg och miljö."},
        {"reason": "Hör till barn och utbildning."},
    ],
)
def test_returned_goes_to_the_unit_that_they_name(town: Store, words: dict[str, Any]) -> None:
    town.sync_run(school_with_a_queue)
    delivery = town.sync_run(arrived)
    town.sync_run(told, delivery, "returned", **words)
    case, school = case_of(town, delivery), town.sync_read(queue, "solvik.skola")
    assert (case.queue_id, case.organisation_id) == (school.id, school.organisation_id)
    event = town.sync_read(handing.last_event, case.id, "case_returned")
    assert event.data["placed_by"] == "unit"
    assert event.data["from_queue_id"] == town.sync_read(queue, "solvik.bygg").id


@pytest.mark.parametrize(
    "words",
    [
        {"unit": "granby"},
        {"unit": "Trafik"},
        {"reason": "Granby kommun kanske?"},
        {"reason": "Barn och utbildning eller Solviks kommun."},
        {"reason": "Barn och utbildningen."},
        {},
    ],
)
def test_an_unclear_or_foreign_unit_leaves_it_to_the_topics_queue(town: Store, words: dict[str, Any]) -> None:
    town.sync_run(school_with_a_queue)
    delivery = town.sync_run(arrived)
    town.sync_run(told, delivery, "returned", **words)
    assert case_of(town, delivery).queue_id == town.sync_read(queue, "solvik.bygg").id


def test_a_unit_without_a_queue_means_the_one_above_it(town: Store) -> None:
    delivery = town.sync_run(arrived)
    town.sync_run(told, delivery, "returned", unit="solvik.skola")
    assert case_of(town, delivery).queue_id == town.sync_read(queue, "solvik.allmant").id


def test_answered_and_then_returned_reopens(town: Store) -> None:
    delivery = town.sync_run(arrived)
    town.sync_run(told, delivery, "answered")
    town.sync_run(told, delivery, "returned", reason="Fel ändå.")
    case = case_of(town, delivery)
    assert (case.state, case.closed_at, case.outcome) == (CaseState.WAITING, None, None)


def test_answered_after_returned_does_not_close_what_somebody_works_on(town: Store) -> None:
    delivery = town.sync_run(arrived)
    town.sync_run(told, delivery, "returned", reason="Fel.")
    noted = town.sync_run(told, delivery, "answered", text="Jo, vi svarade.")
    assert (noted.late, noted.status) == (True, RemoteStatus.RETURNED)
    assert case_of(town, delivery).state is CaseState.WAITING
    assert town.sync_read(handing.notes, delivery.case_id)[-1].text == "Jo, vi svarade."


def test_answered_for_a_case_that_the_citizen_woke_only_marks_it_unread(town: Store) -> None:
    delivery = town.sync_run(arrived)

    def eva_writes(session: Session) -> None:
        more = InboundContact(
            channel=Channel.EMAIL,
            key="<2@mail.example>",
            arrived_at=NOW,
            address_point="bygg@solvik.example",
            sender="eva.ek@example.se",
            text="En sak till.",
            references=("<1@mail.example>",),
        )
        intake.receive(session, more, NOW)

    town.sync_run(eva_writes)
    town.sync_run(told, delivery, "answered")
    case = case_of(town, delivery)
    assert (case.state, case.unread) == (CaseState.WAITING, True)


def test_a_former_hand_off_does_not_move_the_case(town: Store) -> None:
    old = town.sync_run(arrived)

    def again(session: Session) -> None:
        told(session, old, "returned", reason="Fel.", event_id="first")
        siv = solvik.actor(session, "siv")
        desk.pick(session, siv, old.case_id, NOW)
        desk.hand_off(session, siv, old.case_id, "", NOW)

    town.sync_run(again)
    town.sync_run(told, old, "returned", event_id="second", reason="Fel, sade vi.")
    town.sync_run(told, old, "answered")
    assert case_of(town, old).state is CaseState.HANDED_OFF


def test_whoever_reports_has_got_it(town: Store) -> None:
    delivery = town.sync_run(handing.handed_off, NOW)
    town.sync_run(handing.claimed, NOW)
    town.sync_run(told, delivery, "received", reference="B-1")
    kept = town.sync_read(handoff.get, delivery.id)
    assert (kept.state, kept.remote_reference) == (DeliveryState.DELIVERED, "B-1")


def test_what_was_merged_meanwhile_is_noted_on_the_case_it_went_to(town: Store) -> None:
    delivery = town.sync_run(arrived)

    def merge(session: Session) -> int:
        anna = solvik.actor(session, "anna")
        desk.reopen(session, anna, delivery.case_id, NOW)
        other = handing.written(session, NOW, key="<other@mail.example>")
        desk.merge(session, anna, delivery.case_id, other.id, NOW)
        return other.id

    other_id = town.sync_run(merge)
    noted = town.sync_run(told, delivery, "answered", text="Klart.")
    other = town.sync_read(cases.get, other_id)
    assert (noted.number, other.state) == (other.number, CaseState.WORKING)
    assert town.sync_read(handing.notes, other_id)[-1].text == "Klart."
    assert town.sync_run(told, delivery, "answered", text="Klart.").duplicate


def test_one_municipality_cannot_speak_for_another(town: Store) -> None:
    delivery = town.sync_run(arrived)

    def from_granby(session: Session) -> None:
        granby = session.exec(select(Organisation).where(Organisation.key == "granby")).one()
        report = StatusReport(status=RemoteStatus.ANSWERED, event_id="1")
        scope = agents.scope(session, granby.id)
        handoff_status.report(session, delivery.idempotency_key, report, NOW, scope)

    with pytest.raises(NotFound):
        town.sync_run(from_granby)


def body(**values: Any) -> bytes:
    return json.dumps({"status": "received", "event_id": "1"} | values).encode()


def signed(session: Session, key: str, secret: str, content: bytes, at: datetime = LATER) -> Noted:
    header = handoff_signature.sign(secret.encode(), content, at)
    handoff_status.prove_signature(session, SETTINGS, key, header, content, LATER)
    return handoff_status.report(session, key, handoff_status.parse(content), LATER)


def test_a_signed_report_is_taken_in(town: Store) -> None:
    delivery = town.sync_run(arrived)
    noted = town.sync_run(signed, delivery.idempotency_key, handing.SECRET, body())
    assert noted.status is RemoteStatus.RECEIVED


@pytest.mark.parametrize(
    ("secret", "seconds", "code"),
    [("wrong", 0, "signature"), (handing.SECRET, -3600, "signature_too_old"), ("the next secret", 0, "signature")],
)
def test_a_wrong_or_old_signature_changes_nothing(town: Store, secret: str, seconds: int, code: str) -> None:
    delivery = town.sync_run(arrived)
    with pytest.raises(Refused) as refused:
        town.sync_run(signed, delivery.idempotency_key, secret, body(), LATER + timedelta(seconds=seconds))
    assert refused.value.code == code
    assert town.sync_read(handoff.get, delivery.id).remote_status is None


def test_a_hand_off_that_does_not_exist_looks_like_a_wrong_signature(town: Store) -> None:
    with pytest.raises(Refused) as refused:
        town.sync_run(signed, "KC-2026-999999:1", handing.SECRET, body())
    assert refused.value.code == "signature"


def test_the_previous_secret_holds_while_they_change_over(town: Store) -> None:
    target = {"connector": "webhook", "url": "http://127.0.0.1:9/", "secret": "next", "previous_secret": "demo"}
    town.sync_run(handing.aim, target)
    delivery = town.sync_run(arrived)
    town.sync_run(signed, delivery.idempotency_key, handing.SECRET, body())
    town.sync_run(signed, delivery.idempotency_key, "the next secret", body(status="in_progress", event_id="2"))
    assert town.sync_read(handoff.get, delivery.id).remote_status is RemoteStatus.IN_PROGRESS


@pytest.mark.parametrize(
    "content",
    [b"", b"[]", b"{}", b"\xff", body(status="lost"), body(event_id=""), body(text="x" * 20_001), b"[" * 100_000],
)
def test_a_body_that_is_no_report_is_refused_without_quoting_it(content: bytes) -> None:
    with pytest.raises(Refused, match="not a status report") as refused:
        handoff_status.parse(content)
    assert "xxx" not in refused.value.text


def school_with_a_queue(session: Session) -> None:
    school = session.exec(select(Organisation).where(Organisation.key == "solvik.skola")).one()
    session.add(Queue(organisation_id=school.id, key="solvik.skola", name="Skola"))


def test_links_lead_only_to_files_of_their_own_case(town: Store) -> None:
    delivery = town.sync_run(arrived)

    def other_file(session: Session) -> int:
        other = handing.written(session, NOW, key="<other@mail.example>")
        contact = session.exec(select(Contact).where(Contact.case_id == other.id)).one()
        file = FileRecord(contact_id=contact.id, name="a.pdf", sha256="0" * 64)
        session.add(file)
        session.flush()
        return file.id

    foreign = town.sync_run(other_file)
    for file_id in (foreign, 10_000):
        with pytest.raises(NotFound):
            town.sync_read(handoff_status.linked_file, Link(LinkUse.FILE, delivery.id, file_id, 0))
