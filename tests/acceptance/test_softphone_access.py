"""The telephone in the browser for everybody: axe finds nothing, light and dark, wide and as narrow as a mobile."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from pbx.configure import Rendered
from tests.acceptance.installation import Installation
from tests.acceptance.softphone import Agent, calling, launched
from tests.acceptance.test_accessibility import Inspection

pytestmark = [pytest.mark.browser, pytest.mark.asterisk, pytest.mark.slow]


@pytest.fixture
async def browser(tmp_path: Path) -> AsyncIterator[Browser]:
    async with launched(tmp_path) as opened:
        yield opened


@pytest.mark.parametrize("width", [1440, 390])
async def test_axe_finds_nothing_on_the_telephone(
    installed: Installation, exchange: Rendered, browser: Browser, tmp_path: Path, width: int
) -> None:
    context = await browser.new_context(
        viewport={"width": width, "height": 844}, locale="sv-SE", permissions=["microphone"], bypass_csp=True
    )
    page = await context.new_page()
    page.set_default_timeout(20_000)
    anna, inspection = Agent(page), Inspection(page)
    await anna.sign_in(installed.url, "anna")
    await inspection.look("off")
    await anna.see("telephone-on").focus()
    await anna.press("Enter")
    await anna.phone("ready")
    await inspection.look("ready")
    await anna.see("telephone-settings").focus()
    await anna.press("Enter")
    await expect(anna.see("telephone-dialog")).to_be_visible()
    await inspection.look("dialog")
    await anna.see("ring-number").check()
    await expect(anna.see("ring-number-input")).to_be_visible()
    await inspection.look("number")
    await anna.press("Escape")
    await expect(anna.see("telephone-dialog")).to_have_count(0)
    await anna.press("Alt+t")
    async with calling(exchange, tmp_path) as citizen:
        await anna.stage("ringing")
        await inspection.look("ringing")
        await anna.see("telephone-answer").focus()
        await anna.press("Enter")
        await anna.stage("talking")
        await expect(anna.see("timeline")).to_be_visible()  # the case has opened, and taken the focus
        await anna.press("Alt+s")
        await expect(anna.see("telephone-mute")).to_have_attribute("aria-pressed", "true")
        await anna.see("telephone-keys").focus()
        await anna.press("Enter")
        await expect(anna.see("tone-1")).to_be_focused()
        for key in "123456789*0#":
            await expect(anna.see(f"tone-{key}")).to_be_in_viewport(ratio=1)
        await inspection.look("keypad")
        await anna.press("Escape")
        for name in ("mute", "hold", "keys", "hang-up"):
            await expect(anna.see(f"telephone-{name}")).to_be_in_viewport(ratio=1)
        sideways = await page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert sideways <= 0
        assert await citizen.hang_up() == 0
    await anna.stage("")
    await anna.press("Alt+p")
    await context.close()
    assert inspection.found == {}, inspection.report()
