"""Is it unusually many: laws of the judgement, and how often it is wrong."""

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contactcenter import surge
from contactcenter.surge import FEWEST, FEWEST_WINDOWS, Counts, judge, surges, tail

COUNTS = st.integers(0, 400)
WINDOWS = st.integers(FEWEST_WINDOWS, 25)


@given(COUNTS, COUNTS, WINDOWS)
def test_a_chance_is_a_chance_and_falls_with_the_count(counted: int, seen: int, windows: int) -> None:
    less, more = judge(counted, seen, windows), judge(counted + 1, seen, windows)
    assert 0.0 <= more.chance <= less.chance + 1e-12 <= 1.0 + 1e-12


@given(COUNTS, COUNTS, WINDOWS)
def test_what_is_a_surge_stays_one_when_more_come(counted: int, seen: int, windows: int) -> None:
    if judge(counted, seen, windows).is_surge:
        assert judge(counted + 1, seen, windows).is_surge


@given(COUNTS, COUNTS, st.integers(0, 25))
def test_it_keeps_silent_without_earlier_days_and_about_a_few(counted: int, seen: int, windows: int) -> None:
    if windows < FEWEST_WINDOWS or counted < FEWEST:
        assert not judge(counted, seen, windows).is_surge


@pytest.mark.parametrize(("size", "p"), [(0.5, 0.9), (20.5, 0.8), (300.5, 0.95)])
def test_the_tail_is_the_sum_of_what_is_in_it(size: float, p: float) -> None:
    masses = [surge._mass(k, size, p) for k in range(3000)]
    assert math.fsum(masses) == pytest.approx(1, abs=1e-9)
    for counted in (0, 1, 5, 20, 60):
        assert tail(counted, size, p) == pytest.approx(math.fsum(masses[counted:]), rel=1e-6, abs=1e-13)


@pytest.mark.parametrize(
    ("counted", "seen", "windows", "is_surge"),
    [
        (14, 40, 20, True),  # two a quarter of an hour is normal
        (7, 40, 20, False),
        (6, 0, 20, True),  # never before in twenty days
        (6, 0, 4, False),  # four days of silence prove less
        (60, 600, 20, False),  # thirty is normal: sixty is busy, not another thing
        (120, 600, 20, True),
    ],
)
def test_examples(counted: int, seen: int, windows: int, is_surge: bool) -> None:
    assert judge(counted, seen, windows).is_surge is is_surge


def test_an_ordinary_month_alarms_nobody() -> None:
    """50 topics looked at in 40 quarters of an hour on 22 days, every mean from rare to busy: 44,000 judgements."""
    chance = random.Random(1)
    false = 0
    for _ in range(50):
        mean = 10 ** chance.uniform(-2, 1.3)
        draws = [_poisson(chance, mean) for _ in range(40 * 22)]
        for day in range(4, 22):
            for quarter in range(40):
                before = [draws[one * 40 + quarter] for one in range(day)]
                false += judge(draws[day * 40 + quarter], sum(before), day).is_surge
    assert false <= 1


def test_a_burst_water_main_is_seen_within_a_quarter_of_an_hour() -> None:
    """Ten times the normal, from one call in a quarter of an hour up."""
    chance = random.Random(2)
    missed = 0
    for _ in range(300):
        mean = chance.uniform(1, 5)
        seen = sum(_poisson(chance, mean) for _ in range(20))
        missed += not judge(_poisson(chance, 10 * mean), seen, 20).is_surge
    assert missed <= 30


def _poisson(chance: random.Random, mean: float) -> int:
    limit, k, p = math.exp(-mean), 0, chance.random()
    while p > limit:
        k += 1
        p *= chance.random()
    return k


def test_each_key_is_judged_by_itself() -> None:
    counts = Counts({"vatten": 20, "skola": 20}, {"vatten": 20, "skola": 300}, 20)
    assert list(surges(counts)) == ["vatten"]


@pytest.mark.parametrize(
    ("number", "area"),
    [
        ("+46850000100", "+468"), ("+46317654321", "+4631"), ("+46500123456", "+46500"), ("+46701740605", ""),
        ("+46101234500", ""), ("+46201234567", ""), ("", ""), ("anna@example.org", ""), ("+4631", ""),
    ],
)  # fmt: skip
def test_the_area_of_a_number(number: str, area: str) -> None:
    assert surge.area(number) == area
