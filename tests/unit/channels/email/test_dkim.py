"""DKIM by the RFCs' own mail, and by what changes on the way."""

import pytest

from channels.email.trust import canonical, dkim
from channels.email.trust.dkim import Result

# RFC 8463 appendix A: one mail, signed twice.
MAIL = b"""DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed;
 d=football.example.com; i=@football.example.com;
 q=dns/txt; s=brisbane; t=1528637909; h=from : to :
 subject : date : message-id : from : subject : date;
 bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;
 b=/gCrinpcQOoIfuHNQIbq4pgh9kyIK3AQUdt9OdqQehSwhEIug4D11Bus
 Fa3bT3FY5OsU7ZbnKELq+eXdp1Q1Dw==
DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed;
 d=football.example.com; i=@football.example.com;
 q=dns/txt; s=test; t=1528637909; h=from : to : subject :
 date : message-id : from : subject : date;
 bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;
 b=F45dVWDfMbQDGHJFlXUNB2HKfbCeLRyhDXgFpEL8GwpsRe0IeIixNTe3
 DhCVlUrSjV4BwcVcOF6+FF3Zo9Rpo1tFOeS9mPYQTnGdaSGsgeefOsk2Jz
 dA+L10TeYt9BgDfQNZtKdN1WO//KgIqXP7OdEFE4LjFYNcUxZQ4FADY+8=
From: Joe SixPack <joe@football.example.com>
To: Suzie Q <suzie@shopping.example.net>
Subject: Is dinner ready?
Date: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)
Message-ID: <20030712040037.46341.5F8J@football.example.com>

Hi.

We lost the game.  Are you hungry yet?

Joe.
""".replace(b"\n", b"\r\n")
RSA_RECORD = (
    "v=DKIM1; k=rsa; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDkHlOQoBTzWR"
    "iGs5V6NpP3idY6Wk08a5qhdR6wy5bdOKb2jLQiY/J16JYi0Qvx/byYzCNb3W91y3FutAC"
    "DfzwQ/BC/e/8uBsCR+yz1Lxj+PL6lHvqMKrM3rG4hstT5QjvHO9PzoxZyVYLzBfO2EeC3"
    "Ip3G+2kryOTIKT+l/K4w3QIDAQAB"
)
RECORDS = {
    "brisbane._domainkey.football.example.com": ("v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=",),
    "test._domainkey.football.example.com": (RSA_RECORD,),
}
NOW = 1_600_000_000.0


async def published(name: str) -> tuple[str, ...]:
    return RECORDS.get(name, ())


async def judged(raw: bytes) -> list[tuple[Result, str]]:
    return [(one.result, one.why) for one in await dkim.verify(raw, published, NOW)]


async def test_the_mail_of_the_rfc_is_signed_by_both_algorithms() -> None:
    assert await judged(MAIL) == [(Result.PASS, ""), (Result.PASS, "")]


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        (b"We lost", b"We won ", "body_changed"),
        (b"Is dinner ready", b"Is supper ready", "signature"),
        (b"joe@football", b"jim@football", "signature"),
        (b"\r\nSubject:", b"\r\nSubject: Another\r\nSubject:", "signature"),  # a second field, hidden by the first
        (b"bh=2jUS", b"bh=3jUS", "body_changed"),
    ],
)
async def test_what_was_changed_does_not_pass(old: bytes, new: bytes, why: str) -> None:
    assert await judged(MAIL.replace(old, new)) == [(Result.FAIL, why)] * 2


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"Subject: Is dinner", b"SUBJECT:   Is   dinner"),
        (b"lost the game.  Are", b"lost the game. Are"),
        (b"Joe.\r\n", b"Joe.   \r\n\r\n\r\n"),
        (b"\r\n", b"\n"),
        (b"From: Joe", b"Received: from a by b; Fri, 11 Jul 2003 21:01:54 -0700\r\nFrom: Joe"),
    ],
)
async def test_what_mail_servers_do_to_mails_changes_nothing(old: bytes, new: bytes) -> None:
    assert await judged(MAIL.replace(old, new)) == [(Result.PASS, "")] * 2


@pytest.mark.parametrize(
    ("old", "new", "result", "why"),
    [
        (b"s=brisbane", b"s=sydney", Result.PERMERROR, "no_key"),
        (b"a=ed25519-sha256", b"a=ed25519-sha1", Result.PERMERROR, "unknown_algorithm"),
        (b"i=@football", b"i=@eleven.football", Result.FAIL, "signature"),
        (b"i=@football.example.com", b"i=@example.com", Result.PERMERROR, "unreadable"),
        (b"h=from :", b"h=", Result.PERMERROR, "from_not_signed"),
        (b"t=1528637909", b"t=1528637909; x=1528637910", Result.FAIL, "expired"),
        (b"t=1528637909", b"t=1900000000", Result.FAIL, "from_the_future"),
        (b"v=1;", b"v=1; v=1;", Result.PERMERROR, "unreadable"),
        (b"bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;", b"", Result.PERMERROR, "no_bh"),
        (b"t=1528637909", b"l=4", Result.POLICY, "signed_in_part"),
        (b"t=1528637909", b"l=99999", Result.PERMERROR, "length"),
    ],
)
async def test_signatures_that_are_none(old: bytes, new: bytes, result: Result, why: str) -> None:
    first, mark, rest = MAIL.partition(b"DKIM-Signature: v=1; a=rsa")
    raw = first.replace(b": from :", b":").replace(old, new) + mark + rest
    if why == "signature":
        raw = first.replace(old, new) + mark + rest
    assert (await judged(raw))[0] == (result, why)


def test_the_forms_of_the_rfc() -> None:
    """RFC 6376 3.4.5."""
    fields, body = canonical.apart(b"A: X\r\nB : Y\t\r\n\tZ  \r\n\r\n C \r\nD \t E\r\n\r\n\r\n")
    assert b"".join(canonical.field(*one, relaxed=True) for one in fields) == b"a:X\r\nb:Y Z\r\n"
    assert b"".join(canonical.field(*one, relaxed=False) for one in fields) == b"A: X\r\nB : Y\t\r\n\tZ  \r\n"
    assert canonical.body(body, relaxed=True) == b" C\r\nD E\r\n"
    assert canonical.body(body, relaxed=False) == b" C \r\nD \t E\r\n"
    assert canonical.body(b"", relaxed=False) == b"\r\n"
    assert canonical.body(b"", relaxed=True) == b""
