"""A newsletter in the console: shown without its images, with them once an agent consents, and without them again."""

import asyncio
import os
from collections.abc import AsyncIterator
from email.message import EmailMessage
from pathlib import Path
from typing import cast

import aiosmtplib
import pytest
from playwright.async_api import Page, expect

from tests.acceptance.desk import Desk
from tests.acceptance.installation import Installation

pytestmark = [pytest.mark.browser, pytest.mark.asterisk, pytest.mark.slow]

PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154789c63d80f00010101001bb6ee560000"
    "000049454e44ae426082"
)
NEWS = """<html><head><title>Nyhetsbrev</title><style>.x{{color:red}}</style></head>
<body style="background:#f2efe9;margin:0"><table width="600" align="center" cellpadding="16" bgcolor="#ffffff"
style="border:1px solid #d8d2c6"><tr><td bgcolor="#14532d">
<h1 style="color:#ffffff;margin:0">Hyresgästnytt Solvik</h1></td></tr>
<tr><td><img src="http://127.0.0.1:{port}/big.png" width="560" height="120" alt="Gårdsfesten i maj">
<p style="font-size:16px">Hej! Här är vårens nyheter. Vi undrar också när <b>sophämtningen</b> ändras på Ekvägen.</p>
<p><img src="cid:logo@brev.example" width="24" height="24" alt="Föreningens märke">
Med vänliga hälsningar, styrelsen</p>
<p><a href="https://brev.example/vår">Läs mer</a>
<a href="https://konto.evil.example/login">https://www.bank.example</a></p>
<form><button style="background:#b45309;color:#fff;padding:8px">Anmäl dig</button></form>
<img src="http://127.0.0.1:{port}/open.gif?id=4711" width="1" height="1"></td></tr></table></body></html>"""


@pytest.fixture
async def tracker() -> AsyncIterator[tuple[int, list[str]]]:
    """Somebody who counts who reads the mail."""
    asked: list[str] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append((await reader.read(200)).decode("latin-1"))
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[1], asked
    server.close()


async def _send(port: int, html: str) -> None:
    mail = EmailMessage()
    mail["From"], mail["To"] = "Hyresgästnytt <nytt@brev.example>", "kontaktcenter@solvik.example"
    mail["Subject"], mail["Message-ID"] = "Vårens nyheter", "<news-1@brev.example>"
    mail.set_content("Hej! Här är vårens nyheter. Vi undrar också när sophämtningen ändras på Ekvägen.\n")
    mail.add_alternative(html, subtype="html")
    related = cast("EmailMessage", list(mail.iter_parts())[1])
    related.add_related(PIXEL, "image", "png", cid="<logo@brev.example>")
    await aiosmtplib.send(
        mail.as_bytes(),
        sender="nytt@brev.example",
        recipients=["kontaktcenter@solvik.example"],
        hostname="127.0.0.1",
        port=port,
    )


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


async def test_images_from_elsewhere_wait_for_consent(
    page: Page, installed: Installation, tracker: tuple[int, list[str]]
) -> None:
    port, asked = tracker
    await _send(installed.smtp_port, NEWS.format(port=port))
    desk = Desk(page)
    await desk.sign_in(installed.url, "anna")
    await desk.become_available()
    await desk.take_offer("Vårens nyheter")
    await page.get_by_role("button", name="Visa som formaterat").click()
    frame = page.frame_locator("iframe.html")
    await expect(frame.get_by_text("Här är vårens nyheter")).to_be_visible()
    await expect(frame.get_by_text("Anmäl dig")).to_be_visible()
    note = desk.see("images")
    await expect(note).to_contain_text("2 bilder från nätet laddas inte. 1 av dem är osynliga")
    await expect(frame.locator("a[data-warn]")).to_have_attribute("data-host", "konto.evil.example")
    assert await frame.locator('img[src^="data:image/png"]').count() == 1
    await _picture(page, "mail-images-off")
    assert asked == []
    await note.get_by_role("button").click()
    await expect(note).to_contain_text("visas sedan")
    await expect(frame.locator('img[src^="https://127.0.0.1"]')).to_have_count(2)
    await expect(frame.get_by_text("Här är vårens nyheter")).to_be_visible()
    assert not [one for one in asked if one.startswith("GET")]  # http is never asked; its port speaks no TLS
    await note.get_by_role("button").click()
    await expect(note).to_contain_text("laddas inte")
    await expect(frame.locator("img[data-blocked]")).to_have_count(2)
