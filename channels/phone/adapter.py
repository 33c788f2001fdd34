"""The telephone channel as an adapter: keeps exchange and core in step, and answers the console's verbs."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, select

from channels.phone import place, recording, scripts
from channels.phone.ringing import Ringing
from contactcenter import agents, calls, cases, offers
from contactcenter.context import Context
from contactcenter.errors import ContactCenterError, Misconfigured, Refused, Unavailable
from contactcenter.model import AddressPoint, Contact
from contactcenter.ports import Health
from contactcenter.states import AddressKind
from pbx.agi import AgiDoor
from pbx.ami import Door, LinkState
from pbx.calls import CallState, Change
from pbx.exchange import Exchange
from pbx.plan import Plan, e164
from pbx.settings import PhoneSettings
from pbx.telephony import Telephony, new_callback_token

log = logging.getLogger(__name__)

HOURS_SECONDS = 15.0
STORE_PAUSE = 0.5
LIFTING = timedelta(seconds=10)
"""How long a telephone that was asked to lift by itself may take."""
HINTS = {
    "refused": "Asterisk does not answer; is it running?",
    "timeout": "Asterisk does not answer; is it running?",
    "silent": "Asterisk or the network to it hangs",
    "lost": "the link to Asterisk was cut; it is being made again",
    "overrun": "more came from Asterisk than could be taken; starting afresh",
    "unsynced": "the calls could not be read from Asterisk; trying again",
    "starting": "the link to Asterisk is being made",
}


def build(context: Context) -> "PhoneChannel":
    """The channel, from the settings `CC_PHONE__…`; the console finds it as `context.telephony`."""
    channel = PhoneChannel(context, place.exchange_settings(context.settings))
    context.telephony = channel
    return channel


@dataclass(frozen=True, slots=True)
class _Order:
    """What a verb needs to know of a contact and an agent."""

    call_id: str
    extension: str
    offer: str


class PhoneChannel:
    """Adapter and telephony port in one. Health facts: sip_port, calls, phones (extension -> state)."""

    name = "phone"

    def __init__(self, context: Context, settings: PhoneSettings) -> None:
        self._context, self._settings = context, settings
        self._events = context.tail.subscribe()
        self._report: Callable[[Health], None] = lambda _: None
        self._exchange: Exchange | None = None
        self._telephony: Telephony | None = None
        self._stored = True
        self._link: LinkState | None = None

    async def run(self, report: Callable[[Health], None]) -> None:
        """Until cancelled. A bundled Asterisk is started first and stopped last."""
        self._report = report
        if self._settings.exchange == "none":
            report(Health(self.name, ok=True, code="disabled"))
            await asyncio.Event().wait()
        try:
            async with AsyncExitStack() as stack:
                await self._run(stack)
        finally:
            self._telephony = None

    async def _run(self, stack: AsyncExitStack) -> None:
        plan = await self._context.store.read(place.read_plan)
        door = await self._bundled(stack, plan) if self._settings.exchange == "bundled" else self._external()
        known = await self._context.store.read(place.read_known)
        telephony = Telephony(
            door, self._take, known=known, heartbeat_seconds=self._settings.heartbeat_seconds,
            on_state=self._link_changed, healthy=lambda: self._stored,
        )  # fmt: skip
        self._telephony = telephony
        await self._listen_to_callers(stack, telephony)
        ringing = Ringing(self._context, telephony, self._events)
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(telephony.run(), name="phone-link")
                group.create_task(ringing.run(), name="phone-ringing")
                group.create_task(self._keep_hours(telephony), name="phone-hours")
                group.create_task(self._keep_plan(plan, ringing.configured), name="phone-plan")
                if self._exchange:
                    group.create_task(self._watch(self._exchange), name="phone-exchange")
        except BaseExceptionGroup as group_of_one:
            raise _first(group_of_one) from group_of_one

    async def _listen_to_callers(self, stack: AsyncExitStack, telephony: Telephony) -> None:
        """The scripts that callers are led by; the dialplan leads them by itself while it cannot reach us."""
        door = AgiDoor(scripts.build(self._context), self._settings.agi_host, self._settings.agi_port)
        try:
            await door.start()
        except OSError as cause:
            taken = f"{self._settings.agi_host}:{self._settings.agi_port}"
            raise Misconfigured("agi_port", f"{taken} cannot be used; see CC_PHONE__AGI_PORT") from cause
        stack.push_async_callback(door.stop)
        await telephony.tell("KC_AGI", door.address)

    async def _bundled(self, stack: AsyncExitStack, plan: Plan) -> Door:
        folder = self._context.settings.data_dir / "pbx"
        self._report(Health(self.name, ok=False, code="starting", hint="Asterisk is being configured and started"))
        exchange = await asyncio.to_thread(Exchange.prepare, folder, plan, self._settings)
        if self._settings.outlive:
            stack.callback(exchange.let_go)
        else:
            stack.push_async_callback(exchange.stop)
        await exchange.start()
        self._exchange = exchange
        rendered = exchange.rendered
        return Door(rendered.ami_host, rendered.ami_port, rendered.ami_user, rendered.ami_secret)

    def _external(self) -> Door:
        settings = self._settings
        secret = settings.ami_secret.get_secret_value()
        if not secret:
            raise Misconfigured("ami_secret", "CC_PHONE__AMI_SECRET (or …_FILE) is needed for an external exchange")
        return Door(settings.ami_host, settings.ami_port, settings.ami_user, secret, settings.tls())

    async def _watch(self, exchange: Exchange) -> None:
        await exchange.ended()
        raise Unavailable("exchange_died", "Asterisk has ended by itself and is started again")

    # ------------------------------------------------------------------ what the exchange tells

    async def _take(self, changes: Sequence[Change]) -> None:
        """Returns only when they are written: a change is told once. One that is refused holds up no other."""
        written = [change for change in changes if recording.concerns(change)]
        try:
            await self._write(written)
        except ContactCenterError:
            for change in written:
                try:
                    await self._write([change])
                except ContactCenterError as fault:
                    log.warning("action=call_not_recorded change=%s code=%s", change.kind.value, fault.code)
        self._tell_health()

    async def _write(self, changes: Sequence[Change]) -> None:
        """As often as it takes. While the store is away the heartbeat stops, and the exchange carries on alone."""
        while changes:
            try:
                now = self._context.clock()
                await self._context.store.run(recording.record, changes, self._settings.country_code, now)
                break
            except Unavailable:
                self._stored = False
                await asyncio.sleep(STORE_PAUSE)
        self._stored = True

    def _link_changed(self, state: LinkState) -> None:
        self._link = state
        self._tell_health()

    def _tell_health(self) -> None:
        link, telephony = self._link, self._telephony
        if link is None or telephony is None:
            return
        facts = {"phones": dict(telephony.calls.phones), "calls": len(telephony.calls.live)}
        if self._exchange:
            facts["sip_port"] = self._exchange.rendered.sip_port
        code = "" if link.connected else f"link_{link.reason}"
        self._report(Health(self.name, ok=link.connected, code=code, hint=HINTS.get(link.reason, ""), facts=facts))

    # ------------------------------------------------------------------ what the exchange is told

    async def _keep_hours(self, telephony: Telephony) -> None:
        while True:
            with suppress(Unavailable):
                now = self._context.clock()
                for number in await self._context.store.read(place.read_open, now):
                    await telephony.announce_hours(number.point, is_open=number.is_open, opens=number.opens)
            await asyncio.sleep(HOURS_SECONDS)

    async def _keep_plan(self, plan: Plan, configured: asyncio.Event) -> None:
        """Numbers, menus or telephones changed in the configuration: render and reload; calls go on."""
        while True:
            await configured.wait()
            configured.clear()
            with suppress(Unavailable):
                wanted = await self._context.store.read(place.read_plan)
                if wanted != plan and self._exchange:
                    await self._exchange.reconfigure(wanted, self._settings)
                    plan = wanted

    # ------------------------------------------------------------------ the console's verbs (ports.Telephony)

    async def answer(self, contact_id: int, agent_id: int) -> None:
        """Answer on the agent's own telephone: it is rung (again) with the wish to answer by itself."""
        telephony = self._live()
        order = await self._context.store.run(_order, contact_id, agent_id, self._context.clock())
        call = telephony.calls.live.get(order.call_id)
        if call and call.state is CallState.TALKING:
            if call.phone != order.extension:
                raise Refused("call_elsewhere", "somebody else talks with the citizen")
            return
        await telephony.ring(order.call_id, order.extension, order.offer, auto_answer=True)

    async def hang_up(self, contact_id: int) -> None:
        call_id = await self._context.store.read(_call_id, contact_id)
        await self._live().hang_up(call_id)

    async def call_back(self, case_id: int, agent_id: int, number: str) -> None:
        """Recorded before it is ordered; ordered once. What becomes of it is told as changes."""
        telephony, store = self._live(), self._context.store
        wanted = e164(number, self._settings.country_code)
        if not wanted:
            raise Refused("unfit_number", "that is not a telephone number")
        extension, shown = await store.read(_prepare_call_back, case_id, agent_id)
        token = new_callback_token()
        contact_id = await store.run(calls.callback_started, case_id, agent_id, token, wanted, self._context.clock())
        try:
            await telephony.call_back(token, extension, wanted, shown)
        except ContactCenterError as fault:
            if token not in telephony.calls.live:  # it was not ordered; otherwise the mirror will tell
                await store.run(calls.callback_failed, contact_id, self._context.clock(), fault.code)
            raise

    def _live(self) -> Telephony:
        if self._telephony is None:
            raise Unavailable("exchange_away", "the telephone exchange is not connected")
        return self._telephony


def _first(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """What stopped us, as the supervisor knows it: a named failure before anything else."""
    flat = list(_flat(group))
    return next((fault for fault in flat if isinstance(fault, ContactCenterError)), flat[0])


def _flat(group: BaseExceptionGroup[BaseException]) -> list[BaseException]:
    return [
        one
        for fault in group.exceptions
        for one in (_flat(fault) if isinstance(fault, BaseExceptionGroup) else [fault])
    ]


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
    offer = offers.open_for_case(session, contact.case_id)
    if offer and offer.agent_id != agent_id:
        raise Refused("offer_over", "the offer is over")
    if offer:
        offer.expires_at = max(offer.expires_at, now + LIFTING)
        session.add(offer)
    return _Order(contact.key, _extension(agent.extension), str(offer.id) if offer else "0")


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
    points = session.exec(select(AddressPoint).where(AddressPoint.kind == AddressKind.PHONE)).all()
    used = {contact.address_point for contact in session.exec(select(Contact).where(Contact.case_id == case_id)).all()}
    best = min(
        points, key=lambda p: (p.address not in used, p.organisation_id != case.organisation_id, p.id), default=None
    )
    return _extension(agent.extension), best.address if best else ""
