"""The directory in a real browser: imported with a preview, found by keys, absence set, a colleague told by mail."""

import os
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from channels.email.sink import Sink
from tests.acceptance.desk import Desk
from tests.acceptance.installation import Installation
from tests.acceptance.test_accessibility import Inspection, open_page
from tests.support import eventually

pytestmark = [pytest.mark.browser, pytest.mark.asterisk, pytest.mark.slow]

STAFF = """Nyckel;Namn;Titel;Enhet;Sökord;Telefon;Mobil;Direktnummer;E-post;Användarnamn;Skyddad
1;Alma Rask;Systemförvaltare;Kontaktcenter;telefoni;;;;alma@solvik.example;alma;
2;Anna Ek;Kommunvägledare;Kontaktcenter;;;;;anna.ek@solvik.example;anna;
3;Åsa Öberg;Handläggare;Bygg och miljö;bygglov, tomt;040-628 04 11;070-174 06 05;+46850000411;asa@solvik.example;;
4;Carl Lindqvist;Rektor;Ängsskolan;skolskjuts;040-628 04 12;;;carl@solvik.example;;
5;Berit Sköld;Socialsekreterare;Socialtjänsten;;040-628 04 13;;;berit@solvik.example;;ja
6;Dan Ek;Parkeringsvakt;Trafik;parkering;inget nummer;;;;;
"""


@pytest.fixture
def staff(tmp_path: Path) -> Path:
    """As the payroll system writes it."""
    file = tmp_path / "personal.csv"
    file.write_bytes(STAFF.encode("latin-1"))
    return file


async def bring_in(desk: Desk, staff: Path) -> None:
    """What would change is shown before it is."""
    await desk.press("Alt+k")
    await expect(desk.see("directory-search")).to_be_focused()
    await desk.see("import-file").set_input_files(staff)
    await desk.see("import-look").click()
    preview = desk.see("import-preview")
    await expect(preview).to_contain_text("inget telefonnummer")
    await expect(preview.locator("tbody tr").first).to_contain_text("7")
    await desk.see("import-write").click()
    await expect(preview).to_have_count(0)
    await desk.see("directory-search").focus()


async def find(desk: Desk, words: str, first: str) -> None:
    await desk.see("directory-search").fill("")
    await desk.write(words)
    await expect(desk.see("directory-row").first).to_contain_text(first)


async def overflow(page: Page) -> int:
    return int(await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


async def picture(page: Page, name: str) -> None:
    """Kept where PICTURES says, for the documentation."""
    if folder := os.environ.get("PICTURES"):
        await expect(page.locator(".toast")).to_have_count(0)
        await page.screenshot(path=f"{folder}/{name}.png")


async def test_found_by_keys_absent_and_told(installed: Installation, page: Page, staff: Path, sink: Sink) -> None:
    desk = Desk(page)
    await desk.sign_in(installed.url, "alma")
    await bring_in(desk, staff)
    await find(desk, "asa ober", "Åsa Öberg")
    await find(desk, "karl lindkvist", "Carl Lindqvist")
    await find(desk, "80411", "Åsa Öberg")
    await find(desk, "bygglov", "Åsa Öberg")
    await desk.press("Enter")
    await expect(page.locator("#person-title")).to_be_focused()
    person = desk.see("directory-person")
    await expect(person).to_contain_text("040-628 04 11")
    await desk.press("Tab", "Tab", "Enter")
    await expect(person.get_by_test_id("absence-reason")).to_be_focused()
    await person.get_by_test_id("absence-reason").select_option("sick")
    await person.get_by_test_id("absence-until").fill(await page.evaluate(TOMORROW))
    await person.get_by_test_id("absence-save").press("Enter")
    await expect(person).to_contain_text("Sjuk")
    await expect(desk.see("directory-row").first).to_contain_text("åter")
    await find(desk, "a", "Alma Rask")
    await desk.press("ArrowDown", "ArrowDown")
    await expect(page.locator("#person-title")).to_contain_text("Åsa Öberg")
    await picture(page, "directory")
    await desk.press("Alt+j")
    await expect(desk.see("mail-form").locator("input")).to_be_focused()
    await desk.write("070-174 06 05")
    await desk.press("Enter")
    await expect(desk.see("mail-form")).to_have_count(0)
    [mail] = await eventually(sink.messages, 30, "the mail")
    assert mail["to"] == "asa@solvik.example"
    assert "070-174 06 05" in mail["text"]


TOMORROW = """() => {
  const at = new Date(Date.now() + 86400000 - new Date().getTimezoneOffset() * 60000);
  return at.toISOString().slice(0, 16);
}"""


async def test_numbers_of_a_protected_colleague_and_illness_are_not_shown(
    installed: Installation, page: Page, staff: Path
) -> None:
    desk = Desk(page)
    await desk.sign_in(installed.url, "anna")
    await desk.press("Alt+k")
    await find(desk, "berit", "Berit Sköld")
    await expect(desk.see("directory-person")).to_contain_text("Numren visas inte")
    await expect(desk.see("directory-person")).not_to_contain_text("0413")
    await find(desk, "asa", "Åsa Öberg")
    await expect(desk.see("directory-person")).to_contain_text("Inte anträffbar")
    await expect(desk.see("absence")).to_have_count(0)
    await expect(desk.see("own-standing")).to_be_visible()
    await desk.see("absence-form").get_by_test_id("absence-save").click()
    await expect(desk.see("own-standing")).to_contain_text("Möte")
    await desk.see("absence-clear").click()
    await expect(desk.see("own-standing")).not_to_contain_text("Möte")


@pytest.mark.parametrize("width", [1440, 390])
async def test_axe_finds_nothing(installed: Installation, browser: Browser, staff: Path, width: int) -> None:
    page = await open_page(browser, width)
    desk, inspection = Desk(page), Inspection(page)
    await desk.sign_in(installed.url, "alma")
    await page.goto(f"{installed.url}#/directory")
    await inspection.look("directory")
    await find(desk, "asa", "Åsa Öberg")
    await inspection.look("found")
    await desk.see("absence").click()
    await inspection.look("absence")
    await desk.press("Escape")
    await desk.see("mail").click()
    await inspection.look("mail")
    await desk.see("import-file").set_input_files(staff)
    await desk.see("import-look").click()
    await expect(desk.see("import-preview")).to_be_visible()
    await inspection.look("import")
    assert await overflow(page) <= 0
    await page.emulate_media(color_scheme="light")
    await page.evaluate("window.scrollTo(0, 0)")
    await picture(page, f"directory-{width}")
    await page.context.close()
    assert not inspection.found, inspection.report()
