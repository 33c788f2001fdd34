"""LMTP (RFC 2033), by hand: the standard library's client reads one answer to a mail, however many get it."""

import asyncio
from pathlib import Path

import pytest

from channels.email.adapter import EmailDoor
from contactcenter.files import FileStore
from contactcenter.model import Inbox
from contactcenter.store import Store
from tests.integration.mail_house import BYGG, TOWN, MailHouse, answer, mail, talk, working

one_database = pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
START = (b"LHLO mta.example\r\n", b"MAIL FROM:<eva@citizen.example>\r\n")


def lmtp_port(house: MailHouse) -> int:
    (door,) = (part for part in house.parts if isinstance(part, EmailDoor))
    return door.lmtp_port


def to(address: str) -> bytes:
    return f"RCPT TO:<{address}>\r\n".encode()


@one_database
async def test_each_recipient_is_a_delivery_of_its_own(town: Store, files: FileStore, tmp_path: Path) -> None:
    raw = mail().as_bytes().replace(b"\n", b"\r\n")
    async with working(town, files, tmp_path, parts=("email",), lmtp_port=0) as house:
        reader, writer = await asyncio.open_connection("127.0.0.1", lmtp_port(house))
        answers = [await answer(reader)]
        for words in (*START, to(BYGG), to("nobody@solvik.example"), to(TOWN), b"DATA\r\n"):
            writer.write(words)
            answers.append(await answer(reader))
        writer.write(raw + b".\r\n")
        stored = [await answer(reader), await answer(reader)]
        writer.write(b"QUIT\r\n")
        last = await answer(reader)
        writer.close()
        (row,) = house.rows(Inbox)
    assert [words[:3] for words in answers[3:]] == [b"250", b"550", b"250", b"354"]
    assert [words[:3] for words in (*stored, last)] == [b"250", b"250", b"221"]
    assert (row.raw, row.envelope["recipients"]) == (raw, [BYGG, TOWN])


@one_database
async def test_it_greets_with_lhlo_and_the_other_door_does_not(town: Store, files: FileStore, tmp_path: Path) -> None:
    async with working(town, files, tmp_path, parts=("email",), lmtp_port=0) as house:
        _, hello, greeted, _ = await talk(lmtp_port(house), b"EHLO mta.example\r\n", START[0], b"QUIT\r\n")
        _, unknown, _ = await talk(house.port, START[0], b"QUIT\r\n")
    assert (hello[:3], greeted[:3], unknown[:3]) == (b"500", b"250", b"500")
