"""axe finds nothing on any view, light and dark, wide and narrow; 400 % zoom needs no sideways scrolling."""

from functools import cache
from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect

from channels.post import generate
from tests.acceptance.desk import Desk
from tests.acceptance.installation import Installation
from tests.acceptance.mailing import send
from tests.support import ROOT

pytestmark = [pytest.mark.browser, pytest.mark.asterisk, pytest.mark.slow]

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]
DIALOGS = {
    "t": "topic-dialog", "c": "close-dialog", "h": "handoff-dialog", "p": "park-dialog", "f": "transfer-dialog",
    "s": "merge-dialog", "b": "callback-dialog", "Alt+n": "register-dialog", "?": "help-sheet",
}  # fmt: skip


@cache
def axe() -> str:
    """The judge's source, as npm installed it."""
    return (ROOT / "ui" / "web" / "node_modules" / "axe-core" / "axe.min.js").read_text("utf-8")


class Inspection:
    """What axe finds, view by view, in light and in dark."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.views: set[str] = set()
        self.found: dict[str, list[str]] = {}
        """What is wrong -> the views where it is."""

    async def look(self, view: str) -> None:
        """Judge the page as it is now."""
        self.views.add(view)
        await self.page.evaluate(axe())
        for scheme in ("light", "dark"):
            await self.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            found: list[dict[str, Any]] = await self.page.evaluate(
                "async rules => (await axe.run(document, {runOnly: {type: 'tag', values: rules}})).violations", RULES
            )
            for one in found:
                for node in one["nodes"]:
                    wrong = f"{one['id']} {node['html'][:160]} {node['failureSummary']}"
                    self.found.setdefault(wrong, []).append(f"{view} {scheme}")

    def report(self) -> str:
        """For the reader of a failed test."""
        return "\n\n".join(f"{wrong}\n  in: {', '.join(views)}" for wrong, views in self.found.items())


async def open_page(browser: Browser, width: int) -> Page:
    context = await browser.new_context(
        viewport={"width": width, "height": 900}, locale="sv-SE", bypass_csp=True, reduced_motion="reduce"
    )
    page = await context.new_page()
    page.set_default_timeout(20_000)
    return page


async def see_the_work(desk: Desk, inspection: Inspection, installed: Installation) -> None:
    """The queue, an offer, a case and every dialog of it."""
    look = inspection.look
    sender = f"Eva <eva{desk.page.viewport_size}@citizen.example>".replace(" ", "")
    await send(installed.smtp_port, sender, "En fråga", "Hej!\n\nKan ni svara?\n\n> Det som skrevs förut\n> och mer\n")
    await expect(desk.see("queue").locator(".row").first).to_be_visible()
    await look("queue")
    await desk.become_available()
    await expect(desk.see("offer").first).to_be_visible()
    await look("offer")
    await desk.press("Enter")
    await expect(desk.see("timeline")).to_be_visible()
    await desk.go_away()
    await look("case")
    await desk.press("r")
    await expect(desk.see("reply-text")).to_be_focused()
    await look("reply")
    await desk.leave_field()
    await desk.choose_topic("Bygglov")
    for key, dialog in DIALOGS.items():
        await desk.press(key)
        await expect(desk.see(dialog)).to_be_visible()
        await look(dialog)
        await desk.press("Escape")
        await expect(desk.see(dialog)).to_have_count(0)
    await desk.see("presence").click()
    await look("presence menu")
    await desk.press("Escape")
    await desk.close("1")
    await expect(desk.see("case")).to_have_count(0)
    await look("after closing")


async def see_the_pages(desk: Desk, inspection: Inspection, installed: Installation) -> None:
    """Everything that is not the work itself."""
    page, look = desk.page, inspection.look
    await desk.press("/")
    await desk.write("En fråga")
    await desk.press("Enter")
    await expect(page.locator(".hits button").first).to_be_visible()
    await look("search")
    for name in ("history", "administration"):
        await page.goto(f"{installed.url}#/{name}")
        await expect(page.locator("main table").first).to_be_visible()
        await look(name)
    await page.goto(f"{installed.url}wallboard")
    await expect(page.locator(".tile").first).to_be_visible()
    await look("wallboard")


@pytest.mark.parametrize("width", [1440, 390])
async def test_axe_finds_nothing(installed: Installation, browser: Browser, width: int) -> None:
    page = await open_page(browser, width)
    desk, inspection = Desk(page), Inspection(page)
    await page.goto(installed.url)
    await expect(desk.see("login")).to_be_visible()
    await inspection.look("sign-in")
    await desk.sign_in(installed.url, "alma")
    await see_the_work(desk, inspection, installed)
    await see_the_pages(desk, inspection, installed)
    await page.context.close()
    assert inspection.views >= {"sign-in", "queue", "offer", "case", "search", "wallboard", *DIALOGS.values()}
    assert not inspection.found, inspection.report()


async def test_axe_finds_nothing_in_a_letter(installed: Installation, browser: Browser) -> None:
    _, pages = generate.sample(11, "dpi200")
    installed.scan_folder.mkdir(parents=True, exist_ok=True)
    part = installed.scan_folder / "tillganglighet.pdf.part"
    part.write_bytes(generate.as_pdf([one.image for one in pages], 200))
    part.rename(part.with_suffix(""))
    page = await open_page(browser, 1440)
    desk, inspection = Desk(page), Inspection(page)
    await desk.sign_in(installed.url, "alma")
    row = desk.see("queue").locator(".row", has=page.locator(".channel-post")).first
    await expect(row).to_be_visible(timeout=60_000)
    await row.click()
    await expect(page.locator(".sheet img").first).to_be_visible()
    for width in (1440, 390):
        await page.set_viewport_size({"width": width, "height": 900})
        await inspection.look(f"letter {width}")
    await page.context.close()
    assert not inspection.found, inspection.report()


async def test_at_four_times_the_size_nothing_is_lost_sideways(installed: Installation, browser: Browser) -> None:
    """1280 pixels wide at 400 % are 320 CSS pixels (WCAG 2.1, 1.4.10)."""
    page = await open_page(browser, 320)
    desk = Desk(page)
    await desk.sign_in(installed.url, "siv")
    await send(installed.smtp_port, "Per <per320@citizen.example>", "En lång rubrik " * 6, "Hej! " * 60)
    await expect(desk.see("queue").locator(".row").first).to_be_visible()
    wide = {"queue": await sideways(page)}
    await desk.press("n")
    await expect(desk.see("timeline")).to_be_visible()
    await desk.press("r")
    wide["case"] = await sideways(page)
    await desk.leave_field()
    for name in ("history", "wallboard"):
        await page.goto(f"{installed.url}#/{name}" if name == "history" else f"{installed.url}{name}")
        await expect(page.locator("main table, .tile").first).to_be_visible()
        wide[name] = await sideways(page)
    await page.context.close()
    assert {name: width for name, width in wide.items() if width > 320} == {}


async def sideways(page: Page) -> int:
    """How many pixels wide the page is, with what one would have to scroll to."""
    found: int = await page.evaluate("document.documentElement.scrollWidth")
    return found
