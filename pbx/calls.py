"""The mirror of the exchange: a pure fold of Asterisk's messages into calls, and what changed.

Laws (tests/unit/pbx/test_calls.py): no message, however late, repeated or unknown, raises or brings a call back
to life; a call ends once; only the citizen's own leg ends a citizen's call, so a redirect is never an abandon.
"""

from collections.abc import Iterable
from dataclasses import replace
from functools import singledispatch

from pbx import messages as m
from pbx.call import KEPT, QUEUED, Call, CallKind, Calls, CallState, Change, ChangeKind, Folded, Listener

__all__ = [
    "KEPT",
    "QUEUED",
    "Call",
    "CallKind",
    "CallState",
    "Calls",
    "Change",
    "ChangeKind",
    "Folded",
    "fold",
    "resync",
]


ANSWERED = KEPT | {CallState.TALKING}


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
    before = calls.of_citizen(message.call)
    call = Call(
        before.id if before else message.call, message.channel, CallKind.CITIZEN, CallState.WAITING, message.number,
        message.topic, message.key, message.queued, message.caller, message.private, language=message.language,
        listeners=before.listeners if before else frozenset(),
    )  # fmt: skip
    if before and before.citizen_leg:
        call = replace(call, citizen_leg=before.citizen_leg, citizen_channel=before.citizen_channel)
    changed = before is None or before.state is not CallState.WAITING
    return calls.with_call(call), (Change(ChangeKind.WAITING, call),) if changed else ()


@_fold.register
def _(message: m.Rings, calls: Calls) -> Folded:
    call = calls.of_citizen(message.call)
    if call is None or call.state is CallState.TALKING:
        return calls, ()
    rung = replace(call, state=CallState.RINGING, phone=message.phone, offer=message.offer)
    return calls.with_call(rung), () if rung == call else (Change(ChangeKind.RINGING, rung),)


@_fold.register
def _(message: m.Unanswered, calls: Calls) -> Folded:
    call = calls.of_citizen(message.call)
    if call is None or call.state is not CallState.RINGING or call.offer != message.offer:
        return calls, ()
    back = replace(call, state=CallState.WAITING, phone="", offer="", legs=frozenset())
    return calls.with_call(back), (Change(ChangeKind.UNANSWERED, call, message.status),)


@_fold.register
def _(message: m.FellBack, calls: Calls) -> Folded:
    call = calls.of_citizen(message.call)
    if call is None or call.state in (CallState.FALLBACK, CallState.TALKING):
        return calls, ()
    alone = replace(call, state=CallState.FALLBACK, phone="", offer="", legs=frozenset())
    return calls.with_call(alone), (Change(ChangeKind.FALLBACK, alone),)


@_fold.register
def _(message: m.Dialling, calls: Calls) -> Folded:
    call = calls.live.get(message.call)
    if call is None or call.state is not CallState.RINGING:
        return calls, ()
    # Until the agent lifted only the telephone was known, not the name of its channel.
    dialling = replace(call, state=CallState.DIALLING, channel=message.channel or call.channel)
    return calls.with_call(dialling), (Change(ChangeKind.DIALLING, dialling),)


@_fold.register
def _(message: m.LegBegan, calls: Calls) -> Folded:
    if consulting := calls.of_agent(message.call):
        third = replace(consulting, third_leg=message.leg, third_channel=message.leg_channel)
        return (calls.with_call(third), ()) if consulting.state in ANSWERED else (calls, ())
    call = calls.of_citizen(message.call)
    if call is None:
        return calls, ()
    return calls.with_call(replace(call, legs=call.legs | {message.leg})), ()


@_fold.register
def _(message: m.LegEnded, calls: Calls) -> Folded:
    if consulting := calls.of_agent(message.call):
        return _consulted(calls, consulting, message)
    call = calls.of_citizen(message.call)
    if call is None or call.state is CallState.TALKING:
        return calls, ()
    if message.status != "ANSWER":
        return calls.with_call(replace(call, legs=call.legs - {message.leg})), ()
    if call.state is CallState.OUTSIDE:
        return calls.with_call(replace(call, legs=frozenset({message.leg}))), ()
    talking = _talking(call, message)
    return calls.with_call(talking), (Change(ChangeKind.ANSWERED, talking),)


def _talking(call: Call, ended: m.LegEnded) -> Call:
    """In a call back the first leg is the agent's, else the citizen's."""
    phone = call.phone or m.phone_of(ended.leg_channel)
    talking = replace(call, state=CallState.TALKING, phone=phone, legs=frozenset({ended.leg}))
    if call.kind is CallKind.CALLBACK and not call.citizen_leg:
        return replace(
            talking, agent_leg=call.id, agent_channel=call.channel,
            citizen_leg=ended.leg, citizen_channel=ended.leg_channel,
        )  # fmt: skip
    return replace(talking, agent_leg=ended.leg, agent_channel=ended.leg_channel)


def _consulted(calls: Calls, call: Call, ended: m.LegEnded) -> Folded:
    if call.state not in ANSWERED or call.third_leg != ended.leg:
        return calls, ()
    if ended.status == "ANSWER":
        return calls.with_call(call), (Change(ChangeKind.CONSULTING, call, "answered"),)
    return _without_third(calls, call, ended.status)


def _without_third(calls: Calls, call: Call, why: str) -> Folded:
    alone = replace(call, third="", third_leg="", third_channel="")
    return calls.with_call(alone), (Change(ChangeKind.CONSULT_OVER, alone, why),)


@_fold.register
def _(message: m.Held, calls: Calls) -> Folded:
    call = calls.of_citizen(message.call)
    if call is None:
        return calls, ()
    state = CallState.PARKED if message.how == CallState.PARKED else CallState.HELD
    held = replace(call, state=state, legs=frozenset())
    if state is CallState.PARKED:
        held = _unaccompanied(held)
    kind = ChangeKind.PARKED if state is CallState.PARKED else ChangeKind.HELD
    return calls.with_call(held), () if call.state is state else (Change(kind, held),)


def _unaccompanied(call: Call) -> Call:
    """Nobody's any more: what happens to the legs of those who talked concerns it no longer."""
    return replace(
        call, phone="", agent_leg="", agent_channel="", third="", third_leg="", third_channel="", legs=frozenset()
    )


@_fold.register
def _(message: m.Joined, calls: Calls) -> Folded:
    call = calls.of_citizen(message.call)
    if call is None:
        return calls, ()
    with_third = bool(call.third_leg) and message.leg_channel == call.third_channel
    leg = call.third_leg if with_third else call.agent_leg
    talking = replace(call, state=CallState.TALKING, agent_leg=leg, agent_channel=message.leg_channel)
    talking = replace(talking, legs=frozenset({leg} - {""}), phone=m.phone_of(message.leg_channel))
    if with_third:
        talking = replace(talking, third="", third_leg="", third_channel="")
    detail = call.third if with_third else ""
    return calls.with_call(talking), (Change(ChangeKind.JOINED, talking, detail),)


@_fold.register
def _(message: m.Consults, calls: Calls) -> Folded:
    call = calls.of_agent(message.leg)
    if call is None or call.state not in ANSWERED:  # the citizen's leg may tell that it is held a moment later
        return calls, ()
    asking = replace(call, third=message.third, third_leg="", third_channel="")
    return calls.with_call(asking), (Change(ChangeKind.CONSULTING, asking, "ringing"),)


@_fold.register
def _(message: m.Confers, calls: Calls) -> Folded:
    call = calls.of_citizen(message.call)
    if call is None or call.state is CallState.CONFERENCE:
        return calls, ()
    together = replace(call, state=CallState.CONFERENCE, legs=frozenset())
    return calls.with_call(together), (Change(ChangeKind.CONFERENCE, together),)


@_fold.register
def _(message: m.Outside, calls: Calls) -> Folded:
    call = calls.of_citizen(message.call)
    if call is None or call.state is CallState.OUTSIDE:
        return calls, ()
    outside = replace(_unaccompanied(call), state=CallState.OUTSIDE, third=message.third)
    return calls.with_call(outside), (Change(ChangeKind.OUTSIDE, outside),)


@_fold.register
def _(message: m.Returned, calls: Calls) -> Folded:
    call = calls.of_citizen(message.call)
    if call is None or call.state is not CallState.WAITING:
        return calls, ()
    return calls, (Change(ChangeKind.RETURNED, call, message.status.lower()),)


@_fold.register
def _(message: m.NotReached, calls: Calls) -> Folded:
    call = calls.live.get(message.call)
    if call is None or call.state is CallState.TALKING:
        return calls, ()
    return calls.without(call.id), (Change(ChangeKind.NOT_REACHED, call, message.status.lower()),)


@_fold.register
def _(message: m.Speaks, calls: Calls) -> Folded:
    call = calls.of_citizen(message.call)
    if call is None or call.state is CallState.VOICEMAIL:
        return calls, ()
    speaking = replace(call, state=CallState.VOICEMAIL, legs=frozenset())
    return calls.with_call(speaking), (Change(ChangeKind.VOICEMAIL, speaking),)


@_fold.register
def _(message: m.Listens, calls: Calls) -> Folded:
    call = calls.live.get(message.call)
    listener = Listener(message.leg, message.leg_channel, message.how)
    return _heard_by(calls, call, call.listeners | {listener}) if call else (calls, ())


def _heard_by(calls: Calls, call: Call, listeners: frozenset[Listener]) -> Folded:
    now = replace(call, listeners=listeners)
    return calls.with_call(now), () if now == call else (Change(ChangeKind.OVERHEARD, now, now.overheard),)


@_fold.register
def _(message: m.HangupAsked, calls: Calls) -> Folded:
    call = calls.live.get(message.call)
    by = "first"
    if call is None:
        call, by = calls.talking_leg(message.call) or calls.of_citizen(message.call), "other"
    elif call.state in KEPT and _beside(call, message.call):
        return calls, ()
    if call is None or call.ended_by:
        return calls, ()
    return calls.with_call(replace(call, ended_by=_who(call.kind, by))), ()


@_fold.register
def _(message: m.HungUp, calls: Calls) -> Folded:
    heard = next((one for one in calls.live.values() if any(who.leg == message.call for who in one.listeners)), None)
    if heard is not None:
        return _heard_by(calls, heard, frozenset(who for who in heard.listeners if who.leg != message.call))
    other = calls.talking_leg(message.call)
    if other is not None and other.state is not CallState.TALKING:
        calls = calls.with_call(replace(other, legs=other.legs - {message.call}))
    third = next((call for call in calls.live.values() if message.call and call.third_leg == message.call), None)
    if third is not None and message.call not in (third.citizen_leg, third.id):
        return _without_third(calls, third, "left")
    kept = next((call for call in calls.live.values() if call.state in KEPT and _beside(call, message.call)), None)
    if kept is not None:
        return _left_behind(calls, kept)
    call = calls.of_citizen(message.call)
    if call is None:
        first = calls.live.get(message.call)  # the agent's leg of a call back, which ends with it unless it was held
        call = first if first and first.state is CallState.TALKING and first.agent_leg == message.call else None
    return _end(calls, call) if call else (calls, ())


def _beside(call: Call, leg: str) -> bool:
    """Whether that leg is another than the citizen's in this call: its end does not end the call."""
    return leg in (call.agent_leg, call.third_leg) and leg != call.citizen_leg


def _left_behind(calls: Calls, call: Call) -> Folded:
    if call.state is CallState.HELD:
        alone = _unaccompanied(call)
        return calls.with_call(alone), (Change(ChangeKind.AGENT_GONE, alone),)
    return calls.with_call(replace(call, agent_leg="", agent_channel="")), ()


@_fold.register
def _(message: m.OrderFailed, calls: Calls) -> Folded:
    call = calls.live.get(message.callback)
    if call is None or call.kind is not CallKind.CALLBACK:
        return calls, ()
    if call.state is CallState.DIALLING and not call.phone:  # the citizen was rung first
        return calls.without(call.id), (Change(ChangeKind.NOT_REACHED, call, message.reason.lower()),)
    if call.state is not CallState.RINGING:
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
        if call.state in ANSWERED and (before.listeners if before else frozenset()) != call.listeners:
            changes.append(Change(ChangeKind.OVERHEARD, call, call.overheard))
    return calls, tuple(changes)


_NOW = {
    CallState.WAITING: ChangeKind.WAITING,
    CallState.RINGING: ChangeKind.RINGING,
    CallState.FALLBACK: ChangeKind.FALLBACK,
    CallState.DIALLING: ChangeKind.DIALLING,
    CallState.TALKING: ChangeKind.ANSWERED,
    CallState.HELD: ChangeKind.HELD,
    CallState.PARKED: ChangeKind.PARKED,
    CallState.OUTSIDE: ChangeKind.OUTSIDE,
    CallState.CONFERENCE: ChangeKind.CONFERENCE,
    CallState.VOICEMAIL: ChangeKind.VOICEMAIL,
}


def _end(calls: Calls, call: Call) -> Folded:
    if call.state is CallState.TALKING or call.state in KEPT:
        kind = ChangeKind.ENDED
    elif call.kind is CallKind.CALLBACK and not call.citizen_leg:
        kind = ChangeKind.NOT_REACHED
    else:
        kind = ChangeKind.ABANDONED if call.state in QUEUED else ChangeKind.LEFT
    return calls.without(call.id), (Change(kind, call, call.ended_by),)


def _who(kind: CallKind, end: str) -> str:
    return "citizen" if (kind is CallKind.CITIZEN) == (end == "first") else "agent"


def _is_new(calls: Calls, call_id: str) -> bool:
    return bool(call_id) and call_id not in calls.live and call_id not in calls.ended
