"""The console's link to the server, in a real browser: what was written while the server was away arrives."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from contactcenter.store import Store
from tests.acceptance.desk import Desk
from tests.integration import consoles
from tests.support import free_port

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)]


@pytest.fixture
async def narrow(browser: Browser) -> AsyncIterator[Page]:
    """A telephone's screen."""
    context = await browser.new_context(viewport={"width": 390, "height": 844}, locale="sv-SE")
    yield await context.new_page()
    await context.close()


async def test_what_is_written_while_the_server_is_away_is_said_when_it_is_back(
    town: Store, tmp_path: Path, page: Page
) -> None:
    town.sync_run(consoles.give_passwords)
    port, desk = free_port(), Desk(page)
    async with consoles.running(town, tmp_path, port=port) as site:
        await desk.sign_in(site.url, "anna")
        await site.mail(subject="Hål i gatan")
        await expect(desk.see("queue")).to_contain_text("Hål i gatan")
        await desk.press("n")
        await expect(desk.see("timeline")).to_be_visible()
    await expect(desk.see("banner")).to_contain_text("Förbindelsen är bruten")
    await desk.press("a")
    await desk.write("Ringde gatukontoret")
    await desk.press("Control+Enter")
    await expect(desk.see("banner")).to_contain_text("väntar på att skickas")
    await desk.leave_field()
    await desk.press("n")
    await expect(page.get_by_text("Det gjordes inte")).to_be_visible()
    async with consoles.running(town, tmp_path, port=port):
        await expect(desk.see("timeline")).to_contain_text("Ringde gatukontoret", timeout=20_000)
        await expect(desk.see("banner")).not_to_contain_text("Förbindelsen är bruten")
        await expect(page.get_by_text("Ringde gatukontoret")).to_have_count(1)


async def test_words_begun_in_one_case_wait_there_while_another_is_worked(still: consoles.Site, page: Page) -> None:
    desk = Desk(page)
    await desk.sign_in(still.url, "anna")
    for subject in ("Den första", "Den andra"):
        await still.mail(subject=subject)
        await expect(desk.see("queue")).to_contain_text(subject)
    await desk.press("n")
    await expect(desk.see("subject")).to_have_value("Den första")
    await expect(desk.see("timeline")).to_be_visible()
    await desk.press("r")
    await desk.write("Hej, jag ska")
    await desk.leave_field()
    await desk.press("n")
    await expect(desk.see("subject")).to_have_value("Den andra")
    await expect(desk.see("reply-text")).to_have_value("")
    await desk.press("Alt+1")
    await expect(desk.see("reply-text")).to_have_value("Hej, jag ska")


async def test_an_offer_is_seen_and_answered_wherever_one_is(site: consoles.Site, narrow: Page) -> None:
    desk = Desk(narrow)
    await desk.sign_in(site.url, "anna")
    await site.mail(subject="Den första")
    await expect(desk.see("queue")).to_contain_text("Den första")
    await desk.press("n")
    await expect(desk.see("timeline")).to_be_visible()
    await expect(desk.see("queue")).to_be_hidden()
    await desk.press("a")
    await site.mail(subject="Den andra")
    await desk.press("Alt+t")
    await expect(desk.see("offer")).to_contain_text("Den andra")
    await expect(desk.see("offer-accept")).to_be_in_viewport()
    await desk.write("mitt i en mening")
    await desk.press("Alt+a")
    await expect(desk.see("subject")).to_have_value("Den andra")
    await narrow.goto(f"{site.url}/#/search")
    await site.mail(subject="Den tredje")
    await expect(desk.see("offer-accept")).to_be_in_viewport()
    await expect(desk.see("offer")).to_contain_text("Den tredje")


async def test_single_letters_can_be_turned_off_and_then_want_alt_and_shift(still: consoles.Site, page: Page) -> None:
    desk = Desk(page)
    await desk.sign_in(still.url, "anna")
    await still.mail(subject="Hål i gatan")
    await expect(desk.see("queue")).to_contain_text("Hål i gatan")
    await desk.see("presence").click()
    await page.get_by_label("Enstaka bokstäver som tangenter").uncheck()
    await desk.press("Escape", "n")
    await expect(desk.see("case")).to_have_count(0)
    await desk.press("Alt+Shift+N")
    await expect(desk.see("subject")).to_have_value("Hål i gatan")
