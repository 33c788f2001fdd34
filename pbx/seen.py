"""The calls in Asterisk's own list of channels (AMI `Status`): what the mirror is made anew from."""

from collections.abc import Iterable
from dataclasses import replace

from pbx.ami import Packet
from pbx.call import KEPT, Call, CallKind, CallState, Listener
from pbx.messages import epoch, phone_of

UNSET = "(null)"  # how Asterisk writes a variable that a channel does not have


def seen_calls(rows: Iterable[Packet]) -> list[Call]:
    """The calls in a `Status` list: rows that carry our dialplan's variables; their partners share a bridge."""
    rows = list(rows)
    told = [(row, _values(row)) for row in rows]
    seen = {}
    for row, values in told:
        if values.get("KC_CALL") or values.get("KC_CALLBACK"):
            call = _seen(row, values, _partners(row, rows))
            if call.id not in seen or call.citizen_leg:  # of a call back that was held, the citizen's leg counts
                seen[call.id] = call
    for row, values in told:
        if values.get("KC_DESK"):
            _seat(seen, row, values, _partners(row, rows))
        how, _, call_id = values.get("KC_HEARS", "").partition("*")
        if call_id in seen:
            heard = seen[call_id]
            who = Listener(row.get("uniqueid"), row.get("channel"), how)
            seen[call_id] = replace(heard, listeners=heard.listeners | {who})
    return list(seen.values())


def _values(row: Packet) -> dict[str, str]:
    pairs = (text.partition("=") for text in row.all("variable"))
    return {name: value for name, _, value in pairs if value not in ("", UNSET)}


def _partners(row: Packet, rows: Iterable[Packet]) -> list[Packet]:
    bridge, own = row.get("bridgeid"), row.get("uniqueid")
    return [other for other in rows if bridge and other.get("bridgeid") == bridge and other.get("uniqueid") != own]


def _seat(seen: dict[str, Call], row: Packet, values: dict[str, str], partners: list[Packet]) -> None:
    """An agent's leg that waits while the citizen is held, or consults somebody."""
    leg = values["KC_DESK"]
    call = next((one for one in seen.values() if leg == (one.citizen_leg or one.id)), None)
    if call is None or call.state not in KEPT:
        return
    third = partners[0] if partners and call.state is not CallState.CONFERENCE else None
    seen[call.id] = replace(
        call,
        phone=phone_of(row.get("channel")),
        agent_leg=row.get("uniqueid"),
        agent_channel=row.get("channel"),
        third=values.get("KC_THIRD", "") if third else "",
        third_leg=third.get("uniqueid") if third else "",
        third_channel=third.get("channel") if third else "",
    )


def _seen(row: Packet, values: dict[str, str], partners: list[Packet]) -> Call:
    citizen = values.get("KC_CALL") == "citizen"
    state = _state(values.get("KC_STATE", ""), citizen=citizen)
    if partners and state not in (CallState.CONFERENCE, CallState.OUTSIDE):
        state = CallState.TALKING
    phones = [phone for other in partners if (phone := phone_of(other.get("channel")))]
    call = Call(
        id=values.get("KC_CITIZEN_OF") or row.get("uniqueid"),
        channel=row.get("channel"),
        kind=CallKind.CITIZEN if citizen else CallKind.CALLBACK,
        state=state,
        number=values.get("KC_NUMBER", ""),
        topic=values.get("KC_TOPIC", ""),
        key=values.get("KC_KEY", ""),
        queued=epoch(values.get("KC_QUEUED", "")),
        caller=values.get("KC_CALLER", ""),
        private=values.get("KC_PRIVATE") == "1",
        language=values.get("KC_LANGUAGE", ""),
        phone=(phones[0] if phones else values.get("KC_PHONE", "")) if citizen else phone_of(row.get("channel")),
        offer=values.get("KC_OFFER", ""),
        legs=frozenset(other.get("uniqueid") for other in partners),
    )
    if values.get("KC_CITIZEN_OF"):
        call = replace(call, citizen_leg=row.get("uniqueid"), citizen_channel=row.get("channel"))
    return _with_agent(call, partners) if state is CallState.TALKING and partners else call


def _with_agent(call: Call, partners: list[Packet]) -> Call:
    leg, channel = partners[0].get("uniqueid"), partners[0].get("channel")
    if call.kind is CallKind.CITIZEN:
        return replace(call, agent_leg=leg, agent_channel=channel)
    return replace(
        call, agent_leg=call.id, agent_channel=call.channel, citizen_leg=leg, citizen_channel=channel
    )  # fmt: skip


def _state(word: str, *, citizen: bool) -> CallState:
    """A call back whose agent has not lifted yet has been nowhere in the dialplan."""
    if word in CallState.__members__.values():
        return CallState(word)
    return CallState.MENU if citizen else CallState.RINGING
