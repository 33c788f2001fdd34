"""A running console, and browsers that use it: real uvicorn, real sockets, real cookies."""

import asyncio
import contextlib
import itertools
import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, cast

import httpx2
import msgspec
from argon2 import PasswordHasher
from sqlmodel import Session, func, select
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from contactcenter import intake
from contactcenter.clock import utc_now
from contactcenter.context import Context
from contactcenter.dispatch import Dispatcher
from contactcenter.files import FileStore
from contactcenter.health import HealthBoard
from contactcenter.model import Event, User
from contactcenter.ports import Health, InboundContact, Received
from contactcenter.settings import Settings, read
from contactcenter.states import Channel
from contactcenter.store import Store
from contactcenter.tail import Tail
from tests.support import eventually
from ui.server import Console, build

PASSWORD = "ett långt lösenord"
SECRET = "a secret for the tests, 32 bytes long"

State = dict[str, dict[str, Any]]
_keys = itertools.count(1)


def settings_for(folder: Path, public_url: str = "http://127.0.0.1:8000", **http: Any) -> Settings:
    """Settings of a test's own installation."""
    groups = {"port": 0, "attempts": 4} | http
    return read({}, data_dir=folder, secret=SECRET, public_url=public_url, http=groups)


def give_passwords(session: Session) -> None:
    """Everybody of the town can sign in."""
    password_hash = _hash()
    for user in session.exec(select(User)).all():
        user.password_hash = password_hash
        session.add(user)


class Site:
    """The contact centre without its channels: journal, dispatch (when wanted) and console."""

    def __init__(self, context: Context, console: Console) -> None:
        self.context, self.console = context, console
        self.store = context.store
        self.hub = console.hub
        self._browsers: list[Browser] = []

    @property
    def url(self) -> str:
        return self.console.address

    async def run(self, work: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        return await self.store.run(work, *args, **kwargs)

    async def browser(self, login: str, password: str = PASSWORD) -> "Browser":
        """Somebody who has signed in."""
        browser = self.stranger()
        answer = await browser.post("/api/console/session", {"login": login, "password": password})
        assert answer.status_code == 200, answer.text
        return browser

    def stranger(self) -> "Browser":
        """Somebody who has not signed in."""
        self._browsers.append(Browser(self.url))
        return self._browsers[-1]

    async def close(self) -> None:
        """Close every browser."""
        for browser in self._browsers:
            await browser.close()

    async def console_of(self, login: str) -> "Screen":
        """Somebody who has signed in and whose console is connected."""
        return await (await self.browser(login)).connect()

    async def mail(self, to: str = "kontaktcenter@solvik.example", **fields: Any) -> Received:
        """A mail arrives."""
        values = {"sender": "kim@medborgare.example", "sender_name": "Kim Ask", "subject": "Fråga", "text": "Hej!"}
        inbound = InboundContact(
            channel=Channel.EMAIL,
            key=f"mail-{next(_keys)}",
            arrived_at=self.context.clock(),
            address_point=to,
            **(values | fields),
        )
        received: Received = await self.run(intake.receive, inbound, self.context.clock())
        return received

    async def settled(self, *screens: "Screen") -> None:
        """Everything that is committed has been told, and the screens have read it."""
        last = await self.store.read(_last_event)
        await eventually(lambda: self.hub.told >= last, what="the hub has told everything")
        for screen in screens:
            await screen.ping()


@lru_cache
def _hash() -> str:
    """A cheap argon2 hash: what a dear one costs is not what these tests are about."""
    return PasswordHasher(time_cost=1, memory_cost=64, parallelism=1).hash(PASSWORD)


def _last_event(session: Session) -> int:
    return session.exec(select(func.max(Event.id))).one() or 0


@contextlib.asynccontextmanager
async def running(
    store: Store, folder: Path, *, dispatch: bool = False, clock: Callable[[], datetime] = utc_now, **http: Any
) -> AsyncIterator[Site]:
    """A running console on a free port."""
    tail = Tail(store)
    await tail.start()
    context = Context(
        settings=settings_for(folder, **http),
        store=store,
        tail=tail,
        files=FileStore(folder / "files"),
        clock=clock,
        health=HealthBoard(clock),
    )
    console = build(context)
    tasks = [asyncio.create_task(tail.run()), asyncio.create_task(console.run(context.health.report))]
    if dispatch:
        dispatcher = Dispatcher(store, tail, context.settings.routing, clock)
        tasks.append(asyncio.create_task(dispatcher.run(context.health.report)))
    try:
        await eventually(lambda: _is_up(context, tasks), what="the console is up")
        yield Site(context, console)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _is_up(context: Context, tasks: list[asyncio.Task[None]]) -> bool:
    for task in tasks:
        if task.done():
            task.result()
    health: Health | None = context.health.get("console")
    return health is not None and health.ok


class Browser:
    """One browser with its cookies."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.screens: list[Screen] = []
        self.http = httpx2.AsyncClient(base_url=url, headers={"Origin": url}, timeout=30, trust_env=False)

    async def get(self, path: str, **kwargs: Any) -> httpx2.Response:
        return await self.http.get(path, **kwargs)

    async def post(self, path: str, body: Any, **kwargs: Any) -> httpx2.Response:
        return await self.http.post(path, json=body, **kwargs)

    async def delete(self, path: str) -> httpx2.Response:
        return await self.http.delete(path)

    @property
    def cookie(self) -> str:
        return "; ".join(f"{cookie.name}={cookie.value}" for cookie in self.http.cookies.jar)

    async def socket(self, origin: str | None = None) -> ClientConnection:
        """A bare WebSocket with this browser's cookie."""
        address = self.url.replace("http:", "ws:") + "/ws"
        headers = {"Cookie": self.cookie} if self.cookie else {}
        return await connect(
            address,
            additional_headers=headers,
            origin=cast("Any", origin or self.url),
            compression=None,
            proxy=None,
            max_size=None,
        )

    async def connect(self) -> "Screen":
        screen = Screen(self, await self.socket())
        self.screens.append(screen)
        await eventually(lambda: screen.state is not None, what="the first snapshot")
        return screen

    async def close(self) -> None:
        for screen in self.screens:
            await screen.leave()
        await self.http.aclose()


class Screen:
    """What a console does with what it is sent: it keeps the state by the protocol, and nothing else."""

    def __init__(self, browser: Browser, socket: ClientConnection) -> None:
        self.browser, self.socket = browser, socket
        self.me: dict[str, Any] = {}
        self.state: State | None = None
        self.seq = 0
        self.snapshots = 0
        self.gaps = 0
        self.events: list[dict[str, Any]] = []
        self.close_code: int | None = None
        self._answers: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._pongs: list[asyncio.Future[None]] = []
        self._ids = itertools.count(1)
        self._task = asyncio.create_task(self._read())

    def rows(self, collection: str) -> dict[str, Any]:
        """The rows of a collection, by id as text."""
        assert self.state is not None
        return self.state[collection]

    async def send(self, message: dict[str, Any]) -> None:
        await self.socket.send(msgspec.json.encode(message).decode())

    async def do(self, verb: str, key: str = "", **args: Any) -> dict[str, Any]:
        """Send a verb and wait for its answer, whichever it is."""
        id = next(self._ids)
        future = self._answers[id] = asyncio.get_running_loop().create_future()
        await self.send({"t": "verb", "id": id, "key": key or str(uuid.uuid4()), "verb": verb, "args": args})
        return await asyncio.wait_for(future, 20)

    async def ok(self, verb: str, **args: Any) -> Any:
        """Send a verb that must succeed; its result."""
        answer = await self.do(verb, **args)
        assert answer["t"] == "ok", answer
        return answer["result"]

    async def refused(self, verb: str, **args: Any) -> str:
        """Send a verb that must be refused; the code."""
        answer = await self.do(verb, **args)
        assert answer["t"] == "refused", answer
        return str(answer["code"])

    async def sees(self, condition: Callable[["Screen"], Any], what: str = "") -> Any:
        return await eventually(lambda: condition(self), what=what)

    async def ping(self) -> None:
        """Wait until everything sent so far has been read: answers come in order."""
        pong = asyncio.get_running_loop().create_future()
        self._pongs.append(pong)
        await self.send({"t": "ping"})
        await asyncio.wait_for(asyncio.shield(pong), 20)

    def hold(self) -> None:
        """Stop reading: the network's buffers fill."""
        self.socket.transport.pause_reading()

    def go_on(self) -> None:
        self.socket.transport.resume_reading()

    async def leave(self) -> None:
        await self.socket.close()
        await self._task

    async def _read(self) -> None:
        try:
            async for text in self.socket:
                self._take(msgspec.json.decode(text))
        except ConnectionClosed:
            pass
        self.close_code = self.socket.close_code

    def _take(self, message: dict[str, Any]) -> None:
        match message["t"]:
            case "hello":
                self.me = message["me"]
            case "snapshot":
                self.state, self.seq = message["state"], message["seq"]
                self.snapshots += 1
            case "event":
                self._event(message)
            case "pong":
                self._pongs.pop(0).set_result(None)
            case "ok" | "refused":
                self._answers.pop(message["id"]).set_result(message)

    def _event(self, message: dict[str, Any]) -> None:
        self.gaps += message["seq"] != self.seq + 1
        self.seq = message["seq"]
        self.events.append(message)
        assert self.state is not None
        apply(self.state, message)


def apply(state: State, event: dict[str, Any]) -> None:
    """The whole rule of the protocol: put rows by id, drop ids."""
    for collection, rows in event["put"].items():
        state[collection] |= {str(row["id"]): row for row in rows}
    for collection, ids in event["drop"].items():
        for id in ids:
            state[collection].pop(str(id), None)


def differences(one: State, other: State) -> Iterator[str]:
    """Where two states differ, for a readable failure."""
    for collection in sorted(one.keys() | other.keys()):
        mine, theirs = one.get(collection, {}), other.get(collection, {})
        for id in sorted(mine.keys() | theirs.keys()):
            if mine.get(id) != theirs.get(id):
                yield f"{collection}[{id}]: {mine.get(id)} != {theirs.get(id)}"
