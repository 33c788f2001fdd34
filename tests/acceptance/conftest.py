"""The installation, the browser and the people of the acceptance tests."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, async_playwright, expect

from channels.email.sink import Sink
from contactcenter.ports import Health
from pbx import configure
from pbx.configure import Rendered
from pbx.settings import PhoneSettings
from tests.acceptance import installation
from tests.acceptance.installation import Installation
from tests.support import browser_path, eventually

FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
]  # fmt: skip

expect.set_options(timeout=20_000)


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """An installation for each file of tests: what one leaves waiting is offered to no other's agents."""
    with installation.running(tmp_path_factory.mktemp("kc")) as made:
        yield made


@pytest.fixture
def exchange(installed: Installation) -> Rendered:
    """Where the installation's Asterisk is, and the telephones' passwords."""
    return configure.load(installed.data_dir / "pbx", PhoneSettings())


@pytest.fixture
async def sink(installed: Installation, tmp_path: Path) -> AsyncIterator[Sink]:
    """The smart host: keeps what is sent."""
    well: list[Health] = []
    server = Sink(tmp_path / "sink", installed.sink_port)
    task = asyncio.create_task(server.run(well.append))
    await eventually(lambda: bool(well))
    yield server
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    """A real Chromium."""
    async with async_playwright() as playwright:
        opened = await playwright.chromium.launch(args=FLAGS, executable_path=browser_path())
        yield opened
        await opened.close()


@pytest.fixture
async def page(browser: Browser) -> AsyncIterator[Page]:
    """A page that fails the test when a script does."""
    context = await browser.new_context(viewport={"width": 1440, "height": 900}, locale="sv-SE")
    opened = await context.new_page()
    wrong: list[str] = []
    opened.on("pageerror", lambda error: wrong.append(str(error)))
    opened.set_default_timeout(20_000)
    yield opened
    await context.close()
    assert wrong == []
