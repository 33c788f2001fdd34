"""The link to a real Asterisk is cut, dead, refused; we restart; the contact centre is away; calls are placed once."""

import asyncio
import shutil
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from contactcenter.errors import Refused, Unavailable
from pbx.calls import Call, CallKind, CallState, ChangeKind
from pbx.exchange import Exchange, running
from pbx.telephony import new_callback_token
from tests.fixtures.exchange import CLOSED, DIRECT, OUTSIDE, PLAN, STALE_SECONDS, Room, settings
from tests.integration.wire import Wire
from tests.support import eventually

pytestmark = [pytest.mark.asterisk]
SECONDS = 5
"""A link must be back within so many after the fault is over."""
NUMBER = "+46701740606"


@pytest.fixture
async def wire(room: Room) -> AsyncIterator[Wire]:
    between = await Wire(room.exchange.rendered.ami_port).open()
    room.port = between.port
    yield between
    await between.close()


async def test_a_cut_link_is_shown_and_back_within_seconds(room: Room, wire: Wire) -> None:
    async with room.staffed():
        call = await room.waiting()
        wire.cut()
        await room.until(lambda: room.states[-1].reason == "lost")
        assert not room.states[-1].connected
        with pytest.raises(Unavailable):
            await room.telephony.ring(call.id, "2001", "17")
        await room.until(room.telephony.synced.is_set, SECONDS)
        assert list(room.telephony.calls.live) == [call.id]
        assert not room.of(ChangeKind.ABANDONED)


async def test_a_half_open_link_is_noticed(room: Room, wire: Wire) -> None:
    async with room.staffed():
        call = await room.waiting()
        wire.black = True
        await room.until(lambda: not room.telephony.state.connected, SECONDS)
        wire.black = False
        await room.until(room.telephony.synced.is_set, SECONDS)
        assert "silent" in [state.reason for state in room.states]
        assert room.telephony.calls.live[call.id].state in (CallState.WAITING, CallState.FALLBACK)


async def test_a_refused_link_comes_back_when_the_exchange_does(room: Room, wire: Wire) -> None:
    async with room.staffed():
        wire.refuse()
        await room.until(lambda: room.states[-1].reason == "refused")
        await wire.open()
        await room.until(room.telephony.synced.is_set, SECONDS)


async def test_what_happened_while_the_link_was_down_is_found_out(room: Room, wire: Wire) -> None:
    async with room.staffed():
        caller = await room.citizen(DIRECT)
        gone = (await room.told(ChangeKind.WAITING)).call
        wire.refuse()
        await room.until(lambda: not room.telephony.state.connected)
        await caller.hang_up()
        await room.citizen(DIRECT)
        await eventually(lambda: two_arrived(room))
        await wire.open()
        new = await room.told(ChangeKind.WAITING, 2)
        assert (await room.told(ChangeKind.ABANDONED)).call.id == gone.id
        assert list(room.telephony.calls.live) == [new.call.id]


async def two_arrived(room: Room) -> bool:
    """The first is gone and the second is in the waiting room."""
    channels = await room.exchange.command("core show channels concise")
    return len(channels.splitlines()) == 1 and "!kc-wait!" in channels


async def test_a_call_back_reaches_agent_and_citizen(room: Room) -> None:
    async with room.staffed():
        await room.phone("2001", then="ring")  # lifts by itself only because the order asks it to
        await room.outside(ring=0.2, talk=1)
        token = new_callback_token()
        await room.telephony.call_back(token, "2001", NUMBER, "+46850000100")
        await room.told(ChangeKind.DIALLING)
        answered = await room.told(ChangeKind.ANSWERED)
        assert (answered.call.id, answered.call.kind, answered.call.phone) == (token, CallKind.CALLBACK, "2001")
        assert (await room.told(ChangeKind.ENDED)).detail == "citizen"


async def test_a_call_back_that_the_citizen_declines(room: Room) -> None:
    async with room.staffed():
        await room.phone("2001", then="ring")
        await room.outside(then="decline")
        await room.telephony.call_back(new_callback_token(), "2001", NUMBER, "+46850000100")
        assert (await room.told(ChangeKind.NOT_REACHED)).detail == "busy"


async def test_a_call_back_without_a_telephone(room: Room) -> None:
    async with room.staffed():
        await room.telephony.call_back(new_callback_token(), "2007", NUMBER, "+46850000100")
        assert (await room.told(ChangeKind.NOT_REACHED)).detail == "agent_no_answer"
        assert not room.telephony.calls.live


@pytest.mark.parametrize("number", ["0701740606", "+46701740606\r\nAction: Hangup", "+4670&PJSIP/2002", ""])
async def test_only_a_number_can_be_called_back(room: Room, number: str) -> None:
    async with room.staffed():
        with pytest.raises(Refused):
            await room.telephony.call_back(new_callback_token(), "2001", number, "+46850000100")


async def test_a_link_cut_right_after_the_order_dials_once(room: Room, wire: Wire) -> None:
    """The order's answer is lost. After reconnecting we look: the call is found, and not ordered again."""
    async with room.staffed():
        await room.phone("2001", then="ring")
        await room.outside(ring=0.2)
        token = new_callback_token()
        wire.deaf_after = b"Action: Originate"
        with pytest.raises(Unavailable) as unknown:
            await room.telephony.call_back(token, "2001", NUMBER, "+46850000100")
        assert unknown.value.code in ("exchange_silent", "exchange_lost")
        wire.deaf_after = b"\0"
        wire.cut()
        await room.until(lambda: not room.telephony.state.connected)
        await room.until(room.telephony.synced.is_set, SECONDS)
        answered = await room.told(ChangeKind.ANSWERED)
        assert answered.call.id == token
        assert wire.seen.count(b"Action: Originate") == 1
        assert len(room.telephony.calls.live) == 1
        assert await calls_outside(room) == 1


async def test_an_order_that_never_arrived_is_not_sent_later(room: Room, wire: Wire) -> None:
    async with room.staffed():
        await room.phone("2001", then="ring")
        await room.outside()
        wire.black = True
        with pytest.raises(Unavailable):
            await room.telephony.call_back(new_callback_token(), "2001", NUMBER, "+46850000100")
        await room.until(lambda: not room.telephony.state.connected)
        wire.black = False
        assert (await room.told(ChangeKind.NOT_REACHED)).detail == "unseen"
        assert await calls_outside(room) == 0


async def calls_outside(room: Room) -> int:
    """Legs towards the citizen's telephone that exist now."""
    channels = await room.exchange.command("core show channels concise")
    return sum(line.startswith("PJSIP/trunk") for line in channels.splitlines())


async def test_restarted_in_the_middle_of_calls_everybody_is_found_again(room: Room) -> None:
    async with room.staffed():
        await room.phone("2001", ring=0.1)
        talking = await room.waiting()
        await room.telephony.ring(talking.id, "2001", "17")
        await room.told(ChangeKind.ANSWERED)
        waiting = await room.waiting()
        waiting_later = await room.waiting()
    room.changes.clear()
    async with room.staffed():
        assert {change.call.id: change.kind for change in room.about_calls()} == {
            talking.id: ChangeKind.ANSWERED, waiting.id: ChangeKind.WAITING, waiting_later.id: ChangeKind.WAITING,
        }  # fmt: skip
        found = room.telephony.calls.live
        assert found[talking.id].phone == "2001"
        assert [found[call.id].queued for call in (waiting, waiting_later)] == [waiting.queued, waiting_later.queued]
        assert found[waiting.id].topic == "direkt"


async def test_a_seeded_mirror_tells_only_what_changed(room: Room) -> None:
    """The core remembers a waiting call and one that has ended since: only the second is news."""
    async with room.staffed():
        waiting = await room.waiting()
    room.changes.clear()
    ended = Call("kc-1.1", "PJSIP/trunk-0", CallKind.CITIZEN, CallState.TALKING)
    async with room.staffed(known=[waiting, ended]):
        assert [(change.kind, change.call.id) for change in room.about_calls()] == [(ChangeKind.ENDED, "kc-1.1")]


async def test_without_us_the_fallback_telephone_rings_and_talks(room: Room) -> None:
    await room.phone("2008", ring=0.2)
    async with room.staffed():
        call = await room.waiting()
    await eventually(lambda: bridged(room), timeout=STALE_SECONDS + 10)
    room.changes.clear()
    async with room.staffed():
        assert [(change.kind, change.call.id, change.call.phone) for change in room.about_calls()] == [
            (ChangeKind.ANSWERED, call.id, "2008")
        ]


async def bridged(room: Room) -> bool:
    """Two legs that name a bridge; the bridge is the last field but one."""
    rows = (await room.exchange.command("core show channels concise")).splitlines()
    return sum(bool(row.split("!")[-2]) for row in rows) == 2


async def test_a_dead_store_is_as_bad_as_a_dead_process(room: Room) -> None:
    """While we cannot keep what we are told, we stop saying that we are alive."""
    await room.phone("2008", ring=0.2)
    async with room.staffed():
        await room.waiting()
        room.healthy = False
        await room.told(ChangeKind.FALLBACK, within=STALE_SECONDS + 5)
        assert (await room.told(ChangeKind.ANSWERED)).call.phone == "2008"


async def test_back_again_callers_return_with_their_true_arrival(room: Room) -> None:
    """Nobody takes the fallback telephone; two callers fall back and come home in the order in which they came."""
    await room.phone("2008", then="ring")
    async with room.staffed():
        first, second = await room.waiting(), await room.waiting()
        room.healthy = False
        await room.told(ChangeKind.FALLBACK, 2, within=STALE_SECONDS + 5)
        room.healthy = True
        await room.told(ChangeKind.WAITING, 4, within=20)
        live = room.telephony.calls.live
        assert [live[call.id].queued for call in (first, second)] == [first.queued, second.queued]
        assert not room.of(ChangeKind.ABANDONED)


async def test_without_us_a_new_caller_hears_closed_outside_the_rendered_week(room: Room) -> None:
    async with room.staffed():
        room.healthy = False
        await eventually(lambda: stale(room), timeout=STALE_SECONDS + 5)
        caller = await room.citizen(CLOSED)
        left = await room.told(ChangeKind.LEFT)
        assert left.call.state is CallState.CLOSED
        assert await caller.wait() == 0


async def stale(room: Room) -> bool:
    globals_ = await room.exchange.command("dialplan show globals")
    beat = next((line.split("=")[1] for line in globals_.splitlines() if "KC_ALIVE=" in line), "0")
    return time.time() - int(beat) > STALE_SECONDS + 1


async def test_an_exchange_that_outlived_us_is_adopted_and_one_that_dies_is_noticed() -> None:
    folder = Path(tempfile.mkdtemp(prefix="kc-"))
    try:
        first = await asyncio.to_thread(Exchange.prepare, folder, PLAN, settings(trunk_uri=f"sip:127.0.0.1:{OUTSIDE}"))
        await first.start()
        room = Room(first)
        async with room.staffed():
            await room.waiting()
        second = await asyncio.to_thread(Exchange.prepare, folder, PLAN, settings())
        await second.start()
        assert (second.rendered, second.process) == (first.rendered, None)
        async with room.staffed():
            assert room.telephony.calls.live
            assert first.process
            first.process.kill()
            first.process.wait()
            await second.ended()
            await room.until(lambda: room.states[-1].reason == "refused", SECONDS)
            again = await asyncio.to_thread(Exchange.prepare, folder, PLAN, settings(ami_port=first.rendered.ami_port))
            assert not running(folder)
            async with again:
                await room.until(room.telephony.synced.is_set, SECONDS)
                assert not room.telephony.calls.live
                assert (await room.told(ChangeKind.ABANDONED)).detail == "unseen"
        assert not running(folder)
        await room.hang_up_all()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
