"""Signed and encrypted mail (S/MIME): whose certificates we know, and what is done with a mail on its way out.

A certificate is remembered when a mail came whose signature holds and is its sender's own: then mail to that address is
encrypted, if the address it comes from has a key. Each recipient's mail is encrypted for that recipient alone, so
nobody learns from it who else got one. An agent who may lead others may send it open, which is noted with the mail.
"""

from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import Column
from sqlmodel import Field, Session, SQLModel, col, select

from contactcenter import field, mailout, unreachable
from contactcenter.columns import Clean
from contactcenter.errors import Refused
from contactcenter.model import Case, Contact
from contactcenter.ports import Actor
from contactcenter.sight import visible
from contactcenter.states import Channel, Direction

KINDS = ("reply", "forward")
"""Mails that people wrote: receipts and hand-offs go out as they are."""


class MailCertificate(SQLModel, table=True):
    """The newest certificate of a correspondent."""

    __tablename__ = "mail_certificate"

    id: int = field.identity()
    address: str = Field(sa_column=Column(Clean, unique=True, nullable=False))
    """In lower case."""
    certificate: str = field.text()
    """DER in hexadecimal digits."""
    expires_at: datetime = field.time()
    seen_at: datetime = field.time()


class Sealer(Protocol):
    """Signs and encrypts; holds our keys."""

    def signs(self, sender: str) -> bool:
        """Whether mail from this address of ours is signed."""

    def usable(self, certificate: bytes) -> bool:
        """Whether a mail can be encrypted for this certificate (DER)."""

    def seal(self, raw: bytes, sender: str, certificate: bytes | None) -> bytes:
        """The mail signed, and encrypted when there is a certificate."""


_sealer: Sealer | None = None


def use_sealer(sealer: Sealer | None) -> None:
    """Set who seals mails. Call once at start; without one they go out as they are."""
    global _sealer
    _sealer = sealer


def remember(session: Session, address: str, certificate: bytes, expires_at: datetime, now: datetime) -> None:
    """Keep a correspondent's certificate, in place of an older one."""
    address = address.lower()
    known = session.exec(select(MailCertificate).where(MailCertificate.address == address)).first()
    row = known or MailCertificate(address=address, certificate="", expires_at=expires_at, seen_at=now)
    row.certificate, row.expires_at, row.seen_at = certificate.hex(), expires_at, now
    session.add(row)


def of(session: Session, address: str, now: datetime) -> bytes | None:
    """The certificate that mail to `address` is encrypted for."""
    wanted = select(MailCertificate).where(
        MailCertificate.address == address.lower(), col(MailCertificate.expires_at) > now
    )
    found = session.exec(wanted).first()
    made = bytes.fromhex(found.certificate) if found else None
    return made if made and _sealer and _sealer.usable(made) else None


def look(session: Session, actor: Actor, case_id: int, to: list[str], now: datetime) -> dict[str, Any]:
    """Whether an answer to `to` will be `signed`, whom it is `encrypted` for, whether the reader `may_open` it.

    `failing`: which of the addresses the last mail did not reach, with why.
    """
    case = visible(session, actor, case_id)
    sender, _ = mailout.sender_for(session, case, _used(session, case))
    signed = _sealer is not None and _sealer.signs(sender)
    known = [one for one in dict.fromkeys(to[:50]) if signed and of(session, one, now)]
    tried = {one: unreachable.unreachable(session, one) for one in dict.fromkeys(to[:50])}
    failing = {address: flag[0] for address, flag in tried.items() if flag}
    return {"signed": signed, "encrypted": known, "may_open": actor.is_supervisor, "failing": failing}


def _used(session: Session, case: Case) -> str:
    """The mailbox that the last mail of the case came to."""
    came = select(Contact.address_point).where(
        Contact.case_id == case.id, Contact.channel == Channel.EMAIL, Contact.direction == Direction.IN
    )
    return session.exec(came.order_by(col(Contact.id).desc())).first() or ""


def open_(actor: Actor, contact: Contact) -> None:
    """Let this answer go out signed and not encrypted. Raises Refused without the right."""
    if not actor.is_supervisor:
        raise Refused("may_not_open", "you may not send it without encryption")
    contact.facts = contact.facts | {"sent_open": True}


def sealed(session: Session, raw: bytes, sender: str, recipient: str, contact: Contact | None, now: datetime) -> bytes:
    """The mail as it goes out to one recipient; what was done is noted with the contact."""
    if _sealer is None or not _sealer.signs(sender):
        return raw
    is_open = contact is not None and bool(contact.facts.get("sent_open"))
    certificate = None if is_open else of(session, recipient, now)
    if contact is not None:
        done = contact.facts.get("sealed", {"encrypted": []})
        encrypted = [*done["encrypted"], *([recipient] if certificate else [])]
        contact.facts = contact.facts | {"sealed": {"encrypted": encrypted}}
        session.add(contact)
    return _sealer.seal(raw, sender, certificate)
