"""FastAGI: Asterisk asks us, step by step, what a caller is to hear next.

The dialplan reaches it as `AGI(${KC_AGI}/script,argument,…)`; `KC_AGI` is set over AMI and holds a secret word, so
that nobody else can make us speak for a call. When the link fails the dialplan goes on alone (`AGISTATUS`). Protocol:
Asterisk's "Asterisk Gateway Interface" documentation; lines are answered as `200 result=… (…)`.
"""

import asyncio
import hmac
import logging
import secrets
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import cast

from panoramisk.utils import parse_agi_result

from contactcenter.errors import Refused

log = logging.getLogger(__name__)

HEADER_SECONDS = 5.0
COMMAND_SECONDS = 600.0
"""No prompt and no recording lasts longer; a link that is silent for longer is dead."""
MOST_HEADERS = 200
LONGEST_LINE = 8_192
MOST_CALLERS = 2_000

Script = Callable[["Caller"], Awaitable[None]]
"""What happens to one caller. Returns: the dialplan goes on. Lets `HungUp` through: they are gone."""


class HungUp(Exception):
    """The caller is gone, or was sent elsewhere in the dialplan."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What Asterisk answered: `result` (often a digit's code) and what stood in brackets."""

    result: str
    value: str


class Caller:
    """One caller, as a script speaks with them. Sounds are names below the prompts' folder, without suffix."""

    def __init__(self, headers: Mapping[str, str], reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._headers, self._reader, self._writer = headers, reader, writer

    @property
    def call_id(self) -> str:
        """Asterisk's unique id of the caller's channel."""
        return self._headers.get("agi_uniqueid", "")

    @property
    def channel(self) -> str:
        return self._headers.get("agi_channel", "")

    @property
    def arguments(self) -> list[str]:
        """What the dialplan gave after the script's name."""
        names = (f"agi_arg_{number}" for number in range(1, 20))
        return [self._headers[name] for name in names if name in self._headers]

    async def get(self, name: str) -> str:
        """A channel variable or function; empty when it is not set."""
        return (await self.command("GET FULL VARIABLE", f"${{{name}}}")).value

    async def set(self, name: str, value: str) -> None:
        await self.command("SET VARIABLE", name, value)

    async def play(self, *sounds: str, keys: str = "") -> str:
        """Play these in turn; gives the first of `keys` that is pressed meanwhile, else the empty word."""
        for sound in sounds:
            if pressed := _key(await self.command("STREAM FILE", sound, keys)):
                return pressed
        return ""

    async def key(self, seconds: float) -> str:
        """Wait for any key; empty when none came in time."""
        return _key(await self.command("WAIT FOR DIGIT", str(int(seconds * 1000))))

    async def digits(self, sound: str, seconds: float, most: int) -> str:
        """Play, then collect up to `most` keys; # ends. `seconds`: pause between keys after which it ends."""
        return (await self.command("GET DATA", sound, str(int(seconds * 1000)), str(most))).result

    async def execute(self, application: str, *arguments: str) -> Answer:
        """Run an application of the dialplan."""
        return await self.command("EXEC", application, ",".join(arguments))

    async def command(self, *words: str) -> Answer:
        """Send one command. Raises HungUp when the caller is gone, Refused for words that cannot be sent or done."""
        line = " ".join([words[0], *(_quoted(word) for word in words[1:])])
        self._writer.write(line.encode() + b"\n")
        try:
            async with asyncio.timeout(COMMAND_SECONDS):
                await self._writer.drain()
                return await self._answer()
        except (TimeoutError, OSError, ValueError) as cause:
            raise HungUp from cause

    async def _answer(self) -> Answer:
        while True:
            raw = await self._reader.readline()
            line = raw.decode("utf-8", "replace").rstrip("\r\n")
            if not raw or line.startswith("511"):
                raise HungUp
            if line.startswith("200"):
                return _answered(line)
            if line[:1] == "5":
                raise Refused("agi", f"the exchange does not know what it was asked ({line[:3]})")
            # "HANGUP" and "100 Trying" are told in passing; what was asked is answered after them.


class AgiDoor:
    """Listens for Asterisk. `scripts`: name -> what happens. Start it before its `address` is told to anybody."""

    def __init__(self, scripts: Mapping[str, Script], host: str = "127.0.0.1", port: int = 0) -> None:
        self._scripts, self._host, self._port = scripts, host, port
        self._word = secrets.token_urlsafe(18)
        self._server: asyncio.Server | None = None
        self._callers: set[asyncio.Task[None]] = set()

    @property
    def address(self) -> str:
        """For the dialplan: `agi://host:port/secret`; a script's name comes after it."""
        if self._server is None:
            return ""
        return f"agi://{self._host}:{self._server.sockets[0].getsockname()[1]}/{self._word}"

    async def start(self) -> None:
        """Raises OSError when the port is taken."""
        self._server = await asyncio.start_server(self._take, self._host, self._port, limit=LONGEST_LINE)

    async def stop(self) -> None:
        """Callers go on in the dialplan."""
        if self._server:
            self._server.close()
        for task in list(self._callers):
            task.cancel()
        await asyncio.gather(*self._callers, return_exceptions=True)

    async def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = cast("asyncio.Task[None]", asyncio.current_task())
        self._callers.add(task)
        try:
            if len(self._callers) <= MOST_CALLERS:
                await self._serve(reader, writer)
        except (TimeoutError, OSError, ValueError):
            log.info("action=agi_link_lost")
        except asyncio.CancelledError:
            pass  # by `stop`; asyncio 3.11 would write of it as of a fault
        finally:
            self._callers.discard(task)
            writer.close()
            with suppress(OSError, asyncio.CancelledError):
                await writer.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async with asyncio.timeout(HEADER_SECONDS):
            headers = await _headers(reader)
        word, _, name = headers.get("agi_network_script", "").partition("/")
        script = self._scripts.get(name)
        if script is None or not hmac.compare_digest(word.encode(), self._word.encode()):
            log.warning("action=agi_refused known=%s", script is not None)
            return
        try:
            await script(Caller(headers, reader, writer))
        except HungUp:
            pass
        except Exception as fault:  # noqa: BLE001 (the caller goes on in the dialplan, and the next ones must be served)
            log.error("action=agi_script_failed script=%s error=%s", name, type(fault).__name__)


async def _headers(reader: asyncio.StreamReader) -> dict[str, str]:
    found: dict[str, str] = {}
    for _ in range(MOST_HEADERS):
        line = (await reader.readline()).decode("utf-8", "replace").rstrip("\r\n")
        if not line:
            break
        name, _, value = line.partition(": ")
        found[name] = value
    return found


def _answered(line: str) -> Answer:
    """-1, which is all that has no result here, says that the caller is gone."""
    parsed = parse_agi_result(line)
    if "result" not in parsed:
        raise HungUp
    return Answer(str(parsed["result"][0]), str(parsed["result"][1] or ""))


def _key(answer: Answer) -> str:
    """Digits come as the number of their character; 0 is none."""
    code = int(answer.result or 0)
    return chr(code) if code > 0 else ""


def _quoted(word: str) -> str:
    """One word of a command. Raises Refused for what would become another line."""
    if any(sign in word for sign in "\r\n\0"):
        raise Refused("agi", "a line break cannot be sent")
    return '"' + word.replace("\\", "\\\\").replace('"', '\\"') + '"'
