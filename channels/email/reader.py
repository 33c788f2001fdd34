"""The reader: takes raw mails from the inbox in order, has them read in a child process, and files them.

Mails are read in small groups that share a commit. While the door is busy the reader holds back: whoever hands a
mail over is waiting, and what has been handed over is safe.
"""

import asyncio
import contextlib
import mimetypes
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from channels.email import filing
from channels.email.mailboxes import Mailbox, Mailboxes
from channels.email.message import Parsed
from channels.email.reading import Reading, Unreadable
from channels.email.settings import EmailSettings
from channels.email.trust import clamav
from channels.email.trust.guard import Guard
from contactcenter import quarantine
from contactcenter.context import Context
from contactcenter.errors import Unavailable
from contactcenter.files import FileStore
from contactcenter.model import Inbox
from contactcenter.ports import Health, InboundContact, StoredFile
from contactcenter.quarantine import Held

GROUP = 8
GROUP_BYTES = 8 << 20
"""A group is at most this large, unless it is one mail."""
POLL_SECONDS = 1.0
ATTEMPTS = 10
"""A mail that was in hand so often when the process ended may be why it did, and is filed unread."""
BUSY = 30
"""Mails a second from which on the door is busy."""
HOLD_BACK = 9.0
"""While the door is busy, the reader rests for so many times what it worked."""
LONGEST_REST = 5.0
LOOK_SECONDS = 0.1


class _Rate:
    """How fast mails arrive, over the last so many."""

    def __init__(self, over: int = 16) -> None:
        self._times: deque[float] = deque(maxlen=over)

    def note(self) -> None:
        self._times.append(time.monotonic())

    def mails_a_second(self) -> float:
        """Zero until there have been enough to tell."""
        if len(self._times) < (self._times.maxlen or 0):
            return 0.0
        return len(self._times) / max(1e-3, time.monotonic() - self._times[0])


class Reader:
    """The adapter. `wake` is called by the door after each mail."""

    name = "email_reader"

    def __init__(self, context: Context, settings: EmailSettings, mailboxes: Mailboxes) -> None:
        self._context, self._settings, self._mailboxes = context, settings, mailboxes
        self._wake = asyncio.Event()
        self._rate = _Rate()
        self._daemon = clamav.clamd(settings)
        self._guard = Guard(context.store, settings, mailboxes)

    def wake(self) -> None:
        self._rate.note()
        self._wake.set()

    async def run(self, report: Callable[[Health], None]) -> None:
        """Read until cancelled. Raises Unavailable when the database or the disk cannot take it: then mails wait."""
        settings = self._settings
        secret = self._context.settings.secret_bytes()
        reading = Reading(secret, settings.parse_seconds, settings.parse_memory_mb, settings)
        report(Health(self.name, ok=True))
        try:
            while True:
                self._wake.clear()
                await self._read_all(reading)
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(POLL_SECONDS):  # wait_for may swallow a cancellation in Python 3.11
                        await self._wake.wait()
        finally:
            await reading.close()

    async def _read_all(self, reading: Reading) -> None:
        after = 0
        started = time.monotonic()
        while rows := await self._context.store.read(filing.waiting, after, GROUP, GROUP_BYTES):
            await self._read_group(reading, rows)
            after = rows[-1].id
            await self._hold_back(HOLD_BACK * (time.monotonic() - started))
            started = time.monotonic()

    async def _hold_back(self, seconds: float) -> None:
        """Rest for so long, or until the door is no longer busy."""
        end = time.monotonic() + min(LONGEST_REST, seconds)
        while self._rate.mails_a_second() > BUSY and time.monotonic() < end:
            await asyncio.sleep(LOOK_SECONDS)

    async def _read_group(self, reading: Reading, rows: list[Inbox]) -> None:
        """Some mails. `Unavailable` goes up: the rows stay and are read again after a pause."""
        await self._context.store.run(filing.begin, [row.id for row in rows])
        read = [(row, await self._inbounds(reading, row)) for row in rows]
        await asyncio.gather(*(self._file(row, inbounds) for row, inbounds in read))

    async def _file(self, row: Inbox, inbounds: list[InboundContact]) -> None:
        """File one mail; unread, when it cannot be filed as it was read."""
        store, settings, clock = self._context.store, self._settings, self._context.clock
        try:
            await store.run(filing.file, row.id, inbounds, settings, clock())
        except Unavailable:
            raise
        except Exception as error:  # noqa: BLE001 (whatever it was, a human gets the mail)
            unread = await self._unread(row, f"unfiled_{type(error).__name__.lower()}")
            await store.run(filing.file, row.id, unread, settings, clock())

    async def _inbounds(self, reading: Reading, row: Inbox) -> list[InboundContact]:
        if row.attempts >= ATTEMPTS:
            return await self._unread(row, "reader_died")
        try:
            parsed = await reading.read(row.raw, str(row.envelope.get("mail_from", "")), _recipients(row))
        except Unreadable as error:
            return await self._unread(row, error.code)
        if (reason := self._guard.spam(row)) and await self._hold(row, parsed, reason):
            return []
        found = await clamav.scans(self._daemon, [row.raw, *(one.content for one in parsed.attachments)])
        files = await asyncio.to_thread(self._keep, row, parsed, found)
        facts = await self._guard.facts(row, parsed)
        return [filing.contact(parsed, mailbox, row, files, facts) for mailbox in await self._places(row)]

    async def _hold(self, row: Inbox, parsed: Parsed, reason: str) -> bool:
        """Into quarantine: the raw mail stays where it is. False for one to an address that is no longer ours."""
        places = tuple((one.address, one.municipality_id) for one in await self._places(row) if one.municipality_id)
        if not places:
            return False
        held = Held(parsed.sender, parsed.sender_name, parsed.subject, parsed.text, reason, places)
        await self._context.store.run(quarantine.hold, row.id, held, self._context.clock())
        return True

    async def _unread(self, row: Inbox, code: str) -> list[InboundContact]:
        (found,) = await clamav.scans(self._daemon, [row.raw])
        original = await asyncio.to_thread(self._original, row, found)
        return [filing.unreadable(row, mailbox, code, original) for mailbox in await self._places(row)]

    async def _places(self, row: Inbox) -> list[Mailbox]:
        recipients = _recipients(row)
        found = await self._mailboxes.by_municipality(recipients)
        return found or [Mailbox(recipients[0] if recipients else "", 0)]

    def _keep(self, row: Inbox, parsed: Parsed, found: list[dict[str, Any]]) -> tuple[StoredFile, ...]:
        original, *attached = found
        worst = next((one for one in found if clamav.is_infected(one)), original)  # the original holds them all
        files = attached_files(self._context.files, parsed)
        scanned = (replace(file, facts=file.facts | one) for file, one in zip(files, attached, strict=True))
        return (self._original(row, worst), *scanned)

    def _original(self, row: Inbox, facts: dict[str, Any]) -> StoredFile:
        sha256, size = self._context.files.put(row.raw)
        return StoredFile(sha256, size, "original.eml", "message/rfc822", "original", facts)


def attached_files(files: FileStore, parsed: Parsed) -> Iterator[StoredFile]:
    """Keep what is attached to a mail."""
    for attached in parsed.attachments:
        sha256, size = files.put(attached.content)
        facts = {"content_id": attached.content_id} if attached.content_id else {}
        media_type = _media_type(attached.media_type, attached.name)
        yield StoredFile(sha256, size, attached.name, media_type, attached.role, facts)


def _recipients(row: Inbox) -> list[str]:
    return [str(one) for one in row.envelope.get("recipients", [])]


def _media_type(said: str, name: str) -> str:
    if said == "application/octet-stream":
        return mimetypes.guess_type(name)[0] or said
    return said
