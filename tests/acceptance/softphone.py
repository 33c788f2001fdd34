"""An agent with a headset, a citizen who sings one note, and a recorder at the exchange."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from playwright.async_api import Browser, async_playwright, expect

from pbx.configure import Rendered
from pbx.exchange import Exchange, find_asterisk
from pbx.sipp.drivers import Citizen
from tests.acceptance import listening
from tests.acceptance.conftest import FLAGS
from tests.acceptance.desk import Desk
from tests.acceptance.installation import SWITCHBOARD
from tests.support import browser_path


@asynccontextmanager
async def launched(folder: Path) -> AsyncIterator[Browser]:
    """Chromium whose microphone hears a tone."""
    tone = listening.pulses(folder / "agent.wav")
    flags = [*FLAGS, "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"]
    flags += [f"--use-file-for-fake-audio-capture={tone}", "--autoplay-policy=no-user-gesture-required"]
    async with async_playwright() as playwright:
        opened = await playwright.chromium.launch(args=flags, executable_path=browser_path())
        yield opened
        await opened.close()


class Agent(Desk):
    """An agent with a headset."""

    async def sit_down(self, url: str, login: str = "anna") -> None:
        await self.sign_in(url, login)
        await self.see("telephone-on").focus()
        await self.press("Enter")
        await self.phone("ready")

    async def phone(self, status: str) -> None:
        await expect(self.see("telephone")).to_have_attribute("data-status", status, timeout=30_000)

    async def stage(self, stage: str, seconds: float = 20) -> None:
        await expect(self.see("telephone")).to_have_attribute("data-stage", stage, timeout=seconds * 1000)


@asynccontextmanager
async def calling(exchange: Rendered, tmp_path: Path) -> AsyncIterator[Citizen]:
    """A citizen who sings one note."""
    note = listening.steady(tmp_path / "citizen.al")
    citizen = Citizen(
        exchange.host,
        exchange.sip_port,
        dialled=SWITCHBOARD,
        caller="+46701740620",
        keys="1",
        key_after=1.5,
        speech=note,
    )
    try:
        yield await citizen.call()
    finally:
        await citizen.stop()


class Recorder:
    """Asterisk's own recording of what the citizen hears."""

    def __init__(self, rendered: Rendered, folder: Path) -> None:
        self._exchange = Exchange(rendered, find_asterisk())
        self._log = rendered.folder / "log"
        self.file = folder / "citizen-hears.wav"

    async def begin(self) -> None:
        await self._exchange.command("module load app_mixmonitor.so")
        channels = await self._exchange.command("core show channels concise")
        trunk = next(line.partition("!")[0] for line in channels.splitlines() if line.startswith("PJSIP/trunk-"))
        await self._exchange.command(f"mixmonitor start {trunk} {self.file.with_name('both.wav')},t({self.file})")

    async def note_keys(self) -> None:
        """Have the exchange write down the keys that it hears."""
        await self._exchange.command("logger add channel keys dtmf")

    def noted(self, key: str) -> bool:
        file = self._log / "keys"
        return file.is_file() and f"DTMF end '{key}' received on PJSIP/201-web" in file.read_text(errors="replace")

    def hears(self, hz: int) -> bool:
        return listening.heard(self.file, hz) > 0.5
