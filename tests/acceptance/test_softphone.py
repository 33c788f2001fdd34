"""The telephone in the browser: a citizen's call with real Asterisk, real SIPp and real Chromium, both ends heard."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest
from playwright.async_api import Browser, BrowserContext, Page, expect

from pbx.configure import Rendered
from pbx.sipp.drivers import Citizen, DeskPhone
from tests.acceptance import listening
from tests.acceptance.installation import Installation
from tests.acceptance.listening import AGENT_HZ, CITIZEN_HZ, Wire, counters, share, until
from tests.acceptance.softphone import Agent, Recorder, calling, launched

pytestmark = [pytest.mark.browser, pytest.mark.asterisk, pytest.mark.slow]
NUMBER = "070-174 06 20"


@pytest.fixture
async def browser(tmp_path: Path) -> AsyncIterator[Browser]:
    async with launched(tmp_path) as opened:
        yield opened


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
        await recorder.note_keys()
        await anna.see("telephone-keys").click()
        await expect(anna.see("tone-1")).to_be_visible()
        await anna.press("5")
        await until(lambda: recorder.noted("5"), 10, "the key is heard at the exchange")
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
    """The network is away for some seconds, for the speech and for the link; the call comes back by itself."""
    anna = Agent(page)
    network = await context.new_cdp_session(page)
    await network.send("Network.enable")
    await network.send("Network.emulateNetworkConditions", _loses(0))
    async with Wire(installed.http_port).laid() as wire, calling_later(exchange, tmp_path) as call:
        await anna.sit_down(f"http://127.0.0.1:{wire.port}/")
        await anna.become_available()
        citizen = await call()
        await anna.take_offer(NUMBER)
        await anna.stage("talking")
        await until(lambda: hears_citizen(page), 10, "the citizen is heard")
        await network.send("Network.emulateNetworkConditions", _loses(40))
        await expect(anna.see("telephone-quality")).to_be_visible(timeout=30_000)
        await network.send("Network.emulateNetworkConditions", _loses(100))
        wire.pull()
        await anna.phone("connecting")
        await until(lambda: _silent(page), 20, "nothing is heard")
        await network.send("Network.emulateNetworkConditions", _loses(0))
        wire.plug()
        await anna.phone("ready")
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


async def test_a_closed_tab_has_hung_up(
    installed: Installation, exchange: Rendered, context: BrowserContext, page: Page, tmp_path: Path
) -> None:
    anna, watching = Agent(page), Agent(await context.new_page())
    await anna.sit_down(installed.url)
    await watching.page.goto(installed.url)
    await anna.become_available()
    async with calling(exchange, tmp_path) as citizen:
        await anna.stage("ringing")
        await anna.see("telephone-answer").click()
        await anna.stage("talking")
        await watching.see("telephone-settings").click()
        await expect(watching.see("telephone-take")).to_be_disabled()
        await page.close(run_before_unload=False)
        assert await citizen.wait() == 0
        await watching.phone("ready")


async def test_declined_in_the_browser_it_goes_on_to_wait(
    installed: Installation, exchange: Rendered, page: Page, tmp_path: Path
) -> None:
    anna = Agent(page)
    await anna.sit_down(installed.url)
    await anna.become_available()
    async with calling(exchange, tmp_path) as citizen:
        await anna.stage("ringing")
        await anna.see("telephone-decline").click()
        await anna.stage("")
        await expect(anna.see("queue")).to_contain_text(NUMBER)
        await anna.go_away()
        assert citizen.is_on()
        assert await citizen.hang_up() == 0
