"""The law of the one queue, as properties of every decision."""

import dataclasses
import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contactcenter.errors import Misconfigured
from contactcenter.routing import (
    Decision,
    FreeAgent,
    Rules,
    WaitingCase,
    Why,
    Work,
    decide,
    first_for,
    is_kept,
    may_take,
    order_key,
)

NOW = 1_000_000.0
RULES = Rules()
SKILLS = ("bygg", "skola", "finska")

needs = st.lists(st.tuples(st.sampled_from(SKILLS), st.integers(1, 5)), max_size=2, unique_by=lambda need: need[0])
cases = st.builds(
    WaitingCase,
    id=st.integers(1, 60),
    queue_id=st.integers(1, 3),
    work=st.sampled_from(Work),
    used=st.one_of(st.floats(-1, 8), st.sampled_from((0.0, 0.1, 0.3, 0.5, 1.0, 5.0, math.inf))),
    priority=st.integers(-1, 2),
    arrived_at=st.integers(0, 50).map(float),
    needs=needs.map(tuple),
    preferred_agent=st.one_of(st.none(), st.integers(1, 12)),
    preferred_until=st.sampled_from((0.0, NOW, NOW + 10)),
    passed=st.frozensets(st.integers(1, 12), max_size=3),
    ask_again_from=st.sampled_from((0.0, NOW, NOW + 10)),
    helped_by=st.frozensets(st.integers(1, 3), max_size=2),
)
agents = st.builds(
    FreeAgent,
    id=st.integers(1, 12),
    queues=st.frozensets(st.integers(1, 3)),
    skills=st.dictionaries(st.sampled_from(SKILLS), st.integers(1, 5), max_size=3),
    idle_since=st.integers(0, 5).map(float),
    takes_calls=st.booleans(),
    written_room=st.integers(0, 3),
)
many_cases = st.lists(cases, max_size=25, unique_by=lambda case: case.id)
many_agents = st.lists(agents, max_size=8, unique_by=lambda agent: agent.id)


def a_case(number: int = 1, **changes: object) -> WaitingCase:
    usual = WaitingCase(number, 1, Work.WRITTEN, used=0.2, priority=0, arrived_at=float(number))
    return dataclasses.replace(usual, **changes)  # type: ignore[arg-type]


def an_agent(number: int = 1, **changes: object) -> FreeAgent:
    usual = FreeAgent(number, frozenset({1}), {}, idle_since=float(number), takes_calls=True, written_room=1)
    return dataclasses.replace(usual, **changes)  # type: ignore[arg-type]


def pairs(decisions: list[Decision]) -> list[tuple[int, int]]:
    return [(one.case_id, one.agent_id) for one in decisions]


def literally(waiting: list[WaitingCase], free: list[FreeAgent], rules: Rules) -> list[tuple[int, int]]:
    """The law read aloud: down the order, the longest idle first; then once more for those who had passed."""
    left = sorted(free, key=lambda agent: (agent.idle_since, agent.id))
    given: dict[int, int] = {}
    for again in (False, True):
        for case in sorted(waiting, key=lambda case: order_key(case, rules)):
            can = [one for one in left if may_take(case, one, NOW, rules) and (one.id in case.passed) == again]
            if can and case.id not in given:
                given[case.id] = can[0].id
                left.remove(can[0])
    return list(given.items())


@given(many_cases, many_agents)
def test_the_fast_way_decides_as_the_law_read_aloud(waiting: list[WaitingCase], free: list[FreeAgent]) -> None:
    assert pairs(decide(waiting, free, NOW, RULES)) == literally(waiting, free, RULES)


@given(many_cases, many_agents)
def test_nobody_eligible_is_idle_while_an_eligible_case_waits(
    waiting: list[WaitingCase], free: list[FreeAgent]
) -> None:
    decisions = decide(waiting, free, NOW, RULES)
    given_cases, busy = {one.case_id for one in decisions}, {one.agent_id for one in decisions}
    for case in waiting:
        for agent in free:
            if case.id not in given_cases and agent.id not in busy:
                assert not may_take(case, agent, NOW, RULES)


@given(many_cases, many_agents)
def test_no_case_goes_to_two_agents_and_no_agent_gets_two(waiting: list[WaitingCase], free: list[FreeAgent]) -> None:
    decisions = decide(waiting, free, NOW, RULES)
    assert len({one.case_id for one in decisions}) == len(decisions)
    assert len({one.agent_id for one in decisions}) == len(decisions)


@given(many_cases, many_agents)
def test_everybody_is_only_offered_what_they_may_take(waiting: list[WaitingCase], free: list[FreeAgent]) -> None:
    by_id = {case.id: case for case in waiting}
    who = {agent.id: agent for agent in free}
    for one in decide(waiting, free, NOW, RULES):
        assert may_take(by_id[one.case_id], who[one.agent_id], NOW, RULES)


@given(many_cases, many_agents)
def test_nobody_is_given_a_case_past_an_earlier_one_that_they_may_take(
    waiting: list[WaitingCase], free: list[FreeAgent]
) -> None:
    decisions = decide(waiting, free, NOW, RULES)
    given_cases = {one.case_id for one in decisions}
    by_id, who = {case.id: case for case in waiting}, {agent.id: agent for agent in free}
    for one in decisions:
        for earlier in waiting:
            is_earlier = order_key(earlier, RULES) < order_key(by_id[one.case_id], RULES)
            if is_earlier and earlier.id not in given_cases and one.agent_id not in earlier.passed:
                assert not may_take(earlier, who[one.agent_id], NOW, RULES)


@given(many_cases, many_agents, st.randoms(use_true_random=False))
def test_the_order_that_things_are_listed_in_changes_nothing(
    waiting: list[WaitingCase], free: list[FreeAgent], dice: random.Random
) -> None:
    before = decide(waiting, free, NOW, RULES)
    assert decide(waiting, free, NOW, RULES) == before
    dice.shuffle(waiting)
    dice.shuffle(free)
    assert decide(waiting, free, NOW, RULES) == before


@given(cases, agents, st.floats(0, 10))
def test_a_longer_wait_never_makes_anybody_less_eligible(case: WaitingCase, agent: FreeAgent, more: float) -> None:
    longer = dataclasses.replace(case, used=case.used + more)
    assert may_take(longer, agent, NOW, RULES) >= may_take(case, agent, NOW, RULES)


@given(many_cases, agents)
def test_next_is_the_first_in_the_order_that_the_agent_may_take(waiting: list[WaitingCase], agent: FreeAgent) -> None:
    asking = [dataclasses.replace(case, ask_again_from=0.0) for case in waiting]
    may = [case for case in asking if may_take(case, agent, NOW, RULES)]
    not_passed = [case for case in may if agent.id not in case.passed]
    wanted = min(not_passed or may, key=lambda case: order_key(case, RULES), default=None)
    found = first_for(waiting, agent, NOW, RULES)
    assert (found.case_id if found else None) == (wanted.id if wanted else None)


@given(many_cases, many_agents)
def test_why_tells_the_place_and_who_waits_on(waiting: list[WaitingCase], free: list[FreeAgent]) -> None:
    order = [case.id for case in sorted(waiting, key=lambda case: order_key(case, RULES))]
    decisions = decide(waiting, free, NOW, RULES)
    places = [one.why.place for one in decisions]
    for number, one in enumerate(decisions):
        assert one.why.place == order.index(one.case_id) + 1
        ahead = sum(place < one.why.place for place in places[:number])
        assert one.why.waiting_before == one.why.place - 1 - ahead
        case = next(case for case in waiting if case.id == one.case_id)
        assert one.why.preferred == is_kept(case, NOW)
        assert one.why.offered_again == (one.agent_id in case.passed)


# bounded overtaking


@given(
    arrivals=st.lists(
        st.tuples(st.integers(0, 40), st.sampled_from((10, 60, 300)), st.integers(-1, 2)), min_size=5, max_size=60
    ),
    every=st.integers(1, 40),
)
def test_overtaking_is_bounded_by_what_arrives_before_the_ceiling(
    arrivals: list[tuple[int, int, int]], every: int
) -> None:
    """One agent, far too little: whoever is served before somebody who came earlier, came before that one had
    waited `ceiling` times its promise. So no case waits for ever, however many urgent ones keep coming."""
    promises: dict[int, int] = {}
    came: dict[int, float] = {}
    at = 0.0
    left: list[tuple[int, int, int, float]] = []
    for number, (gap, promise, priority) in enumerate(arrivals):
        at += gap
        promises[number], came[number] = promise, at
        left.append((number, promise, priority, at))
    now, served = 0.0, []
    while left:
        now += every
        waiting = [
            WaitingCase(number, 1, Work.WRITTEN, (now - arrived) / promise, priority, arrived)
            for number, promise, priority, arrived in left
            if arrived <= now
        ]
        for one in decide(waiting, [an_agent()], now, RULES):
            served.append(one.case_id)
            left = [row for row in left if row[0] != one.case_id]
    for place, first in enumerate(served):
        for overtaken in served[place + 1 :]:
            if came[first] > came[overtaken]:
                assert came[first] <= came[overtaken] + RULES.ceiling * promises[overtaken]


def served_after(rules: Rules, seconds: int) -> float | None:
    """When a letter is taken while twice as many urgent calls come as one agent can answer; None: not by then."""
    letter = WaitingCase(0, 1, Work.WRITTEN, 0.0, -1, arrived_at=0.0)
    waiting = [letter]
    for second in range(1, seconds):
        waiting.append(WaitingCase(second, 1, Work.CALL, 0.0, 2, arrived_at=float(second)))
        if second % 2 == 0:
            aged = [
                dataclasses.replace(case, used=(second - case.arrived_at) / (10 if case.id else 100))
                for case in waiting
            ]
            (decision,) = decide(aged, [an_agent()], NOW, rules)
            if decision.case_id == letter.id:
                return float(second)
            waiting = [case for case in waiting if case.id != decision.case_id]
    return None


def test_a_stream_of_urgent_calls_does_not_starve_a_letter() -> None:
    served = served_after(RULES, 600)
    assert served is not None
    assert served <= RULES.ceiling * 100 + 2
    assert served_after(Rules(ceiling=1000), 600) is None, "this is what the ceiling is for"


# single rules, by example


def test_the_band_then_priority_then_arrival_decide() -> None:
    later_but_fuller = a_case(1, used=0.95, arrived_at=9.0)
    urgent = a_case(2, used=0.41, priority=2, arrived_at=8.0)
    same_band = a_case(3, used=0.49, priority=0, arrived_at=1.0)
    earlier = a_case(4, used=0.42, priority=0, arrived_at=0.5)
    waiting = [same_band, urgent, earlier, later_but_fuller]
    order = sorted(waiting, key=lambda case: order_key(case, RULES))
    assert [case.id for case in order] == [1, 2, 4, 3]


def test_a_mail_nearly_due_goes_before_a_call_that_just_came() -> None:
    mail = a_case(1, used=0.9)
    call = a_case(2, work=Work.CALL, used=0.1, priority=1)
    assert pairs(decide([call, mail], [an_agent()], NOW, RULES)) == [(1, 1)]


def test_at_the_ceiling_only_arrival_counts() -> None:
    early, urgent = a_case(1, used=5.0, priority=-1, arrived_at=1.0), a_case(2, used=90.0, priority=2, arrived_at=2.0)
    (decision,) = decide([urgent, early], [an_agent()], NOW, RULES)
    assert decision.case_id == 1
    assert decision.why.at_ceiling


def test_an_agent_with_full_hands_is_offered_a_call_but_no_letter() -> None:
    full = an_agent(written_room=0)
    assert pairs(decide([a_case(1), a_case(2, work=Work.CALL)], [full], NOW, RULES)) == [(2, 1)]
    assert decide([a_case(1)], [full], NOW, RULES) == []


def test_who_cannot_take_calls_is_offered_none() -> None:
    assert decide([a_case(work=Work.CALL)], [an_agent(takes_calls=False)], NOW, RULES) == []


def test_the_longest_idle_gets_it() -> None:
    free = [an_agent(1, idle_since=5.0), an_agent(2, idle_since=3.0), an_agent(3, idle_since=4.0)]
    assert pairs(decide([a_case()], free, NOW, RULES)) == [(1, 2)]


def test_skills_are_asked_for_and_then_less_and_less() -> None:
    knows_a_little = an_agent(skills={"bygg": 1})
    case = a_case(needs=(("bygg", 3),), used=0.9)
    assert decide([case], [knows_a_little], NOW, RULES) == []
    (decision,) = decide([dataclasses.replace(case, used=1.0)], [knows_a_little], NOW, RULES)
    assert decision.why.skills_relaxed == (("bygg", 3, 1),)
    (decision,) = decide([dataclasses.replace(case, used=1.5)], [an_agent()], NOW, RULES)
    assert decision.why.skills_relaxed == (("bygg", 3, 0),)


def test_skills_are_never_relaxed_when_so_ruled() -> None:
    case = a_case(needs=(("bygg", 1),), used=math.inf)
    assert decide([case], [an_agent()], NOW, Rules(relax_every=math.inf)) == []


def test_a_case_is_kept_for_who_had_it_and_then_goes_to_anybody() -> None:
    case = a_case(preferred_agent=2, preferred_until=NOW + 5, needs=(("bygg", 5),))
    other, preferred = an_agent(1, skills={"bygg": 5}), an_agent(2, queues=frozenset())
    assert decide([case], [other], NOW, RULES) == []
    (decision,) = decide([case], [other, preferred], NOW, RULES)
    assert decision.agent_id == 2
    assert decision.why.preferred
    assert pairs(decide([case], [other, preferred], NOW + 5, RULES)) == [(1, 1)]


def test_a_case_is_not_kept_for_who_passed_on_it() -> None:
    case = a_case(preferred_agent=2, preferred_until=NOW + 5, passed=frozenset({2}))
    assert pairs(decide([case], [an_agent(1), an_agent(2)], NOW, RULES)) == [(1, 1)]


def test_who_passed_is_asked_again_only_when_nobody_else_is_there() -> None:
    case = a_case(passed=frozenset({1}))
    assert pairs(decide([case], [an_agent(1), an_agent(2)], NOW, RULES)) == [(1, 2)]
    (decision,) = decide([case], [an_agent(1)], NOW, RULES)
    assert decision.why.offered_again


def test_who_passed_is_left_in_peace_for_a_while_but_may_ask_for_it() -> None:
    case = a_case(passed=frozenset({1}), ask_again_from=NOW + 30)
    assert decide([case], [an_agent(1)], NOW, RULES) == []
    assert pairs(decide([case], [an_agent(1)], NOW + 30, RULES)) == [(1, 1)]
    asked = first_for([case], an_agent(1), NOW, RULES)
    assert asked is not None
    assert asked.why.offered_again


def test_who_passed_is_offered_something_else_first() -> None:
    waiting = [a_case(1, passed=frozenset({1})), a_case(2)]
    assert pairs(decide(waiting, [an_agent(1)], NOW, RULES)) == [(2, 1)]


@pytest.mark.parametrize(
    "wrong", [{"relax_every": 0.0}, {"band": 0.0}, {"band": 2.0}, {"ceiling": 0.01}, {"relax_every": math.nan}]
)
def test_impossible_rules_are_refused_by_name(wrong: dict[str, float]) -> None:
    with pytest.raises(Misconfigured, match=f"routing.{next(iter(wrong))}"):
        Rules(**wrong)


def test_the_reason_says_what_was_relaxed_and_who_waits_before() -> None:
    waiting = [a_case(1, work=Work.CALL, used=2.0), a_case(2, used=0.85, priority=1, needs=(("bygg", 2),))]
    (decision,) = decide(waiting, [an_agent(takes_calls=False, skills={"bygg": 1})], NOW, RULES)
    why = decision.why
    assert (why.used, why.place, why.waiting_before, why.priority) == (0.85, 2, 1, 1)
    assert why.skills_relaxed == (("bygg", 2, 1),)


def test_agents_of_another_queue_help_out_only_where_they_are_asked_to() -> None:
    helped, other = a_case(1, queue_id=1, helped_by=frozenset({7})), a_case(2, queue_id=1)
    back_office = an_agent(1, queues=frozenset({7}))
    assert pairs(decide([other, helped], [back_office], NOW, RULES)) == [(1, 1)]
    assert may_take(helped, back_office, NOW, RULES)
    assert not may_take(other, back_office, NOW, RULES)


def test_the_reason_is_data_too() -> None:
    (decision,) = decide([a_case(used=math.inf)], [an_agent()], NOW, RULES)
    assert decision.why.data()["used"] == 1e6
    assert Why(**(decision.why.data() | {"used": math.inf})) == decision.why
