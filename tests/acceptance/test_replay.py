"""A supervisor looks at the room as it was, by keyboard; an administrator sees the exchange."""

import csv
import io

import pytest
from playwright.async_api import Browser, Page, expect

from pbx.configure import Rendered
from pbx.sipp import Citizen
from tests.acceptance.desk import Desk
from tests.acceptance.installation import SWITCHBOARD, Installation
from tests.acceptance.test_accessibility import Inspection, open_page

pytestmark = [pytest.mark.browser, pytest.mark.asterisk, pytest.mark.slow]


async def a_call_comes_and_goes(exchange: Rendered, watcher: Desk) -> None:
    citizen = await Citizen(exchange.host, exchange.sip_port, dialled=SWITCHBOARD, keys="1", key_after=1.5).call()
    await expect(watcher.see("queue").get_by_text("070-174 06 05").first).to_be_visible()
    await citizen.leave()


async def test_the_room_is_scrubbed_by_keyboard(installed: Installation, exchange: Rendered, page: Page) -> None:
    siv = Desk(page)
    await siv.sign_in(installed.url, "siv")
    await a_call_comes_and_goes(exchange, siv)
    await page.goto(f"{installed.url}#/replay")
    begin = await page.get_by_label("Från klockan").input_value()
    end = await page.evaluate("() => { const d = new Date(Date.now() + 60000); return d.toTimeString().slice(0, 5) }")
    await page.get_by_label("Till klockan").fill(end)
    await page.get_by_role("button", name="Visa").press("Enter")
    states = page.get_by_test_id("states")
    await page.get_by_text("Alla lägen").press("Enter")
    await expect(states).to_contain_text("väntade")
    moment = page.get_by_test_id("moment")
    await moment.focus()
    await page.keyboard.press("End")
    for _ in range(60):
        if await page.get_by_test_id("now").count():
            break
        await page.keyboard.press("ArrowLeft")
    said = await moment.get_attribute("aria-valuetext")
    assert said == await page.get_by_test_id("said").inner_text()
    async with page.expect_download() as download:
        await page.get_by_role("link", name="CSV").click()
    text = (await (await download.value).path()).read_text("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text), delimiter=";" if ";" in text.splitlines()[0] else ","))
    assert "waiting" in {row[5] for row in rows[1:]}, begin
    assert "70174" not in text


async def test_an_agent_does_not_see_the_replay(installed: Installation, page: Page) -> None:
    await Desk(page).sign_in(installed.url, "anna")
    answer = await page.request.get(
        f"{installed.url}api/console/replay?begin=2026-11-23T10:00:00Z&end=2026-11-23T10:10:00Z"
    )
    assert answer.status in (403, 409)
    await page.goto(f"{installed.url}#/replay")
    await expect(page.get_by_test_id("queue")).to_be_visible()


@pytest.mark.parametrize("width", [1440, 390])
async def test_axe_finds_nothing(installed: Installation, browser: Browser, width: int) -> None:
    page = await open_page(browser, width)
    await Desk(page).sign_in(installed.url, "alma")
    inspection = Inspection(page)
    await page.goto(f"{installed.url}#/replay")
    await page.get_by_role("button", name="Visa").click()
    await expect(page.get_by_test_id("moment")).to_be_visible()
    await page.get_by_text("Alla lägen").click()
    await inspection.look("replay")
    await page.goto(f"{installed.url}#/administration")
    await expect(page.get_by_role("heading", name="Telefonväxlar")).to_be_visible()
    await inspection.look("exchanges")
    await page.context.close()
    assert not inspection.found, inspection.report()
