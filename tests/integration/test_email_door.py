"""The mail door: who is let in, what is answered, and that a 250 is a promise."""

import asyncio
import sqlite3
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aiosmtplib
import psycopg
import pytest
from sqlalchemy import event, make_url

from channels.email import connection
from contactcenter.files import FileStore
from contactcenter.model import Inbox
from contactcenter.store import Store
from tests import town as solvik
from tests.fixtures.store import NOW
from tests.integration.mail_house import BYGG, EVA, TOWN, MailHouse, answer, certificate, mail, talk, working
from tests.support import eventually

one_database = pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
"""For what has nothing to do with the kind of database."""
DOOR = ("email",)
START = (b"EHLO a.example\r\n", b"MAIL FROM:<eva@citizen.example>\r\n", f"RCPT TO:<{BYGG}>\r\n".encode())


async def refused(house: MailHouse, raw: bytes, to: str | list[str] = BYGG) -> aiosmtplib.SMTPResponseException:
    """What the door answers to a mail that it does not take."""
    try:
        await house.send(raw, to)
    except aiosmtplib.SMTPRecipientsRefused as error:
        return error.recipients[0]
    except aiosmtplib.SMTPResponseException as error:
        return error
    pytest.fail("it was taken")


@one_database
@pytest.mark.parametrize(
    ("address", "code"),
    [
        (BYGG, 250), ("Bygg@Solvik.EXAMPLE", 250), ("bygg+anything@solvik.example", 250),
        ("bygg+kc-2026-000001-abcdefgh@solvik.example", 250), ("postmaster@solvik.example", 250),
        ("nobody@solvik.example", 550), ("bygg@elsewhere.example", 550), ("bygg", 550), ("a@bygg@solvik.example", 550),
        ("bygg%elsewhere.example@solvik.example", 550), ('"bygg@elsewhere.example"@solvik.example', 550),
        ("elsewhere.example!bygg@solvik.example", 550), ("postmaster@elsewhere.example", 550),
    ],
)  # fmt: skip
async def test_only_known_mailboxes_and_no_relaying(
    town: Store, files: FileStore, tmp_path: Path, address: str, code: int
) -> None:
    async with working(town, files, tmp_path, parts=DOOR) as house:
        answers = await talk(house.port, *START[:2], f"RCPT TO:<{address}>\r\n".encode())
    assert int(answers[-1][:3]) in ({250} if code == 250 else {550, 553})


async def test_the_raw_mail_is_stored_as_it_came_before_250(town: Store, files: FileStore, tmp_path: Path) -> None:
    raw = (
        b"Subject: raw\r\n\r\n..dots\r\n.\r\x00bare\nlf \xff and a long line "
        + b"x" * 300_000
        + b"\r\n\n.\n\r.\r\n..\r\nend\r\n"
    )
    async with working(town, files, tmp_path, parts=DOOR) as house:
        stuffed = raw.replace(b"\r\n.", b"\r\n..")
        answers = await talk(house.port, *START, b"DATA\r\n", stuffed + b".\r\n", b"QUIT\r\n")
        assert answers[-2].startswith(b"250"), answers
        (row,) = house.rows(Inbox)
    assert row.raw == raw
    assert row.envelope | {"peer": ""} == {
        "mail_from": EVA, "recipients": [BYGG], "helo": "a.example", "peer": "", "tls": False,
    }  # fmt: skip


@one_database
async def test_nothing_is_smuggled_in_behind_a_mail(town: Store, files: FileStore, tmp_path: Path) -> None:
    inner = f"MAIL FROM:<x@y.example>\r\nRCPT TO:<{TOWN}>\r\nDATA\r\nsmuggled\r\n".encode()
    async with working(town, files, tmp_path, parts=DOOR) as house:
        for ending in (b"\n.\n", b"\n.\r\n", b"\r.\r", b"\r\n.\n", b"\r\n.\r", b"\r.\r\n"):
            await talk(house.port, *START, b"DATA\r\n", b"outer" + ending + inner + b"\r\n.\r\n")
        rows = house.rows(Inbox)
    assert len(rows) == 6
    assert all(b"smuggled" in row.raw and row.envelope["recipients"] == [BYGG] for row in rows)


@one_database
async def test_an_empty_mail_and_two_in_one_connection(town: Store, files: FileStore, tmp_path: Path) -> None:
    async with working(town, files, tmp_path, parts=DOOR) as house:
        again = (*START[1:], b"DATA\r\n", b"second\r\n.\r\n")
        answers = await talk(house.port, *START, b"DATA\r\n", b".\r\n", *again)
        assert [words[:3] for words in answers[-5:]] == [b"250", b"250", b"250", b"354", b"250"]
        assert [row.raw for row in house.rows(Inbox)] == [b"", b"second\r\n"]


@one_database
async def test_pipelined_commands_are_answered_in_order(town: Store, files: FileStore, tmp_path: Path) -> None:
    async with working(town, files, tmp_path, parts=DOOR) as house:
        reader, writer = await asyncio.open_connection("127.0.0.1", house.port)
        writer.write(b"".join(START) + b"DATA\r\n")
        answers = [await answer(reader) for _ in range(5)]
        assert b"PIPELINING" in answers[1]
        writer.write(b"one\r\n.\r\n" + START[1] + b"NOOP\r\nQUIT\r\n")
        answers += [await answer(reader) for _ in range(4)]
        writer.close()
    assert [words[:3] for words in answers[4:]] == [b"354", b"250", b"250", b"250", b"221"]


@one_database
async def test_who_talks_before_354_is_hung_up_on(town: Store, files: FileStore, tmp_path: Path) -> None:
    async with working(town, files, tmp_path, parts=DOOR) as house:
        reader, writer = await asyncio.open_connection("127.0.0.1", house.port)
        writer.write(b"".join(START) + b"DATA\r\nearly\r\n.\r\n")
        heard = await asyncio.wait_for(reader.read(), 10)
        writer.close()
        assert heard.splitlines()[-1].startswith(b"503")
        assert house.rows(Inbox) == []


@one_database
async def test_sizes_are_kept_to(town: Store, files: FileStore, tmp_path: Path) -> None:
    async with working(town, files, tmp_path, parts=DOOR, max_message_mb=1) as house:
        (_, greeting, told) = await talk(house.port, START[0], b"MAIL FROM:<a@b.example> SIZE=2000000\r\n")
        assert b"250-SIZE 1048576\r\n" in greeting
        assert told.startswith(b"552")
        answers = await talk(house.port, *START, b"DATA\r\n", b"x" * 1_200_000 + b"\r\n.\r\n", b"NOOP\r\n")
        assert [words[:3] for words in answers[-2:]] == [b"552", b"250"]
        assert (await talk(house.port, *START, b"DATA\r\n", b"x" * 3_000_000))[-1].startswith(b"552")
        assert house.rows(Inbox) == []
        await house.send(b"Subject: fits\r\n\r\n" + b"x" * 1_000_000)


@one_database
async def test_half_received_mails_have_a_limit_together(
    town: Store, files: FileStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "MOST_IN_HAND", 1 << 20)
    async with working(town, files, tmp_path, parts=DOOR, max_message_mb=1) as house:
        reader, writer = await asyncio.open_connection("127.0.0.1", house.port)
        writer.write(b"".join(START) + b"DATA\r\n")
        for _ in range(5):
            await answer(reader)
        writer.write(b"x" * 900_000)
        await writer.drain()

        async def full() -> bool:
            return (await refused(house, b"x" * 500_000)).code == 452

        await eventually(full, what="no room")
        writer.write(b"\r\n.\r\n")
        assert (await answer(reader)).startswith(b"250")
        writer.close()
        await house.send(b"x" * 500_000)


@one_database
async def test_floods_idlers_and_crowds_are_cut_off(town: Store, files: FileStore, tmp_path: Path) -> None:
    limits: dict[str, Any] = {
        "max_connections": 4,
        "max_connections_per_peer": 3,
        "idle_seconds": 0.5,
        "max_recipients": 2,
    }
    async with working(town, files, tmp_path, parts=DOOR, **limits) as house:
        flood = await talk(house.port, START[0], *[b"NOOP\r\n"] * 110)
        assert flood[-1] == b""
        assert any(words.startswith(b"421") for words in flood)
        crowd = [await asyncio.open_connection("127.0.0.1", house.port) for _ in range(4)]
        greetings = [await answer(reader) for reader, _ in crowd]
        assert [words[:3] for words in greetings] == [b"220", b"220", b"220", b"421"]
        for reader, _ in crowd:  # silent for half a second: ended by the server
            assert await asyncio.wait_for(reader.read(), 10) == b""
        for _, writer in crowd:
            writer.close()
        third = await talk(house.port, *START, START[2], START[2])
        assert [words[:3] for words in third[-2:]] == [b"250", b"452"]


@one_database
async def test_many_mails_in_one_connection_are_no_flood(town: Store, files: FileStore, tmp_path: Path) -> None:
    async with working(town, files, tmp_path, parts=DOOR) as house:
        answers = await talk(house.port, START[0], *[*START[1:], b"DATA\r\n", b"x\r\n.\r\n"] * 60)
        assert len(house.rows(Inbox)) == 60
    assert {words[:3] for words in answers} == {b"220", b"250", b"354"}


@one_database
@pytest.mark.parametrize(
    "line",
    [b"\xff\xfe\r\n", b"MAIL FROM:<\xff@\xfe>\r\n", b"RCPT TO:<>\r\n", b"MAIL FROM:" + b"<" * 400 + b"\r\n", b"\r\n",
     b"EHLO\r\n", b"AUTH PLAIN AGEAYg==\r\n", b"VRFY bygg\r\n", b"EXPN all\r\n", b"HELP\r\n",
     b"x" * 2_000_000 + b"\r\n", b"DATA\r\n", b"RCPT TO:<@relay.example:x@elsewhere.example>\r\n",
     b"BDAT 3 LAST\r\nhej"],
)  # fmt: skip
async def test_odd_commands_get_a_plain_answer(town: Store, files: FileStore, tmp_path: Path, line: bytes) -> None:
    async with working(town, files, tmp_path, parts=DOOR) as house:
        answers = await talk(house.port, START[0], line, b"QUIT\r\n")
        assert b"AUTH" not in answers[1]
        assert answers[2][:1] in (b"2", b"5")
        assert not any(word in answers[2] for word in (b"Error: (", b"Traceback", b"aiosmtpd", b"Python"))
        await house.send(b"Subject: still there\r\n\r\n")


@pytest.fixture
def quick_store(store_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """A store that waits a fifth of a second for a lock."""
    monkeypatch.setattr("contactcenter.store.BUSY_MS", 200)
    store = Store(store_url)
    store.sync_run(solvik.build, NOW)
    yield store
    store.close()


@one_database
async def test_a_locked_database_is_451_and_then_works(quick_store: Store, files: FileStore, tmp_path: Path) -> None:
    async with working(quick_store, files, tmp_path, parts=DOOR) as house:
        await house.send(b"Subject: before\r\n\r\n")
        other = sqlite3.connect(make_url(quick_store.url).database or "", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        error = await refused(house, b"Subject: during\r\n\r\n")
        assert (error.code, error.message) == (451, "4.3.0 Not possible just now, try again")
        other.execute("COMMIT")
        other.close()
        await house.send(b"Subject: after\r\n\r\n")
        assert [row.raw for row in house.rows(Inbox)] == [b"Subject: before\r\n\r\n", b"Subject: after\r\n\r\n"]


@pytest.mark.parametrize("store_url", ["postgresql"], indirect=True)
async def test_a_database_that_is_down_is_451_and_then_works(town: Store, files: FileStore, tmp_path: Path) -> None:
    url = make_url(town.url)
    name = url.database
    async with working(town, files, tmp_path, parts=DOOR) as house:
        await house.send(b"Subject: before\r\n\r\n")
        address = f"host={url.host} port={url.port} user={url.username} dbname=postgres"
        with psycopg.connect(address, autocommit=True) as server:
            server.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false'.encode())
            server.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])
            for _ in range(2):
                error = await refused(house, b"Subject: during\r\n\r\n")
                assert (error.code, error.message) == (451, "4.3.0 Not possible just now, try again")
            server.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true'.encode())
        await house.send(b"Subject: after\r\n\r\n")
        assert len(house.rows(Inbox)) == 2


@one_database
async def test_a_full_disk_is_452_and_recovers_alone(town: Store, files: FileStore, tmp_path: Path) -> None:
    """SQLite itself says that it is full, at a size set from outside."""
    pages = 0

    def limited(dbapi_connection: sqlite3.Connection, _record: object, _proxy: object) -> None:
        dbapi_connection.execute(f"PRAGMA max_page_count = {pages or 1_000_000_000}")

    event.listen(town.engine, "checkout", limited)
    async with working(town, files, tmp_path, parts=DOOR) as house:
        await house.send(b"Subject: before\r\n\r\n")
        pages = 1  # no more than it has now
        error = await refused(house, b"Subject: during\r\n\r\n" + b"x" * 100_000)
        assert (error.code, error.message) == (452, "4.3.1 No room just now, try again")
        pages = 0
        await house.send(b"Subject: after\r\n\r\n")
        assert len(house.rows(Inbox)) == 2


@one_database
async def test_starttls_is_offered_and_forgets_what_came_before(town: Store, files: FileStore, tmp_path: Path) -> None:
    chain, key = certificate(tmp_path)
    trusting = ssl.create_default_context(cafile=str(chain))
    async with working(town, files, tmp_path, parts=DOOR, tls_certificate=chain, tls_key=key) as house:
        client = aiosmtplib.SMTP(
            hostname="localhost", port=house.port, start_tls=True, tls_context=trusting, timeout=20
        )
        async with client:
            await client.sendmail(EVA, [BYGG], mail().as_bytes())
        assert house.rows(Inbox)[0].envelope["tls"] is True
        reader, writer = await asyncio.open_connection("127.0.0.1", house.port)
        await answer(reader)
        writer.write(START[0])
        assert b"STARTTLS" in await answer(reader)
        writer.write(b"STARTTLS\r\nMAIL FROM:<injected@evil.example>\r\n")  # in clear, meant to run inside TLS
        assert (await answer(reader)).startswith(b"220")
        await writer.start_tls(trusting, server_hostname="localhost")
        writer.write(f"EHLO a.example\r\nRCPT TO:<{BYGG}>\r\n".encode())
        assert b"STARTTLS" not in await answer(reader)
        assert (await answer(reader)).startswith(b"503"), "the injected MAIL was obeyed"
        writer.close()


@one_database
async def test_closing_lets_the_mail_in_hand_arrive(town: Store, files: FileStore, tmp_path: Path) -> None:
    async with working(town, files, tmp_path, parts=DOOR) as house:
        reader, writer = await asyncio.open_connection("127.0.0.1", house.port)
        writer.write(b"".join(START) + b"DATA\r\n")
        for _ in range(5):
            await answer(reader)
        house.tasks["email"].cancel()

        port = house.port

        async def refuses() -> bool:
            try:
                _, probe = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                return True
            probe.close()
            return False

        await eventually(refuses, what="nothing new taken")
        writer.write(b"the last one\r\n.\r\n")
        assert (await answer(reader)).startswith(b"250")
        assert (await answer(reader)).startswith(b"421")
        writer.close()
        assert len(house.rows(Inbox)) == 1
