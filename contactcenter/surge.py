"""Is it unusually many? Pure statistics: a count now against the same time of day on earlier days of the same kind.

How many come in a window is taken as Poisson distributed with an unknown mean. What is known of the mean are the
earlier windows: `seen` contacts in `windows` windows. With Jeffreys' prior the count now is then negative binomial
distributed (Gelman et al., Bayesian Data Analysis, 3rd ed., section 2.6), so few earlier days make the judgement
careful by themselves. `chance` is how likely so many or more would be if nothing had happened.

Silent when it cannot know: with fewer than FEWEST_WINDOWS earlier windows nothing is ever called a surge.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

FEWEST = 6
"""Fewer contacts than this are no surge, however unusual."""
FEWEST_WINDOWS = 4
"""Earlier days of the same kind that must be known."""
UNLIKELY = 1e-5
"""A surge is what would happen by chance less often than this. Looked at every minute for 50 topics ten hours a day,
that is a false alarm in some days at the very most; far fewer in truth, as windows overlap."""
PRIOR = 0.5
"""Jeffreys' prior for a Poisson mean: Gamma(1/2, 0)."""
RELATIVE = 3.0
"""A surge is at least so many times the normal: what is merely busy is a matter for the wallboard."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What was counted, what is normal, and how likely so many would be."""

    counted: int
    expected: float
    chance: float

    @property
    def is_surge(self) -> bool:
        unusual = self.chance < UNLIKELY and self.counted >= RELATIVE * self.expected
        return self.counted >= FEWEST and unusual


def judge(counted: int, seen: int, windows: int) -> Judgement:
    """`seen` contacts came in `windows` earlier windows together. Too few windows: never a surge (chance 1)."""
    if windows < FEWEST_WINDOWS:
        return Judgement(counted, seen / windows if windows else 0.0, 1.0)
    return Judgement(counted, seen / windows, tail(counted, seen + PRIOR, windows / (windows + 1)))


def tail(counted: int, size: float, p: float) -> float:
    """P(X >= counted) for a negative binomial X with `size` successes of probability `p`."""
    if counted <= 0:
        return 1.0
    mean = size * (1 - p) / p
    if counted > mean:
        return min(1.0, _upper(counted, size, p))
    return max(0.0, 1.0 - math.fsum(_mass(k, size, p) for k in range(counted)))


def _upper(counted: int, size: float, p: float) -> float:
    """Summed from `counted` upwards, where terms only fall: nothing is lost to rounding."""
    term, total, k = _mass(counted, size, p), 0.0, counted
    while term > total * 1e-12 and term > 0.0:
        total += term
        term *= (k + size) / (k + 1) * (1 - p)
        k += 1
    return total


def _mass(k: int, size: float, p: float) -> float:
    ways = math.lgamma(k + size) - math.lgamma(size) - math.lgamma(k + 1)
    return math.exp(ways + size * math.log(p) + k * math.log1p(-p))


@dataclass(frozen=True, slots=True)
class Counts:
    """Contacts by key: in the window now, and in all earlier windows together."""

    now: Mapping[str, int]
    before: Mapping[str, int]
    windows: int


def surges(counts: Counts) -> dict[str, Judgement]:
    """The keys of which there are unusually many."""
    judged = {key: judge(n, counts.before.get(key, 0), counts.windows) for key, n in counts.now.items()}
    return {key: one for key, one in judged.items() if one.is_surge}


def tally(keys: Iterable[str]) -> dict[str, int]:
    """How often each key occurs; empty ones are not counted."""
    found: dict[str, int] = {}
    for key in keys:
        if key:
            found[key] = found.get(key, 0) + 1
    return found


_THREE = frozenset(map(str, (11, 13, 16, 18, 19, 21, 23, 26, 31, 33, 35, 36, 40, 42, 44, 46, 54, 60, 63, 90)))
"""Swedish area codes of three digits with the zero (PTS, the telephony numbering plan); 08 has two, the rest four."""
_NOT_PLACES = ("7", "10", "20", "99")


def area(number: str) -> str:
    """The area that a Swedish fixed number belongs to, as its first digits; empty for mobile and other numbers.

    >>> area("+46850000100"), area("+46500123456"), area("+46701740605"), area("+4512345678")
    ('+468', '+46500', '', '')
    """
    digits = number.removeprefix("+46")
    if digits == number or len(digits) < 7:
        return ""
    if digits.startswith("8"):
        return "+468"
    if digits[:2] in _THREE:
        return f"+46{digits[:2]}"
    return "" if digits.startswith(_NOT_PLACES) else f"+46{digits[:3]}"
