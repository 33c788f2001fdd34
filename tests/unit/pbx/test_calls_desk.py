"""Calls that were answered: held, asked about, handed on, parked; told in order, out of order, twice and not at all."""

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbx import messages as m
from pbx.calls import KEPT, Calls, CallState, ChangeKind, fold, resync
from tests.unit.pbx.test_calls import ENDINGS, MESSAGES, WAITS, callback, kinds, rung, tell

ANSWERED = (WAITS, *rung(), m.LegEnded("kc-1.0", "kc-1.1", "PJSIP/2001-1", "ANSWER"))
HELD = m.Held("kc-1.0", "held")
ASKS = (
    m.Consults("kc-1.1", "2002"),
    m.LegBegan("kc-1.1", "kc-1.2", "PJSIP/2002-2"),
    m.LegEnded("kc-1.1", "kc-1.2", "PJSIP/2002-2", "ANSWER"),
)
BACK = m.Joined("kc-1.0", "PJSIP/2001-1")


def test_held_and_resumed_is_one_call() -> None:
    calls, changes = tell(*ANSWERED, HELD, BACK, HELD, BACK, m.HungUp("kc-1.0", "16"))
    assert kinds(changes) == ["waiting", "ringing", "answered", "held", "joined", "held", "joined", "ended"]
    assert not calls.live


def test_asked_and_left_to_each_other_the_call_is_the_colleagues() -> None:
    done = m.Joined("kc-1.0", "PJSIP/2002-2"), m.HungUp("kc-1.1", "16")
    calls, changes = tell(*ANSWERED, HELD, *ASKS, *done)
    call = calls.live["kc-1.0"]
    assert (call.state, call.phone, call.agent_leg, call.third) == (CallState.TALKING, "2002", "kc-1.2", "")
    assert kinds(changes)[3:] == ["held", "consulting", "consulting", "joined"]
    assert changes[-1].detail == "2002"


@pytest.mark.parametrize("order", list(permutations((HELD, ASKS[0]))))
def test_the_two_legs_of_a_redirect_may_tell_in_either_order(order: tuple[m.Message, ...]) -> None:
    calls, _ = tell(*ANSWERED, *order, *ASKS[1:])
    call = calls.live["kc-1.0"]
    assert (call.state, call.third, call.third_channel) == (CallState.HELD, "2002", "PJSIP/2002-2")


@pytest.mark.parametrize("status", ["NOANSWER", "BUSY", "CANCEL", "CHANUNAVAIL"])
def test_a_colleague_who_does_not_answer_leaves_the_citizen_held(status: str) -> None:
    silent = *ASKS[:2], m.LegEnded("kc-1.1", "kc-1.2", "PJSIP/2002-2", status), m.HungUp("kc-1.2", "16")
    calls, changes = tell(*ANSWERED, HELD, *silent)
    assert (changes[-1].kind, changes[-1].detail) == (ChangeKind.CONSULT_OVER, status)
    assert (calls.live["kc-1.0"].state, calls.live["kc-1.0"].phone) == (CallState.HELD, "2001")


def test_an_agent_who_is_cut_off_leaves_the_citizen_to_be_found_again() -> None:
    calls, changes = tell(*ANSWERED, HELD, m.HungUp("kc-1.1", "16"), WAITS)
    assert kinds(changes)[3:] == ["held", "agent_gone", "waiting"]
    assert calls.live["kc-1.0"].queued == WAITS.queued


def test_a_parked_call_outlives_the_leg_of_who_parked_it() -> None:
    calls, changes = tell(*ANSWERED, m.Held("kc-1.0", "parked"), m.HungUp("kc-1.1", "16"))
    assert kinds(changes)[3:] == ["parked"]
    taken = m.Rings("kc-1.0", "2002", "0"), m.LegEnded("kc-1.0", "kc-1.3", "PJSIP/2002-3", "ANSWER")
    calls, changes = tell(*taken, calls=calls)
    assert (kinds(changes), calls.live["kc-1.0"].phone) == (["ringing", "answered"], "2002")


def test_three_together_go_on_when_the_third_one_leaves() -> None:
    calls, changes = tell(*ANSWERED, HELD, *ASKS, m.Confers("kc-1.0"), m.HungUp("kc-1.2", "16"))
    assert kinds(changes)[-2:] == ["conference", "consult_over"]
    assert calls.live["kc-1.0"].state is CallState.CONFERENCE


def test_a_call_back_that_is_held_does_not_end_with_the_agents_leg() -> None:
    answered = m.Dialling("kc-back-1", "kc-back-1"), m.LegEnded("kc-back-1", "kc-1.9", "PJSIP/trunk-2", "ANSWER")
    calls, changes = tell(*answered, m.Held("kc-1.9", "held"), m.HungUp("kc-back-1", "16"), calls=callback())
    assert kinds(changes)[-2:] == ["held", "agent_gone"]
    _, changes = tell(m.HungUp("kc-1.9", "16"), calls=calls)
    assert kinds(changes) == ["ended"]


STORY = (*ANSWERED, HELD, *ASKS, m.Confers("kc-1.0"), BACK, m.Held("kc-1.0", "parked"), m.Outside("kc-1.0", "+468"))


@st.composite
def garbled(draw: st.DrawFn) -> list[m.Message]:
    """A whole story with messages lost, told twice or too late, and with those of other calls between."""
    told = [one for one in STORY for _ in range(draw(st.sampled_from([0, 1, 1, 1, 2])))]
    for _ in range(draw(st.integers(0, 4))):
        if told:
            late = told.pop(draw(st.integers(0, len(told) - 1)))
            told.insert(draw(st.integers(0, len(told))), late)
    for other in draw(st.lists(MESSAGES, max_size=6)):
        told.insert(draw(st.integers(0, len(told))), other)
    return told


@given(garbled())
def test_however_garbled_a_call_is_one_and_ends_at_the_latest_by_a_resync(told: list[m.Message]) -> None:
    calls, changes = tell(*told)
    calls, ended = resync(calls, ())
    every = [change for change in (*changes, *ended) if change.kind in ENDINGS]
    assert not calls.live
    assert len({change.call.id for change in every}) == len(every)


@given(garbled())
def test_who_was_talked_with_never_counts_as_abandoned_while_held(told: list[m.Message]) -> None:
    calls = Calls()
    for message in told:
        before = calls
        calls, changes = fold(calls, message)
        for change in changes:
            if change.kind is ChangeKind.ABANDONED:
                state = before.live[change.call.id].state
                assert state not in KEPT | {CallState.TALKING}
