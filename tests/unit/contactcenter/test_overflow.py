"""The law of overflow."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from contactcenter.overflow.rules import LEAVING, Caller, Due, Step, Target, decide, next_look

QUEUES = ("a", "b", "c")
NOW = 10_000.0
conditions = st.fixed_dictionaries(
    {"after_seconds": st.integers(0, 600)},
    optional={
        "callers_per_agent": st.sampled_from((0.5, 1, 2, 5)),
        "agents_below": st.integers(1, 4),
        "agents_from": st.integers(1, 4),
    },
)
steps = st.builds(
    lambda when, what: Step.model_validate(when | what),
    conditions,
    st.one_of(
        st.sampled_from(QUEUES).map(lambda queue: {"to": "queue", "queue": queue}),
        st.sampled_from(QUEUES).map(lambda queue: {"to": "agents", "queue": queue}),
        st.just({"to": "number", "number": "+46850000999"}),
        st.just({"to": "voicemail"}),
        st.just({"to": "message", "say": "Ring senare."}),
    ),
)
plans = st.dictionaries(st.sampled_from(QUEUES), st.lists(steps, max_size=4), max_size=3)
crowds = st.lists(
    st.builds(
        lambda queue, waited, line, leaving: (queue, NOW - waited, line, leaving and line),
        st.sampled_from(QUEUES), st.floats(0, 700), st.booleans(), st.booleans(),
    ),
    max_size=12,
).map(
    lambda many: [
        Caller(n, queue, at, line, is_leaving=leaving) for n, (queue, at, line, leaving) in enumerate(many)
    ]
)  # fmt: skip
staff = st.dictionaries(st.sampled_from(QUEUES), st.integers(0, 4))


def moved(callers: list[Caller], due: list[Due]) -> list[Caller]:
    """What becomes of them: the step is taken, and those who leave are gone."""
    taken = {one.case_id: one for one in due}
    left = []
    for caller in callers:
        found = taken.get(caller.case_id)
        if found is None:
            left.append(caller)
        elif found.step.to not in LEAVING:
            queue = found.step.queue if found.step.to is Target.QUEUE else caller.queue
            history = caller.taken | {(found.queue, found.position)}
            left.append(Caller(caller.case_id, queue, caller.arrived_at, caller.on_the_line, history))
    return left


@given(crowds, plans, staff)
def test_each_takes_one_step_that_holds_and_is_theirs(
    callers: list[Caller], plan: dict[str, list[Step]], agents: dict[str, int]
) -> None:
    by_id = {caller.case_id: caller for caller in callers}
    due = decide(callers, plan, agents, NOW)
    assert len({one.case_id for one in due}) == len(due)
    for one in due:
        caller, step, here = by_id[one.case_id], one.step, agents.get(one.queue, 0)
        assert one.queue == caller.queue
        assert plan[one.queue][one.position] is step
        assert NOW - caller.arrived_at >= step.after_seconds
        assert step.agents_below is None or here < step.agents_below
        assert step.agents_from is None or here >= step.agents_from
        assert caller.on_the_line or step.to not in LEAVING
        assert not caller.is_leaving
        assert step.queue != caller.queue or step.to is not Target.QUEUE


@given(crowds, plans, staff)
def test_who_is_on_the_way_out_is_as_good_as_gone(
    callers: list[Caller], plan: dict[str, list[Step]], agents: dict[str, int]
) -> None:
    staying = [caller for caller in callers if not caller.is_leaving]
    assert decide(callers, plan, agents, NOW) == decide(staying, plan, agents, NOW)
    assert next_look(callers, plan, NOW) == next_look(staying, plan, NOW)


@given(crowds, plans, staff)
def test_nobody_goes_round_in_circles(
    callers: list[Caller], plan: dict[str, list[Step]], agents: dict[str, int]
) -> None:
    most = sum(map(len, plan.values())) + 1
    for _ in range(most):
        due = decide(callers, plan, agents, NOW)
        if not due:
            break
        callers = moved(callers, due)
    assert decide(callers, plan, agents, NOW) == []


@given(crowds, plans)
def test_the_next_look_is_when_somebody_has_waited_long_enough(
    callers: list[Caller], plan: dict[str, list[Step]]
) -> None:
    only_time = {queue: [one for one in some if one.callers_per_agent is None and not one.agents_from and
                         not one.agents_below] for queue, some in plan.items()}  # fmt: skip
    while due := decide(callers, only_time, {}, NOW):
        callers = moved(callers, due)
    wait = next_look(callers, only_time, NOW)
    if wait is None:
        assert decide(callers, only_time, {}, NOW + 100_000) == []
    else:
        assert wait > 0
        assert decide(callers, only_time, {}, NOW + wait * 0.999 - 0.001) == []
        assert decide(callers, only_time, {}, NOW + wait + 0.001)


def test_those_who_came_last_go_until_it_is_no_longer_too_many() -> None:
    crowd = [Caller(n, "a", NOW - 100 + n, on_the_line=True) for n in range(5)]
    step = Step(to=Target.VOICEMAIL, callers_per_agent=2)
    assert [one.case_id for one in decide(crowd, {"a": [step]}, {"a": 2}, NOW)] == [4, 3]
    assert len(decide(crowd, {"a": [step]}, {}, NOW)) == 5


def test_an_earlier_step_comes_first_and_each_only_once() -> None:
    plan = {"a": [Step(to=Target.AGENTS, queue="b"), Step(to=Target.VOICEMAIL)]}
    caller = Caller(1, "a", NOW, on_the_line=True)
    (first,) = decide([caller], plan, {}, NOW)
    assert first.step.to is Target.AGENTS
    (second,) = decide(moved([caller], [first]), plan, {}, NOW)
    assert second.step.to is Target.VOICEMAIL


@pytest.mark.parametrize(
    "wrong",
    [
        {"to": "queue"}, {"to": "number", "number": "0850000999"}, {"to": "voicemail", "say": "Hej"}, {"to": "message"},
        {"to": "agents", "number": "+46850000999"}, {"to": "voicemail", "after_seconds": -1}, {"to": "elsewhere"},
        {"to": "voicemail", "callers_per_agent": 0}, {"to": "voicemail", "often": True},
    ],
)  # fmt: skip
def test_a_step_that_cannot_be_meant_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Step.model_validate(wrong)
