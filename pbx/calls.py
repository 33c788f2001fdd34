"""The mirror of the exchange: a pure fold of Asterisk's messages into calls, and what changed.

Laws (tests/unit/pbx/test_calls.py): no message, however late, repeated or unknown, raises or brings a call back
to life; a call ends once; only the citizen's own leg ends a citizen's call, so a redirect is never an abandon.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from functools import singledispatch

from pbx import messages as m

REMEMBERED = 2000  # ended calls, so that a late message does not raise the dead


class CallKind(StrEnum):
    CITIZEN = "citizen"
    CALLBACK = "callback"


class CallState(StrEnum):
    """`ringing` means an agent's telephone; `dialling` the citizen's, in a call back."""

    MENU = "menu"
    CLOSED = "closed"
    WAITING = "waiting"
    RINGING = "ringing"
    FALLBACK = "fallback"
    DIALLING = "dialling"
    TALKING = "talking"


class ChangeKind(StrEnum):
    """What the phone channel acts on. `left`: hung up before joining the queue."""

    WAITING = "waiting"
    RINGING = "ringing"
    UNANSWERED = "unanswered"
    FALLBACK = "fallback"
    DIALLING = "dialling"
    ANSWERED = "answered"
    ENDED = "ended"
    ABANDONED = "abandoned"
    NOT_REACHED = "not_reached"
    LEFT = "left"
    PHONE = "phone"


QUEUED = frozenset({CallState.WAITING, CallState.RINGING, CallState.FALLBACK})


@dataclass(frozen=True, slots=True)
class Call:
    """One call. `id` is the unique id of its first leg: the citizen's, or in a call back the agent's (our token)."""

    id: str
    channel: str
    kind: CallKind
    state: CallState
    number: str = ""
    topic: str = ""
    key: str = ""
    queued: datetime | None = None
    caller: str = ""
    private: bool = False
    phone: str = ""
    offer: str = ""
    legs: frozenset[str] = frozenset()
    """Other ends that are being rung or talk."""
    ended_by: str = ""
    language: str = ""
    """That the caller chose; empty: none."""


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that happened to a call. `detail`: DIALSTATUS, who hung up, or a telephone's state."""

    kind: ChangeKind
    call: Call
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Calls:
    """All calls now, and the ids of those that ended."""

    live: Mapping[str, Call] = field(default_factory=dict)
    ended: tuple[str, ...] = ()
    phones: Mapping[str, str] = field(default_factory=dict)

    def with_call(self, call: Call) -> "Calls":
        return replace(self, live={**self.live, call.id: call})

    def without(self, call_id: str) -> "Calls":
        live = {key: call for key, call in self.live.items() if key != call_id}
        return replace(self, live=live, ended=(*self.ended, call_id)[-REMEMBERED:])

    def talking_leg(self, leg: str) -> Call | None:
        return next((call for call in self.live.values() if leg in call.legs), None)


Folded = tuple[Calls, tuple[Change, ...]]


def fold(calls: Calls, message: m.Message) -> Folded:
    """The calls after `message`, and what changed by it."""
    return _fold(message, calls)


@singledispatch
def _fold(_message: m.Message, calls: Calls) -> Folded:
    return calls, ()


@_fold.register
def _(message: m.Arrived, calls: Calls) -> Folded:
    if not _is_new(calls, message.call):
        return calls, ()
    call = Call(message.call, message.channel, CallKind.CITIZEN, CallState.MENU, number=message.number)
    return calls.with_call(call), ()


@_fold.register
def _(message: m.TurnedAway, calls: Calls) -> Folded:
    if message.call in calls.ended:
        return calls, ()
    call = Call(message.call, message.channel, CallKind.CITIZEN, CallState.CLOSED, number=message.number)
    return calls.with_call(call), ()


@_fold.register
def _(message: m.Waits, calls: Calls) -> Folded:
    if message.call in calls.ended:
        return calls, ()
    before = calls.live.get(message.call)
    call = Call(
        message.call, message.channel, CallKind.CITIZEN, CallState.WAITING, message.number, message.topic, message.key,
        message.queued, message.caller, message.private, language=message.language,
    )  # fmt: skip
    changed = before is None or before.state is not CallState.WAITING
    return calls.with_call(call), (Change(ChangeKind.WAITING, call),) if changed else ()


@_fold.register
def _(message: m.Rings, calls: Calls) -> Folded:
    call = calls.live.get(message.call)
    if call is None or call.state is CallState.TALKING:
        return calls, ()
    rung = replace(call, state=CallState.RINGING, phone=message.phone, offer=message.offer)
    return calls.with_call(rung), () if rung == call else (Change(ChangeKind.RINGING, rung),)


@_fold.register
def _(message: m.Unanswered, calls: Calls) -> Folded:
    call = calls.live.get(message.call)
    if call is None or call.state is not CallState.RINGING or call.offer != message.offer:
        return calls, ()
    back = replace(call, state=CallState.WAITING, phone="", offer="", legs=frozenset())
    return calls.with_call(back), (Change(ChangeKind.UNANSWERED, call, message.status),)


@_fold.register
def _(message: m.FellBack, calls: Calls) -> Folded:
    call = calls.live.get(message.call)
    if call is None or call.state in (CallState.FALLBACK, CallState.TALKING):
        return calls, ()
    alone = replace(call, state=CallState.FALLBACK, phone="", offer="", legs=frozenset())
    return calls.with_call(alone), (Change(ChangeKind.FALLBACK, alone),)


@_fold.register
def _(message: m.Dialling, calls: Calls) -> Folded:
    call = calls.live.get(message.call)
    if call is None or call.state is not CallState.RINGING:
        return calls, ()
    dialling = replace(call, state=CallState.DIALLING)
    return calls.with_call(dialling), (Change(ChangeKind.DIALLING, dialling),)


@_fold.register
def _(message: m.LegBegan, calls: Calls) -> Folded:
    call = calls.live.get(message.call)
    if call is None:
        return calls, ()
    return calls.with_call(replace(call, legs=call.legs | {message.leg})), ()


@_fold.register
def _(message: m.LegEnded, calls: Calls) -> Folded:
    call = calls.live.get(message.call)
    if call is None or call.state is CallState.TALKING:
        return calls, ()
    if message.status != "ANSWER":
        return calls.with_call(replace(call, legs=call.legs - {message.leg})), ()
    phone = call.phone or m.phone_of(message.leg_channel)
    talking = replace(call, state=CallState.TALKING, phone=phone, legs=frozenset({message.leg}))
    return calls.with_call(talking), (Change(ChangeKind.ANSWERED, talking),)


@_fold.register
def _(message: m.NotReached, calls: Calls) -> Folded:
    call = calls.live.get(message.call)
    if call is None or call.state is CallState.TALKING:
        return calls, ()
    return calls.without(call.id), (Change(ChangeKind.NOT_REACHED, call, message.status.lower()),)


@_fold.register
def _(message: m.HangupAsked, calls: Calls) -> Folded:
    call = calls.live.get(message.call)
    by = "first"
    if call is None:
        call, by = calls.talking_leg(message.call), "other"
    if call is None or call.ended_by:
        return calls, ()
    return calls.with_call(replace(call, ended_by=_who(call.kind, by))), ()


@_fold.register
def _(message: m.HungUp, calls: Calls) -> Folded:
    other = calls.talking_leg(message.call)
    if other is not None and other.state is not CallState.TALKING:
        calls = calls.with_call(replace(other, legs=other.legs - {message.call}))
    call = calls.live.get(message.call)
    return _end(calls, call) if call else (calls, ())


@_fold.register
def _(message: m.OrderFailed, calls: Calls) -> Folded:
    call = calls.live.get(message.callback)
    if call is None or call.state is not CallState.RINGING or call.kind is not CallKind.CALLBACK:
        return calls, ()
    return calls.without(call.id), (Change(ChangeKind.NOT_REACHED, call, "agent_no_answer"),)


@_fold.register
def _(message: m.PhoneChanged, calls: Calls) -> Folded:
    if calls.phones.get(message.phone) == message.state:
        return calls, ()
    shown = Call("", "", CallKind.CITIZEN, CallState.MENU, phone=message.phone)
    changed = replace(calls, phones={**calls.phones, message.phone: message.state})
    return changed, (Change(ChangeKind.PHONE, shown, message.state),)


def resync(calls: Calls, seen: Iterable[Call]) -> Folded:
    """Take Asterisk's own list as the truth; every difference to the mirror comes out as a change."""
    found = {call.id: call for call in seen}
    changes: list[Change] = []
    for call in list(calls.live.values()):
        if call.id not in found:
            calls, ended = _end(calls, replace(call, ended_by=call.ended_by or "unseen"))
            changes += ended
    for call in found.values():
        before = calls.live.get(call.id)
        calls = calls.with_call(call)
        kind = _NOW.get(call.state)
        if kind and (before is None or before.state is not call.state):
            changes.append(Change(kind, call))
    return calls, tuple(changes)


_NOW = {
    CallState.WAITING: ChangeKind.WAITING,
    CallState.RINGING: ChangeKind.RINGING,
    CallState.FALLBACK: ChangeKind.FALLBACK,
    CallState.DIALLING: ChangeKind.DIALLING,
    CallState.TALKING: ChangeKind.ANSWERED,
}


def _end(calls: Calls, call: Call) -> Folded:
    if call.state is CallState.TALKING:
        kind = ChangeKind.ENDED
    elif call.kind is CallKind.CALLBACK:
        kind = ChangeKind.NOT_REACHED
    else:
        kind = ChangeKind.ABANDONED if call.state in QUEUED else ChangeKind.LEFT
    return calls.without(call.id), (Change(kind, call, call.ended_by),)


def _who(kind: CallKind, end: str) -> str:
    return "citizen" if (kind is CallKind.CITIZEN) == (end == "first") else "agent"


def _is_new(calls: Calls, call_id: str) -> bool:
    return bool(call_id) and call_id not in calls.live and call_id not in calls.ended
