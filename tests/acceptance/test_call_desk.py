"""What agents do with a call, by keyboard, with real telephones: ask a colleague, hand on, park, pick up."""

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from pbx.configure import Rendered
from pbx.sipp.drivers import Citizen, DeskPhone
from tests.acceptance.desk import Desk
from tests.acceptance.installation import SWITCHBOARD, Installation
from tests.acceptance.test_accessibility import Inspection, open_page, sideways

pytestmark = [pytest.mark.browser, pytest.mark.asterisk, pytest.mark.slow]

SHOTS = os.environ.get("CALL_SCREENSHOTS", "")
"""A folder for pictures of a transfer; empty: none are taken."""


async def pictured(page: Page, name: str) -> None:
    if not SHOTS:
        return
    for width, height in ((1440, 900), (390, 844)):
        await page.set_viewport_size({"width": width, "height": height})
        for scheme in ("light", "dark"):
            await page.emulate_media(color_scheme="dark" if scheme == "dark" else "light", reduced_motion="reduce")
            await page.screenshot(path=Path(SHOTS) / f"{name}-{width}-{scheme}.png")
    await page.set_viewport_size({"width": 1440, "height": 900})


@pytest.fixture
async def two(installed: Installation, exchange: Rendered, browser: Browser) -> AsyncIterator[tuple[Desk, Desk]]:
    """Anna and Bo with telephones; Anna has taken a citizen's call."""
    anna, bo = Desk(await open_page(browser, 1440)), Desk(await open_page(browser, 1440))
    await anna.sign_in(installed.url, "anna")
    await bo.sign_in(installed.url, "bo")
    secrets = exchange.phone_secrets
    host, port = exchange.host, exchange.sip_port
    async with (
        DeskPhone(host, port, passwords={"201": secrets["201"]}, then="ring"),
        DeskPhone(host, port, passwords={"202": secrets["202"]}, ring=2.0),
    ):
        await anna.become_available()
        citizen = Citizen(host, port, dialled=SWITCHBOARD, caller="+46701740612", keys="1", key_after=1.5)
        await citizen.call()
        try:
            await anna.take_offer("070-174 06 12")
            await expect(anna.see("live-call")).to_contain_text("Pågående samtal")
            yield anna, bo
        finally:
            await citizen.stop()
            await anna.go_away()
            await expect(bo.see("presence")).not_to_contain_text("I samtal")
            await bo.go_away()  # the next call is Anna's again


async def test_a_colleague_is_asked_and_takes_the_call(two: tuple[Desk, Desk]) -> None:
    anna, bo = two
    seen = Inspection(anna.page)
    await pictured(anna.page, "call")
    await anna.press("Alt+f")
    await expect(anna.see("hand-on-find")).to_be_focused()
    await expect(anna.see("hand-on-dialog")).to_contain_text("Allmänt")
    await pictured(anna.page, "transfer-choose")
    await seen.look("transfer")
    await anna.write("bo l")
    await expect(anna.page.locator("[role=option][aria-selected=true]")).to_contain_text("Bo Lind")
    await anna.press("Enter")
    bar = anna.see("live-call")
    await expect(bar).to_contain_text("Du ringer Bo Lind")
    await expect(bar).to_contain_text("Du talar med Bo Lind")
    await pictured(anna.page, "transfer-asked")
    await seen.look("asked")
    assert await sideways(anna.page) <= 1440
    await anna.press("Alt+v")
    await expect(bo.see("live-call")).to_contain_text("Pågående samtal")
    await expect(bo.see("presence")).to_contain_text("I samtal")
    await expect(anna.see("presence")).not_to_contain_text("I samtal")
    await bo.press("Alt+x")
    await expect(bo.see("live-call")).to_have_count(0)
    assert not seen.found, seen.report()


async def test_held_resumed_parked_and_picked_up(two: tuple[Desk, Desk]) -> None:
    anna, bo = two
    bar = anna.see("live-call")
    await anna.press("Alt+h")
    await expect(bar).to_contain_text("Väntar och hör musik")
    await anna.press("Alt+h")
    await expect(bar).to_contain_text("Pågående samtal")
    await anna.press("Alt+o")
    await expect(bo.see("loose-calls")).to_contain_text("070-174 06 12")
    await pictured(bo.page, "parked")
    await bo.press("Alt+r")
    await expect(bo.see("presence")).to_contain_text("I samtal")
    await expect(bo.see("live-call")).to_contain_text("Pågående samtal")
    await expect(bo.see("loose-calls")).to_have_count(0)
    await bo.press("Alt+x")
    await expect(bo.see("live-call")).to_have_count(0)
