"""The reader: takes raw mails from the inbox in order, has them read in a child process, and files them."""

import asyncio
import mimetypes
from collections.abc import Callable

from channels.email import filing
from channels.email.mailboxes import Mailbox, Mailboxes
from channels.email.message import Parsed
from channels.email.reading import Reading, Unreadable
from channels.email.settings import EmailSettings
from contactcenter.context import Context
from contactcenter.errors import Unavailable
from contactcenter.model import Inbox
from contactcenter.ports import Health, InboundContact, StoredFile

BATCH = 50
POLL_SECONDS = 1.0
ATTEMPTS = 3
"""A mail whose filing fails so often is filed unread."""


class Reader:
    """The adapter. `wake` is called by the door after each mail."""

    name = "email_reader"

    def __init__(self, context: Context, settings: EmailSettings, mailboxes: Mailboxes) -> None:
        self._context, self._settings, self._mailboxes = context, settings, mailboxes
        self._wake = asyncio.Event()

    def wake(self) -> None:
        self._wake.set()

    async def run(self, report: Callable[[Health], None]) -> None:
        reading = Reading(
            self._context.settings.secret_bytes(), self._settings.parse_seconds, self._settings.parse_memory_mb
        )
        try:
            while True:
                self._wake.clear()
                await self._read_all(reading)
                waiting = await self._context.store.read(filing.backlog)
                report(Health(self.name, ok=True, facts={"waiting": waiting}))
                try:
                    await asyncio.wait_for(self._wake.wait(), POLL_SECONDS)
                except TimeoutError:
                    continue
        finally:
            await reading.close()

    async def _read_all(self, reading: Reading) -> None:
        after = 0
        while rows := await self._context.store.read(filing.new_rows, after, BATCH):
            for row_id in rows:
                await self._read(reading, row_id)
            after = rows[-1]

    async def _read(self, reading: Reading, row_id: int) -> None:
        """One mail. `Unavailable` goes up: the row stays and is read again after a pause."""
        row = await self._context.store.read(filing.row, row_id)
        if row is None:
            return
        attempts = await self._context.store.run(filing.begin, row_id)
        inbounds = await self._inbounds(reading, row, attempts)
        try:
            await self._context.store.run(filing.file, row_id, inbounds, self._settings, self._context.clock())
        except Unavailable:
            raise
        except Exception:
            if attempts > ATTEMPTS:
                raise
            unread = await self._unread(row, "could_not_be_filed")
            await self._context.store.run(filing.file, row_id, unread, self._settings, self._context.clock())

    async def _inbounds(self, reading: Reading, row: Inbox, attempts: int) -> list[InboundContact]:
        recipients = [str(one) for one in row.envelope.get("recipients", [])]
        if attempts > ATTEMPTS:
            return await self._unread(row, "reader_died")
        try:
            parsed = await reading.read(row.raw, str(row.envelope.get("mail_from", "")), recipients)
        except Unreadable as error:
            return await self._unread(row, error.code)
        files = await asyncio.to_thread(self._keep, row, parsed)
        return [filing.contact(parsed, mailbox, row, files) for mailbox in await self._places(row)]

    async def _unread(self, row: Inbox, code: str) -> list[InboundContact]:
        original = await asyncio.to_thread(self._original, row)
        return [filing.unreadable(row, mailbox, code, original) for mailbox in await self._places(row)]

    async def _places(self, row: Inbox) -> list[Mailbox]:
        recipients = [str(one) for one in row.envelope.get("recipients", [])]
        found = await self._mailboxes.by_municipality(recipients)
        return found or [Mailbox(recipients[0] if recipients else "", 0)]

    def _keep(self, row: Inbox, parsed: Parsed) -> tuple[StoredFile, ...]:
        kept = [self._original(row)]
        for attached in parsed.attachments:
            sha256, size = self._context.files.put(attached.content)
            facts = {"content_id": attached.content_id} if attached.content_id else {}
            media_type = _media_type(attached.media_type, attached.name)
            kept.append(StoredFile(sha256, size, attached.name, media_type, attached.role, facts))
        return tuple(kept)

    def _original(self, row: Inbox) -> StoredFile:
        sha256, size = self._context.files.put(row.raw)
        return StoredFile(sha256, size, "original.eml", "message/rfc822", "original")


def _media_type(said: str, name: str) -> str:
    if said == "application/octet-stream":
        return mimetypes.guess_type(name)[0] or said
    return said
