"""An administrator writes the ways out of a long queue by keyboard; both who see them see them in order."""

import os
from pathlib import Path

import pytest
import yaml
from playwright.async_api import Browser, Page, expect

from tests.acceptance.desk import Desk
from tests.acceptance.installation import Installation
from tests.acceptance.test_accessibility import Inspection, open_page

pytestmark = [pytest.mark.browser, pytest.mark.asterisk, pytest.mark.slow]
STEPS = [
    {"to": "number", "number": "+46701740611", "agents_below": 1},
    {"to": "voicemail", "after_seconds": 900, "callers_per_agent": 2.5},
    {"to": "message", "say": "Vi kan inte ta emot fler samtal just nu.", "callers_per_agent": 20},
]
WANTED = {"queues": [{"key": "solvik.allmant", "name": "Allmänt", "organisation": "solvik", "overflow": STEPS}]}


async def write(page: Page, url: str) -> None:
    await page.goto(f"{url}#/administration")
    text = page.get_by_role("textbox", name="Konfiguration")
    await expect(text).not_to_have_value("")
    await text.fill(yaml.safe_dump(WANTED, allow_unicode=True))
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("status").filter(has_text="overflow")).to_contain_text("agents_below")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await page.reload()


@pytest.mark.parametrize("width", [1440, 390])
async def test_steps_are_written_and_seen(installed: Installation, browser: Browser, width: int) -> None:
    page = await open_page(browser, width)
    await Desk(page).sign_in(installed.url, "alma")
    section = page.get_by_test_id("overflow")
    if width == 1440:
        await write(page, installed.url)
    else:
        await page.goto(f"{installed.url}#/administration")
    rows = section.get_by_role("row")
    await expect(rows).to_have_count(4)
    await expect(rows.nth(1)).to_contain_text("färre än 1 handläggare i arbete")
    await expect(rows.nth(2)).to_contain_text("efter 900 s, minst 2,5 väntande per handläggare")
    await expect(rows.nth(3)).to_contain_text("Vi kan inte ta emot fler samtal just nu.")
    inspection = Inspection(page)
    await inspection.look("overflow")
    if folder := os.environ.get("OVERFLOW_SCREENSHOTS"):
        await section.scroll_into_view_if_needed()
        await page.screenshot(path=Path(folder) / f"overflow-{width}-dark.png")
    await page.context.close()
    assert not inspection.found, inspection.report()
