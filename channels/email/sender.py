"""Hands mails of the outbox to the smart host; tries again for days; what is refused for good fails visibly at once."""

import asyncio
import contextlib
import random
import re
import ssl
from collections.abc import Callable
from datetime import timedelta

import aiosmtplib

from channels.email import outbox
from channels.email.outbox import Claimed
from channels.email.settings import EmailSettings
from channels.email.trust.sealing import Keyring, keyring
from contactcenter.context import Context
from contactcenter.ports import Health
from contactcenter.tail import Subscription

POLL_SECONDS = 2.0
AT_ONCE = 4
ATTEMPT_SECONDS = 300.0
"""Longest time of one attempt altogether; well under the lease."""
LAST_SECONDS = 20.0
"""How long mails in hand are waited for when we are told to stop."""
POSSIBLE = re.compile(r"[^\s<>\x00-\x1f]+@[^\s<>\x00-\x1f]+")
HINTS = {
    "smarthost_unreachable": "the smart host cannot be reached; see CC_EMAIL__SMARTHOST_HOST and _PORT",
    "smarthost_refuses": "the smart host does not let us in; see CC_EMAIL__SMARTHOST_USER, _PASSWORD and _TLS",
}
_NotLetIn = (
    aiosmtplib.SMTPAuthenticationError,
    aiosmtplib.SMTPConnectResponseError,
    aiosmtplib.SMTPHeloError,
    ssl.SSLError,
)
"""What says nothing about the mail, whatever the code."""
ABOUT_US = {421, 530, 534, 535, 538}
"""Codes that say that the server is closing, or wants TLS or a password (RFC 4954)."""


class Sender:
    """The adapter."""

    name = "email_sender"

    def __init__(self, context: Context, settings: EmailSettings) -> None:
        self._context, self._settings = context, settings
        self._wake = asyncio.Event()
        self._trouble = ""
        self._keys = Keyring({})
        self._in_hand: set[asyncio.Task[bool]] = set()

    async def run(self, report: Callable[[Health], None]) -> None:
        """Send until cancelled; then finish what is in hand. Raises Misconfigured for an impossible DKIM key."""
        self._keys = await asyncio.to_thread(keyring, self._settings)
        subscription = self._context.tail.subscribe()
        listening = asyncio.create_task(self._listen(subscription))
        report(self._health())
        try:
            while True:
                self._wake.clear()
                await asyncio.gather(*(self._send_all() for _ in range(AT_ONCE)))
                report(self._health())
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(POLL_SECONDS):  # wait_for may swallow a cancel
                        await self._wake.wait()
        finally:
            listening.cancel()
            self._context.tail.unsubscribe(subscription)
            if self._in_hand:
                await asyncio.wait(self._in_hand, timeout=LAST_SECONDS)

    def _health(self) -> Health:
        return Health(self.name, ok=not self._trouble, code=self._trouble, hint=HINTS.get(self._trouble, ""))

    async def _listen(self, subscription: Subscription) -> None:
        async for _ in subscription:
            self._wake.set()

    async def _send_all(self) -> None:
        while await self._context.store.read(outbox.is_due, self._context.clock()):
            one = asyncio.create_task(self._send_one())
            self._in_hand.add(one)
            one.add_done_callback(self._in_hand.discard)
            if not await asyncio.shield(one):  # what is claimed is finished, even when we are told to stop
                return

    async def _send_one(self) -> bool:
        """Claim a mail and try it; False when there was none."""
        mail = await self._context.store.run(outbox.claim, self._context.clock())
        if mail is not None:
            await self._try(mail)
        return mail is not None

    async def _try(self, mail: Claimed) -> None:
        try:
            async with asyncio.timeout(ATTEMPT_SECONDS):
                await self._hand_over(mail)
        except _NotLetIn:
            self._trouble = "smarthost_refuses"
            await self._later(mail, self._trouble)
        except aiosmtplib.SMTPRecipientsRefused as error:
            await self._refused(mail, error.recipients[0].code)
        except aiosmtplib.SMTPResponseException as error:
            await self._refused(mail, error.code)
        except (aiosmtplib.SMTPNotSupported, ValueError):
            await self._context.store.run(outbox.failed, mail.id, "address_not_possible", self._context.clock())
        except (aiosmtplib.SMTPException, OSError, TimeoutError):
            self._trouble = "smarthost_unreachable"
            await self._later(mail, self._trouble)
        else:
            self._trouble = ""
            await self._context.store.run(outbox.sent, mail.id, self._context.clock())

    async def _hand_over(self, mail: Claimed) -> None:
        settings = self._settings
        if not POSSIBLE.fullmatch(mail.recipient):
            raise ValueError("not a mail address")
        client = aiosmtplib.SMTP(
            hostname=settings.smarthost_host,
            port=settings.smarthost_port,
            local_hostname=settings.hostname,
            username=settings.smarthost_user or None,
            password=settings.smarthost_password.get_secret_value() or None,
            use_tls=settings.smarthost_tls == "tls",
            start_tls=settings.smarthost_tls == "starttls",
            tls_context=_trusting(settings),
            timeout=settings.smarthost_seconds,
        )
        raw = mail.raw
        if self._keys:  # anew for each attempt, so that the time in it is the time it leaves
            raw = await asyncio.to_thread(self._keys.signed, raw, int(self._context.clock().timestamp()))
        await client.connect()
        try:
            await client.sendmail(mail.sender, [mail.recipient], raw, mail_options=_options(mail))
            with contextlib.suppress(aiosmtplib.SMTPException, OSError):  # it was taken; how we part matters not
                await client.quit()
        finally:
            client.close()

    async def _refused(self, mail: Claimed, code: int) -> None:
        self._trouble = "smarthost_refuses" if code in ABOUT_US else ""  # else it listens, and did not like this mail
        if self._trouble:
            await self._later(mail, self._trouble)
        elif 500 <= code < 600:
            await self._context.store.run(outbox.failed, mail.id, f"smtp_{code}", self._context.clock())
        else:
            await self._later(mail, f"smtp_{code}")

    async def _later(self, mail: Claimed, code: str) -> None:
        now, settings = self._context.clock(), self._settings
        if now - mail.created_at > timedelta(days=settings.give_up_days):
            await self._context.store.run(outbox.failed, mail.id, code, now)
            return
        roll = random.random()  # noqa: S311 (jitter, no secret)
        seconds = outbox.pause(mail.attempts, settings.first_pause_seconds, settings.longest_pause_seconds, roll)
        await self._context.store.run(outbox.postponed, mail.id, code, now + timedelta(seconds=seconds))


def _options(mail: Claimed) -> list[str]:
    ascii_only = (mail.sender + mail.recipient).isascii()
    return [] if ascii_only else ["SMTPUTF8"]


def _trusting(settings: EmailSettings) -> ssl.SSLContext | None:
    if settings.smarthost_tls == "none":
        return None
    authority = settings.smarthost_authority
    return ssl.create_default_context(cafile=str(authority) if authority else None)
