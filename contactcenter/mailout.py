"""Mail on its way out: rows reserved in the same transaction as the reason for them; channels/email sends them."""

from collections.abc import Sequence
from datetime import datetime
from email.utils import make_msgid
from typing import Protocol

from sqlmodel import Session, select

from contactcenter.errors import Misconfigured
from contactcenter.model import AddressPoint, Case, Organisation, OutgoingMail
from contactcenter.states import AddressKind

Attached = tuple[str, str, bytes]
"""File name, media type, bytes."""


class Composer(Protocol):
    """Writes RFC 5322. No field given to it can add a header."""

    def __call__(
        self,
        *,
        sender: str,
        sender_name: str,
        to: list[str],
        cc: Sequence[str] = (),
        subject: str,
        text: str,
        case_number: str,
        message_id: str,
        in_reply_to: str,
        references: list[str],
        attachments: list[Attached],
        automatic: bool,
        now: datetime,
    ) -> bytes: ...


_composer: Composer | None = None


def use_composer(composer: Composer) -> None:
    """Set who writes the mails. Call once at start."""
    global _composer
    _composer = composer


def composer() -> Composer:
    if _composer is None:
        raise Misconfigured("composer", "mailout.use_composer was not called")
    return _composer


def new_message_id(sender: str) -> str:
    """A Message-ID of ours, in angle brackets."""
    return make_msgid(domain=sender.rpartition("@")[2] or "localhost")


def enqueue(
    session: Session,
    *,
    sender: str,
    recipient: str,
    message_id: str,
    raw: bytes,
    kind: str,
    case_id: int | None,
    contact_id: int | None,
    now: datetime,
    not_before: datetime | None = None,
) -> int:
    """Reserve one mail to one recipient for sending; return its id. It goes out after commit, not before that time."""
    mail = OutgoingMail(
        sender=sender,
        recipient=recipient,
        message_id=message_id,
        raw=raw,
        kind=kind,
        case_id=case_id,
        contact_id=contact_id,
        next_at=not_before or now,
        created_at=now,
    )
    session.add(mail)
    session.flush()
    return mail.id


def sender_for(session: Session, case: Case, used: str = "") -> tuple[str, str]:
    """(address, name) that mails about `case` come from: the mailbox the citizen wrote to, else the organisation's."""
    organisation = session.get(Organisation, case.organisation_id)
    name = organisation.name if organisation else ""
    if used and _is_ours(session, used):
        return used, name
    while organisation:
        if organisation.mail_from:
            return organisation.mail_from, name
        organisation = session.get(Organisation, organisation.parent_id) if organisation.parent_id else None
    point = session.exec(select(AddressPoint).where(AddressPoint.kind == AddressKind.EMAIL)).first()
    if point is None:
        raise Misconfigured("mail_from", "no organisation above the case has mail_from")
    return point.address, name


def _is_ours(session: Session, address: str) -> bool:
    found = select(AddressPoint).where(AddressPoint.kind == AddressKind.EMAIL, AddressPoint.address == address.lower())
    return session.exec(found).first() is not None
