"""Answers by mail on both databases: copies, what can be undone, what goes later."""

from datetime import datetime, timedelta
from email import message_from_bytes
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import Session, col, select

from channels.email import outbox
from channels.email.compose import compose
from contactcenter import mail_seal, mailout, offers, replies, threads, writing
from contactcenter.errors import Conflict, Refused
from contactcenter.model import Case, Contact, Draft, OutgoingMail
from contactcenter.states import ContactState, MailState
from contactcenter.store import Store
from tests import town as solvik
from tests.contract.test_intake import MAIL, receive
from tests.fixtures.store import NOW

SOON = NOW + timedelta(seconds=10)


def taken(session: Session) -> int:
    case = session.exec(select(Case)).one()
    offers.give(session, case, solvik.user(session, "anna").id, "take", NOW)
    return case.id


@pytest.fixture
def case_id(town: Store) -> int:
    mailout.use_composer(compose)
    receive(town, MAIL)
    return town.sync_run(taken)


def answer(session: Session, case_id: int, /, **more: Any) -> int:
    given: dict[str, Any] = {"key": "1", "to": ["eva@citizen.example"], "subject": "Hej", "text": "Svar"} | more
    return replies.reply(session, solvik.actor(session, "anna"), case_id, NOW, **given)


def undo(session: Session, contact_id: int, now: datetime) -> str:
    return replies.undo(session, solvik.actor(session, "anna"), contact_id, now)


def mails(session: Session) -> list[OutgoingMail]:
    rows = session.exec(select(OutgoingMail).where(OutgoingMail.kind == "reply").order_by(col(OutgoingMail.id))).all()
    return list(rows)


def test_copies_are_told_of_and_blind_ones_are_not(town: Store, case_id: int) -> None:
    copies = {"cc": ["Bo@x.example", "eva@citizen.example"], "bcc": ["hemlig@x.example", "bo@x.example"]}
    contact_id = town.sync_run(answer, case_id, **copies)
    sent = town.sync_read(mails)
    assert [mail.recipient for mail in sent] == ["eva@citizen.example", "bo@x.example", "hemlig@x.example"]
    for mail in sent:
        assert b"hemlig" not in mail.raw
        assert message_from_bytes(mail.raw)["Cc"] == "bo@x.example"
    facts = town.sync_read(lambda session: session.get_one(Contact, contact_id).facts)
    assert facts == {"cc": ["bo@x.example"], "bcc": ["hemlig@x.example"]}


def test_too_many_altogether_are_refused(town: Store, case_id: int) -> None:
    many = [f"n{number}@x.example" for number in range(replies.RECIPIENTS)]
    with pytest.raises(Refused):
        town.sync_run(answer, case_id, cc=many)
    with pytest.raises(Refused):
        town.sync_run(answer, case_id, bcc=["ingen adress"])
    assert town.sync_read(mails) == []


def test_undone_it_goes_to_nobody_and_its_text_is_the_draft(town: Store, case_id: int) -> None:
    contact_id = town.sync_run(answer, case_id, not_before=SOON, bcc=["bo@x.example"])
    assert town.sync_run(outbox.claim, NOW) is None
    assert town.sync_run(undo, contact_id, NOW + timedelta(seconds=9)) == "Svar"
    assert town.sync_run(outbox.claim, NOW + timedelta(days=1)) is None
    assert {mail.state for mail in town.sync_read(mails)} == {MailState.UNDONE}
    contact, case, draft = town.sync_read(
        lambda session: (
            session.get_one(Contact, contact_id), session.get_one(Case, case_id), session.exec(select(Draft)).one(),
        )
    )  # fmt: skip
    assert (contact.state, case.first_answer_at, draft.text) == (ContactState.FAILED, None, "Svar")


def test_too_late_it_has_gone(town: Store, case_id: int) -> None:
    contact_id = town.sync_run(answer, case_id, not_before=SOON)
    with pytest.raises(Conflict):
        town.sync_run(undo, contact_id, SOON)
    assert town.sync_run(outbox.claim, SOON) is not None
    with pytest.raises(Conflict):
        town.sync_run(undo, contact_id, NOW)


def test_an_answer_for_later_goes_then(town: Store, case_id: int) -> None:
    then = NOW + timedelta(days=3)
    town.sync_run(answer, case_id, not_before=then)
    assert town.sync_run(outbox.claim, then - timedelta(seconds=1)) is None
    assert town.sync_run(outbox.claim, then) is not None


def test_a_text_begun_since_is_not_lost_when_an_answer_is_undone(town: Store, case_id: int) -> None:
    contact_id = town.sync_run(answer, case_id, not_before=SOON)
    town.sync_run(begun, case_id)
    assert town.sync_run(undo, contact_id, NOW) == "Svar\n\nMer att säga"


def begun(session: Session, case_id: int) -> None:
    writing.save_draft(session, solvik.actor(session, "anna"), case_id, "reply", "Mer att säga", NOW)


EVIL = st.text(st.sampled_from('ab@x.\r\n\x00\x85\u2028\u2029\x0b\x0c ,:;<>"B'), max_size=40)


@given(EVIL, EVIL, EVIL)
def test_no_field_can_add_another(subject: str, cc: str, name: str) -> None:
    raw = compose(
        sender="bygg@solvik.example", sender_name=name, to=["eva@citizen.example"], cc=[f"{cc}@x.example"] * bool(cc),
        subject=subject, text="Hej", case_number="", message_id="<1@solvik.example>", in_reply_to="", references=[],
        attachments=[], automatic=False, now=NOW,
    )  # fmt: skip
    found = message_from_bytes(raw)
    known = {"message-id", "from", "to", "cc", "subject", "date", "mime-version", "content-type"}
    assert {name.lower() for name in found} <= known
    assert found.get_all("cc") is None or len(found.get_all("cc", [])) == 1


def test_who_got_a_copy_of_our_answer_belongs_to_the_case(town: Store, case_id: int) -> None:
    town.sync_run(answer, case_id, cc=["bo@x.example"])

    def parties(session: Session) -> list[bool]:
        case = session.get_one(Case, case_id)
        return [threads.is_party(session, case, one) for one in ("Bo@x.example", "carl@x.example")]

    assert town.sync_read(parties) == [True, False]


def test_whom_the_last_mail_did_not_reach_is_told_before_the_next(town: Store, case_id: int) -> None:
    town.sync_run(answer, case_id, to=["bort@x.example"])
    town.sync_run(outbox.failed, town.sync_read(mails)[0].id, "smtp_550 5.1.1", NOW)

    def look(session: Session) -> dict[str, str]:
        to = ["bort@x.example", "eva@citizen.example"]
        found: dict[str, str] = mail_seal.look(session, solvik.actor(session, "anna"), case_id, to, NOW)["failing"]
        return found

    assert town.sync_read(look) == {"bort@x.example": "smtp_550 5.1.1"}
