"""What the mirror of the exchange consists of: calls, and changes of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

REMEMBERED = 2000  # ended calls, so that a late message does not raise the dead


class CallKind(StrEnum):
    CITIZEN = "citizen"
    CALLBACK = "callback"


class CallState(StrEnum):
    """`ringing` means an agent's telephone; `dialling` the citizen's, in a call back. In `held`, `parked`, `outside`
    and `conference` the citizen has been talked with already; in `outside` a number that is not ours rings or talks."""

    MENU = "menu"
    CLOSED = "closed"
    WAITING = "waiting"
    RINGING = "ringing"
    FALLBACK = "fallback"
    DIALLING = "dialling"
    TALKING = "talking"
    HELD = "held"
    PARKED = "parked"
    OUTSIDE = "outside"
    CONFERENCE = "conference"
    VOICEMAIL = "voicemail"


class ChangeKind(StrEnum):
    """What the phone channel acts on. `left`: hung up before joining the queue; `joined`: talks again, or with somebody
    else; `consulting`: a third one rings, or (`answered`) talks with the agent; `agent_gone`: the citizen is held for
    nobody; `overheard`: somebody began or stopped to listen."""

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
    HELD = "held"
    PARKED = "parked"
    JOINED = "joined"
    CONSULTING = "consulting"
    CONSULT_OVER = "consult_over"
    CONFERENCE = "conference"
    OUTSIDE = "outside"
    AGENT_GONE = "agent_gone"
    VOICEMAIL = "voicemail"
    RETURNED = "returned"
    OVERHEARD = "overheard"


KEPT = frozenset({CallState.HELD, CallState.PARKED, CallState.OUTSIDE, CallState.CONFERENCE})
QUEUED = frozenset({CallState.WAITING, CallState.RINGING, CallState.FALLBACK})


@dataclass(frozen=True, slots=True)
class Listener:
    """A supervisor's leg, and how it listens: listen, whisper or barge."""

    leg: str
    channel: str
    how: str


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
    agent_leg: str = ""
    """Unique id of the leg of the agent who talks or talked with the citizen."""
    agent_channel: str = ""
    citizen_leg: str = ""
    """Only in a call back that was answered, where it is not the first leg."""
    citizen_channel: str = ""
    third: str = ""
    """Extension or number that the agent consults, or that the citizen was handed on to."""
    third_leg: str = ""
    third_channel: str = ""
    listeners: frozenset["Listener"] = frozenset()

    @property
    def citizen(self) -> str:
        """The channel of the citizen's leg."""
        return self.citizen_channel or self.channel

    @property
    def overheard(self) -> str:
        """How somebody listens: the loudest way of those that go on; empty: nobody does."""
        ways = {one.how for one in self.listeners}
        return next((how for how in ("barge", "whisper", "listen") if how in ways), "")


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that happened to a call. `detail`: DIALSTATUS, who hung up, a telephone's state, or how it is listened
    to."""

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

    def of_citizen(self, leg: str) -> Call | None:
        """The call whose citizen's leg that is."""
        found = self.live.get(leg)
        if found is not None and found.citizen_leg in ("", leg):
            return found
        return next((call for call in self.live.values() if leg and call.citizen_leg == leg), None)

    def of_agent(self, leg: str) -> Call | None:
        """The call whose agent's leg that is."""
        return next((call for call in self.live.values() if leg and call.agent_leg == leg), None)

    def talking_leg(self, leg: str) -> Call | None:
        return next((call for call in self.live.values() if leg in call.legs), None)


Folded = tuple[Calls, tuple[Change, ...]]
