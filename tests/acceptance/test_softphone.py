"""The telephone in the browser: a citizen's call with real Asterisk, real SIPp and real Chromium, both ends heard."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
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
        assert min(found["received"], found["sent"]) > 50
        assert found["codec"] == "audio/opus"
        assert found["sealed"].startswith("connected ")
        before = found

        await until(lambda: listening.goes_on(page, before), 10, "speech goes on both ways")
        await anna.press("Alt+x")
        await anna.stage("")
        assert await citizen.wait() == 0


async def test_mute_hold_keys_and_another_page(
    installed: Installation, exchange: Rendered, page: Page, tmp_path: Path
) -> None:
    anna = Agent(page)
    await anna.sit_down(installed.url)
    await anna.become_available()
    async with calling(exchange, tmp_path):
        await anna.stage("ringing")
        await anna.see("telephone-answer").focus()
        await anna.press("Enter")
        await anna.stage("talking")
        await expect(anna.see("case-number")).to_be_visible()
        recorder = Recorder(exchange, tmp_path)
        await recorder.begin()
        await until(lambda: recorder.hears(AGENT_HZ), 10, "the agent's tone at the citizen's")
        await anna.see("telephone-mute").click()
        await until(lambda: not recorder.hears(AGENT_HZ), 10, "muted: the agent's tone is gone")
        assert await hears_citizen(page)
        await anna.see("telephone-mute").click()
        await until(lambda: recorder.hears(AGENT_HZ), 10, "the tone is back")
        await anna.see("telephone-hold").click()
        await expect(anna.see("telephone-hold")).to_have_attribute("aria-pressed", "true")
        await until(lambda: not recorder.hears(AGENT_HZ), 10, "on hold: the citizen hears music")
        await until(lambda: _silent(page), 10, "on hold: the agent hears nothing")
        await anna.see("telephone-hold").click()
        await until(lambda: recorder.hears(AGENT_HZ), 10, "resumed")
        await until(lambda: hears_citizen(page), 10, "resumed: the citizen is heard")
        await page.evaluate("location.hash = '#/search'")
        await expect(anna.see("telephone")).to_have_attribute("data-stage", "talking")
        assert await hears_citizen(page)
        await anna.see("telephone-keys").click()
        await anna.press("5")
        await anna.press("Escape")
        await anna.see("telephone-hang-up").click()
        await anna.stage("")
        await expect(anna.see("presence")).not_to_contain_text("I samtal")


async def _silent(page: Page) -> bool:
    return await share(page, CITIZEN_HZ) < 0.1


async def test_a_lost_link_does_not_end_the_call(
    installed: Installation, exchange: Rendered, page: Page, tmp_path: Path
) -> None:
    anna = Agent(page)
    async with Wire(installed.http_port).laid() as wire, calling_later(exchange, tmp_path) as call:
        await anna.sit_down(f"http://127.0.0.1:{wire.port}/")
        await anna.become_available()
        citizen = await call()
        await anna.take_offer(NUMBER)
        await anna.stage("talking")
        recorder = Recorder(exchange, tmp_path)
        await recorder.begin()
        await until(lambda: recorder.hears(AGENT_HZ), 10, "the agent's tone at the citizen's")
        wire.pull()
        await anna.phone("connecting")
        before = await counters(page)
        await until(lambda: hears_citizen(page), 10, "without the link the citizen is heard")
        await until(lambda: recorder.hears(AGENT_HZ), 10, "without the link the agent is heard")
        now = await counters(page)
        assert min(now[way] - before[way] for way in ("received", "sent")) > 0
        wire.plug()
        await anna.phone("ready")
        await anna.stage("talking")
        await until(lambda: hears_citizen(page), 10, "the link is back: the citizen is heard")
        await until(lambda: recorder.hears(AGENT_HZ), 10, "the link is back: the agent is heard")
        assert await citizen.hang_up() == 0
        await anna.stage("")


@asynccontextmanager
async def calling_later(exchange: Rendered, tmp_path: Path) -> AsyncIterator[Callable[[], Awaitable[Citizen]]]:
    """The citizen calls when told to."""
    async with AsyncExitStack() as stack:
        yield lambda: stack.enter_async_context(calling(exchange, tmp_path))


async def test_the_test_call_comes_back(installed: Installation, page: Page) -> None:
    anna = Agent(page)
    await anna.sit_down(installed.url)
    await anna.see("telephone-settings").click()
    await anna.see("test-call").click()
    await anna.stage("talking")

    async def echo() -> bool:
        return await share(page, AGENT_HZ) > 0.6

    await until(echo, 20, "one's own tone comes back")
    await anna.see("test-call-end").click()
    await anna.stage("")


async def test_one_tab_holds_the_telephone(installed: Installation, context: BrowserContext, page: Page) -> None:
    first, second = Agent(page), Agent(await context.new_page())
    await first.sit_down(installed.url)
    await second.page.goto(installed.url)
    await second.phone("elsewhere")
    await second.see("telephone-settings").click()
    await second.see("telephone-take").click()
    await second.phone("ready")
    await first.phone("elsewhere")
    await second.page.close()
    await first.phone("ready")


async def test_the_agent_chooses_where_it_rings(
    installed: Installation, exchange: Rendered, page: Page, tmp_path: Path
) -> None:
    anna = Agent(page)
    await anna.sit_down(installed.url)
    password = {"201": exchange.phone_secrets["201"]}
    async with DeskPhone(exchange.host, exchange.sip_port, passwords=password, then="answer", ring=1):
        await anna.see("telephone-settings").click()
        await anna.see("ring-phone").check()
        await expect(page.get_by_text("Nästa samtal ringer där.")).to_be_visible()
        await anna.press("Escape")
        await anna.become_available()
        async with calling(exchange, tmp_path) as citizen:
            await expect(anna.see("presence")).to_contain_text("I samtal", timeout=30_000)
            await anna.stage("")
            assert await citizen.hang_up() == 0
        await expect(anna.see("presence")).not_to_contain_text("I samtal")
        await anna.see("telephone-settings").click()
        await anna.see("ring-auto").check()
        await expect(page.get_by_text("Nästa samtal ringer där.")).to_have_count(2)


async def test_a_bad_line_is_told_and_a_dead_one_is_mended(
    installed: Installation, exchange: Rendered, context: BrowserContext, page: Page, tmp_path: Path
) -> None:
    """The network is away for some seconds, for the speech too; the call comes back by itself."""
    anna = Agent(page)
    network = await context.new_cdp_session(page)
    await network.send("Network.enable")
    await network.send("Network.emulateNetworkConditions", _loses(0))
    await anna.sit_down(installed.url)
    await anna.become_available()
    async with calling(exchange, tmp_path) as citizen:
        await anna.take_offer(NUMBER)
        await anna.stage("talking")
        await until(lambda: hears_citizen(page), 10, "the citizen is heard")
        await network.send("Network.emulateNetworkConditions", _loses(40))
        await expect(anna.see("telephone-quality")).to_be_visible(timeout=30_000)
        await network.send("Network.emulateNetworkConditions", _loses(100))
        await until(lambda: _silent(page), 20, "nothing is heard")
        await network.send("Network.emulateNetworkConditions", _loses(0))
        await until(lambda: hears_citizen(page), 30, "the citizen is heard again")
        await expect(anna.see("telephone-quality")).to_have_count(0, timeout=30_000)
        await anna.stage("talking")
        assert await citizen.hang_up() == 0
        await anna.stage("")


def _loses(percent: int) -> dict[str, object]:
    return {
        "offline": False, "latency": 1, "downloadThroughput": -1, "uploadThroughput": -1,
        "packetLoss": percent, "packetQueueLength": 0, "packetReordering": False,
    }  # fmt: skip
