"""The journal of telephony: nothing of a citizen in it, and the room made anew from it."""

import asyncio
import json
from collections.abc import Iterable
from dataclasses import fields
from dataclasses import replace as changed
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast, get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.phone.journal import Journal, replay, written
from contactcenter.context import Context
from contactcenter.errors import Unavailable
from contactcenter.telephone_journal import SNAPSHOT, TelephoneEvent
from pbx import messages as m
from pbx.call import Listener
from pbx.calls import Call, CallKind, Calls, CallState, fold, resync

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
OURS, CITIZEN = "+46850000200", "+46701740605"
CHANNEL = "PJSIP/trunk-00000001"


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def row(seconds: float, thing: m.Message, exchange: str = "kc") -> TelephoneEvent:
    facts = json.loads(json.dumps(written(thing)))
    return TelephoneEvent(at=at(seconds), exchange=exchange, kind=type(thing).__name__, facts=facts)


def snapshot(seconds: float, calls: Iterable[Call], exchange: str = "kc") -> TelephoneEvent:
    facts = json.loads(json.dumps({"calls": [written(one) for one in calls], "phones": {}}))
    return TelephoneEvent(at=at(seconds), exchange=exchange, kind=SNAPSHOT, facts=facts)


def waits(call: str = "kc-1.1", caller: str = CITIZEN) -> m.Waits:
    return m.Waits(call, CHANNEL, OURS, "skola", "2", NOON, caller, private=False)


SAMPLE: dict[str, Any] = {
    "kind": CallKind.CITIZEN, "state": CallState.TALKING, "queued": NOON, "private": False,
    "legs": frozenset({"kc-1.2"}), "channel": CHANNEL, "number": OURS, "caller": CITIZEN,
    "listeners": frozenset({Listener("kc-1.3", "PJSIP/2006-00000004", "listen")}),
}  # fmt: skip
ONE_CALL: tuple[tuple[float, m.Message], ...] = (
    (0, m.Arrived("kc-1.1", CHANNEL, OURS)),
    (5, waits()),
    (10, m.Rings("kc-1.1", "2001", "17")),
    (11, m.LegBegan("kc-1.1", "kc-1.2", "PJSIP/2001-00000002")),
    (15, m.LegEnded("kc-1.1", "kc-1.2", "PJSIP/2001-00000002", "ANSWER")),
    (60, m.HungUp("kc-1.1", "16")),
)


def test_a_call_is_told_as_it_went() -> None:
    (call,) = replay([row(when, one) for when, one in ONE_CALL], at(0), at(120)).calls
    assert (call.id, call.exchange, call.number, call.topic) == ("kc-1.1", "kc", OURS, "skola")
    assert [(one.state, one.phone, one.begin, one.end) for one in call.stretches] == [
        ("menu", "", at(0), at(5)), ("waiting", "", at(5), at(10)), ("ringing", "2001", at(10), at(15)),
        ("talking", "2001", at(15), at(60)),
    ]  # fmt: skip


def test_only_the_span_that_was_asked_for() -> None:
    rows = [row(when, one) for when, one in ONE_CALL]
    (call,) = replay(rows, at(12), at(30)).calls
    assert [(one.state, one.begin, one.end) for one in call.stretches] == [
        ("ringing", at(12), at(15)), ("talking", at(15), at(30)),
    ]  # fmt: skip
    assert replay(rows, at(61), at(90)).calls == ()


def test_a_snapshot_is_where_it_begins_and_what_a_gap_led_to() -> None:
    before = Call("kc-1.1", CHANNEL, CallKind.CITIZEN, CallState.WAITING, OURS, queued=NOON)
    after = Call("kc-2.1", CHANNEL, CallKind.CITIZEN, CallState.TALKING, OURS, phone="2002")
    lost = TelephoneEvent(at=at(30), exchange="kc", kind="link_lost", facts={})
    found = replay([snapshot(0, [before]), lost, snapshot(50, [after])], at(10), at(60))
    assert [(one.begin, one.end) for one in found.gaps] == [(at(30), at(50))]
    assert [(call.id, call.stretches[0].state, call.stretches[-1].end) for call in found.calls] == [
        ("kc-1.1", "waiting", at(50)), ("kc-2.1", "talking", at(60)),
    ]  # fmt: skip


def test_silence_longer_than_between_snapshots_is_a_gap() -> None:
    (gap,) = replay([snapshot(0, []), snapshot(3600, [])], at(60), at(4000)).gaps
    assert (gap.begin, gap.end) == (at(60), at(3600))


def test_a_link_that_did_not_come_back_is_a_gap_to_the_end() -> None:
    lost = TelephoneEvent(at=at(30), exchange="syd", kind="link_lost", facts={})
    (gap,) = replay([snapshot(0, [], "syd"), lost], at(0), at(60)).gaps
    assert (gap.exchange, gap.begin, gap.end) == ("syd", at(30), at(60))


def test_exchanges_are_told_apart() -> None:
    rows = [row(1, waits("kc-1.1")), row(2, waits("syd-1.1"), "syd"), snapshot(3, [])]
    kept = {call.id: (call.exchange, call.stretches[-1].end) for call in replay(rows, at(0), at(9)).calls}
    assert kept == {"kc-1.1": ("kc", at(3)), "syd-1.1": ("syd", at(9))}


def test_words_of_a_later_version_are_passed_over() -> None:
    strange = [
        TelephoneEvent(at=at(1), exchange="kc", kind="Beamed", facts={"call": "kc-1.1"}),
        TelephoneEvent(at=at(1), exchange="kc", kind="Rings", facts={"somebody": 1}),
    ]
    assert len(replay([row(0, waits()), *strange], at(0), at(9)).calls) == 1


@pytest.mark.parametrize("thing", [waits(), Call("kc-1.1", CHANNEL, CallKind.CALLBACK, CallState.RINGING, OURS,
                                                 caller=CITIZEN, legs=frozenset({"kc-1.2"}))])  # fmt: skip
def test_nothing_of_the_citizen_is_written(thing: m.Message | Call) -> None:
    text = json.dumps(written(thing))
    assert CITIZEN not in text
    assert OURS in text


def test_a_number_outside_that_is_asked_is_not_written_an_extension_is() -> None:
    assert written(m.Outside("kc-1.1", CITIZEN))["third"] == ""
    assert written(m.Consults("kc-1.3", "2002"))["third"] == "2002"


def test_everything_the_mirror_knows_can_be_read_back() -> None:
    """A field that is left out must not make the rest unreadable."""
    for kind in (Call, *get_args(m.Message)):
        values = {one.name: SAMPLE.get(one.name, "kc-1.7") for one in fields(kind)}
        if kind is m.PhoneChanged:
            values["state"] = "INUSE"
        again = msgspec.convert(json.loads(json.dumps(written(kind(**values)))), kind, strict=False)
        assert type(again) is kind


def test_a_channel_named_after_a_number_is_not_written() -> None:
    facts = written(m.LegBegan("kc-1.1", "kc-1.2", f"Local/{CITIZEN}@outside-00000001;1"))
    assert facts["leg_channel"] == ""


STEPS = st.lists(st.sampled_from([one for _, one in ONE_CALL] + [
    changed(waits(), call="kc-1.9"), m.HungUp("kc-1.9", "16"), m.FellBack("kc-1.1"),
    m.Unanswered("kc-1.1", "2001", "17", "NOANSWER"), m.HangupAsked("kc-1.1"),
]), max_size=30)  # fmt: skip


@given(STEPS)
def test_the_replay_is_the_mirror(steps: list[m.Message]) -> None:
    """Whatever order things came in: at every moment the replay shows what the mirror showed."""
    mirror = Calls()
    rows = []
    for second, message in enumerate(steps):
        mirror, _ = fold(mirror, message)
        rows.append(row(second, message))
        shown = replay(rows, at(second), at(second + 1))
        last = {call.id: call.stretches[-1] for call in shown.calls}
        assert {key: (one.state.value, one.phone) for key, one in mirror.live.items()} == {
            key: (one.state, one.phone) for key, one in last.items() if one.end == at(second + 1)
        }


def test_a_call_that_was_given_up_and_found_again() -> None:
    call = Call("kc-1.1", CHANNEL, CallKind.CITIZEN, CallState.WAITING, OURS, queued=NOON)
    (found,) = replay([snapshot(0, [call]), snapshot(10, []), snapshot(20, [call])], at(0), at(30)).calls
    assert [(one.begin, one.end) for one in found.stretches] == [(at(0), at(10)), (at(20), at(30))]


def test_a_snapshot_says_what_resync_would() -> None:
    calls, _ = resync(Calls(), [Call("kc-1.1", CHANNEL, CallKind.CITIZEN, CallState.RINGING, OURS, phone="2001")])
    (call,) = replay([snapshot(0, calls.live.values())], at(0), at(5)).calls
    assert call.stretches[0].state == "ringing"


def test_a_call_that_we_placed_is_noted_before_what_becomes_of_it() -> None:
    placed = Call("kc-back-1", "PJSIP/2001", CallKind.CALLBACK, CallState.RINGING, OURS, caller=CITIZEN, phone="2001")
    journal = Journal(cast("Context", SimpleNamespace(clock=lambda: NOON)), 30)
    calls = Calls().with_call(placed)
    for message in (m.Dialling("kc-back-1", "kc-back-1"), m.HungUp("kc-back-1", "16")):
        journal.heard("kc", message, calls)
    assert [one["kind"] for one in journal._waiting] == ["ordered", "Dialling", "HungUp"]


class SlowStore:
    """Takes rows when it is told to, and refuses once when it is told to."""

    def __init__(self) -> None:
        self.kept: list[str] = []
        self.goes, self.refuses = asyncio.Event(), False

    async def run(self, _: object, rows: list[dict[str, Any]]) -> None:
        await self.goes.wait()
        if self.refuses:
            raise Unavailable("store", "the store is busy")
        self.kept += [one["exchange"] for one in rows]


async def test_two_who_write_at_once_write_each_row_once() -> None:
    store = SlowStore()
    journal = Journal(cast("Context", SimpleNamespace(clock=lambda: NOON, store=store)), 30)
    journal.lost("first")
    writers = [asyncio.create_task(journal.write()) for _ in range(3)]
    await asyncio.sleep(0)
    journal.lost("second")
    store.goes.set()
    await asyncio.gather(*writers)
    assert store.kept == ["first", "second"]


async def test_what_the_store_refuses_waits_on_in_order() -> None:
    store = SlowStore()
    store.refuses = True
    journal = Journal(cast("Context", SimpleNamespace(clock=lambda: NOON, store=store)), 30)
    journal.lost("first")
    writer = asyncio.create_task(journal.write())
    await asyncio.sleep(0)
    journal.lost("second")
    store.goes.set()
    with pytest.raises(Unavailable):
        await writer
    store.refuses = False
    await journal.write()
    assert store.kept == ["first", "second"]
