"""A post channel at work on a scan folder of its own, for the tests."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlmodel import Session, col, select

from channels.post.adapter import PostChannel
from channels.post.settings import PostSettings
from contactcenter.clock import utc_now
from contactcenter.context import Context
from contactcenter.files import FileStore
from contactcenter.health import HealthBoard
from contactcenter.model import Case, Contact, FileRecord, Inbox, Organisation
from contactcenter.ports import Health
from contactcenter.settings import Settings
from contactcenter.states import Channel, InboxState
from contactcenter.store import Store
from contactcenter.tail import Tail
from tests.support import eventually

QUICK = {"poll_seconds": 0.05, "stable_polls": 1, "patience_seconds": 0.3, "workers": 2, "dpi": 200, "attempts": 20}


@dataclass
class PostOffice:
    """The folder, and looks at what became of the files put there."""

    store: Store
    files: FileStore
    scan: Path
    data: Path
    said: list[Health] = field(default_factory=list)

    def put(self, name: str, content: bytes) -> Path:
        """Drop a file as a good scanner does: under another name first."""
        target = self.scan / name
        target.parent.mkdir(parents=True, exist_ok=True)
        unfinished = target.with_name(target.name + ".part")
        unfinished.write_bytes(content)
        return unfinished.rename(target)

    def letters(self) -> list[Contact]:
        return self.store.sync_read(_letters)

    def case(self, contact: Contact) -> Case:
        return self.store.sync_read(lambda session: session.get_one(Case, contact.case_id))

    def unit(self, contact: Contact) -> str:
        """Key of the organisation that the contact's case went to."""
        organisation_id = self.case(contact).organisation_id
        return self.store.sync_read(lambda session: session.get_one(Organisation, organisation_id).key)

    def files_of(self, contact: Contact, role: str = "") -> list[FileRecord]:
        return self.store.sync_read(_files, contact.id, role)

    def unread(self) -> int:
        return self.store.sync_read(_unread)

    async def settled(self, letters: int, timeout: float = 180) -> list[Contact]:
        """Wait until so many letters are there and nothing waits to be read."""

        def there() -> bool:
            return len(self.letters()) >= letters and self.unread() == 0

        await eventually(there, timeout, f"{letters} letters")
        return self.letters()


def settings(data: Path, url: str, scan: Path, **post: Any) -> Settings:
    return Settings(data_dir=data, database_url=url, groups={"post": QUICK | {"folder": scan} | post})


def context(store: Store, files: FileStore, chosen: Settings, clock: Callable[[], Any] = utc_now) -> Context:
    return Context(chosen, store, Tail(store), files, clock, HealthBoard(clock))


@asynccontextmanager
async def working(store: Store, files: FileStore, folder: Path, **post: Any) -> AsyncIterator[PostOffice]:
    """The channel running on `folder`/scan until the block ends."""
    scan, data = folder / "scan", folder / "var"
    scan.mkdir(exist_ok=True)
    office = PostOffice(store, files, scan, data)
    chosen = settings(data, store.url, scan, **post)
    channel = PostChannel(context(store, files, chosen), chosen.group("post", PostSettings))
    task = asyncio.create_task(channel.run(office.said.append))
    try:
        yield office
        if task.done():
            task.result()
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def _letters(session: Session) -> list[Contact]:
    return list(session.exec(select(Contact).where(Contact.channel == Channel.POST).order_by(col(Contact.id))).all())


def _files(session: Session, contact_id: int, role: str) -> list[FileRecord]:
    found = session.exec(
        select(FileRecord).where(FileRecord.contact_id == contact_id).order_by(col(FileRecord.position))
    )
    return [file for file in found.all() if not role or file.role == role]


def _unread(session: Session) -> int:
    return len(session.exec(select(Inbox).where(Inbox.state == InboxState.NEW)).all())
