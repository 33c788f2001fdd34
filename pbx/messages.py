"""What Asterisk says, as frozen typed records. Everything else it says is `None` here.

Numbers come only from our own dialplan events, which blank the withheld ones; Asterisk's own events would tell them.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from pbx import devices
from pbx.ami import Packet

EPOCH = re.compile(r"^[0-9]{1,10}(\.[0-9]{1,6})?$", re.ASCII)


@dataclass(frozen=True, slots=True)
class Arrived:
    """A citizen's call was answered by the menu. `call` is Asterisk's unique id of the citizen's leg, everywhere."""

    call: str
    channel: str
    number: str


@dataclass(frozen=True, slots=True)
class Waits:
    """A citizen is in the waiting room (again). `queued`: when first; `caller`: as the operator sent it."""

    call: str
    channel: str
    number: str
    topic: str
    key: str
    queued: datetime
    caller: str
    private: bool
    language: str = ""
    """Chosen in the menu; empty: none was."""


@dataclass(frozen=True, slots=True)
class Rings:
    """The dialplan starts to ring an agent's telephone for this call."""

    call: str
    phone: str
    offer: str


@dataclass(frozen=True, slots=True)
class Unanswered:
    """That telephone did not take it; `status` is Asterisk's DIALSTATUS, e.g. NOANSWER, BUSY, CHANUNAVAIL."""

    call: str
    phone: str
    offer: str
    status: str


@dataclass(frozen=True, slots=True)
class FellBack:
    """The dialplan missed our heartbeat and carries on alone with this call."""

    call: str


@dataclass(frozen=True, slots=True)
class TurnedAway:
    """The call came outside opening hours."""

    call: str
    channel: str
    number: str


@dataclass(frozen=True, slots=True)
class Dialling:
    """The agent has lifted, the citizen's telephone is being rung. `callback` is the token it was ordered with."""

    call: str
    callback: str
    channel: str = ""


@dataclass(frozen=True, slots=True)
class NotReached:
    """The citizen did not answer the call back."""

    call: str
    callback: str
    status: str


@dataclass(frozen=True, slots=True)
class LegBegan:
    """`call` dials; `leg` is the other end's unique id."""

    call: str
    leg: str
    leg_channel: str


@dataclass(frozen=True, slots=True)
class LegEnded:
    """Dialling ended; `status` ANSWER means that both ends talk."""

    call: str
    leg: str
    leg_channel: str
    status: str


@dataclass(frozen=True, slots=True)
class Held:
    """The citizen hears music: `how` is held (the agent comes back) or parked (anybody may)."""

    call: str
    how: str


@dataclass(frozen=True, slots=True)
class Joined:
    """The citizen talks with another leg, by its channel: the same agent again, or somebody else."""

    call: str
    leg_channel: str


@dataclass(frozen=True, slots=True)
class Consults:
    """An agent's leg begins to ring a third one, `third` being an extension or a number."""

    leg: str
    third: str


@dataclass(frozen=True, slots=True)
class Confers:
    """The citizen is in a room of several."""

    call: str


@dataclass(frozen=True, slots=True)
class Outside:
    """The citizen is handed on to a number outside, which is being rung."""

    call: str
    third: str


@dataclass(frozen=True, slots=True)
class Returned:
    """A number outside was rung for a citizen who waits, in vain: they hear the waiting room again."""

    call: str
    status: str


@dataclass(frozen=True, slots=True)
class Speaks:
    """The caller leaves a message: nobody is wanted any more."""

    call: str


@dataclass(frozen=True, slots=True)
class Listens:
    """From this leg somebody begins to hear a call: `how` is listen, whisper or barge."""

    leg: str
    leg_channel: str
    call: str
    how: str


@dataclass(frozen=True, slots=True)
class HangupAsked:
    """This end was the one who hung up."""

    call: str


@dataclass(frozen=True, slots=True)
class HungUp:
    """This leg is gone."""

    call: str
    cause: str


@dataclass(frozen=True, slots=True)
class OrderFailed:
    """A call back that never came to ring, by its token. `reason`: DIALSTATUS of the telephone that was rung."""

    callback: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class PhoneChanged:
    """State of an agent's telephone: Asterisk's words NOT_INUSE, INUSE, RINGING, UNAVAILABLE, INVALID… The one in the
    browser is told as `2001-web`."""

    phone: str
    state: str


Message = (
    Arrived | Waits | Rings | Unanswered | FellBack | TurnedAway | Dialling | NotReached
    | Held | Joined | Consults | Confers | Outside | Returned | Speaks | Listens
    | LegBegan | LegEnded | HangupAsked | HungUp | OrderFailed | PhoneChanged
)  # fmt: skip


def parse(packet: Packet) -> Message | None:
    """The message in a packet, or None for what we do not use or cannot read."""
    name = packet.get("userevent") if packet.get("event") == "UserEvent" else packet.get("event")
    reader = _READERS.get(name)
    return reader(packet) if reader else None


def epoch(text: str) -> datetime | None:
    """Asterisk's seconds since 1970, with or without a fraction, as aware UTC; None for anything else."""
    return datetime.fromtimestamp(float(text), UTC) if EPOCH.match(text) else None


def phone_of(channel: str) -> str:
    """The extension in a channel's name: `PJSIP/2001-0000000a` is 2001, and so is the telephone in the browser,
    `PJSIP/2001-web-0000000a`; the trunk and others are none."""
    name = channel.removeprefix("PJSIP/").rpartition("-")[0]
    return devices.extension(name) if channel.startswith("PJSIP/") else ""


def _waits(packet: Packet) -> Waits | None:
    queued = epoch(packet.get("queued"))
    if queued is None or not packet.get("uniqueid"):
        return None
    return Waits(
        call=packet.get("uniqueid"),
        channel=packet.get("channel"),
        number=packet.get("number"),
        topic=packet.get("topic"),
        key=packet.get("key"),
        queued=queued,
        caller=packet.get("caller"),
        private=packet.get("private") == "1",
        language=packet.get("speaks"),
    )


def _leg_ended(packet: Packet) -> LegEnded:
    return LegEnded(_id(packet), packet.get("destuniqueid"), packet.get("destchannel"), packet.get("dialstatus"))


def _unanswered(packet: Packet) -> Unanswered:
    return Unanswered(_id(packet), packet.get("phone"), packet.get("offer"), packet.get("status"))


def _originated(packet: Packet) -> OrderFailed | None:
    if packet.get("response") != "Failure":
        return None
    return OrderFailed(packet.get("actionid"), _REASONS.get(packet.get("reason"), "CONGESTION"))


_REASONS = {"1": "NOANSWER", "3": "NOANSWER", "5": "BUSY"}
"""Of an OriginateResponse: AST_CONTROL_HANGUP, _RINGING (it rang to the end), _BUSY; else the line had a fault."""


def _phone(packet: Packet) -> PhoneChanged | None:
    device = packet.get("device")
    name = device.removeprefix("PJSIP/")
    return PhoneChanged(name, packet.get("state")) if device != name and devices.extension(name) else None


def _id(packet: Packet) -> str:
    return packet.get("uniqueid")


_READERS: dict[str, Callable[[Packet], Message | None]] = {
    "KcArrived": lambda p: Arrived(_id(p), p.get("channel"), p.get("number")),
    "KcWaiting": _waits,
    "KcRinging": lambda p: Rings(_id(p), p.get("phone"), p.get("offer")),
    "KcUnanswered": _unanswered,
    "KcFallback": lambda p: FellBack(_id(p)),
    "KcClosed": lambda p: TurnedAway(_id(p), p.get("channel"), p.get("number")),
    "KcDialling": lambda p: Dialling(_id(p), p.get("callback"), p.get("channel")),
    "KcNotReached": lambda p: NotReached(_id(p), p.get("callback"), p.get("status")),
    "KcHeld": lambda p: Held(_id(p), p.get("state")),
    "KcJoined": lambda p: Joined(_id(p), p.get("leg")),
    "KcConsults": lambda p: Consults(_id(p), p.get("third")),
    "KcConfers": lambda p: Confers(_id(p)),
    "KcOutside": lambda p: Outside(p.get("citizen") or _id(p), p.get("third")),
    "KcReturned": lambda p: Returned(_id(p), p.get("status")),
    "KcVoicemail": lambda p: Speaks(_id(p)),
    "KcListens": lambda p: Listens(_id(p), p.get("channel"), p.get("of"), p.get("how")),
    "DialBegin": lambda p: LegBegan(_id(p), p.get("destuniqueid"), p.get("destchannel")),
    "DialEnd": _leg_ended,
    "HangupRequest": lambda p: HangupAsked(_id(p)),
    "Hangup": lambda p: HungUp(_id(p), p.get("cause")),
    "OriginateResponse": _originated,
    "DeviceStateChange": _phone,
}
