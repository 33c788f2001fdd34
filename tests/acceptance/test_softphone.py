"""The telephone in the browser: a citizen's call with real Asterisk, real SIPp and real Chromium, both ends heard."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from playwright.async_api import Browser, BrowserContext, Page, async_playwright, expect

from pbx.configure import Rendered
from pbx.exchange import Exchange, find_asterisk
from pbx.sipp.drivers import Citizen, DeskPhone
from tests.acceptance import listening
from tests.acceptance.conftest import FLAGS
from tests.acceptance.desk import Desk
from tests.acceptance.installation import SWITCHBOARD, Installation
from tests.acceptance.listening import AGENT_HZ, CITIZEN_HZ, Wire, counters, share, until
from tests.support import browser_path

pytestmark = [pytest.mark.browser, pytest.mark.asterisk, pytest.mark.slow]
NUMBER = "070-174 06 20"


@pytest.fixture
async def browser(tmp_path: Path) -> AsyncIterator[Browser]:
    """Chromium whose microphone hears a tone."""
    tone = listening.pulses(tmp_path / "agent.wav")
    flags = [*FLAGS, "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"]
    flags += [f"--use-file-for-fake-audio-capture={tone}", "--autoplay-policy=no-user-gesture-required"]
    async with async_playwright() as playwright:
        opened = await playwright.chromium.launch(args=flags, executable_path=browser_path())
        yield opened
        await opened.close()


@pytest.fixture
async def context(browser: Browser) -> AsyncIterator[BrowserContext]:
    made = await browser.new_context(
        viewport={"width": 1440, "height": 900}, locale="sv-SE", permissions=["microphone"]
    )
    await made.add_init_script(listening.PROBE)
    yield made
    await made.close()


@pytest.fixture
async def page(context: BrowserContext) -> AsyncIterator[Page]:
    opened = await context.new_page()
    wrong: list[str] = []
    opened.on("pageerror", lambda error: wrong.append(str(error)))
    opened.set_default_timeout(20_000)
    yield opened
    assert wrong == []


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
        exchange.host, exchange.sip_port, dialled=SWITCHBOARD, caller="+46701740620", keys="1", key_after=1.5, speech=note
    )
    try:
        yield await citizen.call()
    finally:
        await citizen.stop()


class Recorder:
    """Asterisk's own recording of what the citizen hears."""

    def __init__(self, rendered: Rendered, folder: Path) -> None:
        self._exchange = Exchange(rendered, find_asterisk())
        self.file = folder / "citizen-hears.wav"

    async def begin(self) -> None:
        await self._exchange.command("module load app_mixmonitor.so")
        channels = await self._exchange.command("core show channels concise")
        trunk = next(line.partition("!")[0] for line in channels.splitlines() if line.startswith("PJSIP/trunk-"))
        await self._exchange.command(f"mixmonitor start {trunk} {self.file.with_name('both.wav')},t({self.file})")

    def hears(self, hz: int) -> bool:
        return listening.heard(self.file, hz) > 0.5

    async def packets(self) -> str:
        return await self._exchange.command("pjsip show channelstats")


async def hears_citizen(page: Page) -> bool:
    return await share(page, CITIZEN_HZ) > 0.6


async def test_a_call_is_answered_in_the_browser_and_both_hear_each_other(
    installed: Installation, exchange: Rendered, page: Page, tmp_path: Path
) -> None:
    anna = Agent(page)
    await anna.sit_down(installed.url)
    await anna.become_available()
    async with calling(exchange, tmp_path) as citizen:
        await anna.take_offer(NUMBER)
        await anna.stage("talking")
        await expect(anna.see("presence")).to_contain_text("I samtal")
        recorder = Recorder(exchange, tmp_path)
        await recorder.begin()
        await until(lambda: hears_citizen(page), 10, "the citizen's note in the browser")
        await until(lambda: recorder.hears(AGENT_HZ), 10, "the agent's tone at the citizen's")
        found = await counters(page)
        assert found["received"] > 50 and found["sent"] > 50
        assert found["codec"] == "audio/opus"
        assert found["sealed"].startswith("connected ")
        before = found

        async def goes_on() -> bool:
            now = await counters(page)
            return now["received"] > before["received"] + 50 and now["sent"] > before["sent"] + 50

        await until(goes_on, 10, "speech goes on both ways")
        await anna.press("Alt+x")
        await anna.stage("")
        assert await citizen.wait() == 0
