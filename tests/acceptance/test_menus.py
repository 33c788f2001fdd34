"""An administrator makes a menu, calls it in test and puts it in force; a supervisor switches a message."""

import array
import io
import math
import wave
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import yaml
from playwright.async_api import Browser, Page, async_playwright, expect

from pbx import configure
from pbx.configure import Rendered
from pbx.settings import PhoneSettings
from pbx.sipp import Citizen, DeskPhone
from tests.acceptance.conftest import FLAGS
from tests.acceptance.desk import Desk
from tests.acceptance.installation import SWITCHBOARD, Installation
from tests.acceptance.test_accessibility import Inspection, open_page, sideways
from tests.support import browser_path, eventually

pytestmark = [pytest.mark.browser, pytest.mark.asterisk, pytest.mark.slow]


@pytest.fixture
async def alma(installed: Installation, page: Page) -> Page:
    """Alma, at the menus, by keyboard."""
    await Desk(page).sign_in(installed.url, "alma")
    await page.goto(f"{installed.url}#/menus")
    await expect(page.get_by_test_id("menu-tree")).to_be_visible()
    return page


def tone(seconds: float = 1.0) -> bytes:
    samples = array.array("h", (int(9000 * math.sin(n / 7)) for n in range(int(seconds * 16000))))
    kept = io.BytesIO()
    with wave.open(kept, "wb") as out:
        out.setparams((1, 2, 16000, 0, "NONE", ""))
        out.writeframes(samples.tobytes())
    return kept.getvalue()


async def calls(exchange: Rendered, keys: str) -> Citizen:
    return await Citizen(exchange.host, exchange.sip_port, dialled=SWITCHBOARD, keys=keys, key_after=1.5).call()


async def test_a_menu_is_changed_judged_and_in_force_for_the_next_call(
    alma: Page, installed: Installation, exchange: Rendered
) -> None:
    tree = alma.get_by_test_id("menu-tree")
    await expect(tree.get_by_role("treeitem")).to_have_count(4)  # greeting, choice, its topic, silence
    await tree.get_by_role("treeitem").first.focus()
    await alma.keyboard.press("ArrowDown")
    await expect(tree.locator("[aria-selected=true]")).to_contain_text("Val")
    await alma.get_by_test_id("add-key").focus()
    await alma.keyboard.press("Enter")
    await expect(tree.get_by_role("treeitem")).to_have_count(5)
    await tree.locator("[data-node='topic-2']").click()
    await alma.get_by_test_id("node-topic").select_option("bygglov")
    await tree.locator("[data-node='start']").click()
    await alma.get_by_test_id("say-sv").fill("")
    await alma.get_by_test_id("menu-save").click()
    await expect(alma.get_by_test_id("menu-problems")).to_contain_text("säger ingenting")
    await expect(alma.get_by_test_id("menu-publish")).to_be_disabled()
    await alma.get_by_test_id("say-sv").fill("Hej och välkommen.")
    await alma.get_by_test_id("menu-save").click()
    await expect(alma.get_by_test_id("menu-good")).to_be_visible()
    await alma.get_by_test_id("menu-publish").click()
    await expect(alma.locator(".toast")).to_contain_text("Version 1")
    caller = await calls(exchange, "2")
    try:
        await alma.goto(f"{installed.url}#/")
        await expect(Desk(alma).see("queue").locator(".row").first).to_contain_text("Bygglov")
    finally:
        await caller.leave()


async def test_a_recording_is_taken_and_a_broken_one_refused_in_clear_words(alma: Page) -> None:
    await alma.get_by_test_id("prompt-key").fill("halsning")
    sound = alma.get_by_test_id("sound-file")
    await sound.set_input_files({"name": "a.wav", "mimeType": "audio/wav", "buffer": b"RIFFnothing at all"})
    await expect(alma.locator(".toast.bad")).to_contain_text("Ljudfilen går inte att läsa")
    await sound.set_input_files({"name": "a.wav", "mimeType": "audio/wav", "buffer": tone()})
    await expect(alma.locator("tr", has_text="halsning")).to_contain_text("gäller")


@pytest.fixture
async def with_microphone(installed: Installation) -> AsyncIterator[Page]:
    """Alma, in a browser that hears Chromium's pretended microphone."""
    flags = [*FLAGS, "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"]
    async with async_playwright() as playwright:
        opened = await playwright.chromium.launch(args=flags, executable_path=browser_path())
        page = await opened.new_page(locale="sv-SE")
        await Desk(page).sign_in(installed.url, "alma")
        await page.goto(f"{installed.url}#/menus")
        yield page
        await opened.close()


async def test_a_prompt_is_recorded_in_the_browser(with_microphone: Page) -> None:
    page = with_microphone
    await page.get_by_test_id("prompt-key").fill("inspelad")
    await page.get_by_test_id("record").click()
    await expect(page.get_by_test_id("record")).to_have_attribute("aria-pressed", "true")
    await expect(page.get_by_test_id("recorded-seconds")).to_have_text("0:02")  # it beeps once a second
    await page.get_by_test_id("record").click()
    row = page.locator("tr", has_text="inspelad")
    await expect(row).to_contain_text("gäller")
    length = await row.locator("audio").evaluate(
        "async audio => { audio.load(); await new Promise(r => audio.onloadedmetadata = r); return audio.duration }"
    )
    assert 1 < length < 10


async def test_the_draft_can_be_called_and_the_path_is_shown(
    alma: Page, installed: Installation, tmp_path: Path
) -> None:
    file = tmp_path / "more.yaml"
    user = {"login": "alma", "name": "Alma Rask", "organisation": "solvik", "role": "administrator", "extension": "209"}
    file.write_text(yaml.safe_dump({"users": [user]}), encoding="utf-8")
    installed.command("configuration", "apply", str(file))
    folder = installed.data_dir / "pbx"
    await eventually(lambda: has_phone(folder), 30, "the telephone is known")
    rendered = configure.load(folder, PhoneSettings())
    password = {"209": rendered.phone_secrets["209"]}
    phone = DeskPhone(rendered.host, rendered.sip_port, passwords=password)
    await eventually(lambda: plugged(phone), 30, "it registers")
    try:
        await alma.get_by_test_id("menu-try").click()
        trial = alma.get_by_test_id("trial")
        await expect(trial).to_contain_text("start → menu", timeout=40_000)
        await expect(alma.get_by_test_id("menu-tree").locator("[aria-current=step]")).to_have_count(1)
        await expect(trial).to_contain_text("topic ovrigt", timeout=60_000)
    finally:
        await phone.stop()


def has_phone(folder: Path) -> bool:
    known = "209" in configure.load(folder, PhoneSettings()).phone_secrets
    return known and "[209]" in (folder / "etc" / "kc-phones.conf").read_text("utf-8")


async def plugged(phone: DeskPhone) -> bool:
    try:
        await phone.plug_in()
    except Exception:  # noqa: BLE001 (the exchange takes up the new telephone in its own time)
        return False
    return True


async def test_a_message_before_the_queue_is_switched_on_and_shown_to_everybody(
    installed: Installation, page: Page, browser: Browser, exchange: Rendered
) -> None:
    await Desk(page).sign_in(installed.url, "siv")
    await page.keyboard.press("Alt+m")
    await page.get_by_test_id("new-message").click()
    await page.get_by_test_id("message-name").fill("Vattenläcka")
    await page.get_by_test_id("message-sv").fill("Vattnet är avstängt i Solvik till klockan sexton.")
    await page.get_by_test_id("message-save-on").click()
    banner = page.get_by_test_id("line-message")
    await expect(banner).to_contain_text("Vattnet är avstängt")
    other = await browser.new_context(locale="sv-SE")
    anna = await other.new_page()
    await Desk(anna).sign_in(installed.url, "anna")
    await expect(anna.get_by_test_id("line-message")).to_contain_text("Vattenläcka")
    caller = await calls(exchange, "1")
    try:
        await expect(page.get_by_test_id("messages")).to_contain_text("1 har hört det", timeout=40_000)
    finally:
        await caller.leave()
    await page.locator("[data-testid^=off-]").click()
    await expect(banner).to_have_count(0)
    await expect(anna.get_by_test_id("line-message")).to_have_count(0)
    await other.close()


@pytest.mark.parametrize("width", [1440, 390])
async def test_axe_finds_nothing_on_the_pages_of_menus(installed: Installation, browser: Browser, width: int) -> None:
    page = await open_page(browser, width)
    inspection = Inspection(page)
    await Desk(page).sign_in(installed.url, "alma")
    await page.goto(f"{installed.url}#/menus")
    await expect(page.get_by_test_id("menu-tree")).to_be_visible()
    await inspection.look("menus")
    await page.get_by_test_id("menu-tree").get_by_role("treeitem").nth(1).click()
    await inspection.look("a menu's keys")
    await page.goto(f"{installed.url}#/messages")
    await page.get_by_test_id("new-message").click()
    await inspection.look("a new message")
    if width == 390:
        assert await sideways(page) <= 390
    await page.context.close()
    assert not inspection.found, inspection.report()
