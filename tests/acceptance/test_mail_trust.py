"""What an agent sees of a sender that pretends, and the quarantine worked by keyboard, in a real browser."""

from email.message import EmailMessage

import aiosmtplib
import pytest
from playwright.async_api import Page, expect

from channels.email.sink import Sink
from tests.acceptance.desk import Desk
from tests.acceptance.installation import Installation
from tests.acceptance.test_accessibility import RULES, axe
from tests.acceptance.test_mail_shown import _picture

pytestmark = pytest.mark.timeout(240)
TEXT = (
    "Hej,\n\nDitt konto i ärendesystemet stängs i kväll om du inte bekräftar det. Skicka ditt användarnamn och "
    "lösenord som svar på det här mejlet, så ordnar vi det.\n\nMed vänlig hälsning\nIT-avdelningen, Solviks kommun\n"
)


async def _send(port: int, subject: str, text: str, **fields: str) -> None:
    made = EmailMessage()
    named = {
        "To": "kontaktcenter@solvik.example",
        "Subject": subject,
        "Message-ID": f"<{subject.encode().hex()}@x.example>",
    }
    for name, value in (named | {name.replace("_", "-"): value for name, value in fields.items()}).items():
        made[name] = value
    made.set_content(text)
    await aiosmtplib.send(
        made.as_bytes(),
        sender="someone@elsewhere.example",
        recipients=["kontaktcenter@solvik.example"],
        hostname="127.0.0.1",
        port=port,
    )


async def _accessible(page: Page) -> None:
    await page.evaluate(axe())
    found = await page.evaluate(
        "async rules => (await axe.run(document, {runOnly: {type: 'tag', values: rules}})).violations", RULES
    )
    assert not found, found


async def test_a_sender_that_pretends_is_told_in_words(page: Page, installed: Installation, sink: Sink) -> None:
    assert sink.name
    said = "mx.solvik.example; spf=none smtp.mailfrom=s0lvik.example; dkim=none; dmarc=fail policy.dmarc=none"
    await _send(
        installed.smtp_port,
        "Bekräfta ditt konto",
        TEXT,
        From='"helpdesk@solvik.example" <helpdesk@s0lvik.example>',
        Reply_To="konto@svar.example",
        Authentication_Results=said,
    )
    desk = Desk(page)
    await desk.sign_in(installed.url, "anna")
    await desk.become_available()
    await desk.take_offer("Bekräfta ditt konto")
    warned = desk.see("mail-warnings")
    await expect(warned).to_contain_text(
        "Adressen slutar på s0lvik.example, med tecken som liknar dem i solvik.example"
    )
    await expect(warned).to_contain_text("nämner en adress hos solvik.example")
    await expect(warned).to_contain_text("Svar går till svar.example")
    trust = desk.see("mail-trust")
    await expect(trust).to_contain_text("Det gick inte att bekräfta att mejlet kommer från s0lvik.example")
    await trust.locator("summary").focus()
    await page.keyboard.press("Enter")
    await expect(trust.get_by_text("DMARC: fail")).to_be_visible()
    await _accessible(page)
    await trust.locator("summary").focus()
    await page.keyboard.press("Enter")
    await trust.locator("summary").blur()
    await _picture(page, "mail-lookalike")


async def test_the_quarantine_is_worked_by_keyboard(page: Page, installed: Installation, sink: Sink) -> None:
    for subject in ("Vinst till dig", "Grannen bygger"):
        await _send(installed.smtp_port, subject, "Hej!\n", From="bo.k@citizen.example", X_Spam_Flag="YES")
    desk = Desk(page)
    await desk.sign_in(installed.url, "siv")
    await page.goto(f"{installed.url}#/history")
    shown = desk.see("quarantine")
    await expect(shown).to_contain_text("2 väntar, det äldsta sedan")
    await _accessible(page)
    await shown.scroll_into_view_if_needed()
    await _picture(page, "quarantine")
    await shown.get_by_role("button", name="Skräppost: Vinst till dig").focus()
    await page.keyboard.press("Enter")
    await expect(shown).to_contain_text("1 väntar")
    await expect(shown.get_by_role("heading", name="Karantän")).to_be_focused()
    await page.keyboard.press("Tab")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await expect(shown).to_contain_text("Inget väntar i karantänen")
    await page.goto(installed.url)
    await expect(desk.see("queue")).to_contain_text("Grannen bygger")
    await expect(desk.see("queue")).not_to_contain_text("Vinst till dig")
