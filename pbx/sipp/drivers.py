"""The Python side of the SIPp scenarios: one class per part that is played."""

import asyncio
import ipaddress
import os
import re
import shutil
import socket
import subprocess
import tempfile
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Literal, Self

from contactcenter.errors import Misconfigured, Unavailable
from pbx.configure import free_port
from pbx.prompts import run

SCENARIOS = files("pbx.sipp")
MARK = re.compile(r"@([a-z_]+)@")
FOR_EVER = 86_400_000
REGISTER_SECONDS = 10
REGISTERED = 86_400  # seconds: a SIPp that listens cannot register again
STOP_SECONDS = 10
TALK = '<nop><action><exec rtp_stream="@speech@,-1,8"/></action></nop>'
SPEECH = "Hej. Jag har en fråga om ett ärende hos kommunen. Kan du hjälpa mig?"


def speech_file() -> Path:
    """A sentence as raw A-law, 8 kHz, that every simulated person says over and over; made once per machine user."""
    folder = Path(tempfile.gettempdir()) / f"kc-speech-{Path.home().name}"
    file = folder / "citizen.al"
    if not file.is_file():
        folder.mkdir(mode=0o700, exist_ok=True)
        spoken, part = folder / "spoken.wav", folder / "part.al"
        run(("espeak-ng", "-v", "sv", "-w", str(spoken), SPEECH))
        run(("sox", str(spoken), "-r", "8000", "-c", "1", "-t", "al", str(part)))
        part.replace(file)
    return file


@dataclass(slots=True, eq=False)
class Sipp:
    """One SIPp process playing one scenario. Output goes to files in a folder of its own, removed at the end."""

    host: str
    port: int
    process: asyncio.subprocess.Process | None = None
    folder: Path | None = None

    def __post_init__(self) -> None:
        if not ipaddress.ip_address(self.host).is_loopback:
            raise Misconfigured("simulator", "simulated callers only ever call this machine")

    async def play(self, scenario: str, *words: str) -> None:
        program = shutil.which("sipp")
        if not program:
            raise Misconfigured("sipp_missing", "SIPp is missing: apt install sip-tester")
        self.folder = Path(tempfile.mkdtemp(prefix="kc-sipp-"))
        file = self.folder / "scenario.xml"
        file.write_text(scenario, encoding="utf-8")
        self.process = await asyncio.create_subprocess_exec(
            *_dies_with_us(), program, f"{self.host}:{self.port}",
            "-sf", str(file), "-i", self.host, "-mi", self.host, "-ci", self.host,
            "-nostdin", "-aa", "-trace_err", "-error_file", str(self.folder / "errors.log"), *words,
            stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
            cwd=self.folder, start_new_session=True,
        )  # fmt: skip

    def is_on(self) -> bool:
        """Whether it is still playing."""
        return self.process is not None and self.process.returncode is None

    async def wait(self) -> int:
        """Until SIPp is through: 0 when everything went as the scenario says."""
        code = await self.process.wait() if self.process else 0
        self._clean()
        return code

    @property
    def errors(self) -> str:
        """What SIPp found unexpected."""
        file = self.folder / "errors.log" if self.folder else None
        return file.read_text(errors="replace") if file and file.is_file() else ""

    async def stop(self) -> None:
        """End the process, as a telephone whose plug is pulled."""
        if self.process is not None:
            with suppress(ProcessLookupError):
                self.process.kill()
            await self.process.wait()
        self._clean()

    def _clean(self) -> None:
        if self.folder:
            shutil.rmtree(self.folder, ignore_errors=True)


@dataclass(slots=True, eq=False)
class Citizen(Sipp):
    """Somebody who calls `dialled`, presses `keys` one after the other and waits `patience` seconds to be done.

    With `hidden` the number is withheld the way operators do it: anonymous From, P-Asserted-Identity, Privacy.
    """

    dialled: str = ""
    caller: str = "+46701740605"
    keys: str = ""
    key_after: float = 0.5
    patience: float = FOR_EVER / 1000
    hidden: bool = False
    in_band: bool = False
    """Press keys as RTP events (RFC 4733) as operators send them, not by SIP INFO. SIPp needs to be root for that,
    and says nothing else."""
    speech: Path | None = None
    """What they say over and over, as raw A-law at 8 kHz; a sentence when nothing is named."""
    mouth: int = 0
    """Port of somebody else's on this machine that speaks and hears for them (UDP)."""
    crowd: int = 1
    """So many who all do the same, fifty a second."""
    own_port: int = 0

    async def call(self) -> Self:
        self.own_port = free_port(self.host, 0)
        own = ("-p", str(self.own_port), *await asyncio.to_thread(_media, self.host), "-cid_str", self._call_id("%u"))
        await self.play(self.scenario(), "-s", self.dialled, "-m", str(self.crowd), "-r", "50", *own)
        return self

    async def hang_up(self) -> int:
        """Hang up as a citizen does (BYE); the scenario waits for this word of ours. Returns what `wait` does."""
        async with asyncio.timeout(STOP_SECONDS):
            gone = asyncio.ensure_future(self.wait())
            with socket.socket(type=socket.SOCK_DGRAM) as mouth:
                while not gone.done():  # a datagram may be lost, or come in the middle of a key
                    for number in range(1, self.crowd + 1):
                        mouth.sendto(self._goodbye(number), (self.host, self.own_port))
                    await asyncio.wait([gone], timeout=STOP_SECONDS / 3)
            return await gone

    def scenario(self) -> str:
        values = {
            "from": "Anonymous <sip:anonymous@anonymous.invalid>"
            if self.hidden
            else f"<sip:{self.caller}@{self.host}>",
            "identity": self._identity(),
            "patience": str(int(self.patience * 1000)),
            "speech": str(self.speech or speech_file()),
        }
        keys = [
            _fill(
                "key-in-band.xml" if self.in_band else "key.xml",
                values | {"key": key, "after": str(int(self.key_after * 1000)), "cseq": str(2 + number)},
            )
            for number, key in enumerate(self.keys)
        ]
        speech = {"audio": "[media_port]", "talk": ""} if self.in_band else _said_at(self.mouth)
        return _fill("citizen.xml", speech | values | {"keys": "".join(keys)})

    async def leave(self) -> None:
        """Hang up if the call is on, or vanish where that is not possible yet."""
        if self.is_on():
            with suppress(TimeoutError):
                await self.hang_up()
        await self.stop()

    def _goodbye(self, number: int) -> bytes:
        me = f"<sip:driver@{self.host}>"
        lines = ("Via: SIP/2.0/UDP driver", f"From: {me};tag=d", f"To: {me}", f"Call-ID: {self._call_id(number)}")
        words = (f"MESSAGE sip:{self.host} SIP/2.0", *lines, "CSeq: 1 MESSAGE", "Content-Length: 0", "", "")
        return "\r\n".join(words).encode()

    def _call_id(self, number: int | str) -> str:
        return f"citizen-{self.own_port}-{number}"

    def _identity(self) -> str:
        asserted = f"P-Asserted-Identity: <sip:{self.caller}@{self.host}>"
        return f"{asserted}\n      Privacy: id" if self.hidden else asserted


@dataclass(slots=True, eq=False)
class DeskPhone(Sipp):
    """A telephone, or several that behave alike: registers as each extension and is rung there.

    `then`: `answer` after `ring` seconds, `decline` at once, or only `ring` until the caller gives up.
    Asked to answer by itself (Call-Info: answer-after=0) it always does. Hangs up after `talk` seconds.
    With `passwords` empty it does not register: a citizen who can be called back at `address`.
    """

    passwords: dict[str, str] = field(default_factory=dict)
    then: Literal["answer", "decline", "ring"] = "answer"
    ring: float = 0.2
    talk: float = FOR_EVER / 1000
    key: str = ""
    """What is pressed after lifting, by SIP INFO."""
    mouth: int = 0
    """As that of `Citizen`."""
    own_port: int = 0

    @property
    def address(self) -> str:
        return f"{self.host}:{self.own_port}"

    async def plug_in(self) -> Self:
        """Register, then be there to be rung. Raises `Unavailable` when the exchange refuses the telephone."""
        self.own_port = self.own_port or free_port(self.host, 0)
        for extension, password in self.passwords.items():
            await self._register(extension, password)
        await self.play(self.scenario(), "-p", str(self.own_port), *await asyncio.to_thread(_media, self.host))
        return self

    async def _register(self, extension: str, password: str) -> None:
        """From the very port that is rung later: the exchange answers to where a telephone's words came from."""
        values = {"extension": extension, "password": password, "contact": self.address, "expires": str(REGISTERED)}
        door = Sipp(self.host, self.port)
        limit = ("-timeout", f"{REGISTER_SECONDS}s", "-timeout_error")
        await door.play(_fill("register.xml", values), "-p", str(self.own_port), "-m", "1", *limit)
        if await door.wait():
            raise Unavailable("register", f"telephone {extension} could not register")

    def scenario(self) -> str:
        waits = {"answer": "answer", "ring": "end", "decline": "end"}
        ring = self.ring * 1000 if self.then == "answer" else FOR_EVER
        said = _said_at(self.mouth)
        events = " 101\n      a=rtpmap:101 telephone-event/8000\n      a=fmtp:101 0-16" if self.mouth else ""
        values = {
            "audio": f"{said['audio']} RTP/AVP 8{events}\n      a=rtpmap:8 PCMA/8000",
            "talk": said["talk"],
            "then": "decline" if self.then == "decline" else "ring",
            "ring": str(int(ring)),
            "after": waits[self.then],
            "patience": str(int(self.talk * 1000)),
            "speech": str(speech_file()),
            "keys": _fill("phone-key.xml", {"key": self.key}) if self.key else "",
        }
        return _fill("phone.xml", values)

    async def __aenter__(self) -> Self:
        return await self.plug_in()

    async def __aexit__(self, *_: object) -> None:
        with suppress(ProcessLookupError):
            await self.stop()


@dataclass(slots=True, eq=False)
class Dialling(Sipp):
    """A telephone of the house dials `dialled` (a number, an extension, a code) and listens until it is hung up on."""

    extension: str = ""
    password: str = ""
    dialled: str = ""

    async def call(self) -> Self:
        values = {"extension": self.extension, "password": self.password}
        values["dialled"] = self.dialled.replace("#", "%23")
        words = ("-p", str(free_port(self.host, 0)), *await asyncio.to_thread(_media, self.host), "-m", "1")
        await self.play(_fill("dial.xml", values), *words)
        return self


def _said_at(mouth: int) -> dict[str, str]:
    """Where speech comes to, and what SIPp itself says there."""
    if mouth:
        return {"audio": str(mouth), "talk": ""}
    return {"audio": "[rtpstream_audio_port]", "talk": TALK}


def _dies_with_us() -> tuple[str, ...]:
    """Nobody goes on calling after a driver that was killed (util-linux's setpriv, where it is there)."""
    setpriv = shutil.which("setpriv")
    return (setpriv, "--pdeathsig", "KILL") if setpriv else ()


def _fill(name: str, values: dict[str, str]) -> str:
    text = (SCENARIOS / name).read_text(encoding="utf-8")
    for mark, value in values.items():
        text = text.replace(f"@{mark}@", value)
    return text


FIRST_MEDIA, MEDIA_RANGES = 30_000, 138
"""Ranges of 20 ports below those that the system hands out by itself (from 32768 on Linux)."""
_next_media = os.getpid() * 37


def _media(host: str) -> tuple[str, ...]:
    """Where SIPp sends speech from, in the words of its version: 3.7 took `-mp` away."""
    first = _media_port(host)
    if _has_rtp_range(shutil.which("sipp") or "sipp"):
        return ("-min_rtp_port", str(first), "-max_rtp_port", str(first + 18))
    return ("-mp", str(first))


@cache
def _has_rtp_range(program: str) -> bool:
    try:
        told = subprocess.run([program, "-h"], capture_output=True, timeout=10, check=False).stdout
    except OSError:
        return False
    return b"-min_rtp_port" in told


def _media_port(host: str) -> int:
    """SIPp counts up from here by itself; each process gets a range of its own."""
    global _next_media
    _next_media += 1
    return free_port(host, FIRST_MEDIA + (_next_media % MEDIA_RANGES) * 20)
