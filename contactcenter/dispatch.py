"""Dispatch: makes the router's decisions happen, and ends what has lasted too long. One transaction a round."""

import asyncio
import dataclasses
import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from contactcenter import agents, cases, offers, queueing
from contactcenter.errors import Conflict, Unavailable
from contactcenter.health import Health
from contactcenter.model import Case, Offer, User
from contactcenter.routing import Rules
from contactcenter.settings import RoutingSettings
from contactcenter.states import AgentState, CaseState, EventKind, OfferState
from contactcenter.store import Store
from contactcenter.tail import Tail
from contactcenter.waiting import promised

log = logging.getLogger(__name__)
TICK_SECONDS = 1.0


def round_(session: Session, now: datetime, settings: RoutingSettings) -> int:
    """One round of dispatch; returns how many offers were made.

    Safe to run in several processes at once: the write transaction is one at a time.
    """
    end_what_is_over(session, now, settings)
    return len(offer(session, now, settings))


def offer(session: Session, now: datetime, settings: RoutingSettings) -> list[Offer]:
    """Make the offers that can be made now, and nothing else."""
    rules = Rules(relax_every=settings.relax_every, band=settings.band, ceiling=settings.ceiling)
    made = []
    for decision in queueing.decisions(session, now, rules):
        case, agent = session.get(Case, decision.case_id), session.get(User, decision.agent_id)
        if case is None or agent is None:
            continue
        try:
            why = dataclasses.asdict(decision.why)
            made.append(offers.make(session, case, agent, why, now, settings.offer_seconds))
        except Conflict:
            continue
    return made


def end_what_is_over(session: Session, now: datetime, settings: RoutingSettings) -> None:
    """Offers past their time, offers to the vanished, parked cases whose time has come, wrap-ups that are over."""
    for offer in session.exec(select(Offer).where(Offer.state == OfferState.OPEN)).all():
        agent = session.get(User, offer.agent_id)
        if offer.expires_at <= now:
            offers.lapse(session, offer.id, now)
        elif agent is None or agents.has_vanished(agent, now):
            offers.give_back(session, offer, OfferState.WITHDRAWN, now, reason="agent_vanished")
    agents.sign_out_vanished(session, now)
    agents.end_wrap_ups(session, now)
    wake_parked(session, now)
    promised.settle_over(session, now)
    release_left(session, now - timedelta(seconds=settings.leave_seconds), now)


def wake_parked(session: Session, now: datetime) -> None:
    """Parked cases whose time has come wait again, for the agent who parked them first."""
    due = select(Case).where(Case.state == CaseState.PARKED, col(Case.parked_until) <= now)
    for case in session.exec(due).all():
        values = cases.wait_again() | {"preferred_agent_id": case.agent_id, "unread": True}
        cases.move(session, case, "wake", EventKind.CASE_RESUMED, now, change=values)


def release_left(session: Session, left_before: datetime, now: datetime) -> None:
    """Cases in the hands of somebody who left before `left_before` wait again, in their place."""
    left = (
        select(Case)
        .join(User, col(User.id) == col(Case.agent_id))
        .where(
            Case.state == CaseState.WORKING, User.state == AgentState.SIGNED_OUT, col(User.state_since) <= left_before
        )
    )
    for case in session.exec(left).all():
        if offers.live_call(session, case.id) is None:
            values = {"agent_id": None, "preferred_agent_id": case.agent_id, "unread": True}
            cases.move(session, case, "release", EventKind.CASE_RELEASED, now, change=values, reason="agent_left")


class Dispatcher:
    """The adapter that runs rounds: at once after every event that may matter, and every second for time's sake."""

    name = "dispatch"

    def __init__(self, store: Store, tail: Tail, settings: RoutingSettings, clock: Callable[[], datetime]) -> None:
        self._store, self._settings, self._clock = store, settings, clock
        self._subscription = tail.subscribe()

    async def run(self, report: Callable[[Health], None]) -> None:
        report(Health(self.name, ok=True))
        loop = asyncio.get_running_loop()
        ended = -TICK_SECONDS
        while True:
            due = loop.time() - ended >= TICK_SECONDS * 0.9
            ended = loop.time() if due else ended
            try:
                await self._store.run(round_ if due else offer, self._clock(), self._settings)
            except Unavailable:
                report(Health(self.name, ok=False, code="database"))
                await asyncio.sleep(TICK_SECONDS)
                report(Health(self.name, ok=True))
            await self._next_reason()

    async def _next_reason(self) -> None:
        try:
            async with asyncio.timeout(TICK_SECONDS):
                while all(event.kind in _IDLE for event in await self._subscription.take()):
                    pass
        except TimeoutError:
            pass


_IDLE = frozenset(
    {
        EventKind.CASE_OFFERED,
        EventKind.CASE_VIEWED,
        EventKind.CITIZEN_VIEWED,
        EventKind.NOTE_ADDED,
        EventKind.MAIL_SENT,
        EventKind.CONTACT_RECEIVED,
        EventKind.ADAPTER_CHANGED,
        EventKind.CALL_RINGING,
    }
)
"""Events after which nothing new can be offered."""
