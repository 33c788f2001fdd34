"""Server state pushed to consoles without drift: one world, one reader of the journal, one encoding per audience."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import datetime
from importlib.metadata import version
from typing import Any
from zoneinfo import ZoneInfo

from sqlmodel import Session

from contactcenter import desk, queueing
from contactcenter.context import Context
from contactcenter.errors import NotFound, Unavailable
from contactcenter.model import Event as JournalEvent
from contactcenter.ports import Actor, Health
from contactcenter.states import EventKind, Outcome
from ui import wire, world
from ui.audience import Audience, Rights, Shared, encoder, rights_of
from ui.link import SIGNED_OUT, Link
from ui.session import Sessions, SignedIn
from ui.socket import Socket, frame
from ui.world import Change, World

VERSION = version("contactcenter")
PAUSE = 0.5
"""Seconds before the database is asked again after it was away."""
PATIENCE = 2.0
"""Seconds that an answer waits at most for the screens to have been told what was done."""

Shown = tuple[dict[str, list[Any]], dict[str, list[int]]]
"""(put, drop), each by collection."""
NOTHING: Shown = ({}, {})
RELOADING = frozenset(
    {
        EventKind.CONFIGURATION_CHANGED,
        EventKind.ANNOUNCEMENT_CHANGED,
        EventKind.SURGE_SEEN,
        EventKind.SURGE_SETTLED,
    }
)
"""Rare events after which everybody is shown everything anew."""


class Hub:
    """Everybody who is connected, and what they are told."""

    def __init__(self, context: Context, sessions: Sessions) -> None:
        self.context, self.sessions = context, sessions
        self.world = World(*world.day_of(context.clock(), self.zone))
        self.shared = Shared(settings={"routing": _settings_row(context)})
        self.members: dict[Audience, set[Link]] = {}
        self.ready = asyncio.Event()
        """The world is loaded."""
        self.stirred = asyncio.Event()
        """Something happened since the wallboard was last counted."""
        self.told = 0
        """The last event of the journal that everybody was told of."""
        self._more_told = asyncio.Event()
        self._audiences: dict[Rights, Audience] = {}
        self._subscription = context.tail.subscribe()
        self._lookers: dict[int, dict[Link, None]] = defaultdict(dict)
        self._loop: asyncio.AbstractEventLoop | None = None
        for health in context.health.all():
            self._note_health(health)
        context.health.listen(self._heard)

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.context.settings.time_zone)

    def links(self) -> Iterator[Link]:
        for links in self.members.values():
            yield from links

    async def run(self) -> None:
        """Load the world, then follow the journal until cancelled."""
        self._loop = asyncio.get_running_loop()
        await self._reload()
        self.ready.set()
        async for events in self._subscription:
            await self._follow(events)

    # coming and going

    def join(self, socket: Socket, signed_in: SignedIn) -> Link:
        """A console has connected: it is told who it is, then everything."""
        audience = self._audience(signed_in.actor)
        link = Link(socket, signed_in, audience, self._snapshot)
        self.members[audience].add(link)
        self._hello(link)
        link.resync(_now())
        if not audience.board:
            self.stirred.set()  # the first of its kind: its figures are counted now, not at the next event
        return link

    def leave(self, link: Link) -> None:
        """The connection is gone."""
        self.look(link, None, None)
        links = self.members.get(link.audience, set())
        links.discard(link)
        if not links:
            self.members.pop(link.audience, None)
            self._audiences.pop(link.audience.rights, None)

    def close_session(self, key: str) -> int | None:
        """End the connections of a session; returns the user when they have no other left."""
        ended = [link for link in self.links() if link.signed_in.key == key]
        for link in ended:
            link.close(SIGNED_OUT, "signed out")
            self.leave(link)
        users = {link.user_id for link in ended}
        return next(iter(users - {link.user_id for link in self.links()}), None)

    async def recheck(self) -> None:
        """Look at everybody's rights again: those who have none left are sent away, others moved."""
        self.sessions.forget()
        for link in list(self.links()):
            signed_in = await self.sessions.of_key(link.signed_in.key)
            if signed_in is None:
                link.close(SIGNED_OUT, "signed out")
                self.leave(link)
            elif signed_in != link.signed_in:
                self._move(link, signed_in)

    # telling

    def look(self, link: Link, case_id: int | None, organisation_id: int | None) -> None:
        """This console has the case open, or none."""
        before, link.looking = link.looking, case_id
        if before == case_id:
            return
        if before is not None:
            self._lookers[before].pop(link, None)
            self._tell_looking(before, link.user_id)
        if case_id is not None and organisation_id is not None:
            self._lookers[case_id][link] = None
            self.shared.looking[case_id] = (organisation_id, wire.LookingRow(case_id, []))
            self._tell_looking(case_id, link.user_id)

    async def look_at(self, link: Link, case_id: int | None) -> None:
        """As `look`, when the case may be seen."""
        if case_id is None:
            return self.look(link, None, None)
        try:
            place = await self.context.store.read(_place_of, link.signed_in.actor, case_id)
        except NotFound:
            return self.look(link, None, None)
        if link in self.members.get(link.audience, ()):
            self.look(link, case_id, place)

    def show_board(self, audience: Audience, row: wire.BoardRow) -> None:
        """New figures for the supervisors of one audience."""
        audience.board = {row.id: row}
        self._tell(audience, (wire.Other.BOARD, None, None), ({"board": [row]}, {}))

    async def _follow(self, events: list[JournalEvent]) -> None:
        self.stirred.set()
        rules_changed = any(event.kind in RELOADING for event in events)
        try:
            if self._subscription.gapped or rules_changed:
                self._subscription.gapped = False
                await self._reload()
                await self.recheck()
            else:
                fresh = await self.context.store.read(world.read, world.needs(self.world, events))
                await self._publish(events, self.world.take(fresh))
            self._note_told(events[-1].id)
        except Unavailable:
            await asyncio.sleep(PAUSE)
            self._subscription.gapped = True
            self._subscription.put(events)

    def _note_told(self, event_id: int) -> None:
        self.told = event_id
        self._more_told.set()
        self._more_told = asyncio.Event()

    async def told_up_to(self, event_id: int) -> None:
        """Until everybody was told of the journal up to this event, or `PATIENCE` seconds have gone."""
        with suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE):
                while self.told < event_id:
                    await self._more_told.wait()

    async def _reload(self) -> None:
        """Read the world anew and show it to everybody."""
        self.world = await self.context.store.read(world.load, self.context.clock(), self.zone)
        for audience, links in self.members.items():
            audience.skip()
            for link in links:
                link.resync(_now())

    async def roll(self) -> None:
        """At midnight what is shown of today is another."""
        if world.day_of(self.context.clock(), self.zone)[0] != self.world.day:
            await self._reload()

    async def _publish(self, events: list[JournalEvent], changes: list[Change]) -> None:
        parts = list(_attached(events, changes))
        for audience in list(self.members):
            for event, own in parts:
                shown = audience.changes(change for change in own if change.collection != "offers")
                offers = _by_agent(own)
                told = any(shown) or audience.hears(event.kind, event.organisation_id)
                if told or offers.keys() & {link.user_id for link in self.members.get(audience, ())}:
                    self._tell(audience, (event.kind, event.case_id, event.user_id), shown, offers, event.at)
            await asyncio.sleep(0)

    def _tell(
        self,
        audience: Audience,
        what: tuple[EventKind | wire.Other, int | None, int | None],
        shown: Shown,
        offers: dict[int, Shown] | None = None,
        at: datetime | None = None,
    ) -> None:
        """Send one message to an audience; those with offers of their own get these beside it."""
        audience.skip()
        at = at or self.context.clock()

        def framed(own: Shown) -> bytes:
            put, drop = wire.Put(**shown[0], **own[0]), wire.Drop(**shown[1], **own[1])
            return frame(encoder.encode(wire.Event(audience.seq, *what, at, put, drop)))

        own = {user: framed(rows) for user, rows in (offers or {}).items()}
        common, now = framed(NOTHING), _now()
        for link in self.members.get(audience, ()):
            link.send(own.get(link.user_id, common), now)

    def _tell_looking(self, case_id: int, user_id: int) -> None:
        place, _ = self.shared.looking[case_id]
        users = sorted({link.user_id for link in self._lookers.get(case_id, ())})
        row = wire.LookingRow(case_id, users)
        if users:
            self.shared.looking[case_id] = (place, row)
        else:
            self._lookers.pop(case_id, None)
            del self.shared.looking[case_id]
        shown: Shown = ({"looking": [row]}, {}) if users else ({}, {"looking": [case_id]})
        for audience in self.members:
            if place in audience.rights.scope:
                self._tell(audience, (wire.Other.LOOKING, case_id, user_id), shown)

    def _heard(self, health: Health) -> None:
        """From whatever thread: told in our own."""
        if self._loop and self._loop.is_running():
            self._loop.call_soon_threadsafe(self._health, health)
        else:
            self._note_health(health)

    def _health(self, health: Health) -> None:
        row = self._note_health(health)
        for audience in self.members:
            self._tell(audience, (wire.Other.HEALTH, None, None), ({"health": [row]}, {}))

    def _note_health(self, health: Health) -> wire.HealthRow:
        row = wire.HealthRow(health.name, health.ok, health.code, health.hint, health.since, dict(health.facts))
        self.shared.health[health.name] = row
        return row

    # who hears

    def _audience(self, actor: Actor) -> Audience:
        rights = rights_of(actor, self.world)
        audience = self._audiences.setdefault(rights, Audience(rights))
        self.members.setdefault(audience, set())
        return audience

    def _move(self, link: Link, signed_in: SignedIn) -> None:
        self.members[link.audience].discard(link)
        if not self.members[link.audience]:
            self._audiences.pop(link.audience.rights, None)
            del self.members[link.audience]
        link.signed_in, link.audience = signed_in, self._audience(signed_in.actor)
        self.members[link.audience].add(link)
        self._hello(link)
        link.resync(_now())

    def _hello(self, link: Link) -> None:
        link.answer(encoder.encode(wire.Hello(wire.PROTOCOL, VERSION, link.signed_in.me)))

    def _snapshot(self, link: Link) -> bytes:
        offers = {id: offer.row for id, offer in self.world.offers.items() if offer.agent_id == link.user_id}
        return link.audience.snapshot(self.world, self.shared, offers)


def _now() -> float:
    return asyncio.get_running_loop().time()


def _place_of(session: Session, actor: Actor, case_id: int) -> int:
    return desk.visible(session, actor, case_id).organisation_id


def _attached(events: list[JournalEvent], changes: Iterable[Change]) -> Iterator[tuple[JournalEvent, list[Change]]]:
    """Each event with the changes it brought: those of its case, or of an agent it names; the rest with the last."""
    last: dict[tuple[str, int], int] = {}
    for place, event in enumerate(events):
        for agent in (event.user_id, event.agent_id):
            last[("agents", agent or 0)] = place
        last[("cases", event.case_id or 0)] = place
        last[("offers", event.case_id or 0)] = place
    by_place: dict[int, list[Change]] = defaultdict(list)
    for change in changes:
        about = (change.new or change.old).row.case_id if change.collection == "offers" else change.id
        by_place[last.get((change.collection, about), len(events) - 1)].append(change)
    for place, event in enumerate(events):
        yield event, by_place[place]


def _by_agent(changes: Iterable[Change]) -> dict[int, Shown]:
    """Offers that changed, for whom each is."""
    found: dict[int, Shown] = {}
    for change in changes:
        if change.collection != "offers":
            continue
        put, drop = found.setdefault((change.new or change.old).agent_id, ({}, {}))
        if change.new:
            put.setdefault("offers", []).append(change.new.row)
        else:
            drop.setdefault("offers", []).append(change.id)
    return found


def _settings_row(context: Context) -> wire.SettingsRow:
    routing = context.settings.routing
    return wire.SettingsRow(
        id="routing",
        band=routing.band,
        ceiling=queueing.RULES.ceiling,
        offer_seconds=routing.offer_seconds,
        relax_every=routing.relax_every,
        away_reasons=list(desk.AWAY_REASONS),
        outcomes=list(Outcome),
        time_zone=context.settings.time_zone,
    )
