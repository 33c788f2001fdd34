"""Mail fetched from a real IMAP server: by password and token, with and without IDLE, through its death and ours."""

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from channels.email import imap
from contactcenter.clock import utc_now
from contactcenter.files import FileStore
from contactcenter.model import Contact, FileRecord, Inbox
from contactcenter.store import Store
from tests.integration import dovecot
from tests.integration.dovecot import PASSWORD, USER, Dovecot
from tests.integration.mail_house import MailHouse, mail, working
from tests.support import eventually, free_port

one_database = pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
FETCH, READ = f"email_imap_{USER}", "email_reader"
DONE = "Kontaktcenter"


@pytest.fixture
def folder() -> Iterator[Path]:
    with dovecot.open_folder() as made:
        yield made


@pytest.fixture
def server(folder: Path) -> Iterator[Dovecot]:
    with dovecot.running(folder) as running:
        yield running


def mailbox(server: Dovecot, **changed: Any) -> dict[str, Any]:
    here = {"mailbox": USER, "host": "127.0.0.1", "port": server.port, "tls": "none", "user": USER, "poll_seconds": 0.2}
    return here | {"password": PASSWORD} | changed


def raw(subject: str, **fields: str) -> bytes:
    return mail(subject, **fields).as_bytes().replace(b"\n", b"\r\n")


async def subjects(house: MailHouse, wanted: list[str]) -> None:
    await eventually(lambda: sorted(one.subject for one in house.rows(Contact)) == sorted(wanted), 20, "cases")


async def unwell(house: MailHouse, code: str) -> None:
    def is_so() -> bool:
        health = house.context.health.get(FETCH)
        return health is not None and not health.ok and health.code == code

    await eventually(is_so, 30, code)


async def test_what_lies_there_and_what_comes_is_a_case_and_is_moved(
    town: Store, files: FileStore, tmp_path: Path, server: Dovecot
) -> None:
    server.put(raw("Altan"))
    async with working(town, files, tmp_path, parts=(FETCH, READ), imap=[mailbox(server)]) as house:
        await subjects(house, ["Altan"])
        await asyncio.to_thread(server.put, raw("Staket", Return_Path="<eva@citizen.example>"))  # told by IDLE
        await subjects(house, ["Altan", "Staket"])
        await eventually(lambda: server.count() == 0, 20, "all moved")
        rows = house.rows(Inbox)
        originals = [one for one in house.rows(FileRecord) if one.role == "original"]
    assert server.count(DONE) == 2
    assert [row.envelope["recipients"] for row in rows] == [[USER], [USER]]
    assert all(abs((utc_now() - row.received_at).total_seconds()) < 120 for row in rows)
    assert hashlib.sha256(raw("Altan")).hexdigest() in {one.sha256 for one in originals}


@one_database
async def test_a_server_that_can_little_is_asked_again_and_again(
    town: Store, files: FileStore, tmp_path: Path, folder: Path
) -> None:
    with dovecot.running(folder, capabilities="IMAP4rev1") as server:
        box = mailbox(server, done_folder="")
        async with working(town, files, tmp_path, parts=(FETCH, READ), imap=[box]) as house:
            await asyncio.to_thread(server.put, raw("Altan"))
            await subjects(house, ["Altan"])
            await eventually(lambda: server.count() == 0, 20, "removed")
        assert server.count(DONE) == -1


@one_database
async def test_fetched_again_after_a_death_in_between_it_is_one_mail(
    town: Store, files: FileStore, tmp_path: Path, server: Dovecot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process ends after the commit and before the move. The mail has no Message-ID, and never will."""
    bare = b"From: eva@citizen.example\r\nTo: bygg@solvik.example\r\nSubject: Utan namn\r\n\r\nHej\r\n"
    put_away, tries = imap._put_away, list[int]()

    def dies_once(client: Any, uid: int, into: str) -> None:
        tries.append(uid)
        if len(tries) == 1:
            raise OSError
        put_away(client, uid, into)

    monkeypatch.setattr(imap, "_put_away", dies_once)
    server.put(bare)
    async with working(town, files, tmp_path, parts=(FETCH, READ), imap=[mailbox(server)]) as house:
        await eventually(lambda: server.count(DONE) == 1, 20, "moved at last")
        await eventually(lambda: all(not row.raw for row in house.rows(Inbox)), 20, "all read")
        assert len(house.rows(Inbox)) == 2
        assert [one.subject for one in house.rows(Contact)] == ["Utan namn"]


@one_database
async def test_the_server_goes_and_comes_back(town: Store, files: FileStore, tmp_path: Path, folder: Path) -> None:
    port = free_port()
    with dovecot.running(folder, port) as server:
        box = mailbox(server)
        async with working(town, files, tmp_path, parts=(FETCH, READ), imap=[box]) as house:
            await eventually(lambda: server.count(DONE) == 0, 20, "signed in")
            await asyncio.to_thread(server.stop)
            await unwell(house, "imap")
            with dovecot.running(folder, port) as again:
                await asyncio.to_thread(again.put, raw("Altan"))
                await subjects(house, ["Altan"])


@one_database
async def test_over_tls_only_with_the_right_authority(
    town: Store, files: FileStore, tmp_path: Path, server: Dovecot
) -> None:
    server.put(raw("Altan"))
    safe = mailbox(server, port=server.tls_port, tls="tls", host="localhost")
    async with working(town, files, tmp_path, parts=(FETCH, READ), imap=[safe]) as house:
        await unwell(house, "imap_tls")
        assert not house.rows(Inbox)
    trusted = safe | {"authority": str(server.certificate)}
    async with working(town, files, tmp_path, parts=(FETCH, READ), imap=[trusted]) as house:
        await subjects(house, ["Altan"])


@one_database
@pytest.mark.parametrize(
    ("changed", "code"), [({"password": "fel"}, "imap_login"), ({"mailbox": "okand@solvik.example"}, "imap_mailbox")]
)
async def test_what_is_wrong_is_said(
    town: Store, files: FileStore, tmp_path: Path, server: Dovecot, changed: dict[str, str], code: str
) -> None:
    box = mailbox(server, **changed)
    part = f"email_imap_{box['mailbox']}"
    async with working(town, files, tmp_path, parts=(part,), imap=[box]) as house:
        await eventually(lambda: getattr(house.context.health.get(part), "code", "") == code, 20, code)


@asynccontextmanager
async def token_server(good: list[str]) -> AsyncIterator[tuple[int, list[str]]]:
    """Gives tokens to whoever knows the secret, and tells Dovecot whose a token is. Yields (port, what was asked)."""
    asked = list[str]()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        path = head.split()[1]
        if head.startswith("POST"):
            length = next(
                int(one.split(":")[1]) for one in head.lower().splitlines() if one.startswith("content-length")
            )
            asked.append((await reader.readexactly(length)).decode())
            told: dict[str, Any] = {"access_token": good[0], "expires_in": 3600}
        else:
            told = {"email": USER} if path.rpartition("=")[2] in good else {"error": "unknown"}
        body = json.dumps(told).encode()
        code = "400 Bad Request" if "error" in told else "200 OK"
        writer.write(f"HTTP/1.1 {code}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n".encode())
        writer.write(b"Content-Type: application/json\r\n\r\n" + body)
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    listening = await asyncio.start_server(answer, "127.0.0.1", 0)
    try:
        yield listening.sockets[0].getsockname()[1], asked
    finally:
        listening.close()


@one_database
async def test_signed_in_with_a_token(town: Store, files: FileStore, tmp_path: Path, folder: Path) -> None:
    async with token_server(["en-token"]) as (port, asked):
        with dovecot.running(folder, token_url=f"http://127.0.0.1:{port}/info") as server:
            await asyncio.to_thread(server.put, raw("Altan"))
            box = mailbox(server, password="", token_url=f"http://127.0.0.1:{port}/token", client_id="kc",
                          client_secret="hemlig", scope="imap")  # fmt: skip
            async with working(town, files, tmp_path, parts=(FETCH, READ), imap=[box]) as house:
                await subjects(house, ["Altan"])
    assert asked == ["client_id=kc&client_secret=hemlig&scope=imap&grant_type=client_credentials"]
