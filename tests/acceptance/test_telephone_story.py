"""Three stories of a day at the telephone, from beginning to end, as docs/telephone-in-pictures.md shows them."""

import os
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from pbx import configure
from pbx.configure import Rendered
from pbx.exchange import Exchange, find_asterisk
from pbx.settings import PhoneSettings
from pbx.sipp.drivers import Citizen, DeskPhone
from tests.acceptance import installation
from tests.acceptance.desk import Desk
from tests.acceptance.installation import SWITCHBOARD, Installation
from tests.acceptance.test_accessibility import Inspection, open_page
from tests.acceptance.test_directory import STAFF, TOMORROW
from tests.support import eventually, free_port

pytestmark = [pytest.mark.browser, pytest.mark.asterisk, pytest.mark.slow]
FOLDER = os.environ.get("TELEPHONE_PICTURES", "")
"""Where the pictures go; empty: none are taken."""
DIRECT = "+46850000411"
OUTSIDE = free_port()
CALLER, SHOWN = "+46701740612", "070-174 06 12"


async def picture(page: Page, name: str) -> None:
    """Wide and narrow, light and dark."""
    if not FOLDER:
        return
    await expect(page.locator(".toast")).to_have_count(0)
    for width, height in ((1440, 900), (390, 844)):
        await page.set_viewport_size({"width": width, "height": height})
        for scheme in ("light", "dark"):
            await page.emulate_media(color_scheme="dark" if scheme == "dark" else "light", reduced_motion="reduce")
            await page.screenshot(path=Path(FOLDER) / f"{name}-{width}-{scheme}.png")
    await page.set_viewport_size({"width": 1440, "height": 900})


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """One whose trunk leads to a citizen's telephone."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CC_PHONE__TRUNK_URI", f"sip:127.0.0.1:{OUTSIDE}")
        with installation.running(tmp_path_factory.mktemp("kc")) as made:
            yield made


@pytest.fixture
async def stack() -> AsyncIterator[AsyncExitStack]:
    async with AsyncExitStack() as made:
        yield made


async def telephone(stack: AsyncExitStack, exchange: Rendered, extension: str, ring: float = 0) -> None:
    """Rings until the console answers, or lifts after some seconds."""
    secret = {extension: exchange.phone_secrets[extension]}
    phone = DeskPhone(exchange.host, exchange.sip_port, passwords=secret, then="answer" if ring else "ring", ring=ring)
    await stack.enter_async_context(phone)


async def rings_us(stack: AsyncExitStack, exchange: Rendered, dialled: str = SWITCHBOARD, **how: object) -> Citizen:
    citizen = Citizen(exchange.host, exchange.sip_port, dialled=dialled, caller=CALLER, **how)  # type: ignore[arg-type]
    stack.push_async_callback(citizen.stop)
    return await citizen.call()


async def desk(browser: Browser, installed: Installation, login: str) -> Desk:
    made = Desk(await open_page(browser, 1440))
    await made.sign_in(installed.url, login)
    return made


async def test_a_transfer_from_asking_to_swapping_to_done(
    installed: Installation, exchange: Rendered, browser: Browser, stack: AsyncExitStack
) -> None:
    anna, bo = await desk(browser, installed, "anna"), await desk(browser, installed, "bo")
    await telephone(stack, exchange, "201")
    await telephone(stack, exchange, "202", ring=2.0)
    await anna.become_available()
    await rings_us(stack, exchange, keys="1", key_after=1.5)
    await anna.take_offer(SHOWN)
    bar = anna.see("live-call")
    await expect(bar).to_contain_text("Pågående samtal")
    await anna.press("Alt+f")
    await expect(anna.see("hand-on-find")).to_be_focused()
    await anna.write("bo l")
    await expect(anna.page.locator("[role=option][aria-selected=true]")).to_contain_text("Bo Lind")
    await picture(anna.page, "story-transfer-1")
    await anna.press("Enter")
    await expect(bar).to_contain_text("Du talar med Bo Lind")
    await picture(anna.page, "story-transfer-2")
    await anna.press("Alt+y")
    await expect(bar).to_contain_text("Bo Lind väntar")
    await picture(anna.page, "story-transfer-3")
    await anna.press("Alt+y")
    await expect(bar).to_contain_text("Du talar med Bo Lind")
    await anna.press("Alt+v")
    await expect(bo.see("live-call")).to_contain_text("Pågående samtal")
    await expect(bo.see("timeline")).to_be_visible()
    await picture(bo.page, "story-transfer-4")
    await bo.press("Alt+x")
    await expect(bo.see("live-call")).to_have_count(0)
    await bo.go_away()
    await anna.go_away()


async def test_a_call_back_that_keeps_its_place(
    installed: Installation, exchange: Rendered, browser: Browser, stack: AsyncExitStack
) -> None:
    rendered = configure.load(installed.data_dir / "pbx", PhoneSettings())
    await Exchange(rendered, find_asterisk()).command("dialplan set global KC_TELL_FIRST 1")
    anna = await desk(browser, installed, "anna")
    caller = await rings_us(stack, exchange, keys="111", key_after=5.0)
    waits = anna.see("queue").locator(".row").filter(has_text=SHOWN)
    await expect(waits.locator(".channel-phone")).to_be_visible()
    await picture(anna.page, "story-callback-1")
    assert await caller.wait() == 0, caller.errors
    await expect(waits.locator(".channel-callback")).to_be_visible()
    await waits.click()
    await expect(anna.see("timeline")).to_contain_text("Uppringning utlovades")
    await picture(anna.page, "story-callback-2")
    await telephone(stack, exchange, "201", ring=0.5)
    away = DeskPhone(exchange.host, exchange.sip_port, own_port=OUTSIDE, ring=2.0)
    await stack.enter_async_context(away)
    await anna.become_available()
    await expect(anna.see("offer").first).to_contain_text(SHOWN)
    await picture(anna.page, "story-callback-3")
    await anna.press("Enter")
    await expect(anna.see("live-call")).to_contain_text("Pågående samtal")
    await picture(anna.page, "story-callback-4")
    await anna.press("Alt+x")
    await expect(anna.see("live-call")).to_have_count(0)
    await anna.go_away()


async def test_somebody_absent_is_said_to_be_and_shown_in_the_picker(
    installed: Installation, exchange: Rendered, browser: Browser, stack: AsyncExitStack, tmp_path: Path
) -> None:
    file = tmp_path / "personal.csv"
    file.write_text(STAFF.partition("6;Dan Ek")[0], encoding="utf-8")
    installed.command("directory", "import", str(file))
    await set_absent(await desk(browser, installed, "siv"))
    lines = Exchange(configure.load(installed.data_dir / "pbx", PhoneSettings()), find_asterisk())

    async def is_known() -> bool:
        return DIRECT.removeprefix("+") in await lines.command("dialplan show")

    await eventually(is_known, 30, "the exchange knows the direct number")
    anna = await desk(browser, installed, "anna")
    await telephone(stack, exchange, "201", ring=0.5)
    await anna.become_available()
    await rings_us(stack, exchange, DIRECT, keys="1", key_after=6.0)
    await anna.take_offer(SHOWN)
    await expect(anna.see("case")).to_contain_text("Söker Åsa Öberg")
    await expect(anna.see("live-call")).to_contain_text("Pågående samtal")
    await picture(anna.page, "story-referral-2")
    await anna.press("Alt+f")
    await expect(anna.see("hand-on-find")).to_be_focused()
    await anna.write("åsa")
    chosen = anna.page.locator("[role=option][aria-selected=true]")
    await expect(chosen).to_contain_text("Möte")
    await expect(chosen).to_contain_text("åter")
    await picture(anna.page, "story-referral-3")
    inspection = Inspection(anna.page)
    await inspection.look("picker")
    assert not inspection.found, inspection.report()
    await anna.press("Escape", "Alt+x")
    await expect(anna.see("live-call")).to_have_count(0)


async def set_absent(siv: Desk) -> None:
    """Siv writes that Åsa is in a meeting until tomorrow."""
    await siv.press("Alt+k")
    await expect(siv.see("directory-search")).to_be_focused()
    await siv.write("åsa öb")
    await expect(siv.see("directory-row").first).to_contain_text("Åsa Öberg")
    await siv.press("Enter")
    person = siv.see("directory-person")
    await person.get_by_test_id("absence").focus()
    await siv.press("Enter")
    await person.get_by_test_id("absence-reason").select_option("meeting")
    await person.get_by_test_id("absence-until").fill(await siv.page.evaluate(TOMORROW))
    await picture(siv.page, "story-referral-1")
    await person.get_by_test_id("absence-save").press("Enter")
    await expect(person).to_contain_text("Möte")
