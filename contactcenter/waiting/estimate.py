"""What a waiting caller may honestly be told: place and expected wait. Pure.

The law of honesty. A number said is never longer than one said before to the same caller: when the truth has become
worse, nothing is said. A wait is said only as a range, only while recent estimates came out nearly right, and not at
all with too few agents or too little to go by. What was *not* said is measured too: otherwise a queue that once
became silent would stay so for ever.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from contactcenter.errors import Misconfigured

MINUTE = 60.0


class Outcome(NamedTuple):
    """An estimate and what became of it, both in seconds."""

    expected: float
    true: float

    @property
    def error(self) -> float:
        """How far off, as a share of what was expected; shorter than a minute counts as one."""
        return abs(self.true - self.expected) / max(MINUTE, self.expected)


@dataclass(frozen=True, slots=True)
class Limits:
    """When nothing is said. Raises Misconfigured for impossible ones."""

    fewest_agents: int = 2
    """With fewer, one long call makes every estimate wrong."""
    fewest_handled: int = 5
    """So many recent calls must have been handled before their length says anything."""
    fewest_outcomes: int = 10
    """So many recent estimates must have come out before they are trusted."""
    widest_error: float = 0.5
    """The error that four of five estimates stay under may be no larger."""
    longest_minutes: int = 60
    """Nobody is told a longer wait than this."""

    def __post_init__(self) -> None:
        counts = (self.fewest_agents, self.fewest_handled, self.fewest_outcomes, self.longest_minutes)
        if min(counts) < 1 or not 0 < self.widest_error <= 1:
            raise Misconfigured("waiting.limits", "the limits must be at least 1, the error between 0 and 1")


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a caller's wait at one moment."""

    place: int
    """1: nobody stands before. Promised calls back count like callers."""
    agents: int
    """Agents who are there and may be given such a call, on the telephone or not."""
    handled: Sequence[float]
    """How long each of the latest calls took, conversation and wrap-up, seconds."""
    outcomes: Sequence[Outcome]
    """What became of the latest estimates of this queue."""


class Words(NamedTuple):
    """What is said, or was: a place and a range of whole minutes. None: nothing."""

    place: int | None = None
    low: int | None = None
    high: int | None = None

    @property
    def silent(self) -> bool:
        return self.place is None and self.high is None


SILENCE = Words()


def expected(known: Known, limits: Limits) -> float | None:
    """Seconds until an agent is free for this caller; None without enough to go by.

    Every agent gets free once in a call's length, so places are passed at `agents / length`.
    """
    if known.agents < limits.fewest_agents or len(known.handled) < limits.fewest_handled:
        return None
    length = math.fsum(max(0.0, one) for one in known.handled) / len(known.handled)
    return max(1, known.place) * length / known.agents


def error(outcomes: Sequence[Outcome]) -> float | None:
    """The relative error that four of five estimates stayed within; None without any."""
    if not outcomes:
        return None
    errors = sorted(one.error for one in outcomes)
    return errors[math.ceil(0.8 * len(errors)) - 1]


def words(known: Known, before: Words, limits: Limits) -> Words:
    """What is said now to a caller who has heard `before`."""
    low, high = _range(known, limits)
    if high is None or low is None or (before.high is not None and high > before.high):
        low = high = None
    elif before.low is not None:
        low = min(low, before.low)  # a wider range is still true
    place = known.place if known.agents > 0 and known.place >= 1 else None
    if place is not None and before.place is not None and place > before.place:
        place = None
    return Words(place, low, high)


def remember(before: Words, said: Words) -> Words:
    """The shortest of everything that this caller has heard."""
    return Words(*(_least(was, now) for was, now in zip(before, said, strict=True)))


def _least(was: int | None, now: int | None) -> int | None:
    both = [one for one in (was, now) if one is not None]
    return min(both) if both else None


def _range(known: Known, limits: Limits) -> tuple[int | None, int | None]:
    seconds, spread = expected(known, limits), error(known.outcomes)
    if (
        seconds is None
        or spread is None
        or len(known.outcomes) < limits.fewest_outcomes
        or spread > limits.widest_error
    ):
        return None, None
    off = spread * max(MINUTE, seconds)
    low, high = max(1, math.floor((seconds - off) / MINUTE)), max(1, math.ceil((seconds + off) / MINUTE))
    return (low, high) if high <= limits.longest_minutes else (None, None)
