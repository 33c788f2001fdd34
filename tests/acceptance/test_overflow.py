"""An administrator writes the ways out of a long queue by keyboard; both who see them see them in order."""

import os
from pathlib import Path

import pytest
from playwright.async_api import Browser, Locator, Page, expect

from tests.acceptance.desk import Desk
from tests.acceptance.installation import Installation
from tests.acceptance.test_accessibility import Inspection, open_page

pytestmark = [pytest.mark.browser, pytest.mark.asterisk, pytest.mark.slow]
SAID = "Vi kan inte ta emot fler samtal just nu."


async def choose(page: Page, target: str, step: int) -> Locator:
    """Add a step by the keyboard alone, and say where it leads; its part of the form."""
    await page.get_by_test_id("overflow-add").focus()
    await page.keyboard.press("Enter")
    form = page.get_by_role("group", name=f"Steg {step}", exact=True)
    await expect(form.get_by_label("Vart")).to_be_focused()
    await page.keyboard.type(target)
    return form


async def fill(form: Locator, **values: str) -> None:
    for name, value in values.items():
        await form.get_by_test_id(f"overflow-{name}").fill(value)


async def write(page: Page) -> None:
    await page.get_by_test_id("overflow-edit").focus()
    await page.keyboard.press("Enter")
    await fill(await choose(page, "Nummer", 1), number="070-174 06 11", agents_below="1")
    await fill(await choose(page, "Röst", 2), after_seconds="900", callers_per_agent="2.5")
    await fill(await choose(page, "Besked", 3), say=SAID, callers_per_agent="20")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("log").filter(has_text="Stegen gäller från nästa samtal.")).to_be_visible()


async def open_steps(page: Page, url: str) -> Locator:
    await page.goto(f"{url}#/administration")
    section = page.get_by_test_id("overflow")
    await expect(section.get_by_test_id("overflow-edit")).to_be_visible()
    return section


@pytest.mark.parametrize("width", [1440, 390])
async def test_steps_are_written_and_seen(installed: Installation, browser: Browser, width: int) -> None:
    page = await open_page(browser, width)
    await Desk(page).sign_in(installed.url, "alma")
    section = await open_steps(page, installed.url)
    if width == 1440:
        await write(page)
        await page.reload()
    rows = section.locator(".scroll").get_by_role("row")
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


async def test_the_order_is_changed_by_keyboard_and_an_older_version_comes_back(
    installed: Installation, browser: Browser
) -> None:
    page = await open_page(browser, 390)
    await Desk(page).sign_in(installed.url, "alma")
    section = await open_steps(page, installed.url)
    await page.get_by_test_id("overflow-edit").focus()
    await page.keyboard.press("Enter")
    last = page.get_by_role("group", name="Steg 3", exact=True)
    await last.get_by_role("button", name="Flytta upp").focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("group", name="Steg 2", exact=True).get_by_label("Vart")).to_be_focused()
    await page.get_by_role("group", name="Steg 1", exact=True).get_by_role("button", name="Ta bort").press("Enter")
    inspection = Inspection(page)
    await inspection.look("overflow editor")
    await page.get_by_test_id("overflow-save").press("Enter")
    rows = section.locator(".scroll").get_by_role("row")
    await expect(rows).to_have_count(3)
    await expect(rows.nth(1)).to_contain_text(SAID)
    await section.locator("summary").press("Enter")
    await page.get_by_test_id("overflow-restore-1").press("Enter")
    await expect(rows).to_have_count(4)
    await expect(rows.nth(1)).to_contain_text("+46701740611")
    await page.context.close()
    assert not inspection.found, inspection.report()
