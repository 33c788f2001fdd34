"""Callers whom a queue is too long for: looks when something changed or somebody has waited long enough, and carries
out the steps that are due (contactcenter.overflow)."""

import asyncio
import logging
from contextlib import suppress

from channels.phone.exchanges import Exchanges
from channels.phone.menu_sounds import Shelf
from contactcenter import menus_prompts
from contactcenter.context import Context
from contactcenter.errors import Refused, Unavailable
from contactcenter.model import Event
from contactcenter.overflow import steps
from contactcenter.overflow.rules import Target
from contactcenter.overflow.steps import Order
from contactcenter.states import EventKind
from pbx.desk import Desk
from pbx.waiting_prompts import LANGUAGES

log = logging.getLogger(__name__)
LONGEST = 30.0
"""Seconds until the next look when nothing is known to become due."""
BREATH = 0.2
"""Seconds between two looks at most: a crowd that arrives together is looked at once."""
STIRRING = frozenset(
    {
        EventKind.CALL_WAITING,
        EventKind.CALL_ANSWERED,
        EventKind.CALL_MISSED,
        EventKind.CASE_OPENED,
        EventKind.CASE_CHANGED,
        EventKind.CASE_RELEASED,
        EventKind.OFFER_LAPSED,
        EventKind.OFFER_DECLINED,
        EventKind.AGENT_CHANGED,
        EventKind.CALLBACK_PROMISED,
        EventKind.OVERFLOW_RETURNED,
        EventKind.CONFIGURATION_CHANGED,
    }
)
"""Events after which a step may be due."""


class Overflow:
    """Runs beside the telephone channel until cancelled."""

    def __init__(self, context: Context, exchanges: Exchanges, shelf: Shelf) -> None:
        self._context, self._exchanges, self._shelf = context, exchanges, shelf
        self._events = context.tail.subscribe()

    async def run(self) -> None:
        while True:
            wait = LONGEST
            with suppress(Unavailable):
                wait = await self.look()
            await asyncio.sleep(min(wait, BREATH))
            await self._stirred(wait - BREATH)

    async def look(self) -> float:
        """Take what is due; seconds until the next look."""
        store, now = self._context.store, self._context.clock
        looked = await store.read(steps.look, now())
        if looked.is_due:
            self._exchanges.first()  # Unavailable: nothing is written down that cannot be carried out
            for order in await store.run(steps.take, now()):
                await self._carry_out(order)
            looked = await store.read(steps.look, now())
        return min(LONGEST, looked.next_look or LONGEST)

    async def _stirred(self, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(max(0.0, seconds)):
                while not any(_stirs(event) for event in await self._events.take()):
                    pass

    async def _carry_out(self, order: Order) -> None:
        try:
            desk = Desk(self._exchanges.at(order.call_id))
            match order.step.to:
                case Target.NUMBER:
                    await desk.overflow_outside(order.call_id, order.step.number, order.shown)
                case Target.VOICEMAIL:
                    await desk.send_to_voicemail(order.call_id)
                case Target.MESSAGE:
                    await desk.dismiss(order.call_id, await self._said(order))
        except Refused as fault:  # they have hung up, or somebody is being rung for them: then that is better
            log.info("action=overflow_refused code=%s", fault.code)
            await self._forget(order, fault.code)
        except Unavailable:
            await self._forget(order, "unavailable")

    async def _forget(self, order: Order, why: str) -> None:
        await self._context.store.run(steps.forget, order.step_id, why, self._context.clock())

    async def _said(self, order: Order) -> list[str]:
        language = order.language if order.language in LANGUAGES else "sv"
        return await self._shelf.have([menus_prompts.spoken(order.step.say, language)])


def _stirs(event: Event) -> bool:
    """Whether a step may be due after it. What was refused just now would be refused again."""
    return event.kind in STIRRING and not event.data.get("due_again")
