"""The door that Asterisk knocks at to ask what a caller is to hear."""

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest

from contactcenter.errors import Refused
from pbx import agi
from pbx.agi import AgiDoor, Caller


class Wire:
    """Asterisk's side of one call: asks for a script, then answers each command from a list."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def ask(self, script: str, **more: str) -> None:
        lines = [f"agi_network_script: {script}", "agi_uniqueid: 17.1", *(f"{k}: {v}" for k, v in more.items())]
        self.writer.write(("\n".join(lines) + "\n\n").encode())

    async def asked(self, answer: str) -> str:
        line = (await asyncio.wait_for(self.reader.readline(), 5)).decode().strip()
        self.writer.write(answer.encode() + b"\n")
        return line

    async def ended(self) -> bool:
        over = await asyncio.wait_for(self.reader.read(), 5) == b""
        self.writer.close()
        return over


class Exchange:
    """The door, and what its one script found."""

    def __init__(self) -> None:
        self.found: list[object] = []
        self.script: Callable[[Caller], object] = lambda _: None
        self.door = AgiDoor({"menu": self._run})

    async def _run(self, caller: Caller) -> None:
        try:
            self.found.append(await self.script(caller))  # type: ignore[misc]
        except (agi.HungUp, Refused) as fault:
            self.found.append(type(fault))
            raise

    async def wire(self, script: str = "") -> Wire:
        host, _, rest = self.door.address.removeprefix("agi://").partition(":")
        port, _, word = rest.partition("/")
        wire = Wire(*await asyncio.open_connection(host, int(port)))
        await wire.ask(script or f"{word}/menu", agi_arg_1="7", agi_arg_2="sv")
        return wire


@pytest.fixture
async def exchange() -> AsyncIterator[Exchange]:
    made = Exchange()
    await made.door.start()
    yield made
    await made.door.stop()


async def test_a_caller_is_led_step_by_step(exchange: Exchange) -> None:
    async def script(caller: Caller) -> list[str]:
        pressed = await caller.play("kc/one", "kc/two", keys="12")
        return [caller.call_id, *caller.arguments, pressed, await caller.get("KC_CALLER")]

    exchange.script = script
    wire = await exchange.wire()
    assert await wire.asked("200 result=0 endpos=8000") == 'STREAM FILE "kc/one" "12"'
    assert await wire.asked("200 result=50 endpos=400") == 'STREAM FILE "kc/two" "12"'
    assert await wire.asked("200 result=1 (+46 (0)70)") == 'GET FULL VARIABLE "${KC_CALLER}"'
    assert await wire.ended()
    assert exchange.found == [["17.1", "7", "sv", "2", "+46 (0)70"]]


@pytest.mark.parametrize("answer", ["200 result=-1 endpos=10", "511 Command Not Permitted on a dead channel"])
async def test_a_caller_who_hangs_up_ends_the_script(exchange: Exchange, answer: str) -> None:
    exchange.script = lambda caller: caller.key(3)
    wire = await exchange.wire()
    assert await wire.asked(answer) == 'WAIT FOR DIGIT "3000"'
    assert await wire.ended()
    assert exchange.found == [agi.HungUp]


async def test_a_link_that_is_cut_ends_the_script(exchange: Exchange) -> None:
    exchange.script = lambda caller: caller.play("kc/long")
    wire = await exchange.wire()
    await wire.reader.readline()
    wire.writer.close()
    await wire.writer.wait_closed()
    async with asyncio.timeout(5):
        while not exchange.found:
            await asyncio.sleep(0)
    assert exchange.found == [agi.HungUp]


async def test_what_is_told_in_passing_is_no_answer(exchange: Exchange) -> None:
    exchange.script = lambda caller: caller.digits("kc/number", 2.5, 10)
    wire = await exchange.wire()
    assert await wire.asked("HANGUP\n100 Trying\n200 result=0701740605 (timeout)") == 'GET DATA "kc/number" "2500" "10"'
    assert await wire.ended()
    assert exchange.found == ["0701740605"]


async def test_a_line_break_never_becomes_a_command_of_its_own(exchange: Exchange) -> None:
    exchange.script = lambda caller: caller.set("KC_TOPIC", 'a"\nEXEC System "x')
    wire = await exchange.wire()
    assert await wire.ended()
    assert exchange.found == [Refused]


async def test_a_command_that_asterisk_does_not_know_is_refused(exchange: Exchange) -> None:
    exchange.script = lambda caller: caller.command("SING")
    wire = await exchange.wire()
    assert await wire.asked("510 Invalid or unknown command") == "SING"
    assert await wire.ended()
    assert exchange.found == [Refused]


@pytest.mark.parametrize("script", ["menu", "wrong/menu", "/menu", "menu/menu"])
async def test_without_the_secret_word_nothing_is_done(exchange: Exchange, script: str) -> None:
    wire = await exchange.wire(script)
    assert await wire.ended()
    assert exchange.found == []


async def test_headers_without_end_are_given_up(exchange: Exchange, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(agi, "HEADER_SECONDS", 0.05)
    host, _, rest = exchange.door.address.removeprefix("agi://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(rest.partition("/")[0]))
    writer.write(b"agi_request: x\n")
    assert await asyncio.wait_for(reader.read(), 5) == b""
    writer.close()
