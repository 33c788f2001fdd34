"""The manager link (AMI), and the only door to panoramisk.

Of panoramisk 1.4 the framing, parsing and writing of messages is used; its connecting, re-sending and dispatching
is not, because each of them loses something (docs/telephony.md lists what, and tests/unit/pbx holds a test for each).

Order is kept: everything that arrives goes through one bounded queue to one consumer, including that the link
came up or went down. A consumer that raises is logged and the link stays. A queue that overflows means that we
no longer know the truth: the link is cut, and the consumer rebuilds its picture when it is up again.
"""

import asyncio
import codecs
import logging
import random
import re
import ssl
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count

from panoramisk.actions import Action
from panoramisk.ami_protocol import AMIProtocol
from panoramisk.message import Message

from contactcenter.errors import ContactCenterError, Misconfigured, Refused, Unavailable

log = logging.getLogger(__name__)

_silent = logging.getLogger("panoramisk")
_silent.disabled = True  # it writes whole actions, with names and numbers, at INFO

Value = str | int | float | Sequence[str]
NAME = re.compile(r"^[A-Za-z][A-Za-z0-9]*$")
BREAK = re.compile(r"[\r\n\0]")
LONGEST_MESSAGE = 1 << 20  # characters without an end of message; Asterisk's own are below 64 kB


@dataclass(frozen=True, slots=True)
class Packet:
    """One message from Asterisk: names in lower case, every value a header had."""

    headers: Mapping[str, tuple[str, ...]]

    def get(self, name: str) -> str:
        """The first value, or empty."""
        values = self.headers.get(name.lower(), ())
        return values[0] if values else ""

    def all(self, name: str) -> tuple[str, ...]:
        return self.headers.get(name.lower(), ())


@dataclass(frozen=True, slots=True)
class Up:
    """Signed in. What happened before is unknown: look."""


@dataclass(frozen=True, slots=True)
class Down:
    """The link is gone. `reason` is a code: refused, timeout, lost, silent, overrun, unsynced."""

    reason: str


Item = Up | Down | Packet
Consumer = Callable[[Item], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class LinkState:
    """For the health banner."""

    connected: bool
    reason: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Door:
    """Where the manager interface is and who we are there."""

    host: str
    port: int
    user: str
    secret: str = field(repr=False)
    tls: ssl.SSLContext | None = None
    system: str = ""
    """The `systemname` that the exchange must have, so that its calls' ids are its own; empty: any."""


@dataclass(frozen=True, slots=True)
class Pace:
    """All times in seconds. A half-open link is noticed after `ping_every + answer_within` at the latest."""

    connect_within: float = 5.0
    answer_within: float = 5.0
    ping_every: float = 5.0
    retry_first: float = 0.25
    retry_longest: float = 4.0
    queue: int = 10_000


@dataclass(slots=True)
class _Pending:
    """An action that waits for its answer; `rows` collects a list action's events."""

    future: "asyncio.Future[list[Packet]]"
    is_list: bool
    rows: list[Packet] = field(default_factory=list)

    def take(self, packet: Packet) -> bool:
        """Whether this packet ended the wait."""
        if self.future.done():
            return True
        if packet.get("response") in ("Error", "Fail", "Failure"):
            self.future.set_exception(_refusal(packet.get("message")))
        elif not self.is_list:
            self.future.set_result([packet])
        elif _list_cancelled(packet):
            self.future.set_exception(Unavailable("list_cut", "the exchange did not finish its list"))
        elif packet.get("event").endswith("Complete"):
            self.future.set_result(self.rows)
        else:
            if packet.get("event"):
                self.rows.append(packet)
            return False
        return True


def _list_cancelled(packet: Packet) -> bool:
    return packet.get("eventlist").lower() in ("cancelled", "canceled")


def _refusal(message: str) -> ContactCenterError:
    """Asterisk says why in English prose only."""
    if "permission denied" in message.lower():
        return Misconfigured("ami_rights", "the manager user lacks a right; compare manager.conf with the one we ship")
    if "authentication failed" in message.lower():
        return Misconfigured("ami_login", "the exchange refused our name or secret (CC_PHONE__AMI_USER, …_SECRET)")
    if "no such channel" in message.lower() or "does not exist" in message.lower():
        return Refused("no_such_call", "the call has ended")
    return Refused("exchange_refused", "the exchange refused the action")


class _Session(AMIProtocol):  # type: ignore[misc]  # panoramisk carries no types
    """One connection. Nothing of it outlives it: what is unanswered when it ends fails, and is never sent again."""

    def __init__(self, deliver: Callable[[Packet], None]) -> None:
        self.deliver = deliver
        self.ended: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self.pending: dict[str, _Pending] = {}
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self.encoding = "utf-8"

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self.log = _silent

    def data_received(self, data: bytes) -> None:
        # panoramisk decodes each segment by itself and drops halves of characters: give it whole ones.
        super().data_received(self._decoder.decode(data).encode())
        if self.queue and len(self.queue[-1]) > LONGEST_MESSAGE:
            self.cut("overrun")

    def handle_message(self, message: Message) -> None:
        packet = _packet(message)
        waiting = self.pending.get(packet.get("actionid"))
        if waiting is not None:
            if waiting.take(packet):
                del self.pending[packet.get("actionid")]
        elif packet.get("event"):
            self.deliver(packet)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 (asyncio's signature)
        self.cut("lost")

    def cut(self, reason: str) -> None:
        """End at once: a polite close would wait for a peer that may be gone."""
        if not self.ended.done():
            self.ended.set_result(reason)
            for waiting in self.pending.values():
                if not waiting.future.done():
                    waiting.future.set_exception(Unavailable("exchange_lost", "the link to the exchange was cut"))
            self.pending.clear()
            self.transport.abort()

    async def ask(self, name: str, fields: Mapping[str, Value], *, as_list: bool, within: float) -> list[Packet]:
        """Send one action, once. `Unavailable("exchange_silent")` means unknown outcome: look, then decide."""
        text = str(Action(fields))
        future: asyncio.Future[list[Packet]] = asyncio.get_running_loop().create_future()
        number = str(fields["ActionID"])
        self.pending[number] = _Pending(future, as_list)
        self.transport.write(text.encode())
        try:
            async with asyncio.timeout(within):  # not wait_for: that can swallow a cancellation in Python 3.11
                return await future
        except TimeoutError as cause:
            log.warning("action=ami_unanswered name=%s", name)
            raise Unavailable("exchange_silent", "the exchange did not answer") from cause
        finally:
            self.pending.pop(number, None)


def _packet(message: Message) -> Packet:
    headers: dict[str, tuple[str, ...]] = {}
    for name, value in message.items():
        headers[str(name).lower()] = tuple(value) if isinstance(value, list) else (str(value),)
    return Packet(headers)


def check_fields(name: str, fields: Mapping[str, Value]) -> dict[str, Value]:
    """What may go on the wire. A line break in a value would be an action of its own: refused.

    `Originate` is always asynchronous and only ever enters our dialplan, never an application.
    """
    for key, value in fields.items():
        values = [str(value)] if isinstance(value, str | int | float) else list(value)
        if not NAME.match(key) or any(BREAK.search(text) for text in values):
            raise Refused("unfit_value", f"{key} holds a character that cannot be sent to the exchange")
    checked: dict[str, Value] = {"Action": name, **fields}
    if name.lower() == "originate":
        if any(key.lower() in ("application", "data") for key in fields):
            raise Refused("unfit_action", "calls are placed into the dialplan only")
        checked = {key: value for key, value in checked.items() if key.lower() != "async"} | {"Async": "true"}
    return checked


class AmiLink:
    """A link that comes back by itself. `run` it in a task; `send` and `rows` from anywhere in the same loop."""

    def __init__(
        self, door: Door, consumer: Consumer, *, pace: Pace | None = None,
        on_state: Callable[[LinkState], None] = lambda _: None,
    ) -> None:  # fmt: skip
        self.door = door
        self.pace = pace or Pace()
        self.state = LinkState(connected=False, reason="starting", since=datetime.now(UTC))
        self._consumer = consumer
        self._on_state = on_state
        self._items: asyncio.Queue[Item] = asyncio.Queue(self.pace.queue)
        self._session: _Session | None = None
        self._numbers = count(1)
        self._failures = 0

    async def run(self) -> None:
        """Connect, and connect again, until cancelled. Raises `Misconfigured` when the exchange refuses our login."""
        consuming = asyncio.create_task(self._consume(), name="ami-consumer")
        try:
            await self._stay_connected()
        finally:
            consuming.cancel()
            with suppress(asyncio.CancelledError):
                await consuming

    async def send(self, name: str, fields: Mapping[str, Value] | None = None) -> Packet:
        """One action, one answer. Raises `Refused`, `Unavailable`, `Misconfigured`."""
        return (await self._ask(self._live(), name, fields or {}, as_list=False))[0]

    async def rows(self, name: str, fields: Mapping[str, Value] | None = None) -> list[Packet]:
        """A list action's rows, all of them or `Unavailable`."""
        return await self._ask(self._live(), name, fields or {}, as_list=True)

    def restart(self, reason: str) -> None:
        """Cut this connection; the next one starts from a clean picture."""
        if self._session:
            self._session.cut(reason)

    def _live(self) -> _Session:
        if self._session is None or not self.state.connected:
            raise Unavailable("exchange_away", "the telephone exchange is not connected")
        return self._session

    async def _ask(self, session: _Session, name: str, fields: Mapping[str, Value], *, as_list: bool) -> list[Packet]:
        checked = check_fields(name, fields)
        checked.setdefault("ActionID", f"kc-{next(self._numbers)}")
        return await session.ask(name, checked, as_list=as_list, within=self.pace.answer_within)

    async def _stay_connected(self) -> None:
        while True:
            try:
                reason = await self._one_connection()
            except Unavailable as cause:
                reason = "silent" if cause.code == "exchange_silent" else "lost"
            except TimeoutError:
                reason = "timeout"
            except ssl.SSLCertVerificationError as cause:
                hint = "the certificate of the manager interface is not one we trust; see CC_PHONE__AMI_CA_FILE"
                raise Misconfigured("ami_certificate", f"{hint} ({cause.verify_message})") from cause
            except OSError:
                reason = "refused"
            await self._went_down(reason)
            await asyncio.sleep(_pause(self.pace, self._failures))
            self._failures += 1

    async def _one_connection(self) -> str:
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(self.pace.connect_within):
            _, session = await loop.create_connection(
                lambda: _Session(self._deliver), self.door.host, self.door.port, ssl=self.door.tls
            )
        self._session = session
        try:
            await self._log_in(session)
            return await self._alive(session)
        finally:
            session.cut("closed")
            self._session = None

    async def _log_in(self, session: _Session) -> None:
        """Events are asked for before `Up` is told: whoever looks at the calls then misses none that follows."""
        fields = {"Username": self.door.user, "Secret": self.door.secret, "Events": "off"}
        await self._ask(session, "Login", fields, as_list=False)
        await self._check_name(session)
        await self._ask(session, "Events", {"EventMask": "on"}, as_list=False)
        self._failures = 0
        self._set_state(connected=True, reason="")
        await self._items.put(Up())

    async def _check_name(self, session: _Session) -> None:
        """Two exchanges may give two calls the same id unless each begins its ids with a name of its own."""
        if not self.door.system:
            return
        told = (await self._ask(session, "CoreSettings", {}, as_list=False))[0].get("systemname")
        if told != self.door.system:
            hint = f"set systemname = {self.door.system} in its asterisk.conf and restart Asterisk"
            raise Misconfigured("systemname", f"the exchange calls itself {told or 'nothing'!r}; {hint}")

    async def _alive(self, session: _Session) -> str:
        """Until the link ends; a peer that no longer answers pings is as good as gone."""
        while not session.ended.done():
            with suppress(TimeoutError):
                async with asyncio.timeout(self.pace.ping_every):
                    return await asyncio.shield(session.ended)
            try:
                await self._ask(session, "Ping", {}, as_list=False)
            except Unavailable as cause:
                session.cut("silent" if cause.code == "exchange_silent" else "lost")
        return session.ended.result()

    async def _went_down(self, reason: str) -> None:
        was_connected = self.state.connected
        self._set_state(connected=False, reason=reason)
        if was_connected:
            await self._items.put(Down(reason))

    def _set_state(self, *, connected: bool, reason: str) -> None:
        if (connected, reason) != (self.state.connected, self.state.reason):
            self.state = LinkState(connected, reason, datetime.now(UTC))
            log.info("action=exchange_%s reason=%s", "connected" if connected else "disconnected", reason or "-")
            self._on_state(self.state)

    def _deliver(self, packet: Packet) -> None:
        try:
            self._items.put_nowait(packet)
        except asyncio.QueueFull:
            log.warning("action=ami_overrun waiting=%d", self._items.qsize())
            if self._session:
                self._session.cut("overrun")

    async def _consume(self) -> None:
        while True:
            item = await self._items.get()
            try:
                await self._consumer(item)
            except Exception as fault:  # noqa: BLE001 (one event that is not understood must not stop the rest)
                kind = item.get("event") if isinstance(item, Packet) else type(item).__name__
                log.error("action=ami_consumer_failed event=%s error=%s", kind, type(fault).__name__)


def _pause(pace: Pace, failures: int) -> float:
    """Exponential with jitter, so that many clients of a restarted exchange do not come at once."""
    longest = min(pace.retry_longest, pace.retry_first * 2 ** min(failures, 10))
    return random.uniform(longest / 2, longest)  # noqa: S311 (not a secret)
