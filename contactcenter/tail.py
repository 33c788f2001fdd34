"""Following the journal: wake by notification, guarantee by polling."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

from sqlmodel import Session, col, func, select

from contactcenter.errors import Unavailable
from contactcenter.model import Event
from contactcenter.store import Store

BATCH = 1_000
POLL_SECONDS = {"sqlite": 5.0, "postgresql": 0.5}
"""How long another process's events may go unseen when nothing here wakes us."""


class Subscription:
    """Events since `subscribe`, in id order, each once, in lists. Bounded: see `gapped`."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._waiting: list[Event] = []
        self._wake = asyncio.Event()
        self.gapped = False
        """It overflowed: events were dropped, so read the state anew (and set this to False)."""

    def put(self, events: list[Event]) -> None:
        if len(self._waiting) + len(events) > self._limit:
            self.gapped = True
            self._waiting = self._waiting[len(events) :]
        self._waiting += events
        self._wake.set()

    async def take(self) -> list[Event]:
        """Wait for events and take all that are there."""
        await self._wake.wait()
        self._wake.clear()
        events, self._waiting = self._waiting, []
        return events

    async def __aiter__(self) -> AsyncIterator[list[Event]]:
        while True:
            if events := await self.take():
                yield events


class Tail:
    """Reads the journal once for all who follow it in this process.

    Events committed here are passed on without a read when they follow the last one seen; any gap (another
    process wrote) is read from the database.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._subscriptions: list[Subscription] = []
        self._fresh: list[Event] = []
        self._wake = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self.last_id = 0
        self.noted_id = 0
        """The newest event known to be committed by this process; it may not be passed on yet."""
        store.listen(self._committed)

    def subscribe(self, limit: int = 10_000) -> Subscription:
        """Follow the journal from now on."""
        subscription = Subscription(limit)
        self._subscriptions.append(subscription)
        return subscription

    def unsubscribe(self, subscription: Subscription) -> None:
        self._subscriptions.remove(subscription)

    async def start(self) -> None:
        """Remember where the journal ends now. Call once, before anybody writes."""
        self._loop = asyncio.get_running_loop()
        self.last_id = await self._store.read(_last_id)

    async def run(self) -> None:
        """Pass events on until cancelled."""
        if self._loop is None:
            await self.start()
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(POLL_SECONDS[self._store.kind]):  # wait_for may swallow a cancel
                    await self._wake.wait()
            self._wake.clear()
            try:
                await self._pass_on()
            except Unavailable:
                await asyncio.sleep(0.5)

    def _committed(self, events: list[Event]) -> None:
        if self._loop and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._note, events)

    def _note(self, events: list[Event]) -> None:
        self._fresh += events
        self.noted_id = events[-1].id
        self._wake.set()

    async def _pass_on(self) -> None:
        fresh, self._fresh = self._fresh, []
        fresh = [event for event in fresh if event.id > self.last_id]
        if not fresh or _has_gap(fresh, self.last_id):
            while batch := await self._store.read(_after, self.last_id):
                self._give(batch)
            return
        self._give(fresh)

    def _give(self, events: list[Event]) -> None:
        self.last_id = events[-1].id
        for subscription in self._subscriptions:
            subscription.put(events)


def _has_gap(events: list[Event], last_id: int) -> bool:
    return events[-1].id - last_id != len(events)


def _last_id(session: Session) -> int:
    return session.exec(select(func.max(Event.id))).one() or 0


def _after(session: Session, last_id: int) -> list[Event]:
    return list(session.exec(select(Event).where(col(Event.id) > last_id).order_by(col(Event.id)).limit(BATCH)))
