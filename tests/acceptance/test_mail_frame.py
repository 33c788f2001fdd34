"""In a real Chromium: no attack in the table loads or runs anything, and what one could read is still there."""

import asyncio
import re
import unicodedata
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, Route

from channels.email import markup
from contactcenter.files import FileStore
from tests.support import eventually
from tests.unit.channels.email import payloads
from ui import mail_frame

pytestmark = [pytest.mark.browser, pytest.mark.slow]

AT_ONCE = 120
"""Frames in one page."""
CANARY = "<script>function ran() { new Image().src = '/ran' }</script>"


class Loopback:
    """A server that shows frames, and notes whatever else is asked for."""

    def __init__(self) -> None:
        self.port = 0
        self.documents: dict[str, tuple[str, str]] = {}
        """Path -> document and policy."""
        self.asked: list[str] = []
        self.shown: set[str] = set()

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        except asyncio.IncompleteReadError:
            writer.close()
            return
        path = head.split(" ")[1]
        body, policy = self.documents.get(path, ("", ""))
        if path in self.documents:
            self.shown.add(path)
        elif path != "/favicon.ico":
            self.asked.append(path)
        content = body.encode("utf-8", "replace")
        more = f"Content-Security-Policy: {policy}\r\nReferrer-Policy: no-referrer\r\n" if policy else ""
        writer.write(
            f"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n{more}X-DNS-Prefetch-Control: off\r\n"
            f"Content-Length: {len(content)}\r\nConnection: close\r\n\r\n".encode()
            + content
        )
        await writer.drain()
        writer.close()

    def show(self, documents: list[str], policy: str, sandbox: str) -> list[str]:
        """Pages full of frames; their paths."""
        self.documents.clear()
        self.shown.clear()
        self.asked.clear()
        self.documents |= {f"/f/{place}": (text, policy) for place, text in enumerate(documents)}
        pages = []
        for start in range(0, len(documents), AT_ONCE):
            numbers = range(start, min(start + AT_ONCE, len(documents)))
            frames = "".join(f'<iframe {sandbox} src="/f/{number}"></iframe>' for number in numbers)
            pages.append(f"/p/{start}")
            self.documents[pages[-1]] = (f"<!doctype html><title>x</title>{frames}", "")
        return pages


@pytest.fixture
async def loopback() -> AsyncIterator[Loopback]:
    made = Loopback()
    server = await asyncio.start_server(made.answer, "127.0.0.1", 0)
    made.port = server.sockets[0].getsockname()[1]
    yield made
    server.close()


async def _walk(page: Page, loopback: Loopback, pages: list[str]) -> None:
    for path in pages:
        await page.goto(f"http://127.0.0.1:{loopback.port}{path}", wait_until="load")
        await page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestIdleCallback(done)))")


def _hostile(loopback: Loopback) -> list[str]:
    """Every attack, with this server in place of whoever waits for the load."""
    return [one.replace(payloads.HOST, f"127.0.0.1:{loopback.port}/loaded") for one in payloads.ALL]


async def test_in_the_frame_nothing_loads_and_nothing_runs(page: Page, loopback: Loopback, tmp_path: Path) -> None:
    files = FileStore(tmp_path)
    made = [
        mail_frame.page(markup.safe(one), [], files, remote=False, dark=False) + CANARY for one in _hostile(loopback)
    ]
    assert len(made) > 1_000
    pages = loopback.show(made, mail_frame.POLICY, 'sandbox="allow-popups allow-popups-to-escape-sandbox"')
    await _walk(page, loopback, pages)
    assert len(loopback.shown) == len(made) + len(pages)
    assert loopback.asked == []


async def test_without_frame_and_policy_nothing_loads_and_nothing_runs_either(page: Page, loopback: Loopback) -> None:
    made = [f"<!doctype html>{CANARY}{markup.safe(one)}" for one in _hostile(loopback)]
    await _walk(page, loopback, loopback.show(made, "", ""))
    assert len(loopback.shown) > 1_000
    assert loopback.asked == []


async def test_the_attacks_are_real(browser: Browser, loopback: Loopback) -> None:
    context = await browser.new_context()
    page = await context.new_page()
    harmful = [one for one in _hostile(loopback) if re.match(r"<(img|video|object|body|svg|table|div|p)\b", one)]
    made = [f"<!doctype html>{CANARY}{one}" for one in harmful]
    await _walk(page, loopback, loopback.show(made[:AT_ONCE] + made[-AT_ONCE:], "", ""))
    await eventually(lambda: any("ran" in path for path in loopback.asked))
    await eventually(lambda: any("loaded" in path for path in loopback.asked))
    await context.close()


async def test_all_that_chromium_shows_is_kept(browser: Browser) -> None:
    context = await browser.new_context(java_script_enabled=False)
    page = await context.new_page()

    async def nothing(route: Route) -> None:
        await route.abort()

    await page.route("**/*", nothing)
    texts = [html for html, _ in payloads.VISIBLE] + [one for one in payloads.MUTATIONS if "http-equiv" not in one]
    for html in texts:
        await page.set_content(f"<p>först</p>{html}", wait_until="domcontentloaded")
        seen = _words(await page.locator("html").inner_text())
        kept = _words(markup.as_text(f"<p>först</p>{html}"))
        letters = iter(kept)  # more than Chromium shows may be there, too: hidden text is shown
        assert all(letter in letters for letter in seen), f"{html}: {seen} {kept}"
    await context.close()


def _words(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split())  # MathML shows letters in another style
