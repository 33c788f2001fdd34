"""A citizen's call from the first ring to the last, through a real Asterisk with SIPp at both ends."""

import asyncio
import os
import re
import time
from collections.abc import AsyncIterator

import pytest

from contactcenter.clock import utc_now
from contactcenter.errors import Misconfigured, Refused
from pbx.calls import Call, CallState, ChangeKind
from tests.fixtures.exchange import CLOSED, DIRECT, SWITCHBOARD, Room

pytestmark = [pytest.mark.asterisk]


@pytest.fixture
async def house(room: Room) -> AsyncIterator[Room]:
    async with room.staffed():
        yield room


async def test_greeting_then_a_key_then_the_waiting_room_within_a_second(house: Room) -> None:
    started = time.monotonic()
    call = await house.waiting(SWITCHBOARD, keys="2", key_after=0.5)
    assert time.monotonic() - started < 0.5 + 1
    assert (call.number, call.topic, call.key) == (SWITCHBOARD, "skola", "2")
    assert (call.caller, call.private, call.state) == ("+46701740605", False, CallState.WAITING)
    assert call.queued
    assert abs((utc_now() - call.queued).total_seconds()) < 1


@pytest.mark.skipif(os.geteuid() != 0, reason="SIPp sends recorded packets as root only")
async def test_a_key_arrives_as_operators_send_it(house: Room) -> None:
    """Telephone events in the speech stream (RFC 4733); all other tests use SIP INFO."""
    call = await house.waiting(SWITCHBOARD, keys="2", in_band=True, key_after=0.4)
    assert (call.topic, call.key) == ("skola", "2")


@pytest.mark.parametrize(("keys", "key"), [("", ""), ("7", ""), ("71", "1")])
async def test_silence_and_wrong_keys_still_lead_to_a_human(house: Room, keys: str, key: str) -> None:
    call = await house.waiting(SWITCHBOARD, keys=keys, key_after=0.4)
    assert (call.topic, call.key) == ("bygg.lov" if key else "ovrigt", key)


@pytest.mark.parametrize("dialled", ["0850000200", "46850000200", "0046850000200", "+46850000200"])
async def test_our_number_is_known_however_the_operator_writes_it(house: Room, dialled: str) -> None:
    assert (await house.waiting(dialled)).number == DIRECT


async def test_a_number_that_is_not_ours_is_refused(house: Room) -> None:
    caller = await house.citizen("+46850000999")
    assert await caller.wait() == 1
    assert not house.about_calls()


async def test_a_hidden_number_stays_hidden(house: Room) -> None:
    call = await house.waiting(hidden=True)
    assert (call.caller, call.private) == ("", True)


async def test_a_number_that_is_text_from_outside_is_reduced_to_digits(house: Room) -> None:
    """A comma in the number would start a header of its own in our event."""
    call = await house.waiting(caller="070%2CPrivate%3A%201%2CNumber%3A%20112")
    assert (call.number, call.private) == (DIRECT, False)
    assert re.fullmatch(r"[0-9+]*", call.caller)


async def test_answered_they_hear_each_other_and_the_agent_hangs_up(house: Room) -> None:
    await house.phone("2001", ring=0.3, talk=2)
    caller = await house.citizen(DIRECT)
    call = (await house.told(ChangeKind.WAITING)).call
    await house.telephony.ring(call.id, "2001", "17")
    ringing = await house.told(ChangeKind.RINGING)
    assert (ringing.call.phone, ringing.call.offer) == ("2001", "17")
    answered = await house.told(ChangeKind.ANSWERED)
    assert answered.call.phone == "2001"
    await both_ways(house)
    ended = await house.told(ChangeKind.ENDED)
    assert (ended.call.id, ended.detail) == (call.id, "agent")
    assert await caller.wait() == 0


async def both_ways(house: Room) -> None:
    """Each leg receives and is sent speech: counted by Asterisk, until all four counts grow past a few packets."""
    async with asyncio.timeout(5):
        while True:
            rows = re.findall(r"(?:alaw|g722|ulaw)\s+(\d+).*?\d\.\d+\s+(\d+)", await channel_statistics(house))
            if len(rows) == 2 and all(int(count) > 10 for row in rows for count in row):
                return
            await asyncio.sleep(0.1)


async def channel_statistics(house: Room) -> str:
    return await house.exchange.command("pjsip show channelstats")


async def test_the_citizen_hangs_up(house: Room) -> None:
    await house.phone("2001", ring=0.1)
    caller = await house.citizen(DIRECT)
    call = (await house.told(ChangeKind.WAITING)).call
    await house.telephony.ring(call.id, "2001", "17")
    await house.told(ChangeKind.ANSWERED)
    await caller.hang_up()
    ended = await house.told(ChangeKind.ENDED)
    assert ended.detail == "citizen"


async def test_hung_up_from_the_console(house: Room) -> None:
    await house.phone("2001", ring=0.1)
    caller = await house.citizen(DIRECT)
    call = (await house.told(ChangeKind.WAITING)).call
    await house.telephony.ring(call.id, "2001", "17")
    await house.told(ChangeKind.ANSWERED)
    await house.telephony.hang_up(call.id)
    await house.told(ChangeKind.ENDED)
    assert await caller.wait() == 0
    with pytest.raises(Refused):
        await house.telephony.hang_up(call.id)


@pytest.mark.parametrize(
    ("extension", "then", "status"),
    [("2002", "ring", "NOANSWER"), ("2003", "decline", "BUSY"), ("2004", "", "CHANUNAVAIL")],
)
async def test_a_telephone_that_does_not_take_it_leaves_the_call_waiting(
    house: Room, extension: str, then: str, status: str
) -> None:
    if then:
        await house.phone(extension, then=then)
    call = await house.waiting()
    await house.telephony.ring(call.id, extension, "17")
    unanswered = await house.told(ChangeKind.UNANSWERED)
    assert unanswered.detail == status
    await still_waiting(house, call)


async def still_waiting(house: Room, call: Call) -> None:
    """In the mirror and in Asterisk itself, with the same place."""
    await house.until(lambda: house.telephony.calls.live[call.id].state is CallState.WAITING)
    assert house.telephony.calls.live[call.id].queued == call.queued
    assert "kc-wait" in await house.exchange.command("core show channels concise")
    assert not house.of(ChangeKind.ABANDONED)


async def test_a_withdrawn_offer_brings_the_caller_back(house: Room) -> None:
    await house.phone("2002", then="ring")
    call = await house.waiting()
    await house.telephony.ring(call.id, "2002", "17")
    await house.until(lambda: bool(house.telephony.calls.live[call.id].legs))
    await house.telephony.withdraw(call.id)
    await house.told(ChangeKind.WAITING, 2)
    await still_waiting(house, call)


async def test_a_caller_who_gives_up_while_a_telephone_rings(house: Room) -> None:
    await house.phone("2002", then="ring")
    caller = await house.citizen(DIRECT)
    call = (await house.told(ChangeKind.WAITING)).call
    await house.telephony.ring(call.id, "2002", "17")
    await house.told(ChangeKind.RINGING)
    await caller.hang_up()
    abandoned = await house.told(ChangeKind.ABANDONED)
    assert (abandoned.call.id, abandoned.detail) == (call.id, "citizen")
    await house.until_quiet()


async def test_answered_from_the_console_the_desk_telephone_lifts_itself(house: Room) -> None:
    await house.phone("2002", then="ring")
    call = await house.waiting()
    await house.telephony.ring(call.id, "2002", "17")
    await house.until(lambda: bool(house.telephony.calls.live[call.id].legs))
    await house.telephony.answer_on_phone(call.id)
    answered = await house.told(ChangeKind.ANSWERED)
    assert (answered.call.phone, answered.call.offer) == ("2002", "17")
    assert not house.of(ChangeKind.UNANSWERED)


async def test_closed_hours_are_announced_and_end_the_call(house: Room) -> None:
    await house.telephony.announce_hours(2, is_open=False, opens="kc/opens&kc/tomorrow&kc/clock&kc/hour-08")
    try:
        caller = await house.citizen(DIRECT)
        left = await house.told(ChangeKind.LEFT)
        assert left.call.state is CallState.CLOSED
        assert await caller.wait() == 0
        assert not house.of(ChangeKind.WAITING)
    finally:
        await house.telephony.announce_hours(2, is_open=True)


async def test_the_contact_centres_word_beats_the_rendered_week(house: Room) -> None:
    await house.telephony.announce_hours(3, is_open=True)
    assert (await house.waiting(CLOSED)).topic == "natt"


async def test_the_manager_user_may_not_do_more_than_its_work(house: Room) -> None:
    link = house.telephony._link
    for action, fields in {
        "Command": {"Command": "core show version"},
        "GetConfig": {"Filename": "manager.conf"},
        "ModuleLoad": {"LoadType": "reload"},
        "DBPut": {"Family": "a", "Key": "b", "Val": "c"},
    }.items():
        with pytest.raises(Misconfigured) as refused:
            await link.send(action, fields)
        assert refused.value.code == "ami_rights"
