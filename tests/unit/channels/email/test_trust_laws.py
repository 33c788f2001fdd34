"""Whatever stands in a mail, judging it ends, raises nothing and finds no more than it may."""

from hypothesis import given, settings
from hypothesis import strategies as some

from channels.email.trust import arc, canonical, dkim, dmarc, judging, lookalike, results, spam
from channels.email.trust.judging import Verdict
from channels.email.trust.lookalike import Known
from channels.email.trust.settings import TrustSettings

OWN = TrustSettings.model_validate(
    {"trusted_gateways": ["192.0.2.0/24"], "trusted_authserv_ids": ["mx.solvik.example"]}
)
PIECES = some.sampled_from(
    [b"DKIM-Signature: ", b"ARC-Seal: i=1; ", b"ARC-Message-Signature: i=1;", b"ARC-Authentication-Results: i=1;",
     b"v=1; a=rsa-sha256; d=", b"s=;", b"bh=;", b"b=", b"h=from:from", b"l=5;", b"c=relaxed", b"\r\n", b"\n", b"\r",
     b"\r\n\r\n", b"From: ", b"Received: from x ([192.0.2.1])", b"Authentication-Results: mx.solvik.example; dkim=",
     b"\xff", b"\0", "ö".encode(), b"a@b.example", b"...", b";;", b"=", b"(", b'"']
)  # fmt: skip
MAILS = some.lists(some.one_of(PIECES, some.binary(max_size=30)), max_size=40).map(b"".join)


async def nothing(_name: str) -> tuple[str, ...]:
    return ("v=DKIM1; p=", "p=AAAA")


@given(raw=MAILS)
@settings(max_examples=300, deadline=None)
async def test_hostile_mail_is_judged(raw: bytes) -> None:
    for one in await dkim.verify(raw, nothing, 0.0):
        assert one.result is not dkim.Result.PASS
    assert (await arc.verify(raw, nothing)).result != "pass"
    judging.came(raw, {"peer": "192.0.2.1"}, OWN)
    found = results.trusted(canonical.apart(raw)[0], frozenset({"mx.solvik.example"}))
    assert judging.conclude(found, "b.example").verdict is not Verdict.FORGED
    spam.said(canonical.apart(judging.head_of(raw))[0], ("X-Spam-Flag: YES", "X-Level >= 5"))


@given(some.text(max_size=300), some.text(max_size=80), some.text(max_size=80))
@settings(max_examples=300, deadline=None)
def test_any_names_are_compared(domain: str, name: str, other: str) -> None:
    dmarc.organisational(domain)
    dmarc.aligned(domain, other)
    lookalike.warnings(
        f"a@{domain}", name, f"b@{other}", Known(frozenset({"solvik.example", domain}), frozenset({name}))
    )
