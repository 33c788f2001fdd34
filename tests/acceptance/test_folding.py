"""A mail answered between the quotations, in a real browser: what is new is shown, the rest is one key away."""

from email.message import EmailMessage

import pytest
from playwright.async_api import Page, expect

from channels.email import message
from tests.acceptance.desk import Desk
from tests.integration import consoles

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)]

BETWEEN = """Hej! 😀 Svar nedan.

Den 3 mars 2026 kl. 10:12 skrev Bygg och miljö <bygg@solvik.example>:

> Hur hög blir altanen?
> Räkna från marken.

En och en halv meter.

> Hur nära grannens tomt?

Fem meter. Är det långt nog?

--\x20
Kim Ask
Skolgatan 3, Solvik
"""


async def test_q_shows_and_hides_what_was_not_written_now(still: consoles.Site, page: Page) -> None:
    mail = EmailMessage()
    mail["From"], mail["Subject"] = "Kim Ask <kim@medborgare.example>", "Sv: Altan"
    mail.set_content(BETWEEN)
    read = message.parse(mail.as_bytes(), "", [])
    desk = Desk(page)
    await desk.sign_in(still.url, "anna")
    await still.mail(subject="Sv: Altan", text=read.text, facts={"folds": [list(fold) for fold in read.folds]})
    await expect(desk.see("queue")).to_contain_text("Sv: Altan")
    await desk.press("n")
    mail_card = page.locator("article.mail")
    shown = mail_card.locator("p.text")
    await expect(shown).to_have_text(["Hej! 😀 Svar nedan.", "En och en halv meter.", "Fem meter. Är det långt nog?"])
    await expect(mail_card.get_by_role("button", name="Visa tidigare text")).to_have_attribute("aria-expanded", "false")
    await desk.press("q")
    await expect(shown).to_have_count(6)
    await expect(mail_card).to_contain_text("> Hur nära grannens tomt?")
    await expect(mail_card).to_contain_text("Skolgatan 3, Solvik")
    await expect(mail_card.get_by_role("button", name="Dölj tidigare text")).to_have_attribute("aria-expanded", "true")
    await desk.press("q")
    await expect(shown).to_have_count(3)
