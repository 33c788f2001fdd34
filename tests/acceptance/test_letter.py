"""A letter answered by letter, by keyboard: written, seen as it is printed, handed over, and said so in the case."""

import os
import re
from pathlib import Path

import pypdfium2
import pytest
from playwright.async_api import Page, expect

from channels.post import generate
from tests.acceptance.desk import Desk
from tests.acceptance.installation import Installation
from tests.acceptance.test_accessibility import RULES, axe

pytestmark = [pytest.mark.browser, pytest.mark.asterisk, pytest.mark.slow]
TEXT = "Hej!\n\nTack för ditt brev. Altanen på Storgatan 5 behöver inget bygglov."


async def _picture(page: Page, name: str) -> None:
    """For the manual, where a folder is named."""
    if folder := os.environ.get("KC_PICTURES"):
        for width in (1440, 390):
            for scheme in ("light", "dark"):
                await page.set_viewport_size({"width": width, "height": 900})
                await page.emulate_media(color_scheme=scheme)
                await page.screenshot(path=Path(folder) / f"{name}-{width}-{scheme}.png")
        await page.set_viewport_size({"width": 1440, "height": 900})
        await page.emulate_media(color_scheme="light")


async def test_a_letter_is_answered_by_letter(installed: Installation, page: Page) -> None:
    letter, pages = generate.sample(11, "dpi200")
    part = installed.scan_folder / "brev.pdf.part"
    part.parent.mkdir(parents=True, exist_ok=True)
    part.write_bytes(generate.as_pdf([one.image for one in pages], 200))
    part.rename(part.with_suffix(""))
    desk = Desk(page)
    await desk.sign_in(installed.url, "anna")
    await desk.become_available()
    await desk.take_offer(letter.person.name)
    await desk.press("e")
    await expect(desk.see("letter-text")).to_be_focused()  # whom it goes to stands on their own letter
    await expect(desk.see("letter-to")).to_have_value(re.compile(re.escape(letter.person.name) + r"\n.+\n\d{5} .+"))
    await desk.write(TEXT)
    await expect(desk.see("letter-preview")).to_be_visible()
    await desk.see("letter-to").fill("Eva Berg\nStorgatan 5\nSolvik")
    await expect(page.get_by_text("postnummer med ort")).to_be_visible()
    await desk.see("letter-to").fill("Eva Berg\nStorgatan 5\n12345 Solvik")
    await expect(page.get_by_text("postnummer med ort")).to_have_count(0)
    await desk.see("letter-slip").press(" ")
    await expect(page.get_by_text("1 / 2")).to_be_visible()
    await _picture(page, "letter-answer")
    await desk.see("letter-text").press("Control+Enter")
    await expect(desk.see("letter-dialog")).to_have_count(0)
    await expect(desk.see("letter-state")).to_contain_text("lämnat till utskrift")
    await expect(desk.see("sent-letter")).to_contain_text("Eva Berg")
    await _picture(page, "letter-sent")
    (pdf,) = (installed.data_dir / "print").iterdir()
    document = pypdfium2.PdfDocument(pdf.read_bytes())
    words = [one.get_textpage().get_text_range() for one in document]
    assert len(words) == 2
    assert "123 45 SOLVIK" in " ".join(words[0].split())
    assert "behöver inget bygglov" in words[0]
    assert "Svarstalong" in words[1]
    await _begun_and_left(desk)


async def _begun_and_left(desk: Desk) -> None:
    """What is begun waits until one comes back."""
    page = desk.page
    await desk.press("e")
    await expect(desk.see("letter-text")).to_be_focused()
    await expect(desk.see("letter-text")).to_have_value("")
    await desk.write("Hej igen")
    await desk.press("Escape")
    await expect(desk.see("letter-dialog")).to_have_count(0)
    await page.reload()
    await expect(desk.see("timeline")).to_be_visible()
    await desk.press("e")
    await expect(desk.see("letter-text")).to_have_value("Hej igen")
    await page.evaluate(axe())
    how = "async rules => (await axe.run('dialog', {runOnly: {type: 'tag', values: rules}})).violations.map(v => v.id)"
    assert await page.evaluate(how, RULES) == []
