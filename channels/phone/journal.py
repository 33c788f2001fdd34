"""The journal of telephony: messages written down as they come, and the room made anew from them."""

import asyncio
import dataclasses
import logging
import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import msgspec

from contactcenter import telephone_journal
from contactcenter.context import Context
from contactcenter.errors import Unavailable
from contactcenter.telephone_journal import LINK_LOST, SNAPSHOT, Gap, PastCall, Replay, Stretch, TelephoneEvent
from pbx import messages
from pbx.calls import Call, Calls, fold, resync
from pbx.messages import Message
from pbx.plan import EXTENSION

log = logging.getLogger(__name__)

WRITE_EVERY = 0.5
"""Seconds; so much at most is not yet written down when the process is killed."""
MOST_WAITING = 20_000
PRUNE_EVERY = 3600.0
ORDERED = "ordered"
"""Kind of a row that holds a call that we placed."""
KEPT = frozenset(
    {"call", "id", "leg", "phone", "offer", "status", "state", "callback", "cause", "queued",
     "topic", "key", "kind", "ended_by", "legs", "language", "how", "agent_leg", "citizen_leg", "third_leg"}
)  # fmt: skip
"""Fields that say nothing of a person. Any other text is left out, whoever adds it."""
OUR_NUMBER = frozenset({"Arrived", "Waits", "TurnedAway", "Call"})
"""In these `number` is the municipality's."""
CHANNELS = frozenset({"channel", "leg_channel", "agent_channel", "citizen_channel", "third_channel"})
PLAIN_CHANNEL = re.compile(r"^PJSIP/[a-z0-9]+(-web)?-[0-9a-f]+$")
"""Other kinds of channels may hold a number in their name."""


def written(thing: Message | Call) -> dict[str, Any]:
    """A message or call as plain values, without what could tell who called."""
    facts: dict[str, Any] = msgspec.to_builtins(thing)
    ours = type(thing).__name__ in OUR_NUMBER
    return {name: _kept(name, value, ours) for name, value in facts.items()}


def _kept(name: str, value: Any, ours: bool) -> Any:
    if name in CHANNELS:
        return value if PLAIN_CHANNEL.match(str(value)) else ""
    if name == "third":  # a colleague's extension, or somebody's number
        return value if EXTENSION.match(str(value)) else ""
    if name in KEPT or (name == "number" and ours) or not isinstance(value, str | list | dict):
        return value
    return type(value)()


class Journal:
    """Takes all at once and writes it a little later, together. What the store cannot take is dropped, and said."""

    def __init__(self, context: Context, days: int) -> None:
        self._context, self._days = context, days
        self._waiting: deque[dict[str, Any]] = deque(maxlen=MOST_WAITING)
        self._writing = asyncio.Lock()
        self._dropped = 0
        self._known: set[str] = set()

    def heard(self, exchange: str, message: Message, calls: Calls) -> None:
        """`calls` is the mirror before it. A call that we placed came by no message: it is noted first."""
        call_id = str(getattr(message, "call", ""))
        if isinstance(message, messages.Arrived | messages.TurnedAway | messages.Waits):
            self._known.add(call_id)
        elif call_id in calls.live and call_id not in self._known:
            self._known.add(call_id)
            self._note(exchange, ORDERED, written(calls.live[call_id]))
        self._note(exchange, type(message).__name__, written(message))

    def lost(self, exchange: str) -> None:
        """The link is gone: what happens now is not seen."""
        self._note(exchange, LINK_LOST, {})

    def mirrored(self, exchange: str, calls: Calls) -> None:
        """Everything as it is now: where a replay can begin, and what a gap has led to."""
        live = [written(call) for call in calls.live.values()]
        self._known = (
            self._known & calls.live.keys() if len(self._known) > MOST_WAITING else self._known | calls.live.keys()
        )
        self._note(exchange, SNAPSHOT, {"calls": live, "phones": dict(calls.phones)})

    def _note(self, exchange: str, kind: str, facts: dict[str, Any]) -> None:
        if self._days:
            self._dropped += len(self._waiting) == MOST_WAITING
            row = {"at": self._context.clock(), "exchange": exchange, "kind": kind, "facts": facts}
            self._waiting.append(row)

    async def run(self, mirrors: Callable[[], Iterable[tuple[str, Calls]]]) -> None:
        """Until cancelled; `mirrors` gives the exchanges that are there, for a snapshot now and then."""
        loop = asyncio.get_running_loop()
        snapshot = loop.time() + telephone_journal.SNAPSHOT_EVERY.total_seconds()
        prune = loop.time()
        while True:
            await asyncio.sleep(WRITE_EVERY)
            if loop.time() >= snapshot:
                snapshot = loop.time() + telephone_journal.SNAPSHOT_EVERY.total_seconds()
                for exchange, calls in mirrors():
                    self.mirrored(exchange, calls)
            try:
                await self.write()
                if loop.time() >= prune:
                    prune = loop.time() + PRUNE_EVERY
                    await self._prune()
            except Unavailable:
                continue  # the rows wait on; the oldest go when there are too many

    async def write(self) -> None:
        """Write down what waits, one writer at a time. Raises Unavailable; then it waits on."""
        async with self._writing:
            rows, self._waiting = self._waiting, deque(maxlen=MOST_WAITING)
            try:
                await self._keep(list(rows))
            except BaseException:
                self._dropped += max(0, len(rows) + len(self._waiting) - MOST_WAITING)
                self._waiting = deque([*rows, *self._waiting], maxlen=MOST_WAITING)
                raise

    async def _keep(self, rows: list[dict[str, Any]]) -> None:
        if rows:
            await self._context.store.run(telephone_journal.keep, rows)
        if self._dropped:
            log.warning("action=telephone_journal_dropped rows=%d", self._dropped)
            self._dropped = 0

    async def _prune(self) -> None:
        before = self._context.clock() - timedelta(days=self._days)
        while await self._context.store.run(telephone_journal.prune, before):
            pass


@dataclass(slots=True)
class _Exchange:
    """One exchange while it is replayed."""

    name: str
    calls: Calls = field(default_factory=Calls)
    seen: datetime | None = None
    blind: datetime | None = None


@dataclass(slots=True)
class _Past:
    call: Call
    exchange: str
    since: datetime
    stretches: list[Stretch] = field(default_factory=list)


def replay(rows: Iterable[TelephoneEvent], begin: datetime, end: datetime) -> Replay:
    """The calls between `begin` and `end`, made from the journal by the same fold that the mirror is made by."""
    exchanges: dict[str, _Exchange] = {}
    past: dict[str, _Past] = {}
    gaps: list[Gap] = []
    for row in rows:
        one = exchanges.setdefault(row.exchange, _Exchange(row.exchange))
        gaps += _gap(one, row, begin, end)
        before, one.calls = one.calls.live, _after(one.calls, row)
        _note_changes(past, one, before, row.at)
    for one in exchanges.values():
        if one.blind is not None and one.blind < end:
            gaps.append(Gap(one.name, max(one.blind, begin), end))
    calls = [_finished(one, begin, end) for one in past.values()]
    return Replay(tuple(call for call in calls if call.stretches), tuple(gaps))


def _after(calls: Calls, row: TelephoneEvent) -> Calls:
    if row.kind == SNAPSHOT:
        seen = [msgspec.convert(one, Call, strict=False) for one in row.facts["calls"]]
        return dataclasses.replace(resync(calls, seen)[0], phones=dict(row.facts.get("phones", {})))
    if row.kind == ORDERED:
        return calls.with_call(msgspec.convert(row.facts, Call, strict=False))
    kind = getattr(messages, row.kind, None)
    if kind is None:  # of another version of this program
        return calls
    try:
        return fold(calls, msgspec.convert(row.facts, kind, strict=False))[0]
    except msgspec.ValidationError:
        return calls


def _gap(one: _Exchange, row: TelephoneEvent, begin: datetime, end: datetime) -> Iterator[Gap]:
    """Between the loss of a link and the next snapshot, and where not even snapshots were written."""
    silent = one.seen is not None and row.at - one.seen > telephone_journal.SNAPSHOT_EVERY * 1.5
    blind = one.blind or (one.seen if silent else None)
    one.seen = row.at
    if row.kind == LINK_LOST:
        one.blind = one.blind or row.at
    elif blind is not None and row.kind == SNAPSHOT:
        one.blind = None
        if row.at > begin and blind < end:
            yield Gap(one.name, max(blind, begin), min(row.at, end))


def _note_changes(past: dict[str, _Past], one: _Exchange, before: Any, at: datetime) -> None:
    for call_id in before.keys() - one.calls.live.keys():
        _turn(past[call_id], None, at)
    for call_id, call in one.calls.live.items():
        if before.get(call_id) is call:
            continue
        known = past.get(call_id)
        if known is None:
            past[call_id] = _Past(call, one.name, at)
        else:
            _turn(known, call, at)


def _turn(known: _Past, call: Call | None, at: datetime) -> None:
    """A stretch ends when the state or the telephone becomes another, or the call ends (it may be found again)."""
    if call is not None and known.since <= at and (_word(call), call.phone) == (_word(known.call), known.call.phone):
        known.call = call
        return
    if at > known.since:
        known.stretches.append(Stretch(_word(known.call), known.call.phone, known.since, at))
    known.since = at if call is not None else datetime.max.replace(tzinfo=at.tzinfo)
    known.call = call or known.call


def _word(call: Call) -> str:
    return call.state.value


def _finished(known: _Past, begin: datetime, end: datetime) -> PastCall:
    stretches = list(known.stretches)
    if known.since < end:
        stretches.append(Stretch(_word(known.call), known.call.phone, known.since, end))
    inside = [
        Stretch(one.state, one.phone, max(one.begin, begin), min(one.end, end))
        for one in stretches
        if one.end > begin and one.begin < end
    ]
    call = known.call
    return PastCall(call.id, known.exchange, call.kind.value, call.number, call.topic, tuple(inside))
