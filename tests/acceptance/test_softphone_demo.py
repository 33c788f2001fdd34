"""The newcomer's first call: `make run`'s program, a demo sign-in, a headset."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest
from playwright.async_api import Browser, async_playwright, expect

from tests.acceptance import listening
from tests.acceptance.conftest import FLAGS
from tests.acceptance.desk import Desk
from tests.acceptance.listening import counters, until
from tests.acceptance.test_demo import Demo
from tests.support import browser_path, eventually

pytestmark = [pytest.mark.browser, pytest.mark.asterisk, pytest.mark.slow]


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    """Chromium with a microphone."""
    flags = [*FLAGS, "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"]
    async with async_playwright() as playwright:
        opened = await playwright.chromium.launch(args=flags, executable_path=browser_path())
        yield opened
        await opened.close()


async def test_the_demo_citizens_call_is_answered_in_the_browser(tmp_path: Path, browser: Browser) -> None:
    demo = Demo(tmp_path)
    with demo.running("--trickle", "5"):
        await eventually(lambda: _ready(demo), 90, "the demo answers")
        context = await browser.new_context(locale="sv-SE", permissions=["microphone"])
        await context.add_init_script(listening.PROBE)
        page = await context.new_page()
        anna = Desk(page)
        await page.goto(f"http://127.0.0.1:{demo.http}/")
        await page.get_by_role("button", name="anna").click()
        await anna.see("telephone-on").click()
        await expect(anna.see("telephone")).to_have_attribute("data-status", "ready", timeout=60_000)
        await anna.see("become-available").click()
        await _until_a_call(anna)
        await expect(anna.see("telephone")).to_have_attribute("data-stage", "talking", timeout=20_000)
        before = await counters(page)

        await until(lambda: listening.goes_on(page, before), 20, "speech both ways")
        await anna.see("telephone-hang-up").click()
        await expect(anna.see("telephone")).to_have_attribute("data-stage", "", timeout=20_000)
        await context.close()


async def _until_a_call(anna: Desk) -> None:
    """Mail is offered, too: declined until it rings."""

    async def rings() -> bool:
        if await anna.see("telephone").get_attribute("data-stage") == "ringing":
            return True
        for offer in await anna.see("offer").all():
            if "call" not in (await offer.get_attribute("class") or "").split():
                await anna.see("offer-decline").first.click()
        return False

    await until(rings, 120, "it rings")
    await anna.see("telephone-answer").click()


def _ready(demo: Demo) -> bool:
    try:
        parts = httpx2.get(f"http://127.0.0.1:{demo.http}/readyz", timeout=2).json()["parts"]
    except (httpx2.TransportError, KeyError):
        return False
    return all(parts.get(part, {}).get("ok") for part in ("console", "phone"))
