"""Intake on both databases: what arrives is filed once, on the case it provably belongs to, or on a new one."""

import dataclasses
from datetime import timedelta

from sqlmodel import Session, func, select

from contactcenter import agents, cases, citizens, configuration, desk, intake, offers, tokens
from contactcenter.model import Case, Contact, Event, FileRecord, Topic
from contactcenter.ports import InboundContact, Received, StoredFile
from contactcenter.states import CaseState, Channel, EventKind, Outcome
from contactcenter.store import Store
from tests import town as solvik
from tests.fixtures.store import NOW

MAIL = InboundContact(
    channel=Channel.EMAIL,
    key="<1@citizen.example>:aa",
    arrived_at=NOW,
    address_point="bygg@solvik.example",
    sender="eva@citizen.example",
    sender_name="Eva Ek",
    subject="Altan",
    text="Behöver jag bygglov för en altan?",
    message_id="<1@citizen.example>",
    marks=(("email", "eva@citizen.example"),),
)


def receive(town: Store, inbound: InboundContact) -> Received:
    return town.sync_run(intake.receive, inbound, inbound.arrived_at)


def later(inbound: InboundContact, n: int, **changes: object) -> InboundContact:
    new = {"key": f"<{n}@citizen.example>:aa", "message_id": f"<{n}@citizen.example>", **changes}
    return dataclasses.replace(inbound, **new)  # type: ignore[arg-type]


def case_of(town: Store, received: Received) -> Case:
    return town.sync_read(cases.get, received.case_id)


def kinds(town: Store, case_id: int) -> list[EventKind]:
    lines = select(Event.kind).where(Event.case_id == case_id).order_by(Event.id)  # type: ignore[arg-type]
    return town.sync_read(lambda session: [EventKind(kind) for kind in session.exec(lines).all()])


def test_a_mail_becomes_a_case_in_the_queue_of_its_address(town: Store) -> None:
    received = receive(town, MAIL)
    case = case_of(town, received)
    assert received.new_case
    assert case.number == "KC-2026-000001"
    assert case.state is CaseState.WAITING
    assert case.subject == "Altan"
    assert case.sender == "Eva Ek"
    assert kinds(town, case.id) == [EventKind.CASE_OPENED, EventKind.CONTACT_RECEIVED]
    topic = town.sync_read(lambda session: session.get(Topic, case.topic_id))
    assert topic is not None
    assert topic.key == "bygg.bygglov"


def test_the_same_thing_twice_is_one_contact(town: Store) -> None:
    first, second = receive(town, MAIL), receive(town, MAIL)
    assert second.duplicate
    assert (second.case_id, second.contact_id) == (first.case_id, first.contact_id)
    assert town.sync_read(lambda session: session.exec(select(func.count()).select_from(Contact)).one()) == 1


def test_the_same_key_by_another_channel_is_another_contact(town: Store) -> None:
    first = receive(town, MAIL)
    letter = dataclasses.replace(MAIL, channel=Channel.POST, address_point="solvik", message_id="")
    assert not receive(town, letter).duplicate
    assert receive(town, letter).case_id != first.case_id


def test_a_reply_joins_by_reference(town: Store) -> None:
    first = receive(town, MAIL)
    answer = receive(town, later(MAIL, 2, references=("<1@citizen.example>",)))
    assert answer.case_id == first.case_id
    assert not answer.new_case


def test_a_reply_joins_by_token(town: Store) -> None:
    first = receive(town, MAIL)
    subject = f"Sv: Altan {tokens.subject_token(first.case_number)}"
    answer = receive(town, later(MAIL, 2, subject=subject, certain_cases=tuple(tokens.verified(subject))))
    assert answer.case_id == first.case_id


def test_a_number_that_is_only_mentioned_suggests_and_does_not_join(town: Store) -> None:
    first = receive(town, MAIL)
    other = receive(town, later(MAIL, 2, sender="stranger@else.example", suggested_numbers=(first.case_number,)))
    assert other.case_id != first.case_id
    assert case_of(town, other).suggested_case_id == first.case_id


def test_a_neighbour_municipality_is_never_joined_or_suggested(town: Store) -> None:
    first = receive(town, MAIL)
    elsewhere = later(
        MAIL,
        2,
        address_point="kommun@granby.example",
        references=("<1@citizen.example>",),
        suggested_numbers=(first.case_number,),
    )
    other = receive(town, elsewhere)
    assert other.case_id != first.case_id
    assert case_of(town, other).suggested_case_id is None


def test_an_answer_to_a_closed_case_reopens_it_and_an_old_one_does_not(town: Store) -> None:
    first = receive(town, MAIL)
    town.sync_run(_work_and_close, first.case_id)
    soon = later(MAIL, 2, references=("<1@citizen.example>",), arrived_at=NOW + timedelta(days=3))
    assert receive(town, soon).case_id == first.case_id
    assert case_of(town, first).state is CaseState.WAITING
    town.sync_run(_work_and_close, first.case_id)
    late = later(MAIL, 3, references=("<1@citizen.example>",), arrived_at=NOW + timedelta(days=90))
    again = receive(town, late)
    assert again.new_case
    assert case_of(town, first).state is CaseState.CLOSED


def test_an_automatic_mail_does_not_reopen(town: Store) -> None:
    first = receive(town, MAIL)
    town.sync_run(_work_and_close, first.case_id)
    away = later(MAIL, 2, references=("<1@citizen.example>",), automatic=True)
    assert receive(town, away).case_id == first.case_id
    assert case_of(town, first).state is CaseState.CLOSED
    assert case_of(town, first).unread


def test_what_comes_to_a_merged_case_goes_where_it_went(town: Store) -> None:
    first, second = receive(town, MAIL), receive(town, later(MAIL, 2))
    town.sync_run(_merge, first.case_id, second.case_id)
    answer = receive(town, later(MAIL, 3, references=("<1@citizen.example>",)))
    assert answer.case_id == second.case_id


def test_files_are_filed_in_order(town: Store) -> None:
    files = tuple(StoredFile(sha256="ab" * 32, size=3, name=f"{n}.pdf") for n in range(3))
    received = receive(town, dataclasses.replace(MAIL, files=files))
    rows = select(FileRecord.name).where(FileRecord.contact_id == received.contact_id).order_by(FileRecord.position)  # type: ignore[arg-type]
    assert town.sync_read(lambda session: list(session.exec(rows).all())) == ["0.pdf", "1.pdf", "2.pdf"]


def test_a_protected_citizen_makes_the_case_protected_at_once(town: Store) -> None:
    town.sync_run(_protect_eva)
    assert case_of(town, receive(town, MAIL)).protected


def test_an_unknown_address_point_loses_nothing(town: Store) -> None:
    received = receive(town, dataclasses.replace(MAIL, address_point="nobody@solvik.example"))
    assert case_of(town, received).state is CaseState.WAITING


def test_text_that_databases_refuse_is_harmless(town: Store) -> None:
    received = receive(town, dataclasses.replace(MAIL, text="nul \x00 surrogate \udc80", subject="\x00"))
    contact = town.sync_read(lambda session: session.get(Contact, received.contact_id))
    assert contact is not None
    assert contact.text == "nul  surrogate \ufffd"


def test_numbers_run_without_a_hole_within_a_year(town: Store) -> None:
    numbers = [receive(town, later(MAIL, n)).case_number for n in range(3)]
    assert numbers == ["KC-2026-000001", "KC-2026-000002", "KC-2026-000003"]


def test_configuration_applied_twice_changes_nothing(town: Store) -> None:
    document = configuration.parse(solvik.SOLVIK)
    assert town.sync_run(configuration.apply, document, NOW) == []


def _work_and_close(session: Session, case_id: int) -> None:
    anna = solvik.actor(session, "anna")
    case = cases.get(session, case_id)
    offers.give(session, case, anna.user_id, "take", NOW)
    desk.close(session, anna, case_id, Outcome.ANSWERED, NOW)


def _merge(session: Session, case_id: int, into_id: int) -> None:
    desk.merge(session, solvik.actor(session, "siv"), case_id, into_id, NOW)


def _protect_eva(session: Session) -> None:
    home = citizens.municipality_of(session, agents.get(session, solvik.user(session, "anna").id).organisation_id)
    citizens.create(session, home, "Eva Ek", [("email", "eva@citizen.example")], NOW, protected=True)
