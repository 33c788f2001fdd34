"""Who may be a telephone in the browser: the door `/sip`, with a real Asterisk behind it."""

import asyncio
import contextlib
import re
import uuid
from typing import Any, cast

import httpx2
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from pbx.configure import Rendered
from tests.acceptance.installation import PASSWORD, Installation

pytestmark = [pytest.mark.asterisk, pytest.mark.slow]


async def session_of(installed: Installation, login: str) -> str:
    """The cookie of somebody who has signed in."""
    async with httpx2.AsyncClient(base_url=installed.url, headers={"Origin": installed.url.rstrip("/")}) as http:
        answer = await http.post("api/console/session", json={"login": login, "password": PASSWORD})
        assert answer.status_code == 200
        return "; ".join(f"{one.name}={one.value}" for one in http.cookies.jar)


async def door(installed: Installation, cookie: str, origin: str = "") -> ClientConnection:
    return await connect(
        installed.url.replace("http:", "ws:") + "sip",
        origin=cast("Any", origin or installed.url.rstrip("/")),
        subprotocols=[cast("Any", "sip")],
        additional_headers={"Cookie": cookie} if cookie else {},
        proxy=None,
    )


def register(user: str, sender: str = "", proof: str = "", number: int = 1) -> str:
    lines = [
        "REGISTER sip:kontaktcenter.invalid SIP/2.0",
        f"Via: SIP/2.0/WS here.invalid;branch=z9hG4bK{uuid.uuid4().hex}",
        f"From: <sip:{sender or user}@kontaktcenter.invalid>;tag=a",
        f"To: <sip:{user}@kontaktcenter.invalid>",
        f"Call-ID: {uuid.uuid4()}",
        f"CSeq: {number} REGISTER",
        "Contact: <sip:x@here.invalid;transport=ws>;expires=60",
        *([f"Authorization: {proof}"] if proof else []),
        "Max-Forwards: 70",
        "Content-Length: 0",
    ]
    return "\r\n".join(lines) + "\r\n\r\n"


async def answer_of(socket: ClientConnection) -> str:
    """The next answer; what the exchange asks meanwhile (is the telephone there?) is none."""
    async with asyncio.timeout(10):
        while not (text := str(await socket.recv())).startswith("SIP/2.0"):
            pass
        return text


async def closed(socket: ClientConnection) -> int:
    async with asyncio.timeout(10):
        with contextlib.suppress(ConnectionClosed):
            while True:
                await socket.recv()
    return socket.close_code or 0


async def test_who_is_not_signed_in_is_refused(installed: Installation) -> None:
    assert await closed(await door(installed, "")) == 4401
    assert await closed(await door(installed, "kc=somebody")) == 4401


async def test_a_page_of_somebody_else_is_refused(installed: Installation) -> None:
    cookie = await session_of(installed, "anna")
    assert await closed(await door(installed, cookie, "https://evil.example")) == 4403


async def test_who_has_no_telephone_is_refused(installed: Installation) -> None:
    assert await closed(await door(installed, await session_of(installed, "siv"))) == 1013


@pytest.mark.parametrize(
    ("user", "sender"), [("202-web", ""), ("202-web", "201-web"), ("201-web", "202-web"), ("202", "")]
)
async def test_nobody_registers_as_somebody_else(installed: Installation, user: str, sender: str) -> None:
    socket = await door(installed, await session_of(installed, "anna"))
    await socket.send(register(user, sender))
    assert await closed(socket) == 4403


async def test_only_our_own_door_makes_the_proof(installed: Installation, exchange: Rendered) -> None:
    """Through our door any proof is made right for oneself; at the exchange itself no word of the page helps."""
    claimed = (
        'Digest username="201-web", realm="{realm}", nonce="{nonce}", uri="sip:kontaktcenter.invalid", response="0"'
    )
    ours = await door(installed, await session_of(installed, "anna"))
    theirs = await connect(
        f"ws://127.0.0.1:{exchange.ws_port}/ws", subprotocols=[cast("Any", "sip")], proxy=None, origin=None
    )
    for socket, status in ((ours, "200"), (theirs, "401")):
        await socket.send(register("201-web"))
        asked = await answer_of(socket)
        assert asked.startswith("SIP/2.0 401")
        question = dict(re.findall(r'(realm|nonce)="([^"]*)"', asked))
        await socket.send(register("201-web", "", claimed.format(**question), 2))
        assert (await answer_of(socket)).startswith(f"SIP/2.0 {status}")
        await socket.close()


async def test_signing_out_ends_the_telephone(installed: Installation) -> None:
    cookie = await session_of(installed, "anna")
    socket = await door(installed, cookie)
    await socket.send(register("201-web"))
    assert (await answer_of(socket)).startswith("SIP/2.0 401")
    headers = {"Cookie": cookie, "Origin": installed.url.rstrip("/")}
    async with httpx2.AsyncClient(base_url=installed.url, headers=headers) as http:
        assert (await http.delete("api/console/session")).status_code == 204
    assert await closed(socket) == 4401


async def test_another_browser_of_the_same_agent_takes_the_telephone(installed: Installation) -> None:
    first = await door(installed, await session_of(installed, "anna"))
    await first.send(register("201-web"))
    await answer_of(first)
    second = await door(installed, await session_of(installed, "anna"))
    assert await closed(first) == 4409
    await second.send(register("201-web"))
    assert (await answer_of(second)).startswith("SIP/2.0 401")
    await second.close()


async def test_the_page_is_told_no_password(installed: Installation) -> None:
    headers = {"Cookie": await session_of(installed, "anna"), "Origin": installed.url.rstrip("/")}
    async with httpx2.AsyncClient(base_url=installed.url, headers=headers) as http:
        told = (await http.get("api/console/telephone")).json()
        assert set(told) == {"extension", "user", "place", "number", "servers"}
        page = await http.get("")
    assert "microphone=(self)" in page.headers["permissions-policy"]
    assert "connect-src 'self'" in page.headers["content-security-policy"]
