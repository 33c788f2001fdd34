"""Several exchanges as one: each lives and dies by itself, and a call is rung where the agent's telephone is.

Which exchange a call is at is told by its id, which begins with the exchange's name (Asterisk's `systemname`).
"""

import asyncio
import logging
import ssl
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from functools import partial

from channels.phone import place
from contactcenter import lost_calls
from contactcenter.context import Context
from contactcenter.errors import ContactCenterError, Misconfigured, Refused, Unavailable
from contactcenter.ports import Health
from contactcenter.supervise import keep_running
from pbx import devices
from pbx.ami import Door, LinkState
from pbx.calls import Call, Calls, Change, resync
from pbx.exchange import Exchange
from pbx.messages import Message
from pbx.plan import Plan
from pbx.settings import OtherExchange, PhoneSettings
from pbx.telephony import Telephony

log = logging.getLogger(__name__)

PART = "phone"
"""Name in the banner of the first exchange; the others are `phone:NAME`."""
HINTS = {
    "refused": "Asterisk does not answer; is it running?",
    "timeout": "Asterisk does not answer; is it running?",
    "silent": "Asterisk or the network to it hangs",
    "lost": "the link to Asterisk was cut; it is being made again",
    "overrun": "more came from Asterisk than could be taken; starting afresh",
    "unsynced": "the calls could not be read from Asterisk; trying again",
    "starting": "the link to Asterisk is being made",
}
DRAINING = "KC_DRAINING"


@dataclass(frozen=True, slots=True)
class Watchers:
    """What a line tells, in order: changes of calls (it waits until they are kept), messages (None: the mirror was made
    anew), and that its link is lost."""

    changes: Callable[["Line", Sequence[Change]], Awaitable[None]]
    message: Callable[["Line", Message | None], None]
    lost: Callable[["Line"], None]
    healthy: Callable[[], bool]


class Line:
    """One exchange: its process when it is ours, its link, its mirror, its health. An adapter of its own.

    Health facts: sip_port, calls, phones (extension -> state), draining, and `left`: calls while it is drained.
    """

    def __init__(
        self, context: Context, settings: PhoneSettings, watchers: Watchers, other: OtherExchange | None
    ) -> None:
        self._context, self._settings, self._watchers, self._other = context, settings, watchers, other
        self.exchange_name = other.name if other else settings.name
        self.name = f"{PART}:{other.name}" if other else PART
        names = [settings.name, *(one.name for one in settings.exchanges)]
        self._others = () if other else tuple(f"{name}-" for name in names if name != settings.name)
        self.telephony: Telephony | None = None
        self.exchange: Exchange | None = None
        self.told: dict[str, str] = {}
        self.draining = other.draining if other else settings.draining
        self._link: LinkState | None = None
        self._secret = ""
        self._report: Callable[[Health], None] = lambda _: None

    def owns(self, call_id: str) -> bool:
        """By its id. What belongs to an exchange that is no more, the first line finds to have ended."""
        if self._other is None:
            return not call_id.startswith(self._others) if self._others else True
        return call_id.startswith(f"{self.exchange_name}-")

    def holds(self, call_id: str) -> bool:
        return self.telephony is not None and call_id in self.telephony.calls.live

    def has_phone(self, extension: str) -> bool:
        """Whether that telephone is registered here, as far as we know."""
        phones = self.telephony.calls.phones if self.telephony else {}
        return devices.is_there(phones, extension) or devices.is_there(phones, devices.web(extension))

    def web_door(self) -> tuple[str, str]:
        """Where browsers' telephones are taken, and the secret that their passwords are derived from."""
        if self._other:
            return self._other.ws_url or f"ws://{self._other.ami_host}:8088/ws", self._secret
        settings = self._settings
        if self.exchange:
            return f"ws://{settings.ws_host}:{self.exchange.rendered.ws_port}/ws", self._secret
        return settings.ws_url or f"ws://{settings.ami_host}:{settings.ws_port}/ws", self._secret

    @property
    def connected(self) -> bool:
        return self.telephony is not None and self.telephony.synced.is_set()

    # ------------------------------------------------------------------ life

    async def run(self, report: Callable[[Health], None]) -> None:
        """Until cancelled. A bundled Asterisk is started first and stopped last."""
        self._report = report
        try:
            async with AsyncExitStack() as stack:
                await self._run(stack)
        finally:
            self.telephony = self.exchange = None

    async def _run(self, stack: AsyncExitStack) -> None:
        door = await self._door(stack)
        self._secret = door.secret
        known = [call for call in await self._context.store.read(place.read_known) if self.owns(call.id)]
        telephony = Telephony(
            door, partial(self._watchers.changes, self), known=known,
            heartbeat_seconds=self._settings.heartbeat_seconds, on_state=self._link_changed,
            healthy=self._watchers.healthy, on_message=partial(self._watchers.message, self),
        )  # fmt: skip
        self.told[DRAINING] = str(int(self.draining))
        for variable, value in self.told.items():
            await telephony.tell(variable, value)
        self.telephony = telephony
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(telephony.run(), name=f"{self.name}-link")
                group.create_task(self._give_up_the_lost(telephony), name=f"{self.name}-lost")
                if self.exchange:
                    group.create_task(_watch(self.exchange), name=f"{self.name}-process")
        except BaseExceptionGroup as several:
            raise first(several) from several

    async def _door(self, stack: AsyncExitStack) -> Door:
        system = self.exchange_name if self._settings.exchanges else ""
        if self._other:
            return _elsewhere(self._other)
        if self._settings.exchange == "bundled":
            rendered = (await self._bundled(stack)).rendered
            return Door(rendered.ami_host, rendered.ami_port, rendered.ami_user, rendered.ami_secret, system=system)
        return external(self._settings, system)

    async def _bundled(self, stack: AsyncExitStack) -> Exchange:
        folder = self._context.settings.data_dir / "pbx"
        self._report(Health(self.name, ok=False, code="starting", hint="Asterisk is being configured and started"))
        plan = await self._context.store.read(place.read_plan)
        exchange = await asyncio.to_thread(Exchange.prepare, folder, plan, self._settings)
        if self._settings.outlive:
            stack.callback(exchange.let_go)
        else:
            stack.push_async_callback(exchange.stop)
        await exchange.start()
        self.exchange = exchange
        return exchange

    async def reconfigure(self, plan: Plan) -> None:
        """Render anew and reload, when the exchange is ours; calls go on."""
        if self.exchange:
            await self.exchange.reconfigure(plan, self._settings)

    async def _give_up_the_lost(self, telephony: Telephony) -> None:
        """An exchange that does not come back has lost its calls. One that does after all is believed (resync)."""
        loop = asyncio.get_running_loop()
        last = loop.time()
        while True:
            await asyncio.sleep(min(1.0, self._settings.lost_after_seconds / 4))
            if telephony.state.connected:
                last = loop.time()
            elif telephony.calls.live and loop.time() - last > self._settings.lost_after_seconds:
                telephony.calls, changes = resync(telephony.calls, ())
                log.warning("action=calls_lost exchange=%s calls=%d", self.exchange_name, len(changes))
                await self._watchers.changes(self, [Change(one.kind, one.call, lost_calls.CAUSE) for one in changes])

    # ------------------------------------------------------------------ what it is told and tells

    async def tell(self, variable: str, value: str) -> None:
        """As `Telephony.tell`; kept for when the exchange is there again."""
        self.told[variable] = value
        if self.telephony:
            await self.telephony.tell(variable, value)

    async def drain(self, on: bool) -> None:
        """Send new calls elsewhere (or no longer); those that are here go on."""
        self.draining = on
        with suppress(Unavailable):
            await self.tell(DRAINING, str(int(on)))
        self.tell_health()

    def _link_changed(self, state: LinkState) -> None:
        self._link = state
        if not state.connected:
            self._watchers.lost(self)
        self.tell_health()

    def tell_health(self) -> None:
        link, telephony = self._link, self.telephony
        if link is None or telephony is None:
            return
        facts = {
            "exchange": self.exchange_name,
            "phones": dict(telephony.calls.phones),
            "calls": len(telephony.calls.live),
        }
        if self.exchange:
            facts["sip_port"] = self.exchange.rendered.sip_port
        code = "" if link.connected else f"link_{link.reason}"
        hint = HINTS.get(link.reason, "")
        if self.draining:
            facts |= {"draining": True, "left": len(telephony.calls.live)}
        self._report(Health(self.name, ok=link.connected, code=code, hint=hint, facts=facts))


def external(settings: PhoneSettings, system: str = "") -> Door:
    """The door of the single exchange that somebody else runs. Raises `Misconfigured` without a secret."""
    secret = settings.ami_secret.get_secret_value()
    if not secret:
        raise Misconfigured("ami_secret", "CC_PHONE__AMI_SECRET (or …_FILE) is needed for an external exchange")
    tls = _trusted(settings.tls, "CC_PHONE__AMI_CA_FILE")
    return Door(settings.ami_host, settings.ami_port, settings.ami_user, secret, tls, system=system)


def _elsewhere(other: OtherExchange) -> Door:
    try:
        secret = other.secret()
    except (OSError, UnicodeDecodeError) as cause:
        raise Misconfigured("ami_secret", f"the secret file of exchange {other.name} cannot be read") from cause
    if not secret:
        raise Misconfigured(
            "ami_secret", f"exchange {other.name} needs secret_file or ami_secret (CC_PHONE__EXCHANGES)"
        )
    tls = _trusted(other.context, "ca_file")
    return Door(other.ami_host, other.ami_port, other.ami_user, secret, tls, system=other.name)


def _trusted(make: Callable[[], ssl.SSLContext | None], setting: str) -> ssl.SSLContext | None:
    try:
        return make()
    except OSError as cause:  # ssl.SSLError is one too
        raise Misconfigured("ami_ca_file", f"the certificates of {setting} cannot be read") from cause


async def _watch(exchange: Exchange) -> None:
    await exchange.ended()
    raise Unavailable("exchange_died", "Asterisk has ended by itself and is started again")


class Exchanges:
    """All lines. Verbs raise `Refused` and `Unavailable` as those of `Telephony` do."""

    def __init__(self, context: Context, settings: PhoneSettings, watchers: Watchers) -> None:
        self._board = context.health
        self.lines = [Line(context, settings, watchers, other) for other in (None, *settings.exchanges)]

    async def run(self) -> None:
        """Until cancelled: each line under a supervision of its own."""
        try:
            async with asyncio.TaskGroup() as group:
                for line in self.lines:
                    group.create_task(keep_running(line, self._board), name=line.name)
        except BaseExceptionGroup as several:
            raise first(several) from several

    def find(self, call_id: str) -> Call | None:
        """The call as its exchange has it, if it is going on."""
        line = self._holding(call_id)
        return line.telephony.calls.live[call_id] if line and line.telephony else None

    def at(self, call_id: str) -> Telephony:
        """The exchange where that call is; for one that nobody knows, the one that would know."""
        line = self._holding(call_id) or next((one for one in self.lines if one.owns(call_id)), self.lines[0])
        return _there(line)

    def first(self) -> Telephony:
        """For what concerns no call in particular: one that is there, not being emptied if possible."""
        usable = sorted(self.lines, key=lambda line: (not line.connected, line.draining))
        return _there(usable[0])

    def for_new(self, extension: str) -> Line:
        """Where a new call from that telephone is placed. Raises `Refused` when that exchange is being emptied."""
        home = self._home(extension)
        line = home or next((one for one in self.lines if one.connected and not one.draining), self.lines[0])
        if line.draining:
            raise Refused("exchange_draining", "the exchange of that telephone is being emptied for maintenance")
        return line

    async def ring(
        self, call_id: str, extension: str, offer: str, *, auto_answer: bool = False, tape: str = ""
    ) -> None:
        """As `Telephony.ring`, through the trunk between the exchanges when the telephone is at another one."""
        telephony, here, home = self.at(call_id), self._holding(call_id), self._home(extension)
        at = ""
        if home and here and not here.has_phone(extension):
            if home.draining:
                raise Refused("exchange_draining", "the exchange of that telephone is being emptied for maintenance")
            at = home.exchange_name
        await telephony.ring(call_id, extension, offer, auto_answer=auto_answer, at=at, tape=tape)

    async def tell(self, variable: str, value: str) -> None:
        """Every dialplan; those that are away are told when they come back."""
        for line in self.lines:
            with suppress(Unavailable):
                await line.tell(variable, value)

    def mirrors(self) -> Iterator[tuple[str, Calls]]:
        """The exchanges that are there, with their calls."""
        for line in self.lines:
            if line.connected and line.telephony:
                yield line.exchange_name, line.telephony.calls

    def set_draining(self, name: str, on: bool) -> None:
        """As it was decided before a restart."""
        line = self.line(name)
        if line:
            line.draining = on

    def line(self, name: str) -> Line | None:
        """By the exchange's name."""
        return next((line for line in self.lines if line.exchange_name == name), None)

    def _holding(self, call_id: str) -> Line | None:
        return next((line for line in self.lines if line.holds(call_id)), None)

    def _home(self, extension: str) -> Line | None:
        """Where that telephone is registered; of two places the one that is not being emptied."""
        homes: Iterator[Line] = (line for line in self.lines if line.connected and line.has_phone(extension))
        return min(homes, key=lambda line: line.draining, default=None)


def _there(line: Line) -> Telephony:
    if line.telephony is None:
        raise Unavailable("exchange_away", "the telephone exchange is not connected")
    return line.telephony


def first(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """What stopped us, as the supervisor knows it: a named failure before anything else."""
    flat = list(_flat(group))
    return next((fault for fault in flat if isinstance(fault, ContactCenterError)), flat[0])


def _flat(group: BaseExceptionGroup[BaseException]) -> list[BaseException]:
    return [
        one
        for fault in group.exceptions
        for one in (_flat(fault) if isinstance(fault, BaseExceptionGroup) else [fault])
    ]
