"""Letters on their way out: made into pages, kept, handed over; tried again for days; the operator's answers read."""

import asyncio
import contextlib
import io
import logging
import threading
from collections.abc import Callable
from pathlib import Path
from zoneinfo import ZoneInfo

import pypdfium2

from channels.post import letterpaper
from channels.post.letterpaper import Paper
from channels.post.printers import CupsPrinter, DigitalFolder, FolderPrinter, Printer, file_name
from channels.post.settings import PostSettings
from contactcenter.context import Context
from contactcenter.errors import ContactCenterError, Misconfigured, Unavailable
from contactcenter.letters import outbox
from contactcenter.letters.model import Way
from contactcenter.letters.outbox import Claimed, Sheet
from contactcenter.ports import Health, StoredFile
from contactcenter.states import EventKind
from contactcenter.tail import Subscription

log = logging.getLogger(__name__)
POLL_SECONDS = 5.0
PREVIEW_DPI = 96
_ONE_AT_A_TIME = threading.Lock()
"""PDFium may be in one thread only."""
WAKERS = frozenset({EventKind.LETTER_QUEUED, EventKind.REPLY_QUEUED})


class LetterSender:
    """The adapter."""

    name = "letters"

    def __init__(self, context: Context, settings: PostSettings) -> None:
        self._context, self._settings = context, settings
        self._paper = paper_of(context, settings)
        self._trouble: ContactCenterError | None = None
        self._wake = asyncio.Event()

    async def run(self, report: Callable[[Health], None]) -> None:
        """Until cancelled."""
        subscription = self._context.tail.subscribe()
        listening = asyncio.create_task(self._listen(subscription))
        try:
            while True:
                self._wake.clear()
                await self._read_receipts()
                while await self._context.store.read(outbox.is_due, self._context.clock()):
                    await asyncio.shield(self._send_one())
                report(self._health())
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(POLL_SECONDS):
                        await self._wake.wait()
        finally:
            self._context.tail.unsubscribe(subscription)
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)

    def _health(self) -> Health:
        fault = self._trouble
        return Health(self.name, ok=fault is None, code=fault.code if fault else "", hint=fault.text if fault else "")

    async def _listen(self, subscription: Subscription) -> None:
        while True:
            if any(event.kind in WAKERS for event in await subscription.take()):
                self._wake.set()

    async def _send_one(self) -> None:
        letter = await self._context.store.run(outbox.claim, self._context.clock())
        if letter is None:
            return
        store, now = self._context.store, self._context.clock
        try:
            pdf = await asyncio.to_thread(letterpaper.build, letter.sheet, self._paper)
            file = await asyncio.to_thread(self._kept, letter, pdf)
            await self._printer(letter.way).take(letter, pdf)
        except (Unavailable, Misconfigured) as fault:
            self._trouble = fault
            await store.run(outbox.not_taken, letter.id, fault.code, now())
        except Exception as fault:
            log.exception("action=letter_failed letter=%d error=%s", letter.id, type(fault).__name__)
            await store.run(outbox.failed, letter.id, "letter_not_made", now())
        else:
            self._trouble = None
            await store.run(outbox.handed_over, letter.id, file, now())

    def _kept(self, letter: Claimed, pdf: bytes) -> StoredFile:
        sha256, size = self._context.files.put(pdf)
        return StoredFile(sha256, size, file_name(letter), "application/pdf", "pdf")

    def _printer(self, way: Way) -> Printer:
        settings = self._settings
        if way is Way.DIGITAL:
            if settings.digital_folder is None:
                raise Misconfigured("digital_folder", "CC_POST__DIGITAL_FOLDER is not set")
            return DigitalFolder(settings.digital_folder)
        if settings.print_queue:
            return CupsPrinter(settings.print_queue)
        return FolderPrinter(print_folder(self._context, settings))

    async def _read_receipts(self) -> None:
        """What the operator says of letters that were handed over."""
        if self._settings.digital_folder is None:
            return
        box = DigitalFolder(self._settings.digital_folder)
        try:
            found = await asyncio.to_thread(lambda: list(box.receipts()))
        except Unavailable as fault:
            self._trouble = fault
            return
        for path, contact_id, said in found:
            now = self._context.clock()
            if said.get("status") == "delivered":
                await self._context.store.run(outbox.delivered, contact_id, now)
            else:
                reason = str(said.get("reason", ""))[:200]
                await self._context.store.run(outbox.refused, contact_id, reason, now)
            await asyncio.to_thread(path.unlink, missing_ok=True)


def print_folder(context: Context, settings: PostSettings) -> Path:
    return settings.print_folder or context.settings.data_dir / "print"


def paper_of(context: Context, settings: PostSettings) -> Paper:
    """How letters look here."""
    return Paper(
        window_left=settings.window_left_mm,
        window_top=settings.window_top_mm,
        forwarding=tuple(settings.forwarding_address),
        logos=context.settings.data_dir / "logos",
        zone=ZoneInfo(context.settings.time_zone),
    )


def preview(context: Context, settings: PostSettings, sheet: Sheet, page: int) -> tuple[bytes, int]:
    """(that page as PNG, how many there are) of the letter as it would be printed; blocking."""
    pdf = letterpaper.build(sheet, paper_of(context, settings))
    with _ONE_AT_A_TIME:
        document = pypdfium2.PdfDocument(pdf)
        try:
            count = len(document)
            picture = document[min(max(page, 1), count) - 1].render(scale=PREVIEW_DPI / 72).to_pil()
        finally:
            document.close()
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue(), count
