"""Those who hung up and those on the line are one order: neither starves the other, whatever the day is like."""

from hypothesis import given, settings
from hypothesis import strategies as st

from contactcenter.routing import FreeAgent, Rules, WaitingCase, Work, decide

RULES = Rules()
ARRIVALS = st.lists(st.tuples(st.integers(0, 3_000), st.booleans(), st.integers(1, 2)), min_size=1, max_size=30)
"""When they came, whether they hung up with a promise, which queue."""
LENGTHS = st.lists(st.integers(10, 900), min_size=60, max_size=60)
PAUSE = 300.0


@settings(max_examples=200)
@given(ARRIVALS, LENGTHS, st.sets(st.integers(0, 29)), st.integers(1, 3))
def test_everybody_is_served_in_the_order_of_arrival(
    arrivals: list[tuple[int, bool, int]], lengths: list[int], unreached: set[int], people: int
) -> None:
    """`unreached`: those who hung up and are not reached at the first try."""
    due = {n: float(at) for n, (at, _, _) in enumerate(arrivals)}
    free_at = dict.fromkeys(range(people), 0.0)
    tries, steps = dict.fromkeys(due, 0), iter(lengths)
    while due:
        now = _next(due, free_at)
        agents = [_agent(n, at) for n, at in free_at.items() if at <= now]
        cases = [_case(n, *arrivals[n], now) for n, at in due.items() if at <= now]
        served = decide(cases, agents, now, RULES)
        assert [one.case_id for one in served] == _by_arrival(cases)[: len(agents)]
        for one in served:
            free_at[one.agent_id] = now + next(steps, 60)
            tries[one.case_id] += 1
            if arrivals[one.case_id][1] and one.case_id in unreached and tries[one.case_id] == 1:
                due[one.case_id] = now + PAUSE
            else:
                del due[one.case_id]
    for n, (_, hung_up, _) in enumerate(arrivals):
        assert tries[n] == (2 if hung_up and n in unreached else 1)


FIRST_COME = st.lists(st.tuples(st.integers(0, 1_200), st.sampled_from(("line", "agent", "citizen"))), min_size=1)
"""When they came, and how they wait: on the line, or promised a call where the agent or the citizen is rung first."""
RESERVED, AGENT_RUNG = 90.0, 30.0
"""Seconds that an agent is lost to a citizen who is rung first and does not press the key, and to one rung after."""


@settings(max_examples=200)
@given(FIRST_COME, LENGTHS, st.sets(st.integers(0, 40)), st.integers(1, 3))
def test_calls_promised_citizen_first_starve_nobody_and_nobody_starves_them(
    arrivals: list[tuple[int, str]], lengths: list[int], unreached: set[int], people: int
) -> None:
    """Whoever waits is offered before anybody who came later, and waits at most for those before them.

    `unreached`: those with a promise who lift at no try: three, a pause between. Nobody is tried more often.
    """
    due = {n: float(at) for n, (at, _) in enumerate(arrivals)}
    free_at, tries, steps = dict.fromkeys(range(people), 0.0), dict.fromkeys(due, 0), iter(lengths)
    offered: dict[int, float] = {}
    while due:
        now = _next(due, free_at)
        agents = [_agent(n, at) for n, at in free_at.items() if at <= now]
        cases = [_case(n, arrivals[n][0], arrivals[n][1] != "line", 1, now) for n, at in due.items() if at <= now]
        served = decide(cases, agents, now, RULES)
        assert [one.case_id for one in served] == _by_arrival(cases)[: len(agents)]
        for one in served:
            how = arrivals[one.case_id][1]
            offered.setdefault(one.case_id, now)
            tries[one.case_id] += 1
            fails = how != "line" and one.case_id in unreached
            lost = RESERVED if how == "citizen" else AGENT_RUNG
            free_at[one.agent_id] = now + (lost if fails else next(steps, 60))
            if fails and tries[one.case_id] < 3:
                due[one.case_id] = now + PAUSE
            else:
                del due[one.case_id]
    assert offered.keys() == tries.keys()
    assert max(tries.values()) <= 3
    for n, (at, _) in enumerate(arrivals):
        before = sum(1 for m, (other, _) in enumerate(arrivals) if (other, m) < (at, n))
        assert offered[n] - at <= (3 * before + people) * max(900, RESERVED), "they waited for those before them only"


def _agent(n: int, at: float) -> FreeAgent:
    return FreeAgent(n, frozenset({1, 2}), {}, at, takes_calls=True, written_room=1)


def _next(due: dict[int, float], free_at: dict[int, float]) -> float:
    """The first moment at which somebody is due and somebody is free."""
    return max(min(due.values()), min(free_at.values()))


def _case(n: int, at: int, hung_up: bool, queue: int, now: float) -> WaitingCase:
    """As `queueing` makes both: a promise changes nothing in what the router sees."""
    del hung_up
    return WaitingCase(n, queue, Work.CALL, (now - at) / 60, 0, float(at))


def _by_arrival(cases: list[WaitingCase]) -> list[int]:
    return [case.id for case in sorted(cases, key=lambda case: (case.arrived_at, case.id))]
