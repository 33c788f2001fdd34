"""Ears for the tests: tones that are played, looked for in recordings and in what a browser hears."""

import asyncio
import math
import struct
import wave
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.async_api import Page

AGENT_HZ = 700
CITIZEN_HZ = 1000

PROBE = """
const Native = window.RTCPeerConnection;
window.lines = [];
window.RTCPeerConnection = class extends Native {
  constructor(...words) { super(...words); window.lines.push(this); }
};
window.counters = async () => {
  const found = { received: 0, sent: 0, codec: "", sealed: "" };
  const report = await window.lines.at(-1).getStats();
  for (const one of report.values()) {
    if (one.type === "inbound-rtp") {
      found.received += one.packetsReceived;
      found.codec = report.get(one.codecId)?.mimeType ?? "";
    }
    if (one.type === "outbound-rtp") found.sent += one.packetsSent;
    if (one.type === "transport") found.sealed = one.dtlsState + " " + one.srtpCipher;
  }
  return found;
};
// The largest share that the tone has of what is heard in a twentieth of a second, over some time.
window.share = async (hz, ms) => {
  const track = window.lines.at(-1).getReceivers().find((one) => one.track.kind === "audio").track;
  window.ear ??= new AudioContext();
  await window.ear.resume();
  const source = window.ear.createMediaStreamSource(new MediaStream([track]));
  const look = window.ear.createAnalyser();
  look.fftSize = 4096;
  look.smoothingTimeConstant = 0;
  source.connect(look);
  const levels = new Float32Array(look.frequencyBinCount);
  const width = window.ear.sampleRate / look.fftSize;
  const until = performance.now() + ms;
  let best = 0;
  while (performance.now() < until) {
    await new Promise((done) => setTimeout(done, 50));
    look.getFloatFrequencyData(levels);
    let all = 0, tone = 0;
    levels.forEach((level, n) => {
      const power = level > -75 ? 10 ** (level / 10) : 0;
      all += power;
      if (Math.abs(n * width - hz) < 40) tone += power;
    });
    if (all > 0) best = Math.max(best, tone / all);
  }
  source.disconnect();
  return best;
};
"""


async def share(page: Page, hz: int, milliseconds: int = 1000) -> float:
    """How much of what the browser hears is that tone: 0 to 1."""
    return float(await page.evaluate("([hz, ms]) => window.share(hz, ms)", [hz, milliseconds]))


async def counters(page: Page) -> dict[str, Any]:
    """The newest line's packets both ways, its codec and how it is sealed."""
    found: dict[str, Any] = await page.evaluate("window.counters()")
    return found


def pulses(file: Path, hz: int = AGENT_HZ, rate: int = 48_000, seconds: float = 4.0) -> Path:
    """A tone that comes and goes, as speech does (a steady one is taken for noise), as a WAV file."""
    with wave.open(str(file), "wb") as out:
        out.setparams((1, 2, rate, 0, "NONE", ""))
        for n in range(int(rate * seconds)):
            is_on = (n * 5 // rate) % 2 == 0
            out.writeframesraw(struct.pack("<h", int(16000 * math.sin(2 * math.pi * hz * n / rate)) if is_on else 0))
    return file


def steady(file: Path, hz: int = CITIZEN_HZ, seconds: int = 5) -> Path:
    """A tone as raw A-law at 8 kHz, for SIPp."""
    samples = (int(8000 * math.sin(2 * math.pi * hz * n / 8000)) for n in range(8000 * seconds))
    file.write_bytes(bytes(map(encoded, samples)))
    return file


def encoded(sample: int) -> int:
    """G.711 A-law."""
    sign, size = (0x80, sample) if sample >= 0 else (0, -sample - 1)
    size = min(size, 32767) >> 4
    exponent = max(0, size.bit_length() - 5)
    mantissa = (size >> max(exponent, 1) if exponent else size >> 1) & 0x0F
    return (sign | (exponent << 4) | mantissa) ^ 0x55


def heard(file: Path, hz: int, last: float = 1.5) -> float:
    """The largest share of that tone in a tenth of a second of the recording's last seconds: 0 to 1."""
    rate, samples = _samples(file)
    window = rate // 10
    recent = samples[-int(last * rate) :]
    return max((goertzel(recent[n : n + window], hz, rate) for n in range(0, len(recent) - window, window)), default=0)


def length(file: Path) -> float:
    """Seconds."""
    rate, samples = _samples(file)
    return len(samples) / rate


def _samples(file: Path) -> tuple[int, tuple[int, ...]]:
    """Of a WAV file that is still being written: the header's length is not believed."""
    raw = file.read_bytes() if file.is_file() else b""
    if len(raw) <= 44:
        return 8000, ()
    data = raw[44 : 44 + (len(raw) - 44) // 2 * 2]
    return struct.unpack("<I", raw[24:28])[0], struct.unpack(f"<{len(data) // 2}h", data)


def goertzel(samples: tuple[int, ...], hz: int, rate: int) -> float:
    energy = sum(one * one for one in samples)
    if energy < len(samples) * 100**2:
        return 0.0  # silence
    turn = 2 * math.cos(2 * math.pi * hz / rate)
    before, last = 0.0, 0.0
    for one in samples:
        before, last = last, one + turn * last - before
    power = last * last + before * before - turn * last * before
    return min(1.0, 2 * power / (len(samples) * energy))


async def goes_on(page: Page, before: dict[str, Any], packets: int = 50) -> bool:
    """Whether so many more have gone both ways."""
    now = await counters(page)
    return all(now[way] - before[way] > packets for way in ("received", "sent"))


@dataclass
class Wire:
    """A cable between browser and server that can be pulled out: every connection goes, none comes."""

    to: int
    port: int = 0
    pulled: bool = False
    made: int = 0
    _open: set[asyncio.StreamWriter] = field(default_factory=set)

    @asynccontextmanager
    async def laid(self) -> AsyncIterator["Wire"]:
        server = await asyncio.start_server(self._carry, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            self.pull()
            server.close()

    def pull(self) -> None:
        self.pulled = True
        for writer in list(self._open):
            writer.transport.abort()

    def plug(self) -> None:
        self.pulled = False

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.pulled:
            return writer.transport.abort()
        self.made += 1
        there, back = await asyncio.open_connection("127.0.0.1", self.to)
        self._open |= {writer, back}
        try:
            await asyncio.gather(_pour(reader, back), _pour(there, writer))
        finally:
            self._open -= {writer, back}


async def _pour(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await source.read(65536):
            target.write(data)
            await target.drain()
    with suppress(OSError):
        target.close()


async def until(true: Callable[[], Any], seconds: float, what: str) -> None:
    """As `eventually`, but looks five times a second: what is asked takes time itself."""
    deadline = asyncio.get_running_loop().time() + seconds
    while True:
        found = true()
        if await found if asyncio.iscoroutine(found) else found:
            return
        assert asyncio.get_running_loop().time() < deadline, what
        await asyncio.sleep(0.2)
