"""An agent sees, and is told by a screen reader, that a supervisor listens; by keyboard, with real telephones."""

from contextlib import AsyncExitStack
from pathlib import Path

import pytest
import yaml
from playwright.async_api import Browser, expect

from pbx import configure
from pbx.settings import PhoneSettings
from pbx.sipp.drivers import Citizen, DeskPhone
from tests.acceptance.desk import Desk
from tests.acceptance.installation import SWITCHBOARD, Installation
from tests.acceptance.test_accessibility import Inspection, open_page
from tests.support import eventually

pytestmark = [pytest.mark.browser, pytest.mark.asterisk, pytest.mark.slow]
SIV = {"login": "siv", "name": "Siv Alm", "organisation": "solvik", "role": "supervisor", "extension": "203"}


async def telephones(installed: Installation, tmp_path: Path, stack: AsyncExitStack) -> configure.Rendered:
    """Siv gets a telephone too; hers lifts when the console asks it to."""
    file = tmp_path / "siv.yaml"
    file.write_text(yaml.safe_dump({"users": [SIV]}, allow_unicode=True), encoding="utf-8")
    installed.command("configuration", "apply", str(file))

    def rendered() -> configure.Rendered:
        return configure.load(installed.data_dir / "pbx", PhoneSettings())

    await eventually(lambda: "203" in rendered().phone_secrets, 30, "the exchange knows the new telephone")
    found = rendered()
    for extension in ("201", "203"):
        secret = {extension: found.phone_secrets[extension]}
        await stack.enter_async_context(DeskPhone(found.host, found.sip_port, passwords=secret, then="ring"))
    return found


async def test_the_agent_sees_for_how_long_a_supervisor_listens(
    installed: Installation, browser: Browser, tmp_path: Path
) -> None:
    async with AsyncExitStack() as stack:
        exchange = await telephones(installed, tmp_path, stack)
        anna, siv = Desk(await open_page(browser, 1440)), Desk(await open_page(browser, 1440))
        await anna.sign_in(installed.url, "anna")
        await siv.sign_in(installed.url, "siv")
        await anna.become_available()
        citizen = Citizen(exchange.host, exchange.sip_port, dialled=SWITCHBOARD, caller="+46701740612", keys="1")
        stack.push_async_callback(citizen.stop)
        await citizen.call()
        await anna.take_offer("070-174 06 12")
        told = anna.see("overheard")
        await expect(told).to_have_attribute("role", "status")
        await expect(told).to_be_empty()
        await siv.press("/")
        await siv.write("070-174 06 12")
        await siv.press("Enter")
        await siv.page.get_by_role("main").get_by_role("button").filter(has_text="070-174 06 12").first.press("Enter")
        await siv.see("listen").focus()
        await siv.press("Enter")
        dialog = siv.see("listen-dialog")
        await dialog.get_by_label("Varför").fill("Ny medarbetare, första veckan")
        await dialog.get_by_role("button", name="Lyssna").press("Enter")
        await expect(told).to_have_text("En arbetsledare lyssnar")
        seen = Inspection(anna.page)
        await seen.look("overheard")
        await anna.press("Alt+x")
        await expect(anna.see("live-call")).to_have_count(0)
        await expect(anna.see("timeline")).to_contain_text("Någon lyssnar på samtalet")
        assert not seen.found, seen.report()
