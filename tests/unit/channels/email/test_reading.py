"""The process that reads mails has limits that hold, and the next mail is read."""

import base64
import os

import pytest

from channels.email.reading import Reading, Unreadable

SECRET = b"s" * 32
GOOD = "From: Eva Ek <eva@citizen.example>\r\nSubject: Altan\r\n\r\nBehöver jag bygglov?\r\n".encode()
HEAVY = b"Subject: x\r\nContent-Type: text/html\r\n\r\n" + b"<p>hej <b>du</b></p>\n" * 1_500_000
LARGE = (
    b"Subject: x\r\nContent-Type: application/x; name=a.bin\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    + base64.encodebytes(os.urandom(1 << 20)) * 60
)


async def read_after(reading: Reading) -> None:
    try:
        assert (await reading.read(GOOD, "", [])).subject == "Altan"
    finally:
        await reading.close()


async def test_what_takes_too_long_is_given_up_and_the_next_is_read() -> None:
    reading = Reading(SECRET, seconds=0.05, memory_mb=2048)
    with pytest.raises(Unreadable) as refused:
        await reading.read(HEAVY, "eva@citizen.example", [])
    assert refused.value.code == "took_too_long"
    reading._seconds = 30
    await read_after(reading)


async def test_what_eats_memory_is_given_up_and_the_next_is_read() -> None:
    reading = Reading(SECRET, seconds=30, memory_mb=256)
    with pytest.raises(Unreadable) as refused:
        await reading.read(LARGE, "eva@citizen.example", [])
    assert refused.value.code in ("too_much_memory", "reader_died")
    await read_after(reading)


async def test_more_parts_than_anybody_means_are_said_to_be_so() -> None:
    reading = Reading(SECRET, seconds=30, memory_mb=1024)
    many = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n\r\nhej\r\n" * 50_000
    with pytest.raises(Unreadable) as refused:
        await reading.read(many, "", [])
    assert refused.value.code == "too_many_parts"
    await read_after(reading)
