"""One test for each of panoramisk 1.4's traps, against a manager interface that misbehaves on purpose."""

import asyncio
import logging
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from contactcenter.errors import Misconfigured, Refused, Unavailable
from pbx.ami import AmiLink, Door, Down, Item, Packet, Up, check_fields
from tests.unit.pbx.scripted import QUICK, Fields, Heard, Peer, ScriptedManager, linked


@pytest.fixture
async def manager() -> AsyncIterator[ScriptedManager]:
    async with ScriptedManager().listening() as listening:
        yield listening


@pytest.fixture
def heard() -> Heard:
    return Heard()


async def silence(_peer: Peer, _action: Fields) -> None:
    """The answer that never comes."""


def events(heard: Heard) -> list[Packet]:
    return [item for item in heard.items if isinstance(item, Packet)]


async def test_a_name_split_over_two_segments_arrives_whole(manager: ScriptedManager, heard: Heard) -> None:
    async with linked(manager, heard, pace=replace(QUICK, ping_every=60)):
        await heard.until_item(Up)
        for byte in "Event: UserEvent\r\nName: Åsa Öst\r\n\r\n".encode():
            await manager.peers[0].raw(bytes([byte]))
            for _ in range(3):
                await asyncio.sleep(0)  # each byte is a segment of its own
        await heard.until_item(Packet)
    assert events(heard)[0].get("Name") == "Åsa Öst"


async def test_an_unanswered_action_is_never_sent_again(manager: ScriptedManager, heard: Heard) -> None:
    manager.answers["Originate"] = silence
    async with linked(manager, heard) as link:
        await heard.until_item(Up)
        dialling = asyncio.create_task(link.send("Originate", {"Channel": "PJSIP/2001", "Context": "kc-callback"}))
        await manager.until_seen("Originate")
        manager.peers[0].writer.transport.abort()
        with pytest.raises(Unavailable) as failed:
            await dialling
        await heard.until_item(Up, 2)
        await link.send("Status")
    assert failed.value.code == "exchange_lost"
    assert len(manager.named("Originate")) == 1


async def test_every_action_has_a_time_limit(manager: ScriptedManager, heard: Heard) -> None:
    manager.answers["Redirect"] = silence
    async with linked(manager, heard) as link:
        await heard.until_item(Up)
        with pytest.raises(Unavailable) as failed:
            await link.send("Redirect", {"Channel": "PJSIP/trunk-1"})
    assert failed.value.code == "exchange_silent"


async def test_a_late_answer_disturbs_nothing(manager: ScriptedManager, heard: Heard) -> None:
    manager.answers["Redirect"] = silence
    async with linked(manager, heard) as link:
        await heard.until_item(Up)
        with pytest.raises(Unavailable):
            await link.send("Redirect", {"Channel": "PJSIP/trunk-1"})
        await manager.peers[0].succeed(manager.named("Redirect")[0])
        assert (await link.send("Getvar", {"Variable": "EPOCH"})).get("Response") == "Success"


async def test_originate_is_always_asynchronous(manager: ScriptedManager, heard: Heard) -> None:
    async with linked(manager, heard) as link:
        await heard.until_item(Up)
        await link.send("Originate", {"Channel": "PJSIP/2001", "async": "false"})
    assert manager.named("Originate")[0]["Async"] == "true"


async def test_originate_never_starts_an_application() -> None:
    with pytest.raises(Refused):
        check_fields("originate", {"Channel": "PJSIP/2001", "Application": "System", "Data": "id"})


async def test_the_outcome_of_originate_is_an_event(manager: ScriptedManager, heard: Heard) -> None:
    """In one segment with the answer, as Asterisk sends it for a telephone that is not there."""

    async def both(peer: Peer, action: Fields) -> None:
        number = action["ActionID"]
        await peer.say(
            f"Response: Success\nActionID: {number}\nMessage: Originate successfully queued\n\n"
            f"Event: OriginateResponse\nActionID: {number}\nResponse: Failure\nReason: 3\n\n"
        )

    manager.answers["Originate"] = both
    async with linked(manager, heard) as link:
        await heard.until_item(Up)
        answer = await link.send("Originate", {"Channel": "PJSIP/2001", "ActionID": "kc-callback-7"})
        await heard.until_item(Packet)
    assert answer.get("Message") == "Originate successfully queued"
    assert events(heard)[0].get("Event") == "OriginateResponse"


async def test_events_stay_in_order_with_the_ups_and_downs(manager: ScriptedManager, heard: Heard) -> None:
    async with linked(manager, heard):
        await heard.until_item(Up)
        for number in range(200):
            await manager.peers[0].say(f"Event: Newchannel\nUniqueid: {number}\n\n")
        await heard.until_item(Packet, 200)
        manager.peers[0].writer.transport.abort()
        await heard.until_item(Up, 2)
    assert [event.get("Uniqueid") for event in events(heard)] == [str(n) for n in range(200)]
    assert isinstance(heard.items[0], Up)
    assert [type(item) for item in heard.items[-2:]] == [Down, Up]


async def test_a_slow_consumer_gets_one_event_after_the_other(manager: ScriptedManager, heard: Heard) -> None:
    inside = 0

    async def slow(item: Item) -> None:
        nonlocal inside
        inside += 1
        assert inside == 1, "two events at once"
        for _ in range(5):
            await asyncio.sleep(0)
        inside -= 1
        await heard.consume(item)

    async with linked(manager, heard, consumer=slow):
        await manager.until_seen("Events")
        await manager.peers[0].say("".join(f"Event: Hangup\nUniqueid: {n}\n\n" for n in range(20)))
        await heard.until_item(Packet, 20)
    assert [event.get("Uniqueid") for event in events(heard)] == [str(n) for n in range(20)]


async def test_a_raising_consumer_leaves_the_link_up(
    manager: ScriptedManager, heard: Heard, caplog: pytest.LogCaptureFixture
) -> None:
    async def raising(item: Item) -> None:
        await heard.consume(item)
        if isinstance(item, Packet) and item.get("Uniqueid") == "bad":
            raise KeyError("+46701740605")

    async with linked(manager, heard, consumer=raising):
        await heard.until_item(Up)
        await manager.peers[0].say("Event: Hangup\nUniqueid: bad\n\nEvent: Hangup\nUniqueid: good\n\n")
        await heard.until_item(Packet, 2)
    assert len(manager.peers) == 1
    assert "action=ami_consumer_failed event=Hangup error=KeyError" in caplog.text
    assert "701740605" not in caplog.text


async def test_an_overrun_cuts_the_link_and_starts_afresh(manager: ScriptedManager, heard: Heard) -> None:
    """Events that cannot be kept mean that the picture is wrong; a new `Up` has it rebuilt."""
    gate = asyncio.Event()

    async def waiting(item: Item) -> None:
        await heard.consume(item)
        if isinstance(item, Packet):
            await gate.wait()

    async with linked(manager, heard, consumer=waiting, pace=replace(QUICK, queue=5)):
        await heard.until_item(Up)
        await manager.peers[0].say("Event: Hangup\nUniqueid: 1\n\n" * 20)
        await heard.until(lambda: any(state.reason == "overrun" for state in heard.states))
        gate.set()
        await heard.until_item(Up, 2)
    assert any(isinstance(item, Down) and item.reason == "overrun" for item in heard.items)


@pytest.mark.parametrize("value", ["2001\r\nAction: Originate", "2001\nx", "a\rb", "a\0b"])
async def test_a_line_break_in_a_value_is_refused(manager: ScriptedManager, heard: Heard, value: str) -> None:
    async with linked(manager, heard) as link:
        await heard.until_item(Up)
        with pytest.raises(Refused) as refused:
            await link.send("Setvar", {"Variable": "KC", "Value": value})
        with pytest.raises(Refused):
            await link.send("Setvar", {"Variable": ["fine", value]})
        await link.send("Status")
    assert refused.value.code == "unfit_value"
    assert [action["Action"] for action in manager.seen if action["Action"] not in ("Ping", "Login", "Events")] == [
        "Status"
    ]


async def test_a_header_name_from_outside_is_refused() -> None:
    with pytest.raises(Refused):
        check_fields("Setvar", {"Variable: x\r\nAction": "Originate"})


async def test_a_half_open_link_is_noticed_and_replaced(manager: ScriptedManager, heard: Heard) -> None:
    """The peer takes our bytes and says nothing: only the missing answer to a ping can tell."""
    manager.answers["Ping"] = silence
    async with linked(manager, heard):
        await heard.until(lambda: any(state.reason == "silent" for state in heard.states))
        manager.answers.clear()
        await heard.until_item(Up, 2)
    assert len(manager.peers) >= 2


async def test_a_refused_login_stops_with_the_setting_to_mend(manager: ScriptedManager, heard: Heard) -> None:
    async def refuse(peer: Peer, action: Fields) -> None:
        await peer.fail(action, "Authentication failed")

    manager.answers["Login"] = refuse
    link = AmiLink(Door("127.0.0.1", manager.port, "kc", "fel"), heard.consume, pace=QUICK)
    with pytest.raises(Misconfigured) as wrong:
        await link.run()
    assert "CC_PHONE__AMI_SECRET" in wrong.value.text or "_SECRET" in wrong.value.text
    assert len(manager.peers) == 1


async def test_a_login_without_answer_is_tried_again(manager: ScriptedManager, heard: Heard) -> None:
    manager.answers["Login"] = silence
    async with linked(manager, heard) as link:
        await manager.until_seen("Login", 2)
        assert not link.state.connected
        manager.answers.clear()
        await heard.until_item(Up)
        assert link.state.connected


async def test_a_list_cut_in_the_middle_ends_with_an_error(manager: ScriptedManager, heard: Heard) -> None:
    async def half(peer: Peer, action: Fields) -> None:
        await peer.say(f"Response: Success\nActionID: {action['ActionID']}\nEventList: start\n\n")
        await peer.say(f"Event: Status\nActionID: {action['ActionID']}\nChannel: PJSIP/trunk-1\n\n")

    manager.answers["Status"] = half
    async with linked(manager, heard) as link:
        await heard.until_item(Up)
        with pytest.raises(Unavailable) as silent:
            await link.rows("Status")
        listing = asyncio.create_task(link.rows("Status"))
        await manager.until_seen("Status", 2)
        manager.peers[0].writer.transport.abort()
        with pytest.raises(Unavailable) as lost:
            await listing
    assert (silent.value.code, lost.value.code) == ("exchange_silent", "exchange_lost")


async def test_a_list_comes_whole_and_its_rows_are_no_events(manager: ScriptedManager, heard: Heard) -> None:
    async def rows(peer: Peer, action: Fields) -> None:
        tag = f"ActionID: {action['ActionID']}"
        await peer.say(f"Response: Success\n{tag}\nEventList: start\nMessage: will follow\n\n")
        await peer.say(f"Event: Status\n{tag}\nVariable: A=1\nVariable: B=2\n\nEvent: Status\n{tag}\n\n")
        await peer.say(f"Event: StatusComplete\n{tag}\nEventList: Complete\nItems: 2\n\n")

    manager.answers["Status"] = rows
    async with linked(manager, heard) as link:
        await heard.until_item(Up)
        found = await link.rows("Status")
    assert [row.all("variable") for row in found] == [("A=1", "B=2"), ()]
    assert not events(heard)


async def test_a_list_that_is_refused_says_so_at_once(manager: ScriptedManager, heard: Heard) -> None:
    async def refuse(peer: Peer, action: Fields) -> None:
        await peer.fail(action, "Permission denied")

    manager.answers["Status"] = refuse
    async with linked(manager, heard) as link:
        await heard.until_item(Up)
        with pytest.raises(Misconfigured) as wrong:
            await link.rows("Status")
    assert wrong.value.code == "ami_rights"


async def test_nothing_can_be_sent_while_the_link_is_down(heard: Heard) -> None:
    link = AmiLink(Door("127.0.0.1", 9, "kc", "x"), heard.consume, pace=QUICK)
    with pytest.raises(Unavailable) as away:
        await link.send("Ping")
    assert away.value.code == "exchange_away"


async def test_a_refused_connection_is_tried_until_it_works(heard: Heard) -> None:
    manager = ScriptedManager()
    async with manager.listening():
        pass
    async with linked(manager, heard):
        await heard.until(lambda: any(state.reason == "refused" for state in heard.states))
        async with manager.listening():
            await heard.until_item(Up)


async def test_an_endless_message_does_not_eat_the_memory(manager: ScriptedManager, heard: Heard) -> None:
    async with linked(manager, heard):
        await heard.until_item(Up)
        await manager.peers[0].raw(b"Event: Flood\r\n" + b"x" * (2 << 20))
        await heard.until(lambda: any(state.reason == "overrun" for state in heard.states))


async def test_no_number_and_no_secret_reaches_the_log(
    manager: ScriptedManager, heard: Heard, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    manager.answers["Redirect"] = silence
    async with linked(manager, heard) as link:
        await heard.until_item(Up)
        with pytest.raises(Unavailable):
            await link.send("Redirect", {"Channel": "PJSIP/trunk-1", "Exten": "0701740605"})
        manager.peers[0].writer.transport.abort()
        await heard.until_item(Up, 2)
    assert "ami_unanswered" in caplog.text
    assert "701740605" not in caplog.text
    assert "hemligt" not in caplog.text
