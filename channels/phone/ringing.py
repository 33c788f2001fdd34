"""Offers become ringing telephones: follows the journal, and looks itself after every reconnect."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import bindparam
from sqlmodel import Session, col, or_, select

from channels.phone.citizen_first import CitizenFirst
from channels.phone.exchanges import Exchanges
from contactcenter import agents, offers
from contactcenter.context import Context
from contactcenter.errors import ContactCenterError, Refused, Unavailable
from contactcenter.model import Case, Contact, Event, Offer
from contactcenter.states import Channel, ContactState, EventKind, OfferState
from contactcenter.tail import Subscription
from contactcenter.tapes import taping
from contactcenter.waiting.model import PromisedCall
from pbx.calls import CallState

log = logging.getLogger(__name__)

OVER = frozenset({EventKind.OFFER_LAPSED, EventKind.OFFER_DECLINED, EventKind.OFFER_WITHDRAWN})
LOOK_SECONDS = 1.0
MARGIN_SECONDS = 2.0
"""An offer that could not be rung is taken back so long before it would lapse: the agent is not to blame."""
_WAITS = select(Contact).where(
    col(Contact.case_id) == bindparam("case"),
    Contact.channel == Channel.PHONE,
    col(Contact.state).in_((ContactState.WAITING, ContactState.RINGING)),
)


@dataclass(frozen=True, slots=True)
class ToRing:
    """An open offer, its call and the agent's extension."""

    offer_id: int
    call_id: str
    extension: str
    picked: bool = False
    """The agent chose this call, so the telephone answers by itself."""
    is_taped: bool = False
    """Its queue is recorded, and the agent may."""
    tape: str = ""
    """The token that it is recorded under."""


class Ringing:
    """Rings for open offers, stops when they are over. What it missed (a restart, a cut) it finds by looking."""

    def __init__(
        self, context: Context, exchanges: Exchanges, events: Subscription, citizen_first: CitizenFirst
    ) -> None:
        self._context, self._exchanges, self._events = context, exchanges, events
        self._citizen_first = citizen_first
        self._rung: set[int] = set()
        self.configured = asyncio.Event()
        """Set when the configuration has changed."""

    async def run(self) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(self._follow(), name="phone-follow")
            group.create_task(self._look_again(), name="phone-look")

    async def _follow(self) -> None:
        while True:
            for event in await self._events.take():
                try:
                    await self._take(event)
                except ContactCenterError as fault:
                    log.info("action=ringing_not_changed event=%s code=%s", event.kind.value, fault.code)
            if self._events.gapped:
                self._events.gapped = False  # the look finds what was dropped

    async def _take(self, event: Event) -> None:
        if event.kind in (EventKind.CONFIGURATION_CHANGED, EventKind.DIRECTORY_CHANGED):
            self.configured.set()
        elif event.kind is EventKind.CALLBACK_SETTLED and event.case_id is not None:
            await self._citizen_first.stop(event.case_id)
        elif event.contact_id is None:
            return
        elif event.kind is EventKind.CASE_OFFERED:
            await self._ring(int(event.data["offer_id"]))
        elif event.kind in OVER:
            await self._stop(event.contact_id, str(event.data.get("offer_id", "")))
        elif event.kind is EventKind.CASE_ACCEPTED and event.user_id is not None:
            await self._bring(event.contact_id, event.user_id)

    async def _ring(self, offer_id: int) -> None:
        """Once per offer; a call that cannot be rung for now is tried again by the look."""
        if offer_id in self._rung:
            return
        found = await self._context.store.read(to_ring, offer_id)
        if found is None:
            await self._citizen_first.ring(offer_id)
        elif offer_id not in self._rung:
            if found.is_taped:
                found = await self._context.store.run(taped, found, self._context.clock())
            await self._ring_for(found)

    async def at_once(self, found: Sequence[ToRing]) -> None:
        """Ring for offers made a moment ago; what fails is left to the look."""
        rung = [self._ring_for(one) for one in found if one.offer_id not in self._rung]
        for fault in await asyncio.gather(*rung, return_exceptions=True):
            if isinstance(fault, Exception):
                log.info("action=not_rung_at_once code=%s", getattr(fault, "code", type(fault).__name__))

    async def _ring_for(self, found: ToRing) -> None:
        self._rung.add(found.offer_id)
        call = self._exchanges.find(found.call_id)
        if call is not None and call.offer == str(found.offer_id):  # rung before we were restarted
            return
        try:
            await self._exchanges.ring(
                found.call_id, found.extension, str(found.offer_id), auto_answer=found.picked, tape=found.tape
            )
        except BaseException:
            self._rung.discard(found.offer_id)
            raise

    async def _stop(self, contact_id: int, offer: str) -> None:
        call_id, _ = await self._context.store.read(_call_and_phone, contact_id, None)
        call = self._exchanges.find(call_id)
        if call and call.state is CallState.RINGING and call.offer == offer:
            await self._exchanges.at(call_id).withdraw(call_id)

    async def _bring(self, contact_id: int, agent_id: int) -> None:
        """An agent took a call that nobody has answered (accepted it through the API, say): their telephone answers."""
        call_id, extension = await self._context.store.read(_call_and_phone, contact_id, agent_id)
        call = self._exchanges.find(call_id)
        if call is None or not extension or call.state not in (CallState.WAITING, CallState.RINGING):
            return
        tape = await self._context.store.run(taping.order_for, contact_id, agent_id, self._context.clock())
        await self._exchanges.ring(call_id, extension, call.offer or "0", auto_answer=True, tape=tape)

    async def _look_again(self) -> None:
        """Polling guarantees what notification may have missed."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            try:
                await self._look()
            except ContactCenterError as fault:
                log.info("action=look_failed code=%s", fault.code)

    async def _look(self) -> None:
        now = self._context.clock()
        before = set(self._rung)
        open_now = await self._context.store.read(_open_offers)
        self._rung -= before - open_now.keys()
        for offer_id in open_now.keys() - self._rung:
            try:
                await self._ring(offer_id)
            except (Refused, Unavailable) as fault:
                if (open_now[offer_id] - now).total_seconds() < MARGIN_SECONDS:
                    await self._context.store.run(_take_back, offer_id, now, fault.code)


def to_ring(session: Session, offer_id: int) -> ToRing | None:
    """The call and the agent's extension, if the offer still stands and the call still waits."""
    offer = session.get(Offer, offer_id)
    if offer is None or offer.state is not OfferState.OPEN:
        return None
    contact = session.scalars(_WAITS, {"case": offer.case_id}).first()
    agent = agents.get(session, offer.agent_id)
    if not contact or not agent.extension:
        return None
    picked = bool(offer.why.get("picked"))
    return ToRing(offer_id, contact.key, agent.extension, picked, taping.is_taped(session, contact.case_id, agent))


def taped(session: Session, found: ToRing, now: datetime) -> ToRing:
    """With a recording ordered for it, if it is to be recorded."""
    offer = session.get(Offer, found.offer_id)
    contact = session.scalars(_WAITS, {"case": offer.case_id}).first() if offer and found.is_taped else None
    if offer is None or contact is None:
        return found
    return replace(found, tape=taping.order(session, contact, agents.get(session, offer.agent_id), now))


def _call_and_phone(session: Session, contact_id: int, agent_id: int | None) -> tuple[str, str]:
    contact = session.get(Contact, contact_id)
    extension = agents.get(session, agent_id).extension if agent_id is not None else ""
    return (contact.key if contact else "", extension)


def _open_offers(session: Session) -> dict[int, datetime]:
    """Open offers of calls and of promised calls, with the time when they lapse."""
    kept = select(PromisedCall.case_id).where(PromisedCall.ended == "")
    rows = session.exec(
        select(Offer.id, Offer.expires_at)
        .join(Case, col(Case.id) == col(Offer.case_id))
        .where(Offer.state == OfferState.OPEN, or_(col(Case.channel) == Channel.PHONE, col(Case.id).in_(kept)))
    ).all()
    return dict(rows)


def _take_back(session: Session, offer_id: int, now: datetime, reason: str) -> None:
    offer = session.get(Offer, offer_id)
    if offer and offer.state is OfferState.OPEN:
        offers.give_back(session, offer, OfferState.WITHDRAWN, now, reason=reason)
