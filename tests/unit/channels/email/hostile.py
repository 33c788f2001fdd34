"""Mails that nobody means: shapes that take a careless reader's time by the square, or its memory."""

import base64
import random
from collections.abc import Callable

HEAD = b"From: Eva <eva@citizen.example>\nTo: k@solvik.example\nSubject: hej\nMIME-Version: 1.0\n"
WORDS = [
    b"hej", b"jag", b"undrar", b"om", b"bygglov", b"tack", b"-- ", b"Den 3 nov skrev Eva:", b"> citat",
    b"On Mon, 3 Nov 2025, Eva wrote:", "Från: a@b.example".encode(), b"Skickat: idag", b"",
    "Med vänliga hälsningar".encode(), b"_____", b"Sent from my iPhone", b"From: x", "——".encode(),
]  # fmt: skip
PLAIN, HTML = b"text/plain; charset=utf-8", b"text/html; charset=utf-8"


def mail(body: bytes, kind: bytes = PLAIN, encoding: bytes = b"8bit") -> bytes:
    return HEAD + b"Content-Type: " + kind + b"\nContent-Transfer-Encoding: " + encoding + b"\n\n" + body


def shapes(scale: float = 1.0) -> dict[str, bytes]:
    """Name -> mail, of some megabytes at scale 1."""
    roll = random.Random(5)

    def n(size: int) -> int:
        return max(10, int(size * scale))

    return _texts(roll, n) | _structures(roll, n) | _codes(roll, n)


def lines(roll: random.Random, count: int) -> bytes:
    return b"\n".join(roll.choice(WORDS) for _ in range(count))


def _texts(roll: random.Random, n: Callable[[int], int]) -> dict[str, bytes]:
    """Bytes, lines, quotations and markup."""
    return {
        "random5MB": roll.randbytes(n(5_000_000)),
        "random5MB text": mail(roll.randbytes(n(5_000_000))),
        "random5MB html": mail(roll.randbytes(n(5_000_000)), HTML),
        "randomascii5MB text": mail(
            bytes(roll.choice(b"abcdefghij >\n:-_@<>.,0123456789") for _ in range(n(5_000_000)))
        ),
        "lines 200k": mail(lines(roll, n(200_000))),
        "lines 1M": mail(lines(roll, n(1_000_000))),
        "one line 10MB": mail(b"a" * n(10_000_000)),
        "one line words": mail(b"hej du " * n(1_400_000)),
        "quote tower": mail(b"\n".join(b">" * min(i, n(5000)) + b" x" for i in range(n(3000)))),
        "quote 500k": mail(b"> hej hej\n" * n(500_000)),
        "skrev lines": mail(b"Den 3 nov skrev Eva Berg <eva@x.se>:\n" * n(120_000)),
        "from blocks": mail(b"From: a\nSent: b\nTo: c\nSubject: d\n\ntext\n" * n(60_000)),
        "html tables": mail(b"<table><tr><td>hej</td></tr></table>\n" * n(50_000), HTML),
        "html deep": mail(b"<div>" * n(100_000) + b"x", HTML),
        "html deep quote": mail(b"<blockquote>" * n(50_000) + b"x", HTML),
        "html attrs": mail(b"<p " + b" ".join(b"a%d=b" % i for i in range(n(200_000))) + b">x", HTML),
        "html lt": mail(b"<" * n(2_000_000), HTML),
        "html comments": mail(b"<!--" * n(500_000), HTML),
    }


def _structures(roll: random.Random, n: Callable[[int], int]) -> dict[str, bytes]:
    """Markup, parts and fields."""
    return {
        "html entities": mail(b"&amp;" * n(1_000_000), HTML),
        "html style": mail(b"<p style='" + b"a:b;" * n(300_000) + b"'>x</p>", HTML),
        "parts100k": HEAD + b"Content-Type: multipart/mixed; boundary=x\n\n" + b"--x\n\na\n" * n(100_000) + b"--x--\n",
        "nested": HEAD
        + b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (i, i) for i in range(n(2000))),
        "rfc822 nested": HEAD + b"".join(b"Content-Type: message/rfc822\n\nFrom: a@b\n" for i in range(n(3000))),
        "header 1MB": b"Subject: " + b"=?utf-8?q?hej?= " * n(60_000) + b"\n\nx",
        "header 5MB raw": b"Subject: " + b"a" * n(5_000_000) + b"\n\nx",
        "100k headers": b"X-A: b\n" * n(200_000) + b"\nx",
        "to 100k": b"To: " + b"a@b.se, " * n(100_000) + b"\n\nx",
        "to parens": b"To: " + b"(" * n(200_000) + b"\n\nx",
        "to quotes": b'To: "' * n(100_000) + b"\n\nx",
        "to angle": b"To: " + b"<" * n(200_000) + b"\n\nx",
        "to groups": b"To: " + b"a:b;" * n(100_000) + b"\n\nx",
        "params": HEAD
        + b"Content-Type: text/plain; "
        + b"; ".join(b"a*%d*=x" % i for i in range(n(50_000)))
        + b"\n\nx",
        "base64 10MB": mail(base64.encodebytes(roll.randbytes(n(7_000_000))), PLAIN, b"base64"),
        "qp 5MB": mail(b"=C3=A5" * n(800_000), b"text/plain; charset=utf-8", b"quoted-printable"),
        "uu": mail(b"begin 644 a\n" * n(100_000)),
        "uu2": mail((b"begin 644 a\n" + b"M" + b"a" * 60 + b"\n") * n(50_000)),
    }


def _codes(roll: random.Random, n: Callable[[int], int]) -> dict[str, bytes]:
    """Fields, charsets, containers."""
    return {
        "refs": b"References: " + b"<a@b> " * n(200_000) + b"\n\nx",
        "date": b"Date: " + b"1 " * n(500_000) + b"\n\nx",
        "received": b"Received: from a by b; " * 1
        + b"x" * 100
        + b"\n"
        + b"Received: from a by b for <x@y>; Mon, 3 Nov 2025 10:00:00 +0000\n" * n(50_000)
        + b"\nx",
        "iso2022": mail(b"\x1b$B" * n(1_000_000), b"text/plain; charset=iso-2022-jp"),
        "utf7": mail(b"+AGE-" * n(1_000_000), b"text/plain; charset=utf-7"),
        "hz": mail(b"~{" * n(1_000_000), b"text/plain; charset=hz-gb-2312"),
        "nul": mail(b"\0" * n(5_000_000)),
        "bounce text": b"From: MAILER-DAEMON@x\nSubject: Undelivered Mail\nContent-Type: text/plain\n\n"
        + b"<a@b.se>: host x said: 550 5.1.1 user unknown\n" * n(60_000),
        "dsn": b"From: MAILER-DAEMON@x\nContent-Type: multipart/report; report-type=delivery-status; boundary=x\n\n"
        b"--x\nContent-Type: message/delivery-status\n\n"
        + b"Final-Recipient: rfc822; a@b\nAction: failed\nStatus: 5.1.1\n\n" * n(60_000)
        + b"\n--x--\n",
        "crs": mail(b"\r" * n(3_000_000)),
        "tnef": HEAD
        + b"Content-Type: application/ms-tnef\nContent-Transfer-Encoding: base64\n\n"
        + base64.encodebytes(b"\x78\x9f\x3e\x22\1\0" + roll.randbytes(n(3_000_000))),
        "spaces": mail(b" " * n(5_000_000)),
        "tabs lines": mail(b" \t\n" * n(1_500_000)),
        "dashes": mail(b"-" * n(5_000_000)),
        "under": mail(b"_" * n(3_000_000) + b"\nx"),
        "urls": mail(b"https://a.b/c " * n(300_000)),
        "urls html": mail(b"<a href='http://a.b'>http://c.d</a>" * n(100_000), HTML),
    }
