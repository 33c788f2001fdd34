"""What may come over the wire of the manager interface, from a server that says what it is told to."""

import os
from collections.abc import AsyncIterator

import pytest

from pbx.ami import Down, Packet, Up
from tests.unit.pbx.scripted import Heard, ScriptedManager, linked


@pytest.fixture
async def manager() -> AsyncIterator[ScriptedManager]:
    async with ScriptedManager().listening() as listening:
        yield listening


@pytest.fixture
def heard() -> Heard:
    return Heard()


def events(heard: Heard) -> list[str]:
    return [item.get("uniqueid") for item in heard.items if isinstance(item, Packet)]


async def test_half_an_event_is_no_event(manager: ScriptedManager, heard: Heard) -> None:
    async with linked(manager, heard):
        await heard.until_item(Up)
        await manager.peers[0].say("Event: Hangup\nUniqueid: 1.1\n\nEvent: Hangup\nUniqueid: 1.2\nCau")
        manager.peers[0].writer.transport.abort()
        await heard.until_item(Up, 2)
        await manager.peers[1].say("se: 16\n\nEvent: Hangup\nUniqueid: 1.3\n\n")
        await heard.until(lambda: "1.3" in events(heard))
    assert "1.2" not in events(heard)
    assert [type(item) for item in heard.items if not isinstance(item, Packet)][:3] == [Up, Down, Up]


async def test_garbage_is_survived(manager: ScriptedManager, heard: Heard) -> None:
    async with linked(manager, heard) as link:
        await heard.until_item(Up)
        for rubbish in (os.urandom(4096), b"\r\n" * 50, b": : :\r\n\r\n", b"Event\r\n\r\n", b"\xff\xfe\r\n\r\n"):
            await manager.peers[-1].raw(rubbish.replace(b"\r\n\r\n", b"\r\n") + b"\r\n\r\n")
        await manager.peers[-1].say("\n\nEvent: Hangup\nUniqueid: 1.9\n\n")
        await heard.until(lambda: "1.9" in events(heard) or heard.items.count(Up()) > 1)
        await heard.until(lambda: link.state.connected)
        await link.send("Ping")


async def test_answers_that_nobody_asked_for_are_nothing(manager: ScriptedManager, heard: Heard) -> None:
    async with linked(manager, heard) as link:
        await heard.until_item(Up)
        await manager.peers[0].say("Response: Success\nActionID: kc-999\nMessage: x\n\nResponse: Error\nMessage: y\n\n")
        await link.send("Ping")
    assert not events(heard)


async def test_a_line_of_a_hundred_megabytes_is_cut_early(manager: ScriptedManager, heard: Heard) -> None:
    """The link is made anew long before all of it has been taken."""
    sent = 0
    async with linked(manager, heard):
        await heard.until_item(Up)
        try:
            for _ in range(1600):
                await manager.peers[0].raw(b"x" * 65536)
                sent += 65536
        except ConnectionError:
            pass
        await heard.until_item(Up, 2)
    assert sent < 50_000_000
