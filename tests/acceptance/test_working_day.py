"""One contact of each channel from arrival to hand-off and back, by keyboard only, with everything real."""

import pytest
from playwright.async_api import Browser, Page, expect

from channels.email.sink import Sink
from channels.post import generate
from pbx.configure import Rendered
from pbx.sipp.drivers import Citizen, DeskPhone
from tests.acceptance.desk import Desk
from tests.acceptance.installation import SWITCHBOARD, Installation
from tests.acceptance.mailing import send
from tests.support import eventually

pytestmark = [pytest.mark.browser, pytest.mark.asterisk, pytest.mark.slow]


async def handed_off(installed: Installation, number: str) -> dict[str, object]:
    """The case as it arrived on the other side."""
    found: list[dict[str, object]] = []

    def there() -> bool:
        found[:] = [case for case in installed.cases_on_the_other_side() if case["number"] == number]
        return bool(found)

    await eventually(there, 20, "the case is on the other side")
    return found[-1]


async def test_a_call_is_answered_noted_handed_off_and_answered(
    installed: Installation, exchange: Rendered, page: Page
) -> None:
    desk = Desk(page)
    await desk.sign_in(installed.url, "anna")
    secret = exchange.phone_secrets["201"]
    async with DeskPhone(exchange.host, exchange.sip_port, passwords={"201": secret}, then="ring"):
        await desk.become_available()
        citizen = Citizen(
            exchange.host, exchange.sip_port, dialled=SWITCHBOARD, caller="+46701740610", keys="1", key_after=1.5
        )
        await citizen.call()
        try:
            await desk.take_offer("070-174 06 10")
            await expect(desk.see("presence")).to_contain_text("I samtal")
            await expect(desk.see("topic")).to_contain_text("Bygglov")
            number = await desk.number()
            await desk.note("Vill bygga altan, 20 kvm.")
            await desk.press("Alt+x")
            await expect(desk.see("timeline")).to_contain_text("avslutat")
            assert await citizen.wait() == 0
        finally:
            await citizen.stop()
        await desk.go_away()
        await desk.hand_off("Ring tillbaka i veckan.")
        case = await handed_off(installed, number)
        installed.press(int(str(case["id"])), "take-up")
        await desk.find(number)
        await expect(desk.see("timeline")).to_contain_text("Levererat")
        await expect(page.locator(".steps li.done")).to_have_count(2)
        installed.press(int(str(case["id"])), "answer", text="Bygglov behövs inte.")
        await expect(page.locator(".steps li.done")).to_have_count(3)
        await expect(desk.see("case")).to_contain_text("Avslutat")


async def test_a_mail_is_answered_and_one_that_was_sent_to_the_wrong_place_comes_back(
    installed: Installation, page: Page, sink: Sink
) -> None:
    desk = Desk(page)
    await desk.sign_in(installed.url, "bo")
    await send(installed.smtp_port, "Eva Lind <eva@citizen.example>", "Altan på baksidan", "Behöver jag bygglov?")
    await desk.become_available()
    await desk.take_offer("Altan på baksidan")
    number = await desk.number()
    await desk.press("r")
    await expect(desk.see("reply-text")).to_be_focused()
    await desk.write("Hej Eva!\n\nDet beror på höjden. Vi återkommer.")
    await desk.press("Control+Enter")

    async def answered() -> bool:
        return any("Det beror på höjden" in mail["text"] for mail in await sink.messages())

    await eventually(answered, 20, "the answer has left")
    receipt, answer = sorted(await sink.messages(), key=lambda mail: str(mail["id"]))
    assert number in str(receipt["subject"])
    assert answer["to"] == "eva@citizen.example"
    await expect(desk.see("timeline")).to_contain_text("Skickat")
    await desk.leave_field()
    await desk.choose_topic("Bygglov")
    await desk.hand_off("Bedöm höjden.")
    case = await handed_off(installed, number)
    await desk.go_away()
    installed.press(int(str(case["id"])), "return", reason="Hör till miljöenheten")
    await desk.find(number)
    await expect(desk.see("timeline")).to_contain_text("Återlämnat")
    await expect(desk.see("timeline")).to_contain_text("Hör till miljöenheten")
    await expect(desk.see("case")).to_contain_text("Väntar")
    await desk.press("n")
    await expect(desk.see("case")).to_contain_text("Hos Bo Lind")
    await desk.close("1")
    await expect(desk.see("case")).to_have_count(0)


async def test_a_letter_is_read_taken_and_closed(installed: Installation, page: Page) -> None:
    desk = Desk(page)
    await desk.sign_in(installed.url, "bo")
    letter, pages = generate.sample(7, "dpi200")
    part = installed.scan_folder / "brev.pdf.part"
    part.parent.mkdir(parents=True, exist_ok=True)
    part.write_bytes(generate.as_pdf([page.image for page in pages], 200))
    part.rename(part.with_suffix(""))
    await expect(desk.see("queue").locator(".channel-post").first).to_be_visible(timeout=60_000)
    await desk.become_available()
    await desk.take_offer(letter.person.name)
    await expect(page.locator(".sheet img").first).to_be_visible()
    await expect(desk.see("timeline")).to_contain_text(letter.person.name)
    await desk.choose_topic("Bygglov")
    number = await desk.number()
    await desk.hand_off("Brev med underskrift.")
    case = await handed_off(installed, number)

    def files() -> object:
        return (
            (row := next(one for one in installed.cases_on_the_other_side() if one["id"] == case["id"]))
            and all(row["files"])
            and row["files"]
        )

    await eventually(files, 20, "the other side has fetched the scanned files")
    await desk.go_away()
    installed.press(int(str(case["id"])), "answer", text="Klart")
    await desk.find(number)
    await expect(desk.see("case")).to_contain_text("Avslutat")


async def test_two_agents_and_one_case(installed: Installation, browser: Browser, page: Page) -> None:
    """Who is looking is shown; a draft survives a reload; what was taken by one cannot be taken by another."""
    anna, siv = Desk(page), Desk(await (await browser.new_context(locale="sv-SE")).new_page())
    await anna.sign_in(installed.url, "anna")
    await siv.sign_in(installed.url, "siv")
    await send(installed.smtp_port, "Per Alm <per@citizen.example>", "Hål i gatan", "Ett stort hål.")
    row = siv.see("queue").get_by_text("Hål i gatan")
    await expect(row).to_be_visible()
    await anna.press("n")
    await expect(anna.see("timeline")).to_contain_text("Ett stort hål.")
    number = await anna.number()
    await siv.find(number)
    await expect(siv.see("case")).to_contain_text("Anna Ek tittar också")
    await anna.press("r")
    await anna.write("Ett påbörjat svar")
    await expect(anna.see("composer")).to_contain_text("Utkastet är sparat")
    await anna.page.reload()
    await expect(anna.see("case-number")).to_contain_text(number)
    await expect(anna.see("reply-text")).to_have_value("Ett påbörjat svar")
    await anna.choose_topic("Övrigt")
    await anna.close("1")
    await expect(siv.see("case")).to_contain_text("Avslutat")
    await siv.page.context.close()
