"""The telephone channel as an adapter: keeps exchange and core in step, and answers the console's verbs."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from sqlmodel import Session

from channels.phone import at_once, place, recording, scripts
from channels.phone.citizen_first import CitizenFirst
from channels.phone.desk import CallDesk
from channels.phone.exchanges import PART, Exchanges, Line, Watchers, first
from channels.phone.journal import Journal, replay
from channels.phone.menu import Menus
from channels.phone.menu_sounds import shelf_of
from channels.phone.overflow import Overflow
from channels.phone.ringing import Ringing
from channels.phone.spool import Spool
from channels.phone.tapes import Tapes
from contactcenter import agents, calls, cases, menus_versions, offers, ring_choice, telephone_journal
from contactcenter.context import Context
from contactcenter.errors import ContactCenterError, Misconfigured, Refused, Unavailable
from contactcenter.model import Contact
from contactcenter.ports import BrowserPhone, Health
from contactcenter.tapes import taping
from contactcenter.telephone_journal import Replay, span
from contactcenter.waiting import citizen_first
from pbx import devices
from pbx.agi import AgiDoor
from pbx.calls import Calls, CallState, Change
from pbx.messages import Message
from pbx.plan import Plan, e164
from pbx.settings import PhoneSettings
from pbx.telephony import Telephony, new_callback_token

log = logging.getLogger(__name__)
T = TypeVar("T")

HOURS_SECONDS = 15.0
STORE_PAUSE = 0.5
LIFTING = timedelta(seconds=10)
"""How long a telephone that was asked to lift by itself may take."""


def build(context: Context) -> "PhoneChannel":
    """The channel, from the settings `CC_PHONE__…`; the console finds it as `context.telephony`."""
    channel = PhoneChannel(context, place.exchange_settings(context.settings))
    context.telephony = channel
    context.call_verbs = channel.desk
    return channel


@dataclass(frozen=True, slots=True)
class _Order:
    """What a verb needs to know of a contact and an agent."""

    call_id: str
    extension: str
    offer: str


class PhoneChannel:
    """Adapter and telephony port in one, over one exchange or several. Each tells its own health (`Line`)."""

    name = PART

    def __init__(self, context: Context, settings: PhoneSettings) -> None:
        self._context, self._settings = context, settings
        self._events = context.tail.subscribe()
        self._stored = True
        self._ringing: Ringing | None = None
        self._journal = Journal(context, settings.journal_days)
        watchers = Watchers(self._take, self._heard, self._lost, lambda: self._stored)
        self.exchanges = Exchanges(context, settings, watchers)
        self.desk = CallDesk(context, self.exchanges, settings)
        folder = settings.spool or context.settings.data_dir / "pbx" / "spool" / "kc"
        self._spool = Spool(context, folder, settings.country_code)
        tapes = settings.tapes or context.settings.data_dir / "pbx" / "spool" / "tapes"
        self.tapes = Tapes(context, self.exchanges, tapes, settings.tape_days)
        self.menus = Menus(context, shelf_of(context, settings))
        self._overflow = Overflow(context, self.exchanges, self.menus.shelf)

    @property
    def _telephony(self) -> Telephony | None:
        return self.exchanges.lines[0].telephony

    async def run(self, report: Callable[[Health], None]) -> None:
        """Until cancelled."""
        if self._settings.exchange == "none":
            report(Health(self.name, ok=True, code="disabled"))
            await asyncio.Event().wait()
        async with AsyncExitStack() as stack:
            await self._run(stack)

    async def _run(self, stack: AsyncExitStack) -> None:
        plan = await self._context.store.read(place.read_plan)
        for exchange, draining in (await self._context.store.read(telephone_journal.draining)).items():
            self.exchanges.set_draining(exchange, draining)
        await self._listen_to_callers(stack)
        await self._tell_choices()
        ringing = self._ringing = Ringing(
            self._context, self.exchanges, self._events, CitizenFirst(self._context, self.exchanges, self.menus.shelf)
        )
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self.exchanges.run(), name="phone-exchanges")
                group.create_task(self._journal.run(self.exchanges.mirrors), name="phone-journal")
                group.create_task(ringing.run(), name="phone-ringing")
                group.create_task(self._keep_hours(), name="phone-hours")
                group.create_task(self._spool.run(self._live_ids), name="phone-spool")
                group.create_task(self.tapes.run(), name="phone-tapes")
                group.create_task(self._overflow.run(), name="phone-overflow")
                group.create_task(self._keep_plan(plan, ringing.configured), name="phone-plan")
        except BaseExceptionGroup as group_of_one:
            raise first(group_of_one) from group_of_one

    async def _listen_to_callers(self, stack: AsyncExitStack) -> None:
        """The scripts that callers are led by; the dialplan leads them by itself while it cannot reach us."""
        leads = scripts.build(self._context, self.menus, self._settings)
        door = AgiDoor(leads, self._settings.agi_host, self._settings.agi_port)
        try:
            await door.start()
        except OSError as cause:
            taken = f"{self._settings.agi_host}:{self._settings.agi_port}"
            raise Misconfigured("agi_port", f"{taken} cannot be used; see CC_PHONE__AGI_PORT") from cause
        stack.push_async_callback(door.stop)
        await self.exchanges.tell("KC_AGI", door.address)

    def _live_ids(self) -> set[str]:
        return {call_id for _, calls in self.exchanges.mirrors() for call_id in calls.live}

    # ------------------------------------------------------------------ what the exchange tells

    def _heard(self, line: Line, message: Message | None) -> None:
        """Every message, before it is folded into the mirror of `line`; None when that was made anew."""
        calls = line.telephony.calls if line.telephony else Calls()
        if message is None:
            self._journal.mirrored(line.exchange_name, calls)
        else:
            self._journal.heard(line.exchange_name, message, calls)

    def _lost(self, line: Line) -> None:
        self._journal.lost(line.exchange_name)

    async def _take(self, line: Line, changes: Sequence[Change]) -> None:
        """Returns only when they are written: a change is told once. One that is refused holds up no other."""
        written = [change for change in changes if recording.concerns(change)]
        try:
            rung = await self._write(at_once.record, written, self._context.settings.routing)
            if rung and self._ringing:
                await self._ringing.at_once(rung)
        except Exception as first_fault:  # noqa: BLE001 (what cannot be offered is written down all the same)
            log.info("action=calls_recorded_singly error=%s", type(first_fault).__name__)
            for change in written:
                try:
                    await self._write(recording.record, [change], self._context.settings.routing.short_abandon_seconds)
                except ContactCenterError as fault:
                    log.warning("action=call_not_recorded change=%s code=%s", change.kind.value, fault.code)
        self.desk.follow(changes)
        line.tell_health()

    async def _write(self, write: Callable[..., T], changes: Sequence[Change], *more: Any) -> T | None:
        """As often as it takes. While the store is away the heartbeat stops, and the exchange carries on alone."""
        while changes:
            try:
                now = self._context.clock()
                done = await self._context.store.run(write, changes, self._settings.country_code, now, *more)
            except Unavailable:
                self._stored = False
                await asyncio.sleep(STORE_PAUSE)
            else:
                self._stored = True
                return done
        self._stored = True
        return None

    # ------------------------------------------------------------------ what the exchange is told

    async def _keep_hours(self) -> None:
        while True:
            with suppress(Unavailable):
                now = self._context.clock()
                for number in await self._context.store.read(place.read_open, now):
                    await self.exchanges.tell(f"KC_OPENS_{number.point}", number.opens)
                    await self.exchanges.tell(f"KC_HOURS_{number.point}", "open" if number.is_open else "closed")
                for variable, value in (await self.menus.news()).items():
                    await self.exchanges.tell(variable, value)
            await asyncio.sleep(HOURS_SECONDS)

    async def _keep_plan(self, plan: Plan, configured: asyncio.Event) -> None:
        """Numbers, menus or telephones changed in the configuration: render and reload; calls go on."""
        while True:
            with suppress(Unavailable):
                await self.menus.prepare_all()
            await configured.wait()
            configured.clear()
            with suppress(Unavailable):
                await self._tell_choices()
                wanted = await self._context.store.read(place.read_plan)
                if wanted != plan:
                    for line in self.exchanges.lines:
                        await line.reconfigure(wanted)
                    plan = wanted

    async def _tell_choices(self) -> None:
        """Where each agent wants to be rung."""
        for extension, chosen in (await self._context.store.read(ring_choice.by_extension)).items():
            await self.exchanges.tell(f"{devices.CHOSEN}{extension}", chosen)

    # ------------------------------------------------------------------ the console's verbs (ports.Telephony)

    async def answer(self, contact_id: int, agent_id: int) -> None:
        """Answer on the agent's own telephone: it is rung (again) with the wish to answer by itself."""
        order = await self._context.store.run(_order, contact_id, agent_id, self._context.clock())
        self._at(order.call_id)
        call = self.exchanges.find(order.call_id)
        if call and call.state is CallState.TALKING:
            if call.phone != order.extension:
                raise Refused("call_elsewhere", "somebody else talks with the citizen")
            return
        tape = await self._context.store.run(taping.order_for, contact_id, agent_id, self._context.clock())
        await self.exchanges.ring(order.call_id, order.extension, order.offer, auto_answer=True, tape=tape)

    async def hang_up(self, contact_id: int) -> None:
        call_id = await self._context.store.read(_call_id, contact_id)
        await self._at(call_id).hang_up(call_id)

    async def call_back(self, case_id: int, agent_id: int, number: str) -> None:
        """Recorded before it is ordered; ordered once. What becomes of it is told as changes."""
        self._live()
        store = self._context.store
        wanted = e164(number, self._settings.country_code)
        if not wanted:
            raise Refused("unfit_number", "that is not a telephone number")
        extension, shown = await store.read(_prepare_call_back, case_id, agent_id)
        line = self.exchanges.for_new(extension)
        telephony, token = line.telephony or self._live(), new_callback_token(line.exchange_name)
        contact_id = await store.run(calls.callback_started, case_id, agent_id, token, wanted, self._context.clock())
        try:
            await telephony.call_back(token, extension, wanted, shown)
        except ContactCenterError as fault:
            if token not in telephony.calls.live:  # it was not ordered; otherwise the mirror will tell
                await store.run(calls.callback_failed, contact_id, self._context.clock(), fault.code)
            raise

    def browser_phone(self, extension: str) -> BrowserPhone:
        """At the exchange where a new call from that extension would be placed."""
        line = self.exchanges.for_new(extension)
        url, secret = line.web_door()
        password = devices.web_password(secret, extension)
        return BrowserPhone(url, devices.web(extension), password, self._settings.ice_servers())

    async def replay(self, begin: datetime, end: datetime) -> Replay:
        """The calls between two times, from the journal. Raises `Refused` when that is too much."""
        await self._journal.write()
        return await self._context.store.read(lambda session: replay(span(session, begin, end), begin, end))

    async def drain(self, exchange: str, user_id: int, *, on: bool) -> None:
        """Empty an exchange for maintenance, or no longer. Raises `Refused` for one that there is not."""
        line = self.exchanges.line(exchange)
        if line is None:
            raise Refused("no_such_exchange", "there is no such exchange")
        now = self._context.clock()
        await self._context.store.run(telephone_journal.set_draining, exchange, on, now, user_id)
        await line.drain(on)

    async def prepare_menu(self, point_id: int) -> None:
        """Make the sounds of the number's draft, where the exchange plays them from."""
        found = await self._context.store.read(menus_versions.on_trial, point_id)
        if found and found.tree:
            await self.menus.prepare(found.tree, found.recordings)

    async def try_menu(self, agent_id: int, token: str) -> None:
        """Ring the agent's own telephone, and lead them through the draft that the trial `token` is about."""
        extension = await self._context.store.read(_own_extension, agent_id)
        telephony = self.exchanges.for_new(extension).telephony or self._live()
        await telephony.lead(extension, "kc-try", f"KC_TRY={token}")

    def _live(self) -> Telephony:
        """An exchange that is there, for what concerns no call; for a call see `_at`."""
        return self.exchanges.first()

    def _at(self, call_id: str) -> Telephony:
        """The exchange where that call is."""
        return self.exchanges.at(call_id)


def _call_id(session: Session, contact_id: int) -> str:
    contact = session.get(Contact, contact_id)
    if contact is None:
        raise Refused("no_such_call", "the call has ended")
    return contact.key


def _order(session: Session, contact_id: int, agent_id: int, now: datetime) -> _Order:
    """The offer is held while the telephone lifts: who has pressed Answer is not silent."""
    agent = agents.get(session, agent_id)
    contact = session.get(Contact, contact_id)
    if contact is None:
        raise Refused("no_such_call", "the call has ended")
    if citizen_first.being_asked(session, contact_id):
        raise Refused("citizen_rung_first", "the citizen is rung first; your telephone rings when they have answered")
    offer = offers.open_for_case(session, contact.case_id)
    if offer and offer.agent_id != agent_id:
        raise Refused("offer_over", "the offer is over")
    if offer:
        offer.expires_at = max(offer.expires_at, now + LIFTING)
        session.add(offer)
    return _Order(contact.key, _extension(agent.extension), str(offer.id) if offer else "0")


def _own_extension(session: Session, agent_id: int) -> str:
    return _extension(agents.get(session, agent_id).extension)


def _extension(extension: str) -> str:
    if not extension:
        raise Refused("no_telephone", "you have no telephone; an administrator can give you an extension")
    return extension


def _prepare_call_back(session: Session, case_id: int, agent_id: int) -> tuple[str, str]:
    """The agent's extension and the number that the citizen sees: the one they called, else the municipality's."""
    agent = agents.get(session, agent_id)
    if agent_id in agents.on_call(session):
        raise Refused("on_call", "you are on a call already")
    if offers.live_call(session, case_id) is not None:
        raise Refused("call_going_on", "there is a call about this case already")
    case = cases.get(session, case_id)
    return _extension(agent.extension), citizen_first.shown_number(session, case)
