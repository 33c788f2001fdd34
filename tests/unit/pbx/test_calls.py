"""The fold's laws, over any order of any messages, and the ordinary stories told once each."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbx import messages as m
from pbx.calls import Call, CallKind, Calls, CallState, Change, ChangeKind, fold, resync

QUEUED = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
WAITS = m.Waits("kc-1.0", "PJSIP/trunk-1", "+46850000100", "bygg", "1", QUEUED, "0701740605", private=False)
ENDINGS = {ChangeKind.ENDED, ChangeKind.ABANDONED, ChangeKind.NOT_REACHED, ChangeKind.LEFT}


def tell(*messages: m.Message, calls: Calls | None = None) -> tuple[Calls, list[Change]]:
    calls = calls or Calls()
    changes: list[Change] = []
    for message in messages:
        calls, new = fold(calls, message)
        changes += new
    return calls, changes


def kinds(changes: list[Change]) -> list[str]:
    return [change.kind.value for change in changes]


def rung(offer: str = "17") -> tuple[m.Message, ...]:
    return m.Rings("kc-1.0", "2001", offer), m.LegBegan("kc-1.0", "kc-1.1", "PJSIP/2001-1")


def test_a_call_that_is_answered_and_ended_by_the_agent() -> None:
    answered = m.LegEnded("kc-1.0", "kc-1.1", "PJSIP/2001-1", "ANSWER")
    over = m.HangupAsked("kc-1.1"), m.HungUp("kc-1.1", "16"), m.HungUp("kc-1.0", "16")
    calls, changes = tell(m.Arrived("kc-1.0", "PJSIP/trunk-1", "+46850000100"), WAITS, *rung(), answered, *over)
    assert kinds(changes) == ["waiting", "ringing", "answered", "ended"]
    assert (changes[2].call.phone, changes[3].detail) == ("2001", "agent")
    assert not calls.live


def test_a_telephone_that_does_not_answer_leaves_the_call_waiting() -> None:
    silent = m.LegEnded("kc-1.0", "kc-1.1", "PJSIP/2001-1", "NOANSWER"), m.HungUp("kc-1.1", "16")
    calls, changes = tell(WAITS, *rung(), *silent, m.Unanswered("kc-1.0", "2001", "17", "NOANSWER"), WAITS)
    assert kinds(changes) == ["waiting", "ringing", "unanswered"]
    assert changes[-1].detail == "NOANSWER"
    assert calls.live["kc-1.0"].state is CallState.WAITING
    assert calls.live["kc-1.0"].queued == QUEUED


def test_a_withdrawn_offer_is_a_return_to_the_waiting_room_and_no_abandon() -> None:
    gone = m.LegEnded("kc-1.0", "kc-1.1", "PJSIP/2001-1", "CANCEL"), m.HungUp("kc-1.1", "16")
    _, changes = tell(WAITS, *rung(), *gone, WAITS)
    assert kinds(changes) == ["waiting", "ringing", "waiting"]


def test_ringing_again_with_auto_answer_is_no_unanswered() -> None:
    again = m.LegEnded("kc-1.0", "kc-1.1", "PJSIP/2001-1", "CANCEL"), m.Rings("kc-1.0", "2001", "17")
    answered = m.LegEnded("kc-1.0", "kc-1.2", "PJSIP/2001-2", "ANSWER")
    _, changes = tell(WAITS, *rung(), *again, m.LegBegan("kc-1.0", "kc-1.2", "PJSIP/2001-2"), answered)
    assert kinds(changes) == ["waiting", "ringing", "answered"]


def test_an_old_offers_end_does_not_touch_the_new_one() -> None:
    _, changes = tell(WAITS, *rung("17"), *rung("18"), m.Unanswered("kc-1.0", "2001", "17", "NOANSWER"))
    assert "unanswered" not in kinds(changes)


@pytest.mark.parametrize("before", [(WAITS,), (WAITS, *rung()), (WAITS, m.FellBack("kc-1.0"))])
def test_a_caller_who_gives_up_is_abandoned(before: tuple[m.Message, ...]) -> None:
    _, changes = tell(*before, m.HangupAsked("kc-1.0"), m.HungUp("kc-1.0", "16"))
    assert (changes[-1].kind, changes[-1].detail) == (ChangeKind.ABANDONED, "citizen")


@pytest.mark.parametrize(
    "before",
    [m.Arrived("kc-1.0", "PJSIP/trunk-1", "+46850000100"), m.TurnedAway("kc-1.0", "PJSIP/trunk-1", "+46850000100")],
)
def test_who_hangs_up_before_the_queue_has_only_left(before: m.Message) -> None:
    _, changes = tell(before, m.HungUp("kc-1.0", "16"))
    assert kinds(changes) == ["left"]


def test_a_fallback_telephone_that_answers_is_named() -> None:
    fallback = m.LegBegan("kc-1.0", "kc-1.5", "PJSIP/2002-3"), m.LegBegan("kc-1.0", "kc-1.6", "PJSIP/2003-3")
    answered = m.LegEnded("kc-1.0", "kc-1.6", "PJSIP/2003-3", "ANSWER")
    _, changes = tell(WAITS, m.FellBack("kc-1.0"), *fallback, answered)
    assert (kinds(changes)[-1], changes[-1].call.phone) == ("answered", "2003")


def callback() -> Calls:
    call = Call("kc-back-1", "PJSIP/2001", CallKind.CALLBACK, CallState.RINGING, phone="2001")
    return Calls().with_call(call)


def test_a_call_back_that_reaches_the_citizen() -> None:
    answered = m.LegEnded("kc-back-1", "kc-1.9", "PJSIP/trunk-2", "ANSWER")
    over = m.HangupAsked("kc-1.9"), m.HungUp("kc-back-1", "16")
    _, changes = tell(m.Dialling("kc-back-1", "kc-back-1"), answered, *over, calls=callback())
    assert kinds(changes) == ["dialling", "answered", "ended"]
    assert changes[-1].detail == "citizen"


def test_a_call_back_nobody_takes() -> None:
    _, busy = tell(
        m.Dialling("kc-back-1", "kc-back-1"),
        m.NotReached("kc-back-1", "kc-back-1", "BUSY"),
        m.HungUp("kc-back-1", "17"),
        calls=callback(),
    )
    _, absent = tell(m.OrderFailed("kc-back-1"), m.HungUp("kc-back-1", "0"), calls=callback())
    assert (kinds(busy), busy[-1].detail) == (["dialling", "not_reached"], "busy")
    assert (kinds(absent), absent[-1].detail) == (["not_reached"], "agent_no_answer")


IDS = st.sampled_from(["kc-1.0", "kc-1.1", "kc-back-1", "kc-7.7"])
STATUS = st.sampled_from(["ANSWER", "NOANSWER", "BUSY", "CANCEL", "nonsense"])
TEXT = st.sampled_from(["2001", "17", ""])
CHANNELS = st.sampled_from(["PJSIP/2001-1", "PJSIP/2002-2", "PJSIP/trunk-1", "Local/9@x;1", ""])
MESSAGES = st.one_of(
    st.builds(m.Arrived, IDS, TEXT, TEXT),
    st.builds(m.Waits, IDS, TEXT, TEXT, TEXT, TEXT, st.just(QUEUED), TEXT, st.booleans()),
    st.builds(m.Rings, IDS, TEXT, TEXT),
    st.builds(m.Unanswered, IDS, TEXT, TEXT, STATUS),
    st.builds(m.FellBack, IDS),
    st.builds(m.TurnedAway, IDS, TEXT, TEXT),
    st.builds(m.Dialling, IDS, IDS),
    st.builds(m.NotReached, IDS, IDS, STATUS),
    st.builds(m.LegBegan, IDS, IDS, CHANNELS),
    st.builds(m.LegEnded, IDS, IDS, CHANNELS, STATUS),
    st.builds(m.HangupAsked, IDS),
    st.builds(m.HungUp, IDS, TEXT),
    st.builds(m.OrderFailed, IDS),
    st.builds(m.PhoneChanged, TEXT, TEXT),
    st.builds(m.Held, IDS, st.sampled_from(["held", "parked", "nonsense"])),
    st.builds(m.Joined, IDS, CHANNELS),
    st.builds(m.Consults, IDS, TEXT),
    st.builds(m.Confers, IDS),
    st.builds(m.Outside, IDS, TEXT),
    st.builds(m.Returned, IDS, TEXT),
)


@given(st.lists(MESSAGES, max_size=40))
def test_any_messages_in_any_order_end_a_call_at_most_once(messages: list[m.Message]) -> None:
    calls, changes = tell(*messages, calls=callback())
    endings = [change.call.id for change in changes if change.kind in ENDINGS]
    assert len(endings) == len(set(endings))
    assert not set(endings) & calls.live.keys()
    assert all(call.id == key for key, call in calls.live.items())


@given(st.lists(MESSAGES, max_size=30), st.lists(MESSAGES, max_size=10))
def test_nothing_is_said_of_a_call_after_its_end(before: list[m.Message], after: list[m.Message]) -> None:
    calls, _ = tell(*before, m.HungUp("kc-1.0", "16"), WAITS, m.HungUp("kc-1.0", "16"))
    _, changes = tell(*after, calls=calls)
    assert "kc-1.0" not in [change.call.id for change in changes]


@given(st.lists(MESSAGES, max_size=30))
def test_only_the_citizens_own_end_abandons(messages: list[m.Message]) -> None:
    """Whatever else happens, redirects included: without the citizen's own hang-up there is no abandon."""
    others = [msg for msg in messages if not (isinstance(msg, m.HungUp) and msg.call == "kc-1.0")]
    others = [msg for msg in others if not (isinstance(msg, m.NotReached | m.OrderFailed))]
    _, changes = tell(WAITS, *others)
    assert not [change for change in changes if change.call.id == "kc-1.0" and change.kind in ENDINGS]


@given(st.lists(MESSAGES, max_size=30))
def test_the_same_message_twice_changes_nothing_the_second_time(messages: list[m.Message]) -> None:
    calls = callback()
    for message in messages:
        calls, _ = fold(calls, message)
        again, changes = fold(calls, message)
        assert again == calls
        assert not [change for change in changes if change.kind in ENDINGS]


@given(st.lists(MESSAGES, max_size=30), st.lists(MESSAGES, max_size=30))
def test_after_a_resync_the_mirror_is_what_the_exchange_said(one: list[m.Message], two: list[m.Message]) -> None:
    mine, _ = tell(*one)
    theirs, _ = tell(*two)
    synced, changes = resync(mine, theirs.live.values())
    assert synced.live == theirs.live
    assert {c.call.id for c in changes if c.kind in ENDINGS} == mine.live.keys() - theirs.live.keys()
    assert resync(synced, theirs.live.values())[1] == ()


def test_a_resync_tells_what_was_missed() -> None:
    mine, _ = tell(WAITS)
    talking = Call("kc-1.0", "PJSIP/trunk-1", CallKind.CITIZEN, CallState.TALKING, phone="2001")
    _, answered = resync(mine, [talking])
    _, gone = resync(mine, [])
    assert [change.kind for change in answered] == [ChangeKind.ANSWERED]
    assert [change.kind for change in gone] == [ChangeKind.ABANDONED]
