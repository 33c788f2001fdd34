"""What machines send, on both databases: counted, never answered without end, and joined to what it speaks of."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlmodel import Session

from channels.email import loops, message, outbox
from contactcenter import mailout, tokens, unreachable
from contactcenter.errors import Refused
from contactcenter.model import OutgoingMail
from contactcenter.ports import Received
from contactcenter.states import EventKind, MailState
from contactcenter.store import Store
from tests import town as solvik
from tests.contract.test_intake import MAIL, kinds, later, receive
from tests.fixtures.store import NOW

EVA = "eva@citizen.example"


def enqueue(session: Session, recipient: str, kind: str, case_id: int | None, now: datetime) -> int:
    return mailout.enqueue(
        session, sender="bygg@solvik.example", recipient=recipient, message_id=f"<{recipient}@solvik.example>",
        raw=b"x", kind=kind, case_id=case_id, contact_id=None, now=now,
    )  # fmt: skip


def too_many(town: Store, sender: str, now: datetime = NOW) -> bool:
    return town.sync_read(loops.too_many, sender, 3, now)


def test_a_machine_that_varies_its_address_is_one_sender(town: Store) -> None:
    for number in (4711, 4712, 4713):
        town.sync_run(enqueue, f"ticket+{number}@help.example", "receipt", None, NOW)
    assert too_many(town, "ticket+4714@help.example")
    assert not too_many(town, "ticket+4714@other.example")
    assert not too_many(town, "eva@help.example")
    assert not too_many(town, "ticket+4714@help.example", NOW + timedelta(days=1, seconds=1))


def test_numbered_names_are_alike_and_telephone_numbers_are_not(town: Store) -> None:
    for number in range(3):
        town.sync_run(enqueue, f"case-{number}@help.example", "receipt", None, NOW)
        town.sync_run(enqueue, f"070174060{number}@mail.example", "receipt", None, NOW)
    assert too_many(town, "case-77@help.example")
    assert not too_many(town, "0701740609@mail.example")


def test_a_pair_is_counted_for_itself(town: Store) -> None:
    """Mail to one mailbox of ours falls silent before mail to another does."""
    for number in range(2):
        received = receive(town, later(MAIL, number))
        town.sync_run(enqueue, EVA, "receipt", received.case_id, NOW)
    assert town.sync_read(loops.too_many_between, EVA, MAIL.address_point, 2, NOW)
    assert not town.sync_read(loops.too_many_between, EVA, "skola@solvik.example", 2, NOW)
    assert not town.sync_read(loops.too_many_between, "son@citizen.example", MAIL.address_point, 2, NOW)
    assert not town.sync_read(loops.too_many_between, EVA, MAIL.address_point, 2, NOW + timedelta(days=1, seconds=1))


def bounced(action: str, status: str) -> dict[str, Any]:
    return {
        "recipients": [EVA], "status": status, "message_ids": [], "action": action, "reason": "unknown_user",
        "permanent": action == "failed", "failures": [],
    }  # fmt: skip


@pytest.mark.parametrize(("action", "status", "state"), [
    ("failed", "5.1.1", MailState.FAILED), ("failed", "", MailState.FAILED), ("delayed", "4.4.7", MailState.SENT),
    ("delayed", "", MailState.SENT), ("relayed", "2.0.0", MailState.SENT),
])  # fmt: skip
def test_only_a_final_report_flags_the_address(town: Store, action: str, status: str, state: MailState) -> None:
    received = receive(town, MAIL)
    mail_id = town.sync_run(enqueue, EVA, "reply", received.case_id, NOW)
    town.sync_run(outbox.sent, mail_id, NOW)
    town.sync_run(report, received, bounced(action, status))
    assert town.sync_read(lambda session: session.get_one(OutgoingMail, mail_id).state) is state
    flagged = town.sync_read(unreachable.unreachable, EVA)
    assert (flagged is not None) == (state is MailState.FAILED)
    assert EventKind.MAIL_BOUNCED in kinds(town, received.case_id)


def test_an_address_that_works_again_is_not_flagged(town: Store) -> None:
    received = receive(town, MAIL)
    first = town.sync_run(enqueue, EVA, "reply", received.case_id, NOW)
    town.sync_run(outbox.failed, first, "550", NOW)
    assert town.sync_read(unreachable.unreachable, EVA) is not None
    town.sync_run(outbox.sent, town.sync_run(enqueue, EVA, "reply", received.case_id, NOW), NOW)
    assert town.sync_read(unreachable.unreachable, EVA) is None


def test_an_address_that_writes_to_us_is_not_flagged(town: Store) -> None:
    received = receive(town, MAIL)
    town.sync_run(outbox.failed, town.sync_run(enqueue, EVA, "reply", received.case_id, NOW), "550", NOW)
    receive(town, later(MAIL, 2, sender="son@citizen.example", arrived_at=NOW + timedelta(hours=1)))
    assert town.sync_read(unreachable.unreachable, EVA.upper()) is not None
    receive(town, later(MAIL, 3, arrived_at=NOW + timedelta(hours=1)))
    assert town.sync_read(unreachable.unreachable, EVA) is None


def test_those_who_lead_see_the_flagged_addresses_with_reason(town: Store) -> None:
    received = receive(town, MAIL)
    for code in ("smtp_451", "bounced 5.1.1"):
        town.sync_run(outbox.failed, town.sync_run(enqueue, EVA, "reply", received.case_id, NOW), code, NOW)
    town.sync_run(outbox.sent, town.sync_run(enqueue, "son@citizen.example", "reply", received.case_id, NOW), NOW)
    (seen,) = town.sync_read(lambda session: unreachable.every(session, solvik.actor(session, "siv"), NOW))
    assert (seen.address, seen.reason, seen.number) == (EVA, "bounced 5.1.1", received.case_number)
    with pytest.raises(Refused):
        town.sync_read(lambda session: unreachable.every(session, solvik.actor(session, "anna"), NOW))


def report(session: Session, received: Received, found: dict[str, Any]) -> None:
    outbox.bounced(session, received, found, NOW)


def test_the_same_message_id_with_other_words_is_a_second_mail() -> None:
    tokens.use_secret(b"x" * 32)
    head = b"From: eva@citizen.example\r\nMessage-ID: <1@citizen.example>\r\n"
    first, resent, other = (
        message.parse(raw, EVA, []).key
        for raw in (head + b"\r\nHej", b"Received: x\r\n" + head + b"\r\nHej", head + b"\r\nHej igen")
    )
    assert first == resent
    assert first != other
