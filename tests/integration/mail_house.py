"""The e-mail channel at work over real sockets, with a smart host of our own, for the tests."""

import asyncio
import shutil
import subprocess
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import aiosmtplib
from aiosmtpd.smtp import SMTP, Envelope
from aiosmtpd.smtp import Session as Peer
from pydantic import SecretStr
from sqlmodel import Session, SQLModel, col, select

from channels.email import adapter
from contactcenter.clock import utc_now
from contactcenter.context import Context
from contactcenter.files import FileStore
from contactcenter.health import HealthBoard
from contactcenter.model import Case, Contact, Event, FileRecord, Inbox, OutgoingMail
from contactcenter.ports import Adapter
from contactcenter.settings import Settings
from contactcenter.states import EventKind, InboxState
from contactcenter.store import Store
from contactcenter.supervise import keep_running
from contactcenter.tail import Tail
from tests.fixtures.store import SECRET
from tests.support import eventually

BYGG = "bygg@solvik.example"
TOWN = "kontaktcenter@solvik.example"
EVA = "eva@citizen.example"
T = TypeVar("T", bound=SQLModel)


class Clock:
    """The time, which the test may move on."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        return utc_now() + self.ahead


class SmartHost:
    """A mail server that takes what it is told to take. `answers` are given to the next mails, then 250."""

    def __init__(self) -> None:
        self.answers: list[str] = []
        self.mails: list[tuple[str, list[str], bytes]] = []
        self.recipients: dict[str, str] = {}
        """Address -> what is answered to it."""
        self.port = 0
        self.gate = asyncio.Event()
        """Mails are answered while it is set."""
        self.gate.set()
        self.waiting = 0

    async def handle_RCPT(  # noqa: N802 (named by aiosmtpd)
        self, _server: SMTP, _peer: Peer, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        envelope.rcpt_tos.append(address)
        return self.recipients.get(address, "250 Ok")

    async def handle_DATA(self, _server: SMTP, _peer: Peer, envelope: Envelope) -> str:  # noqa: N802
        self.waiting += 1
        await self.gate.wait()
        answer = self.answers.pop(0) if self.answers else "250 Taken"
        if answer.startswith("250"):
            sender = (envelope.mail_from or "").strip("<>")
            self.mails.append((sender, list(envelope.rcpt_tos), bytes(envelope.original_content or b"")))
        return answer

    def read(self, place: int = -1) -> EmailMessage:
        """One of the mails taken, parsed."""
        found = message_from_bytes(self.mails[place][2], policy=policy.default)
        assert isinstance(found, EmailMessage)
        return found

    @asynccontextmanager
    async def open(self, port: int = 0, **options: Any) -> AsyncIterator["SmartHost"]:
        """Listen; `options` are aiosmtpd's."""
        loop = asyncio.get_running_loop()
        make = partial(SMTP, self, loop=loop, hostname="smarthost.example", enable_SMTPUTF8=True, **options)
        server = await loop.create_server(make, "127.0.0.1", port)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()


@dataclass
class MailHouse:
    """What a test does with the channel, and looks at what became of it."""

    context: Context
    parts: list[Adapter]
    clock: Clock
    host: SmartHost
    tasks: dict[str, "asyncio.Task[None]"] = field(default_factory=dict)

    @property
    def port(self) -> int:
        return next(part.port for part in self.parts if isinstance(part, adapter.EmailDoor))

    @property
    def store(self) -> Store:
        return self.context.store

    async def send(self, raw: bytes | EmailMessage, to: str | list[str] = BYGG, sender: str = EVA) -> str:
        """Hand a mail over at the door; the words after 250. Raises what the door answers otherwise."""
        content = raw.as_bytes() if isinstance(raw, EmailMessage) else raw
        recipients = [to] if isinstance(to, str) else to
        async with aiosmtplib.SMTP(hostname="127.0.0.1", port=self.port) as client:
            return (await client.sendmail(sender, recipients, content))[1]

    def rows(self, model: type[T]) -> list[T]:
        def all_of(session: Session) -> list[T]:
            return list(session.exec(select(model).order_by(col(model.id))).all())  # type: ignore[attr-defined]

        return self.store.sync_read(all_of)

    def contacts(self) -> list[Contact]:
        return self.rows(Contact)

    def outgoing(self, kind: str = "") -> list[OutgoingMail]:
        return [mail for mail in self.rows(OutgoingMail) if not kind or mail.kind == kind]

    def events(self, *kinds: EventKind) -> list[Event]:
        return [event for event in self.rows(Event) if event.kind in kinds]

    def case(self, contact: Contact) -> Case:
        return self.store.sync_read(lambda session: session.get_one(Case, contact.case_id))

    def files_of(self, contact: Contact) -> list[FileRecord]:
        return [file for file in self.rows(FileRecord) if file.contact_id == contact.id]

    def waiting(self) -> int:
        return sum(row.state is InboxState.NEW for row in self.rows(Inbox))

    async def settled(self, contacts: int, timeout: float = 30) -> list[Contact]:
        """Wait until so many contacts are there and nothing waits to be read."""

        def there() -> bool:
            return len(self.contacts()) >= contacts and self.waiting() == 0

        await eventually(there, timeout, f"{contacts} contacts")
        return self.contacts()

    async def take(self, raw: bytes | EmailMessage, to: str | list[str] = BYGG, sender: str = EVA) -> Contact:
        """Hand a mail over and wait until it is a contact; the newest one."""
        before = len(self.contacts())
        await self.send(raw, to, sender)
        return (await self.settled(before + 1))[-1]


def mail(subject: str = "Altan", text: str = "Behöver jag bygglov?\n", **fields: str) -> EmailMessage:
    """A citizen's mail. Fields are given with `_` for `-`."""
    made = EmailMessage()
    chosen = {
        "From": f"Eva Ek <{EVA}>",
        "To": BYGG,
        "Subject": subject,
        "Message-ID": f"<{subject.encode().hex()}@citizen.example>",
    }
    for name, value in (chosen | {name.replace("_", "-"): value for name, value in fields.items()}).items():
        made[name] = value
    made.set_content(text)
    return made


def settings(data: Path, url: str, **email: Any) -> Settings:
    """An installation's settings with quick pauses; the door on a free port."""
    chosen = {"port": 0, "smarthost_port": 9, "smarthost_seconds": 5, "receipts": False} | email
    secret = SecretStr(SECRET.decode())  # the one that the tests' own tokens are made with
    return Settings(data_dir=data, database_url=url, secret=secret, groups={"email": chosen})


@asynccontextmanager
async def working(
    store: Store, files: FileStore, folder: Path, host: SmartHost | None = None, parts: Iterable[str] = (), **email: Any
) -> AsyncIterator[MailHouse]:
    """The channel's adapters (all, or those named) under supervision until the block ends."""
    host, clock = host or SmartHost(), Clock()
    chosen = settings(folder / "var", store.url, **{"smarthost_port": host.port or 9} | email)
    chosen.data_dir.mkdir(exist_ok=True)
    context = Context(chosen, store, Tail(store), files, clock, HealthBoard(clock))
    await context.tail.start()
    built = [part for part in adapter.build(context) if not parts or part.name in parts]
    house = MailHouse(context, built, clock, host)
    house.tasks = {part.name: asyncio.create_task(keep_running(part, context.health)) for part in built}
    house.tasks["tail"] = asyncio.create_task(context.tail.run())
    try:
        await eventually(lambda: all(context.health.get(part.name) for part in built), what="parts that run")
        yield house
    finally:
        for task in house.tasks.values():
            task.cancel()
        await asyncio.gather(*house.tasks.values(), return_exceptions=True)


def certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate for localhost, its own authority, and its key."""
    key, chain = folder / "key.pem", folder / "chain.pem"
    openssl = shutil.which("openssl")
    assert openssl, "openssl is not installed"
    subprocess.run(
        [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", chain, "-days", "2",
         "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"],
        check=True, capture_output=True,
    )  # fmt: skip
    return chain, key


async def talk(port: int, *sent: bytes) -> list[bytes]:
    """A conversation by hand: each of `sent` after the answer to the one before; the answers, the greeting first."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    answers = [await answer(reader)]
    try:
        for words in sent:
            writer.write(words)
            await writer.drain()
            answers.append(await answer(reader))
    except ConnectionError:
        answers.append(b"")
    finally:
        writer.close()
    return answers


async def answer(reader: asyncio.StreamReader) -> bytes:
    """One answer, of however many lines; empty when the connection was closed."""
    lines = b""
    while line := await asyncio.wait_for(reader.readline(), 20):
        lines += line
        if line[3:4] != b"-":
            break
    return lines
