"""E-mail with a PDF of the case, for those without a case system that takes web hooks.

The mail goes through the ordinary outbox of mails, and the delivery has arrived when the mail is sent. Its receiver
says what becomes of the case on a page behind a signed link, or simply answers the mail.
"""

import asyncio
import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Literal

from pydantic import BaseModel, Field
from sqlmodel import Session, select

from contactcenter import casepdf, cases, handoff_links, mailout, tokens
from contactcenter.context import Context
from contactcenter.errors import NotFound, Refused
from contactcenter.handoff_connectors import Delivered, DeliveryView, Underway, read_target
from contactcenter.handoff_payload import CasePayload, FilePart
from contactcenter.mailout import Attached
from contactcenter.model import OutgoingMail
from contactcenter.states import MailState

NOT_ATTACHED = frozenset({"inline", "page"})
"""Roles of files that only repeat what other files show."""
FIRST_LOOK, LONGEST_LOOK = 5.0, 60.0
"""Seconds between two looks at whether the mail has gone; an event of the mail wakes us sooner."""


class MailTarget(BaseModel, frozen=True, extra="forbid"):
    """`Topic.handoff` for this connector."""

    connector: Literal["mail"]
    to: str = Field(pattern=r"^[^@\s<>,;\"]{1,64}@[^@\s<>,;\"]{1,253}$")
    """The mailbox that the case is sent to."""
    allow_protected: bool = False
    """The way to this mailbox is safe enough for citizens with protected identity."""
    attach_bytes: int = Field(default=15_000_000, ge=0)
    """So much is attached at most, smallest files first; the PDF lists all files and says which are attached."""


def build(context: Context) -> "Mail":
    return Mail(context)


def accepts(target: Mapping[str, Any], *, protected: bool) -> None:
    """Ordinary mail is an open postcard: a protected identity goes there only where it has been allowed."""
    if protected and not target.get("allow_protected"):
        raise Refused(
            "protected_identity",
            "a case of a citizen with protected identity may not be sent by e-mail; hand it over in another way",
        )


class Mail:
    """See contactcenter.handoff_connectors.Connector."""

    kind = "mail"

    def __init__(self, context: Context) -> None:
        self._context = context

    def check(self, target: Mapping[str, Any]) -> None:
        read_target(MailTarget, target)

    async def deliver(self, delivery: DeliveryView) -> Delivered | Underway:
        target = read_target(MailTarget, delivery.target)
        accepts(delivery.target, protected=delivery.payload.case.protected)
        message_id = await self._context.store.read(_message_id, delivery)
        state = await self._context.store.read(_state, message_id)
        if state is None:
            raw = await asyncio.to_thread(self._composed, delivery, target, message_id, await self._sender(delivery))
            state = await self._context.store.run(_enqueue, delivery, target, message_id, raw, self._context.clock())
        return self._outcome(state)

    def _outcome(self, mail: "tuple[MailState, datetime]") -> Delivered | Underway:
        state, created_at = mail
        if state is MailState.SENT:
            return Delivered()
        if state is MailState.FAILED:
            raise Refused("mail_failed", "the mail with the case could not be delivered")
        now = self._context.clock()
        age = (now - created_at).total_seconds()
        return Underway(now + timedelta(seconds=min(LONGEST_LOOK, max(FIRST_LOOK, age / 4))))

    async def _sender(self, delivery: DeliveryView) -> tuple[str, str]:
        return await self._context.store.read(_sender, delivery.case_id)

    def _composed(self, delivery: DeliveryView, target: MailTarget, message_id: str, sender: tuple[str, str]) -> bytes:
        now, settings, payload = self._context.clock(), self._context.settings, delivery.payload
        receipt_url = handoff_links.receipt_url(
            settings.secret_bytes(), settings.public_url, delivery.id, now, settings.handoff.receipt_days
        )
        files = self._attachments(payload, target)
        pdf = casepdf.build(payload, settings.time_zone, [file.id for file, _ in files], receipt_url)
        attached: list[Attached] = [(f"{payload.case.number}.pdf", "application/pdf", pdf)]
        attached += [(file.name, file.media_type, data) for file, data in files]
        return mailout.composer()(
            sender=sender[0],
            sender_name=sender[1],
            to=[target.to],
            subject=subject(payload),
            text=text(payload, receipt_url),
            case_number=payload.case.number,
            message_id=message_id,
            in_reply_to="",
            references=[],
            attachments=attached,
            automatic=False,
            now=now,
        )

    def _attachments(self, payload: CasePayload, target: MailTarget) -> list[tuple[FilePart, bytes]]:
        """The files that fit; one that has been removed meanwhile is left out, as the PDF then says."""
        chosen, room = list[tuple[FilePart, bytes]](), target.attach_bytes
        for file in sorted(wanted(payload), key=lambda file: file.size):
            if file.size > room:
                break
            try:
                chosen.append((file, self._context.files.read(file.sha256)))
            except NotFound:
                continue
            room -= file.size
        return chosen


def wanted(payload: CasePayload) -> list[FilePart]:
    """Files worth attaching: of a scanned letter the searchable copy, not the untouched original beside it; of a mail
    its attachments, not the raw mail."""
    found = []
    for contact in payload.contacts:
        roles = {file.role for file in contact.files}
        skipped = NOT_ATTACHED | ({"original"} if roles & {"searchable", "attachment"} or contact.text else set())
        found += [file for file in contact.files if file.role not in skipped]
    return list({file.sha256: file for file in found}.values())


def subject(payload: CasePayload) -> str:
    """Says what kind of case, not what it is about: subjects are shown in the open."""
    topic = payload.case.topic.name if payload.case.topic else "ärende"
    return f"Överlämnat ärende: {topic} {tokens.subject_token(payload.case.number)}"


def text(payload: CasePayload, receipt_url: str) -> str:
    """The mail's words, in Swedish."""
    note = f"\nMeddelande:\n{payload.handoff.note}\n" if payload.handoff.note else ""
    return (
        f"Hej!\n\nKontaktcenter lämnar över ärende {payload.case.number} till er. Hela ärendet finns i den bifogade "
        f"PDF-filen.\n\nLämnat över av: {payload.handoff.by}\n{note}\n"
        f"Tala om vad som händer med ärendet (mottaget, påbörjat, besvarat eller fel mottagare):\n{receipt_url}\n\n"
        f"Du kan också svara på det här brevet; svaret hamnar i ärendet.\n\n{payload.case.municipality.name}\n"
    )


def _sender(session: Session, case_id: int) -> tuple[str, str]:
    return mailout.sender_for(session, cases.get(session, case_id))


def _message_id(session: Session, delivery: DeliveryView) -> str:
    """Made from the key, so that the same hand-off is the same mail however often it is attempted."""
    domain = _sender(session, delivery.case_id)[0].rpartition("@")[2]
    mark = hashlib.sha256(f"{delivery.key} {delivery.round}".encode()).hexdigest()[:24]
    return f"<handoff.{delivery.id}.{delivery.round}.{mark}@{domain}>"


def _state(session: Session, message_id: str) -> tuple[MailState, datetime] | None:
    mail = session.exec(select(OutgoingMail).where(OutgoingMail.message_id == message_id)).first()
    return (mail.state, mail.created_at) if mail else None


def _enqueue(
    session: Session, delivery: DeliveryView, target: MailTarget, message_id: str, raw: bytes, now: datetime
) -> tuple[MailState, datetime]:
    """Reserve the mail, unless another attempt has done so meanwhile."""
    if known := _state(session, message_id):
        return known
    mailout.enqueue(
        session,
        sender=_sender(session, delivery.case_id)[0],
        recipient=target.to,
        message_id=message_id,
        raw=raw,
        kind="handoff",
        case_id=delivery.case_id,
        contact_id=None,
        now=now,
    )
    return MailState.QUEUED, now
