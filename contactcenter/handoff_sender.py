"""The adapter that empties the outbox: claims in one transaction, delivers outside of any, writes down how it went."""

import asyncio
import contextlib
import logging
import random
from collections import Counter
from collections.abc import Callable, Coroutine
from typing import Any

from pydantic import ValidationError

from contactcenter import handoff, handoff_connectors
from contactcenter.context import Context
from contactcenter.errors import Misconfigured, Refused, Unavailable
from contactcenter.handoff import Claim
from contactcenter.handoff_connectors import Connector, Delivered, DeliveryView, Later, Underway
from contactcenter.handoff_payload import CasePayload
from contactcenter.model import Event
from contactcenter.ports import Health
from contactcenter.states import EventKind

log = logging.getLogger(__name__)
WAKERS = frozenset({EventKind.CASE_HANDED_OFF, EventKind.DELIVERY_RESENT, EventKind.CONFIGURATION_CHANGED})
MAILED = frozenset({EventKind.MAIL_SENT, EventKind.MAIL_FAILED, EventKind.MAIL_BOUNCED})
LONGEST_SLEEP = 30.0
"""Seconds until the outbox is looked at anyway: another process may have written to it."""
SHORTEST_SLEEP = 0.02
MISCONFIGURED_PAUSE = 300.0
"""Seconds until a wrong setting is tried again; somebody has to mend it first."""


def build(context: Context) -> "HandoffSender":
    """See contactcenter.registry."""
    return HandoffSender(context)


class HandoffSender:
    """See contactcenter.ports.Adapter. Any number of processes may run one on the same database."""

    name = "handoff"

    def __init__(self, context: Context, roll: Callable[[], float] = random.random) -> None:
        self._context = context
        self._settings = context.settings.handoff
        self._roll = roll
        self._connectors: dict[str, Connector] = {}
        self._under_way: dict[asyncio.Task[None], str] = {}
        self._wake = asyncio.Event()
        self._misconfigured = ""
        self._wrong_target = ""

    async def run(self, report: Callable[[Health], None]) -> None:
        """Send until cancelled; attempts under way are then given back, to be made again with the same key."""
        subscription = self._context.tail.subscribe()
        listening = asyncio.create_task(self._listen(subscription.take))
        try:
            await self._check_targets()
            while True:
                self._wake.clear()
                await self._take_back_what_bounced()
                await self._start_what_is_due()
                await self._report(report)
                await self._sleep()
        finally:
            self._context.tail.unsubscribe(subscription)
            tasks = [listening, *self._under_way]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _listen(self, take: Callable[[], Coroutine[Any, Any, list[Event]]]) -> None:
        while True:
            events = await take()
            for case_id in {event.case_id for event in events if event.kind in MAILED and event.case_id}:
                await self._context.store.run(handoff.hurry, case_id, self._context.clock())
            if any(event.kind is EventKind.CONFIGURATION_CHANGED for event in events):
                await self._check_targets()
            if any(event.kind in WAKERS | MAILED for event in events):
                self._wake.set()

    async def _check_targets(self) -> None:
        """Say at once which topic cannot be handed off, not when somebody tries."""
        # Beside the event loop: the connectors' libraries take a while to load.
        targets = await self._context.store.read(handoff.targets)
        self._wrong_target = await asyncio.to_thread(self._first_wrong, targets)

    def _first_wrong(self, targets: dict[str, dict[str, Any]]) -> str:
        for topic, target in targets.items():
            try:
                self._connector(str(target.get("connector", ""))).check(target)
            except Misconfigured as error:
                return f"topic {topic}: {error.text}"
        return ""

    async def _take_back_what_bounced(self) -> None:
        if bounced := await self._context.store.read(handoff.bounced):
            await self._context.store.run(handoff.take_back, bounced, self._context.clock())

    async def _start_what_is_due(self) -> None:
        due = await self._context.store.read(handoff.next_due)
        if due is None or due > self._context.clock() or len(self._under_way) >= self._settings.in_flight:
            return
        under_way = Counter(self._under_way.values())
        claims = await self._context.store.run(handoff.claim, self._context.clock(), self._settings, under_way)
        for claimed in claims:
            task = asyncio.create_task(self._attempt(claimed), name=f"handoff-{claimed.delivery_id}")
            self._under_way[task] = handoff.target_name(claimed.connector, claimed.target)
            task.add_done_callback(self._ended)

    def _ended(self, task: "asyncio.Task[None]") -> None:
        self._under_way.pop(task, None)
        self._wake.set()

    async def _sleep(self) -> None:
        due = await self._context.store.read(handoff.next_due)
        pause = LONGEST_SLEEP
        if due is not None:
            wait = (due - self._context.clock()).total_seconds()
            # What is due and was not claimed waits for a free place, and the end of an attempt wakes us.
            blocked = wait <= 0 and self._under_way
            pause = 1.0 if blocked else min(LONGEST_SLEEP, max(SHORTEST_SLEEP, wait))
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(pause):  # wait_for may swallow a cancellation in Python 3.11
                await self._wake.wait()

    async def _attempt(self, claimed: Claim) -> None:
        run = self._context.store.run
        try:
            await self._settle(claimed, await self._deliver(claimed))
        except asyncio.CancelledError:
            await run(handoff.give_back, claimed, self._context.clock())
            raise
        except Unavailable as error:
            # Our own database: the lease will end, and the receiver knows the key.
            log.warning("action=delivery_not_noted delivery=%d code=%s", claimed.delivery_id, error.code)

    async def _deliver(self, claimed: Claim) -> Delivered | Underway | Exception:
        """One attempt; a failure is given back as a value, since it is to be written down."""
        try:
            view = DeliveryView(
                id=claimed.delivery_id,
                key=claimed.key,
                round=claimed.round,
                case_id=claimed.case_id,
                target=claimed.target,
                payload=CasePayload.model_validate(claimed.payload),
            )
            return await self._connector(claimed.connector).deliver(view)
        except (Refused, Unavailable, Misconfigured, ValidationError) as error:
            return error
        except Exception as error:
            log.exception("action=delivery_broke delivery=%d connector=%s", claimed.delivery_id, claimed.connector)
            return error

    async def _settle(self, claimed: Claim, outcome: Delivered | Underway | Exception) -> None:
        run, now = self._context.store.run, self._context.clock()
        if isinstance(outcome, Delivered):
            self._misconfigured = ""
            await run(handoff.succeed, claimed.delivery_id, outcome.reference, now)
        elif isinstance(outcome, Underway):
            await run(handoff.look_again, claimed, outcome.look_again)
        elif isinstance(outcome, Refused):
            await run(handoff.give_up, claimed, outcome.code, outcome.text, now)
        elif isinstance(outcome, ValidationError):
            await run(handoff.give_up, claimed, "payload", "written by another version; hand the case off anew", now)
        else:
            await self._put_off(claimed, outcome)

    async def _put_off(self, claimed: Claim, error: Exception) -> None:
        code, text, pause = "internal_error", "something went wrong on our side", 0.0
        if isinstance(error, Unavailable | Misconfigured):
            code, text = error.code, error.text
        if isinstance(error, Later):
            pause = error.seconds
        if isinstance(error, Misconfigured):
            pause, self._misconfigured = MISCONFIGURED_PAUSE, text
        now, roll = self._context.clock(), self._roll()
        await self._context.store.run(handoff.fail, claimed, code, text, now, self._settings, roll, pause)

    def _connector(self, kind: str) -> Connector:
        if kind not in self._connectors:
            self._connectors[kind] = handoff_connectors.module(kind).build(self._context)
        return self._connectors[kind]

    async def _report(self, report: Callable[[Health], None]) -> None:
        figures = await self._context.store.read(handoff.figures)
        code, hint = "", ""
        if self._wrong_target:
            code, hint = "handoff_misconfigured", self._wrong_target
        elif self._misconfigured and figures["waiting"]:
            code, hint = "handoff_misconfigured", self._misconfigured
        elif figures["given_up"]:
            code = "deliveries_given_up"
            hint = f"{figures['given_up']} hand-offs were given up; resend them once the case system answers"
        elif figures["struggling"]:
            code = "case_system_unreachable"
            hint = f"{figures['struggling']} hand-offs have failed several times and are tried again"
        report(Health(self.name, ok=not code, code=code, hint=hint, facts=dict(figures)))
