"""The outbox: mails claimed one by one, handed to the smart host, tried again for days, failed visibly.

A claim is written before the attempt. A mail that was handed over when the process was killed goes out once more after
its lease, with the same Message-ID: at most one duplicate, never a loss.
"""

import asyncio
import random
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import aiosmtplib
from sqlalchemy import CursorResult, or_, update
from sqlmodel import Session, col, select

from channels.email.settings import EmailSettings
from contactcenter import journal, tokens
from contactcenter.context import Context
from contactcenter.model import Case, Contact, OutgoingMail
from contactcenter.ports import Health
from contactcenter.states import ContactState, EventKind, MailState

POLL_SECONDS = 2.0
LEASE = timedelta(minutes=10)
AT_ONCE = 4


@dataclass(frozen=True, slots=True)
class Claimed:
    id: int
    sender: str
    recipient: str
    raw: bytes
    attempts: int
    created_at: datetime


def pause(attempts: int, first: float, longest: float, roll: float) -> float:
    """Seconds until the next attempt after `attempts` failed ones: doubled each time, `roll` (0..1) of jitter."""
    return float(min(longest, first * 2 ** max(0, min(attempts - 1, 30))) * (0.75 + 0.5 * roll))


def claim(session: Session, now: datetime) -> Claimed | None:
    """Reserve the mail that is due first; a claim older than the lease is taken over."""
    due = or_(
        col(OutgoingMail.state) == MailState.QUEUED,
        col(OutgoingMail.state) == MailState.SENDING,
    )
    mail = session.exec(
        select(OutgoingMail).where(due, col(OutgoingMail.next_at) <= now).order_by(col(OutgoingMail.next_at)).limit(1)
    ).first()
    if mail is None:
        return None
    result: CursorResult[Any] = session.execute(  # type: ignore[assignment]
        update(OutgoingMail)
        .where(col(OutgoingMail.id) == mail.id, col(OutgoingMail.next_at) == mail.next_at)
        .values(state=MailState.SENDING, attempts=OutgoingMail.attempts + 1, next_at=now + LEASE)
        .execution_options(synchronize_session=False)
    )
    if result.rowcount != 1:
        return None
    return Claimed(
        mail.id, _envelope_sender(session, mail), mail.recipient, mail.raw, mail.attempts + 1, mail.created_at
    )


def _envelope_sender(session: Session, mail: OutgoingMail) -> str:
    """Bounces come back to the case: the envelope carries its plus-address. Receipts have the null sender."""
    case = session.get(Case, mail.case_id) if mail.case_id else None
    return tokens.plus_address(mail.sender, case.number) if mail.sender and case else mail.sender


def sent(session: Session, mail_id: int, now: datetime) -> None:
    """The smart host took it."""
    mail = session.get_one(OutgoingMail, mail_id)
    mail.state, mail.sent_at, mail.last_error = MailState.SENT, now, ""
    session.add(mail)
    _tell(session, mail, EventKind.MAIL_SENT, ContactState.SENT, now)


def failed(session: Session, mail_id: int, code: str, now: datetime) -> None:
    """It will not be taken, by anybody, ever."""
    mail = session.get_one(OutgoingMail, mail_id)
    mail.state, mail.last_error = MailState.FAILED, code
    session.add(mail)
    _tell(session, mail, EventKind.MAIL_FAILED, ContactState.FAILED, now, code=code)


def postponed(session: Session, mail_id: int, code: str, until: datetime) -> None:
    """It is tried again at `until`."""
    mail = session.get_one(OutgoingMail, mail_id)
    mail.state, mail.last_error, mail.next_at = MailState.QUEUED, code, until
    session.add(mail)


def _tell(
    session: Session, mail: OutgoingMail, kind: EventKind, state: ContactState, now: datetime, **data: Any
) -> None:
    contact = session.get(Contact, mail.contact_id) if mail.contact_id else None
    if contact and contact.state is not ContactState.FAILED:
        contact.state = state
        contact.ended_at = now
        session.add(contact)
    case = session.get(Case, mail.case_id) if mail.case_id else None
    journal.record(
        session, kind, at=now, case=case, contact_id=mail.contact_id, mail_id=mail.id, purpose=mail.kind, **data
    )


class Sender:
    """The adapter."""

    name = "email_sender"

    def __init__(self, context: Context, settings: EmailSettings) -> None:
        self._context, self._settings = context, settings
        self._subscription = context.tail.subscribe()
        self._trouble = ""

    async def run(self, report: Callable[[Health], None]) -> None:
        report(Health(self.name, ok=True))
        listening = asyncio.create_task(self._listen())
        self._wake = asyncio.Event()
        try:
            while True:
                self._wake.clear()
                await asyncio.gather(*(self._send_all() for _ in range(AT_ONCE)))
                code = self._trouble
                hint = "the smart host cannot be reached; see CC_EMAIL__SMARTHOST_HOST" if code else ""
                report(Health(self.name, ok=not code, code=code, hint=hint))
                try:
                    await asyncio.wait_for(self._wake.wait(), POLL_SECONDS)
                except TimeoutError:
                    continue
        finally:
            listening.cancel()

    async def _listen(self) -> None:
        async for _ in self._subscription:
            self._wake.set()

    async def _send_all(self) -> None:
        store, clock = self._context.store, self._context.clock
        while (mail := await store.run(claim, clock())) is not None:
            try:
                await self._send(mail)
            except (aiosmtplib.SMTPResponseException, aiosmtplib.SMTPRecipientsRefused) as error:
                await self._refused(mail, error)
            except (aiosmtplib.SMTPException, OSError, TimeoutError):
                self._trouble = "smarthost"
                await self._later(mail, "unreachable")
            else:
                self._trouble = ""
                await store.run(sent, mail.id, clock())

    async def _send(self, mail: Claimed) -> None:
        settings = self._settings
        await aiosmtplib.send(
            mail.raw,
            sender=mail.sender,
            recipients=[mail.recipient],
            hostname=settings.smarthost_host,
            port=settings.smarthost_port,
            local_hostname=settings.hostname,
            username=settings.smarthost_user or None,
            password=settings.smarthost_password.get_secret_value() or None,
            use_tls=settings.smarthost_tls == "tls",
            start_tls=settings.smarthost_tls == "starttls",
            tls_context=ssl.create_default_context() if settings.smarthost_tls != "none" else None,
            timeout=settings.smarthost_seconds,
        )

    async def _refused(
        self, mail: Claimed, error: aiosmtplib.SMTPResponseException | aiosmtplib.SMTPRecipientsRefused
    ) -> None:
        code = error.recipients[0].code if isinstance(error, aiosmtplib.SMTPRecipientsRefused) else error.code
        if 500 <= code < 600 and not isinstance(error, aiosmtplib.SMTPAuthenticationError):
            await self._context.store.run(failed, mail.id, f"smtp_{code}", self._context.clock())
        else:
            await self._later(mail, f"smtp_{code}")

    async def _later(self, mail: Claimed, code: str) -> None:
        now, settings = self._context.clock(), self._settings
        if now - mail.created_at > timedelta(days=settings.give_up_days):
            await self._context.store.run(failed, mail.id, code, now)
            return
        seconds = pause(
            mail.attempts,
            settings.first_pause_seconds,
            settings.longest_pause_seconds,
            random.random(),  # noqa: S311
        )
        await self._context.store.run(postponed, mail.id, code, now + timedelta(seconds=seconds))
