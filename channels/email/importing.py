"""Old mail brought in: mbox files, Maildirs, folders of .eml files. Nobody is notified of anything.

Each mail is read as one that comes in at the door (same process, same limits) and filed with its own date, as a case
that is closed unless asked otherwise. A mail that is here already changes nothing: an import may be run again, and one
that was broken off goes on where it was.
"""

import asyncio
import hashlib
import mailbox
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from sqlmodel import Session

from channels.email import filing
from channels.email.mailboxes import Mailbox, Mailboxes
from channels.email.message import Parsed
from channels.email.reader import attached_files
from channels.email.reading import Reading, Unreadable
from channels.email.settings import EmailSettings
from contactcenter import cases, intake
from contactcenter.clock import utc_now
from contactcenter.errors import Misconfigured
from contactcenter.files import FileStore
from contactcenter.model import Inbox
from contactcenter.ports import InboundContact, StoredFile
from contactcenter.states import CaseState, EventKind, Outcome
from contactcenter.store import Store

TOGETHER = 50
"""Mails that share a commit."""
LARGEST = 200 << 20
"""Bytes; a larger one is told and left where it is."""


class Old(NamedTuple):
    """A mail as it lies there, and when its file was written (for one without a date)."""

    name: str
    raw: bytes
    written_at: datetime


@dataclass(slots=True)
class Progress:
    """How far an import is."""

    found: int = 0
    filed: int = 0
    known: int = 0
    """Here already."""
    unreadable: int = 0
    """Filed, but only as the original."""
    too_large: list[str] = field(default_factory=list)


class Importing:
    """One import into one mailbox. `report` hears after every commit."""

    def __init__(
        self,
        store: Store,
        files: FileStore,
        settings: EmailSettings,
        secret: bytes,
        report: Callable[[Progress], None] = lambda _: None,
    ) -> None:
        self._store, self._files, self._settings, self._secret = store, files, settings, secret
        self._report = report
        self._progress = Progress()

    async def run(self, path: Path, into: str, *, leave_open: bool = False, readers: int = 2) -> Progress:
        """Bring in everything under `path`. Raises Misconfigured when there is no mail, or no such mailbox."""
        places = await Mailboxes(self._store).by_municipality([into])
        if not places:
            raise Misconfigured("import", f"{into} is no address point of kind email")
        found: asyncio.Queue[Old | None] = asyncio.Queue(readers * 4)
        read: asyncio.Queue[InboundContact | None] = asyncio.Queue(TOGETHER * 2)
        try:
            async with AsyncExitStack() as stack, asyncio.TaskGroup() as group:
                group.create_task(self._find(path, found, readers))
                for _ in range(readers):
                    group.create_task(self._read(self._reading(stack), places[0], found, read))
                group.create_task(self._file(read, readers, leave_open=leave_open))
        except ExceptionGroup as several:
            raise several.exceptions[0] from None
        return self._progress

    def _reading(self, stack: AsyncExitStack) -> Reading:
        reading = Reading(self._secret, self._settings.parse_seconds, self._settings.parse_memory_mb, self._settings)
        stack.push_async_callback(reading.close)
        return reading

    async def _find(self, path: Path, found: "asyncio.Queue[Old | None]", readers: int) -> None:
        async for old in _in_thread(mails(path)):
            self._progress.found += 1
            if len(old.raw) > LARGEST:
                self._progress.too_large.append(old.name)
            else:
                await found.put(old)
        for _ in range(readers):
            await found.put(None)

    async def _read(
        self,
        reading: Reading,
        place: Mailbox,
        found: "asyncio.Queue[Old | None]",
        read: "asyncio.Queue[InboundContact | None]",
    ) -> None:
        while (old := await found.get()) is not None:
            await read.put(await self._inbound(reading, place, old))
        await read.put(None)

    async def _inbound(self, reading: Reading, place: Mailbox, old: Old) -> InboundContact:
        row = Inbox(
            kind="email", raw=b"", received_at=old.written_at, sha256=hashlib.sha256(old.raw).hexdigest(),
            envelope={"mail_from": "imported", "recipients": [place.address]},
        )  # fmt: skip
        try:
            parsed = await reading.read(old.raw, "imported", [place.address])
        except Unreadable as error:
            self._progress.unreadable += 1
            return filing.unreadable(row, place, error.code, await asyncio.to_thread(self._original, old))
        row.received_at = _date(parsed) or old.written_at
        files = await asyncio.to_thread(self._keep, old, parsed)
        return filing.contact(parsed, place, row, files)

    def _keep(self, old: Old, parsed: Parsed) -> tuple[StoredFile, ...]:
        return (self._original(old), *attached_files(self._files, parsed))

    def _original(self, old: Old) -> StoredFile:
        sha256, size = self._files.put(old.raw)
        return StoredFile(sha256, size, "original.eml", "message/rfc822", "original")

    async def _file(self, read: "asyncio.Queue[InboundContact | None]", readers: int, *, leave_open: bool) -> None:
        group, ended = list[InboundContact](), 0
        while ended < readers:
            inbound = await read.get()
            ended += inbound is None
            group += [inbound] if inbound else []
            if group and (len(group) >= TOGETHER or ended == readers):
                filed = await self._store.run(file_old, group, leave_open=leave_open)
                self._progress.filed += filed
                self._progress.known += len(group) - filed
                self._report(self._progress)
                group = []


def file_old(session: Session, inbounds: list[InboundContact], *, leave_open: bool) -> int:
    """File old mails with their own dates, in one transaction; how many were not here already."""
    return sum(_file_old(session, inbound, leave_open=leave_open) for inbound in inbounds)


def _file_old(session: Session, inbound: InboundContact, *, leave_open: bool) -> bool:
    inbound.facts.get("smime", {}).pop("certificate", None)  # an old one says nothing of what holds today
    received = intake.receive(session, inbound, inbound.arrived_at)
    if received.new_case and not leave_open:
        case = cases.get(session, received.case_id)
        if case.state is CaseState.WAITING:  # nobody worked on it: there is nothing to count as there is in `close`
            closed = {"outcome": Outcome.NO_ANSWER_NEEDED, "closed_at": inbound.arrived_at, "unread": False}
            outcome = Outcome.NO_ANSWER_NEEDED.value
            cases.move(
                session, case, "settle", EventKind.CASE_CLOSED, inbound.arrived_at, change=closed, outcome=outcome,
                imported=True,
            )  # fmt: skip
    return not received.duplicate


def mails(path: Path) -> Iterator[Old]:
    """Every mail under `path`. Raises Misconfigured when it is nothing that holds mails."""
    if (path / "cur").is_dir() and (path / "new").is_dir():
        yield from _maildir(path)
    elif path.is_dir():
        several = sorted(one for one in path.rglob("*") if one.is_file() and one.suffix.lower() in (".eml", ".mbox"))
        if not several:
            raise Misconfigured("import", f"{path} holds neither .eml nor .mbox files, and is no Maildir")
        for one in several:
            yield from mails(one)
    elif _begins(path).startswith(b"From "):
        yield from _mbox(path)
    else:
        yield Old(path.name, path.read_bytes(), _written(path))


def _maildir(path: Path) -> Iterator[Old]:
    for folder in ("cur", "new"):
        for one in sorted((path / folder).iterdir()):
            if one.is_file():
                yield Old(one.name, one.read_bytes(), _written(one))
    for inner in sorted(path.glob(".*/cur")):
        yield from _maildir(inner.parent)


def _mbox(path: Path) -> Iterator[Old]:
    box = mailbox.mbox(path, create=False)
    try:
        for number, key in enumerate(box.iterkeys(), 1):
            yield Old(f"{path.name}:{number}", box.get_bytes(key), _written(path))
    finally:
        box.close()


def _begins(path: Path) -> bytes:
    with path.open("rb") as stream:
        return stream.read(5)


def _written(path: Path) -> datetime:
    return datetime.fromtimestamp(path.stat().st_mtime, UTC)


def _date(parsed: Parsed) -> datetime | None:
    """When it was sent, as it says; not in the future, nor before there was mail."""
    try:
        said = datetime.fromisoformat(parsed.date)
    except ValueError:
        return None
    said = said.astimezone(UTC) if said.tzinfo else said.replace(tzinfo=UTC)
    return said if said.year > 1970 and said <= utc_now() else None


async def _in_thread(items: Iterator[Old]) -> AsyncIterator[Old]:
    """Files are read beside the event loop."""
    while (one := await asyncio.to_thread(next, items, None)) is not None:
        yield one
