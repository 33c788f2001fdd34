"""When which caller takes which step out of a queue. Pure: values in, decisions out.

The steps of a queue are tried in their order, and each at most once for a caller. Those who came last go first: they
would wait longest, and whoever is nearly served stays. A caller never comes back into a queue they were sent from.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from pydantic import BaseModel, Field, model_validator

LONGEST = 7200


class Target(StrEnum):
    """What a step does with the caller."""

    AGENTS = "agents"
    """Those who serve `queue` help out; the caller stays where they are."""
    QUEUE = "queue"
    """To another queue, with the arrival time, and so the place, that they have."""
    NUMBER = "number"
    """To a number outside; not reached, they wait on."""
    VOICEMAIL = "voicemail"
    MESSAGE = "message"
    """`say` is read out, and the call ends."""


LEAVING = frozenset({Target.NUMBER, Target.VOICEMAIL, Target.MESSAGE})
"""Only for somebody on the line: who was promised a call back is not sent there."""


class Step(BaseModel, frozen=True, extra="forbid"):
    """One step of a queue; all conditions that are set must hold."""

    to: Target
    after_seconds: int = Field(default=0, ge=0, le=LONGEST)
    """The caller has waited so long."""
    callers_per_agent: float | None = Field(default=None, gt=0)
    """So many wait in the queue for each agent at work, or more. Without an agent any caller is too many."""
    agents_below: int | None = Field(default=None, ge=1)
    """Fewer agents than that are at work."""
    agents_from: int | None = Field(default=None, ge=1)
    """At least so many are at work."""
    queue: str = ""
    number: str = Field(default="", pattern=r"^(\+[1-9][0-9]{3,14})?$")
    """E.164."""
    say: str = Field(default="", max_length=1000)

    @model_validator(mode="after")
    def _complete(self) -> Self:
        wanted = {Target.AGENTS: "queue", Target.QUEUE: "queue", Target.NUMBER: "number", Target.MESSAGE: "say"}
        for name in ("queue", "number", "say"):
            if bool(getattr(self, name)) != (wanted.get(self.to) == name):
                raise ValueError(f"`{name}` goes with {[t.value for t, n in wanted.items() if n == name]}, and must")
        return self


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody who waits to be rung for: on the line, or promised to be called back. Times are seconds."""

    case_id: int
    queue: str
    arrived_at: float
    on_the_line: bool
    taken: frozenset[tuple[str, int]] = frozenset()
    """(queue, position of the step) that they have taken."""
    is_leaving: bool = False
    """They are on their way out, and make the queue no longer; should they come back, they wait again."""

    def has_been_in(self, queue: str) -> bool:
        return queue == self.queue or any(queue == one for one, _ in self.taken)


@dataclass(frozen=True, slots=True)
class Due:
    """This caller takes this step now."""

    case_id: int
    queue: str
    position: int
    step: Step


def decide(
    callers: Iterable[Caller], steps: Mapping[str, Sequence[Step]], agents: Mapping[str, int], now: float
) -> list[Due]:
    """At most one step for each caller. `callers` are all who wait; `agents` how many serve each queue now."""
    staying = (one for one in callers if not one.is_leaving)
    everybody = sorted(staying, key=lambda one: (-one.arrived_at, -one.case_id))
    waiting = Counter(one.queue for one in everybody)
    found = []
    for caller in everybody:
        for position, step in _open(caller, steps):
            if _holds(step, now - caller.arrived_at, waiting[caller.queue], agents.get(caller.queue, 0)):
                found.append(Due(caller.case_id, caller.queue, position, step))
                waiting[caller.queue] -= step.to is not Target.AGENTS
                break
    return found


def next_look(callers: Iterable[Caller], steps: Mapping[str, Sequence[Step]], now: float) -> float | None:
    """Seconds until somebody has waited long enough for a step; None: only a change can make one due."""
    moments = (caller.arrived_at + step.after_seconds - now for caller in callers for _, step in _open(caller, steps))
    return min((moment for moment in moments if moment > 0), default=None)


def _open(caller: Caller, steps: Mapping[str, Sequence[Step]]) -> Iterator[tuple[int, Step]]:
    """The steps that this caller may still take."""
    if caller.is_leaving:
        return
    for position, step in enumerate(steps.get(caller.queue, ())):
        if (caller.queue, position) in caller.taken or (step.to in LEAVING and not caller.on_the_line):
            continue
        if step.to is Target.QUEUE and caller.has_been_in(step.queue):
            continue
        yield position, step


def _holds(step: Step, waited: float, waiting: int, agents: int) -> bool:
    crowded = step.callers_per_agent is None or agents == 0 or waiting / agents >= step.callers_per_agent
    few = step.agents_below is None or agents < step.agents_below
    enough = step.agents_from is None or agents >= step.agents_from
    return waited >= step.after_seconds and crowded and few and enough
