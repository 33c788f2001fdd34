"""Mail fetched from a mailbox that others keep (Exchange, Google, Dovecot): IMAP (RFC 3501) with IDLE (RFC 2177).

A mail is moved away, or removed, only after it is committed to our inbox; when the process ends between the two it is
fetched again and known by its key. IMAPClient blocks, so each mailbox has one thread of its own.
"""

import asyncio
import contextlib
import hashlib
import ssl
import time
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from email.parser import BytesHeaderParser
from email.policy import compat32
from email.utils import getaddresses, parseaddr
from functools import partial
from typing import Any, TypeVar

from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientError, LoginError

from channels.email.imap_settings import ImapMailbox
from channels.email.mailboxes import Mailboxes
from channels.email.oauth import Token
from contactcenter import intake
from contactcenter.context import Context
from contactcenter.errors import Misconfigured, Unavailable
from contactcenter.ports import Health

T = TypeVar("T")
ANSWER_SECONDS = 60.0
"""A server that says nothing for so long is given up, and connected to anew."""
IDLE_LOOK = 5.0
IDLE_SECONDS = 240.0
"""IDLE is begun anew after so long: firewalls forget silent connections long before the 29 minutes of RFC 2177."""
MOST_AT_ONCE = 200
LARGEST = 200 << 20
"""Bytes; a larger mail stays where it is and is told in the health of the part."""
HEAD = 1 << 18
_SENT_TO = ("Delivered-To", "X-Original-To", "Envelope-To", "To", "Cc")


@dataclass(frozen=True, slots=True)
class Fetched:
    """A mail as the server gave it; `arrived_at` is when it came into the mailbox (UTC)."""

    uid: int
    raw: bytes
    arrived_at: datetime


class ImapSource:
    """The adapter of one mailbox. `wake` tells the reader that there is something to read."""

    def __init__(self, context: Context, settings: ImapMailbox, mailboxes: Mailboxes, wake: Callable[[], None]) -> None:
        self.name = f"email_imap_{settings.mailbox}"
        self._context, self._settings, self._mailboxes, self._wake = context, settings, mailboxes, wake
        self._token = Token(settings) if settings.token_url else None

    async def run(self, report: Callable[[Health], None]) -> None:
        """Fetch until cancelled. Raises Unavailable when the server is away, Misconfigured when it says no."""
        if not await self._mailboxes.is_ours(self._settings.mailbox):
            raise Misconfigured("imap_mailbox", f"{self._settings.mailbox} is no address point of kind email")
        password = await self._token.fresh() if self._token else self._settings.password.get_secret_value()
        async with _session(self._settings, password) as session:
            while True:
                left = await self._take_all(session)
                report(Health(self.name, ok=not left, code="too_large" if left else "", facts={"left": left}))
                await session.changed(self._settings.poll_seconds)

    async def _take_all(self, session: "_Session") -> int:
        """Take in what is there; how many mails are too large to be taken."""
        sizes = await session.do(_sizes)
        fitting = [uid for uid, size in sizes.items() if size <= LARGEST]
        for uid in fitting:
            if (mail := await session.do(_fetched, uid)) is not None:
                await self._store(mail)
                await session.do(_put_away, uid, self._settings.done_folder)
        return len(sizes) - len(fitting)

    async def _store(self, mail: Fetched) -> None:
        sender, recipients = _envelope(mail.raw)
        ours = [address for address in recipients if await self._mailboxes.is_ours(address)]
        about = {
            "mail_from": sender,
            "recipients": ours or [self._settings.mailbox],
            "helo": "",
            "peer": "imap",
            "tls": self._settings.tls != "none",
        }
        sha256 = hashlib.sha256(mail.raw).hexdigest()
        await self._context.store.run(intake.accept_raw, mail.raw, about, sha256, mail.arrived_at)
        self._wake()


class _Session:
    """A signed-in connection with its folder open. All that blocks is done in its thread, one thing after the other."""

    def __init__(self, client: IMAPClient, threads: ThreadPoolExecutor) -> None:
        self._client, self._threads = client, threads

    async def do(self, function: Callable[..., T], *arguments: Any) -> T:
        """Raises Unavailable when the server went away or refuses."""
        return await _in_thread(self._threads, partial(function, self._client, *arguments))

    async def changed(self, poll_seconds: float) -> None:
        """Until the server says that something came, or it is time to look."""
        if not await self.do(lambda client: client.has_capability("IDLE")):
            await asyncio.sleep(poll_seconds)
            await self.do(lambda client: client.noop())
            return
        end = asyncio.get_running_loop().time() + IDLE_SECONDS
        await self.do(lambda client: client.idle())
        while not await self.do(_heard) and asyncio.get_running_loop().time() < end:
            pass
        await self.do(lambda client: client.idle_done())


@contextlib.asynccontextmanager
async def _session(settings: ImapMailbox, password: str) -> AsyncIterator[_Session]:
    threads = ThreadPoolExecutor(1, thread_name_prefix="imap")
    client: IMAPClient | None = None
    try:
        client = await _in_thread(threads, partial(_connected, settings, password))
        yield _Session(client, threads)
    finally:
        if client is not None:
            with contextlib.suppress(OSError, IMAPClientError):
                client.shutdown()  # also wakes the thread, if it still waits for the server
        threads.shutdown(wait=False, cancel_futures=True)


async def _in_thread(threads: ThreadPoolExecutor, work: Callable[[], T]) -> T:
    try:
        return await asyncio.get_running_loop().run_in_executor(threads, work)
    except LoginError as error:
        raise Misconfigured("imap_login", "the mail server does not let us sign in") from error
    except ssl.SSLError as error:
        raise Misconfigured("imap_tls", f"no safe connection to the mail server: {error.reason}") from error
    except (IMAPClientError, OSError) as error:
        raise Unavailable("imap", f"the mail server cannot be used now ({type(error).__name__})") from error


def _connected(settings: ImapMailbox, password: str) -> IMAPClient:
    safe = ssl.create_default_context(cafile=str(settings.authority) if settings.authority else None)
    client = IMAPClient(
        settings.host, settings.port, ssl=settings.tls == "tls", ssl_context=safe, timeout=ANSWER_SECONDS
    )  # fmt: skip
    try:
        if settings.tls == "starttls":
            client.starttls(safe)
        if settings.token_url:
            client.oauth2_login(settings.user, password)
        else:
            client.login(settings.user, password)
        if settings.done_folder and not client.folder_exists(settings.done_folder):
            client.create_folder(settings.done_folder)
        client.select_folder(settings.folder)
    except BaseException:
        with contextlib.suppress(OSError, IMAPClientError):
            client.shutdown()
        raise
    return client


def _sizes(client: IMAPClient) -> dict[int, int]:
    """The oldest mails that are there: uid -> bytes."""
    uids = sorted(client.search(["UNDELETED"]))[:MOST_AT_ONCE]
    told = client.fetch(uids, ["RFC822.SIZE"]) if uids else {}
    return {uid: int(told[uid][b"RFC822.SIZE"]) for uid in uids if b"RFC822.SIZE" in told.get(uid, {})}


def _fetched(client: IMAPClient, uid: int) -> Fetched | None:
    """None: somebody else took it away meanwhile."""
    client.normalise_times = False
    told = client.fetch([uid], ["BODY.PEEK[]", "INTERNALDATE"]).get(uid, {})
    raw, arrived = told.get(b"BODY[]"), told.get(b"INTERNALDATE")
    if raw is None:
        return None
    return Fetched(uid, bytes(raw), arrived.astimezone(UTC) if arrived else datetime.now(UTC))


def _put_away(client: IMAPClient, uid: int, folder: str) -> None:
    if folder and client.has_capability("MOVE"):
        client.move([uid], folder)
        return
    if folder:
        client.copy([uid], folder)
    client.delete_messages([uid])
    if client.has_capability("UIDPLUS"):
        client.uid_expunge([uid])
    else:
        client.expunge()


def _heard(client: IMAPClient) -> bool:
    """Whether something came within a few seconds of IDLE. Raises ConnectionError when the server hung up.

    `idle_check` says nothing of an end: it gives an empty list at once.
    """
    began = time.monotonic()
    told = client.idle_check(timeout=IDLE_LOOK)
    if any(one[0] == b"BYE" for one in told) or (not told and time.monotonic() - began < IDLE_LOOK / 2):
        raise ConnectionError
    return any(len(one) > 1 and one[1] == b"EXISTS" for one in told)


def _envelope(raw: bytes) -> tuple[str, list[str]]:
    """Envelope sender and all recipients, from the headers. Empty sender: a report of a mail server."""
    headers = BytesHeaderParser(policy=compat32).parsebytes(raw[:HEAD])
    said = headers.get("Return-Path")
    sender = parseaddr(str(said if said is not None else headers.get("From", "")))[1]
    named = [str(value) for name in _SENT_TO for value in headers.get_all(name, [])]
    return sender, [address for _, address in getaddresses(named) if "@" in address]
