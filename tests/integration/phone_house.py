"""A contact centre with the telephone channel alone, beside the shared Asterisk of the tests."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from pydantic import SecretStr
from sqlmodel import Session, col, select

from channels.phone.adapter import PhoneChannel
from contactcenter import agents, configuration, desk, offers
from contactcenter.clock import utc_now
from contactcenter.context import Context
from contactcenter.dispatch import Dispatcher
from contactcenter.files import FileStore
from contactcenter.health import HealthBoard
from contactcenter.model import Case, Contact, Event, User
from contactcenter.settings import RoutingSettings, Settings
from contactcenter.states import AgentState, Channel
from contactcenter.store import Store
from contactcenter.supervise import keep_running
from contactcenter.tail import Tail
from pbx.exchange import Exchange
from pbx.settings import PhoneSettings
from tests.fixtures.exchange import CLOSED, DIRECT, STALE_SECONDS, SWITCHBOARD
from tests.support import eventually

T = TypeVar("T")
QUEUE = {"organisation": "solvik", "queue": "solvik.allmant"}
TOWN: dict[str, Any] = {
    "organisations": [
        {"key": "solvik", "name": "Solviks kommun"},
        {"key": "solvik.natt", "name": "Nattstängt", "kind": "unit", "parent": "solvik",
         "hours": {"week": {"mon": ["00:00-00:01"]}}},
    ],
    "queues": [{"key": "solvik.allmant", "name": "Allmänt", "organisation": "solvik"}],
    "topics": [
        {"key": key, "name": key, **QUEUE} for key in ("bygg.lov", "skola", "ovrigt", "direkt", "natt")
    ],
    # In the order of the rendered plan: the first three rows get the numbers that it gave them.
    "address_points": [
        {"kind": "phone", "address": SWITCHBOARD, "topic": "ovrigt", "menu": {"1": "bygg.lov", "2": "skola"}, **QUEUE},
        {"kind": "phone", "address": DIRECT, "topic": "direkt", **QUEUE},
        {"kind": "phone", "address": CLOSED, "topic": "natt", **QUEUE, "organisation": "solvik.natt"},
    ],
    "users": [
        {"login": "anna", "name": "Anna Ek", "organisation": "solvik", "extension": "2001"},
        {"login": "bo", "name": "Bo Lind", "organisation": "solvik", "extension": "2002"},
        {"login": "cilla", "name": "Cilla Berg", "organisation": "solvik", "extension": "2006"},
    ],
}  # fmt: skip


class PhoneHouse:
    """The store and what runs on it. `open` may be left and entered again: a restart."""

    def __init__(self, store: Store, folder: Path, settings: PhoneSettings, offer_seconds: int = 20) -> None:
        self.store, self.folder, self.settings = store, folder, settings
        self.routing = RoutingSettings(offer_seconds=offer_seconds)
        self.board = HealthBoard(utc_now)
        self.channel: PhoneChannel
        self.patience = 30.0
        store.sync_run(build, utc_now())

    @asynccontextmanager
    async def open(self) -> AsyncIterator["PhoneHouse"]:
        tail = Tail(self.store)
        await tail.start()
        files = FileStore(self.folder / "files")
        settings = Settings(data_dir=self.folder, routing=self.routing)
        context = Context(settings, self.store, tail, files, utc_now, self.board)
        self.channel = PhoneChannel(context, self.settings)
        dispatcher = Dispatcher(self.store, tail, self.routing, utc_now)
        tasks = [
            asyncio.create_task(tail.run()),
            asyncio.create_task(keep_running(dispatcher, self.board)),
            asyncio.create_task(keep_running(self.channel, self.board)),
        ]
        try:
            await eventually(self.connected, timeout=self.patience)
            yield self
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    @asynccontextmanager
    async def open_briefly(self, seconds: float = 1.0) -> AsyncIterator["PhoneHouse"]:
        """For an exchange that never comes: as `open`, but gives up waiting for it soon."""
        self.patience = seconds
        async with self.open():
            yield self

    def add_number(self, address: str) -> None:
        """An administrator adds an address point."""
        more = {"address_points": [*TOWN["address_points"], {"kind": "phone", "address": address, **QUEUE}]}
        wanted = configuration.parse(TOWN | more)
        self.store.sync_run(configuration.apply, wanted, utc_now())

    def connected(self) -> bool:
        telephony = self.channel._telephony
        return telephony is not None and telephony.synced.is_set()

    def sign_in(self, *logins: str) -> None:
        for login in logins:
            self.store.sync_run(available, login)

    def accept(self, login: str) -> None:
        """The agent accepts what they are offered, without a word to the telephone."""

        def accepted(session: Session) -> None:
            user = session.exec(select(User).where(User.login == login)).one()
            offer = offers.open_for_agent(session, user.id)
            assert offer
            desk.accept(session, agents.actor(session, user), offer.id, utc_now())

        self.store.sync_run(accepted)

    def ask(self, question: Callable[[Session], T]) -> T:
        return self.store.sync_read(question)

    async def until(self, question: Callable[[Session], Any], timeout: float = 15.0) -> Any:
        return await eventually(lambda: self.ask(question), timeout, what=getattr(question, "__name__", ""))

    async def contact(self, state: str, timeout: float = 15.0) -> Contact:
        """The newest call, once it is in that state."""

        def newest(session: Session) -> Contact | None:
            contact = session.exec(
                select(Contact).where(Contact.channel == Channel.PHONE).order_by(col(Contact.id).desc())
            ).first()
            return contact if contact and contact.state.value == state else None

        found: Contact = await self.until(newest, timeout)
        return found

    def case(self, contact: Contact) -> Case:
        return self.ask(lambda session: session.get_one(Case, contact.case_id))

    def agent(self, login: str) -> User:
        return self.ask(lambda session: session.exec(select(User).where(User.login == login)).one())

    def events(self) -> list[str]:
        return [event.kind.value for event in self.ask(lambda s: s.exec(select(Event).order_by(col(Event.id))).all())]

    async def until_agent(self, login: str, state: AgentState, reason: str = "", timeout: float = 15.0) -> None:
        def there() -> bool:
            user = self.agent(login)
            return (user.state, user.reason) == (state, reason)

        await eventually(there, timeout, what=f"{login} {state.value} {reason}")


def build(session: Session, now: datetime) -> None:
    configuration.apply(session, configuration.parse(TOWN), now)


def available(session: Session, login: str) -> None:
    user = session.exec(select(User).where(User.login == login)).one()
    user.heartbeat_at = utc_now()
    agents.set_state(session, user, AgentState.AVAILABLE, utc_now())


def beside(exchange: Exchange, **changed: Any) -> PhoneSettings:
    """Settings for an exchange that somebody else runs."""
    rendered = exchange.rendered
    values: dict[str, Any] = {
        "exchange": "external", "ami_host": rendered.host, "ami_port": rendered.ami_port, "ami_user": rendered.ami_user,
        "ami_secret": SecretStr(rendered.ami_secret), "stale_seconds": STALE_SECONDS, "heartbeat_seconds": 0.5,
    }  # fmt: skip
    return PhoneSettings(**(values | changed))
