"""When to try a hand-off again: exponential back-off with full jitter, and an end to it. Pure.

Full jitter (a pause drawn evenly between nothing and the doubled one) spreads the attempts of many deliveries best
when a target comes back: see M. Brooker, "Exponential Backoff and Jitter".
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from contactcenter.settings import HandoffSettings


@dataclass(frozen=True, slots=True)
class TryAgain:
    """Another attempt, not before `at`."""

    at: datetime


@dataclass(frozen=True, slots=True)
class GiveUp:
    """No more attempts by itself. `code`: `too_many_attempts` or `too_long`."""

    code: str


def ceiling(attempt: int, settings: HandoffSettings) -> float:
    """The longest pause after failed attempt number `attempt` (1, 2, …), in seconds."""
    doublings = min(attempt - 1, 64)  # beyond that the float would overflow, and the longest pause is long reached
    return min(settings.longest_pause_seconds, settings.first_pause_seconds * 2.0**doublings)


def after_failure(
    attempt: int,
    since: datetime,
    now: datetime,
    settings: HandoffSettings,
    roll: float,
    wanted_pause: float = 0.0,
) -> TryAgain | GiveUp:
    """What to do when attempt number `attempt` has failed in passing.

    `since` is when this round of attempts began, `roll` a random number in [0, 1), `wanted_pause` the seconds that
    the target asked for (`Retry-After`), which are respected up to the longest pause.
    """
    if attempt >= settings.attempts:
        return GiveUp("too_many_attempts")
    pause = max(roll * ceiling(attempt, settings), min(wanted_pause, settings.longest_pause_seconds))
    at = now + timedelta(seconds=pause)
    if at - since > timedelta(hours=settings.give_up_hours):
        return GiveUp("too_long")
    return TryAgain(at)
