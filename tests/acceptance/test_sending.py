"""Answering by keyboard: from a template, with a file, undone, sent again with copies."""

import os
import re
from collections.abc import Iterator
from email import message_from_bytes
from email.message import EmailMessage, Message
from pathlib import Path
from typing import cast

import aiosmtplib
import pytest
import yaml
from playwright.async_api import Page, expect

from channels.email.sink import Sink
from tests.acceptance import installation
from tests.acceptance.desk import Desk
from tests.acceptance.installation import Installation
from tests.support import eventually

TEMPLATES = {
    "templates": [
        {"key": "tack", "name": "Tack för ditt mejl", "organisation": "solvik",
         "text": "Hej {citizen}!\n\nTack för ditt mejl. Ditt ärende har nummer {case}.\n\n{agent}\n{municipality}"},
        {"key": "ritning", "name": "Ritning saknas", "organisation": "solvik", "text": "Skicka en ritning."},
    ]
}  # fmt: skip
pytestmark = [pytest.mark.browser, pytest.mark.asterisk, pytest.mark.slow]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """With as much time to undo as a slow machine needs."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(installation, "UNDO_SECONDS", "8")
        with installation.running(tmp_path_factory.mktemp("kc")) as made:
            file = made.folder / "mallar.yaml"
            file.write_text(yaml.safe_dump(TEMPLATES, allow_unicode=True), encoding="utf-8")
            made.command("configuration", "apply", str(file))
            yield made


async def _picture(page: Page, name: str) -> None:
    """For the manual, where a folder is named."""
    if folder := os.environ.get("KC_PICTURES"):
        for width in (1440, 390):
            for scheme in ("light", "dark"):
                await page.set_viewport_size({"width": width, "height": 900})
                await page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
                await page.screenshot(path=Path(folder) / f"{name}-{width}-{scheme}.png")
        await page.set_viewport_size({"width": 1440, "height": 900})
        await page.emulate_media(color_scheme="light")


async def _send(port: int) -> None:
    mail = EmailMessage()
    mail["From"], mail["To"] = "Eva Berg <eva@citizen.example>", "kontaktcenter@solvik.example"
    mail["Subject"], mail["Message-ID"] = "Altan", "<altan-1@citizen.example>"
    mail.set_content("Hej! Behöver jag bygglov för en altan?\n")
    await aiosmtplib.send(
        mail.as_bytes(), sender="eva@citizen.example", recipients=["kontaktcenter@solvik.example"],
        hostname="127.0.0.1", port=port,
    )  # fmt: skip


async def test_an_answer_is_undone_changed_and_sent_with_a_copy(
    installed: Installation, sink: Sink, page: Page
) -> None:
    desk = Desk(page)
    await desk.sign_in(installed.url, "anna")
    await _send(installed.smtp_port)
    await desk.become_available()
    await desk.take_offer("Eva Berg")
    await desk.press("Alt+l")
    await expect(desk.see("template-find")).to_be_focused()
    await desk.write("tack")
    await _picture(page, "templates")
    await desk.press("Enter")
    text = desk.see("reply-text")
    await expect(text).to_be_focused()
    await expect(text).to_have_value(re.compile("Hej ⟦citizen⟧!"))
    await page.get_by_label("Bifoga").set_input_files(
        {"name": "blankett.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.4 blankett"}
    )
    await expect(desk.see("composer")).to_contain_text("blankett.pdf")
    await _picture(page, "composer")
    await text.focus()
    await desk.press("Control+Enter")
    await expect(page.get_by_text("⟦ ⟧")).to_be_visible()  # what is not filled in is not sent
    await text.fill("Nej.")
    await desk.press("Control+Enter")
    await expect(desk.see("undo-reply")).to_be_visible()
    await desk.see("toast-action").press("Enter")
    await expect(desk.see("reply-text")).to_have_value("Nej.")
    await expect(desk.see("reply-text")).to_be_focused()
    await desk.press("Control+End")
    await desk.write(" Under 1,2 meter behövs inget bygglov.")
    await desk.see("more-fields").press("Enter")
    await desk.see("reply-cc").fill("bo@citizen.example")
    await desk.see("reply-bcc").fill("arkiv@solvik.example")
    await desk.see("reply-text").press("Control+Enter")
    await expect(desk.see("timeline")).to_contain_text("Kopia: bo@citizen.example")

    def arrived() -> list[Message]:
        mails = [message_from_bytes(one.read_bytes()) for one in sink.folder.rglob("*") if one.is_file()]
        return [mail for mail in mails if "Nej." in text_of(mail)]

    await eventually(lambda: len(arrived()) >= 3, 40, "three mails")
    for mail in arrived():
        assert "inget bygglov" in text_of(mail), "what was undone went to nobody"
        assert mail["Cc"] == "bo@citizen.example"
        assert not any("arkiv" in str(mail[name]) for name in ("To", "Cc", "Bcc", "Reply-To"))


def text_of(mail: Message) -> str:
    parts = [part for part in mail.walk() if part.get_content_type() == "text/plain"]
    return "".join(cast("bytes", part.get_payload(decode=True)).decode() for part in parts)
