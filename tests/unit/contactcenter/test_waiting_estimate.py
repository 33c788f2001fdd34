"""The law of honesty, over generated queues and callers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contactcenter.errors import Misconfigured
from contactcenter.waiting.estimate import SILENCE, Known, Limits, Outcome, Words, error, expected, remember, words

SECONDS = st.floats(0, 20_000)
OUTCOMES = st.lists(st.builds(Outcome, SECONDS, SECONDS), max_size=40)
KNOWN = st.builds(Known, st.integers(1, 200), st.integers(0, 60), st.lists(SECONDS, max_size=30), OUTCOMES)
LIMITS = st.builds(
    Limits, st.integers(1, 5), st.integers(1, 10), st.integers(1, 20), st.floats(0.01, 1), st.integers(1, 90)
)
EVEN = [300.0] * 20
RIGHT = [Outcome(300, 300)] * 20


@given(st.lists(KNOWN, max_size=12), LIMITS)
def test_no_number_is_ever_longer_than_one_said_before(moments: list[Known], limits: Limits) -> None:
    heard: list[Words] = []
    before = SILENCE
    for known in moments:
        said = words(known, before, limits)
        for earlier in heard:
            for now, was in zip(said, earlier, strict=True):
                assert now is None or was is None or now <= was
        heard.append(said)
        before = remember(before, said)


@given(KNOWN, LIMITS)
def test_a_wait_is_said_only_with_enough_agents_data_and_small_error(known: Known, limits: Limits) -> None:
    said = words(known, SILENCE, limits)
    if said.high is not None:
        assert said.low is not None
        assert 1 <= said.low <= said.high <= limits.longest_minutes
        assert known.agents >= limits.fewest_agents
        assert len(known.handled) >= limits.fewest_handled
        assert len(known.outcomes) >= limits.fewest_outcomes
        off = error(known.outcomes)
        assert off is not None
        assert off <= limits.widest_error


@given(KNOWN, LIMITS)
def test_what_is_said_holds_for_four_of_five_of_the_recent_estimates(known: Known, limits: Limits) -> None:
    off = error(known.outcomes)
    if off is not None:
        within = sum(one.error <= off for one in known.outcomes)
        assert within >= 0.8 * len(known.outcomes)
    said, seconds = words(known, SILENCE, limits), expected(known, limits)
    if said.high is not None and seconds is not None:
        assert said.high * 60 >= seconds


@given(KNOWN, LIMITS)
def test_a_place_is_the_true_place_or_nothing(known: Known, limits: Limits) -> None:
    assert words(known, SILENCE, limits).place == (known.place if known.agents else None)


@given(KNOWN, LIMITS, st.integers(1, 50))
def test_further_back_never_means_a_shorter_expectation(known: Known, limits: Limits, more: int) -> None:
    behind = Known(known.place + more, known.agents, known.handled, known.outcomes)
    here, there = expected(known, limits), expected(behind, limits)
    assert (here is None) is (there is None)
    assert here is None or there is None or there >= here


def test_a_queue_where_estimates_come_true_says_a_narrow_range() -> None:
    assert words(Known(4, 4, EVEN, RIGHT), SILENCE, Limits()) == Words(4, 5, 5)


def test_worse_than_said_before_is_silence() -> None:
    assert words(Known(6, 4, EVEN, RIGHT), Words(4, 5, 5), Limits()) == SILENCE


@pytest.mark.parametrize("agents", [0, 1])
def test_one_agent_is_too_few_for_a_wait(agents: int) -> None:
    assert words(Known(2, agents, EVEN, RIGHT), SILENCE, Limits()).high is None


def test_estimates_that_came_out_wrong_are_not_repeated() -> None:
    wrong = [Outcome(300, 900)] * 20
    assert words(Known(4, 4, EVEN, wrong), SILENCE, Limits()) == Words(4, None, None)


def test_impossible_limits_are_refused() -> None:
    with pytest.raises(Misconfigured):
        Limits(widest_error=0)
