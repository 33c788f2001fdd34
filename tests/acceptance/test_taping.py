"""A recorded call in the console: said, paused by key, stopped; then played by who may, and the playing told."""

import copy
import os
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import yaml
from playwright.async_api import Browser, expect

from pbx.configure import Rendered
from pbx.sipp.drivers import Citizen, DeskPhone
from tests.acceptance.desk import Desk
from tests.acceptance.installation import SWITCHBOARD, Installation
from tests.acceptance.test_accessibility import Inspection, open_page
from tests.town import SOLVIK

pytestmark = [pytest.mark.browser, pytest.mark.asterisk, pytest.mark.slow]


@pytest.fixture
async def anna(installed: Installation, exchange: Rendered, browser: Browser) -> AsyncIterator[tuple[Desk, Citizen]]:
    """Anna, whose calls are recorded, has taken a citizen's call."""
    town = copy.deepcopy(SOLVIK)
    for queue in town["queues"]:
        queue["taped"] = True
    for user in town["users"]:
        user["may_record"] = user["login"] == "anna"
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
        yaml.safe_dump(town, file)
        file.flush()
        installed.command("configuration", "apply", file.name)
    desk = Desk(await open_page(browser, 1440))
    await desk.sign_in(installed.url, "anna")
    host, port, secret = exchange.host, exchange.sip_port, exchange.phone_secrets["201"]
    async with DeskPhone(host, port, passwords={"201": secret}, then="ring"):
        await desk.become_available()
        citizen = Citizen(host, port, dialled=SWITCHBOARD, caller="+46701740613", keys="1", key_after=1.5)
        await citizen.call()
        try:
            await desk.take_offer("070-174 06 13")
            yield desk, citizen
        finally:
            await citizen.stop()
            await desk.go_away()


async def _picture(desk: Desk, name: str) -> None:
    """For the manual, where a folder is named."""
    if folder := os.environ.get("KC_PICTURES"):
        for width in (1440, 390):
            for scheme in ("light", "dark"):
                await desk.page.set_viewport_size({"width": width, "height": 900})
                await desk.page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
                await desk.page.screenshot(path=Path(folder) / f"{name}-{width}-{scheme}.png")
        await desk.page.set_viewport_size({"width": 1440, "height": 900})
        await desk.page.emulate_media(color_scheme="light")


async def test_a_recorded_call(anna: tuple[Desk, Citizen]) -> None:
    desk, _ = anna
    page = desk.page
    await expect(desk.see("taping")).to_have_text("Spelas in")
    await _picture(desk, "taping")
    await desk.press("Alt+i")
    await expect(desk.see("taping")).to_have_text("Inspelningen är pausad")
    await desk.press("Alt+i")
    await expect(desk.see("taping")).to_have_text("Spelas in")
    await Inspection(page).look("taping")
    await desk.see("tape-stop").press("Enter")
    await expect(desk.see("taping")).to_have_text("")
    await desk.press("Alt+x")
    await expect(desk.see("live-call")).to_have_count(0)
    await expect(desk.see("tape")).to_be_visible()
    await _picture(desk, "tape")
    played = page.locator(".tape audio")
    await played.evaluate("one => one.play()")
    await page.wait_for_function("document.querySelector('.tape audio').currentTime > 0.2")
    await page.locator(".journal").press("Enter")
    await expect(desk.see("timeline")).to_contain_text("Inspelning spelades upp")
    await Inspection(page).look("tape")
