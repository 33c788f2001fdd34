"""SPF, DMARC, ARC and other servers' results, against a name server on loopback."""

import time

import pytest

from channels.email.trust import dkim, judging, macros, results, spf
from channels.email.trust.judging import Verdict
from channels.email.trust.names import Names, NoAnswer
from channels.email.trust.settings import TrustSettings
from tests.fixtures.names import Zone, name_server, text

GATEWAY = TrustSettings.model_validate(
    {"trusted_gateways": ["192.0.2.0/28"], "trusted_authserv_ids": ["mx.solvik.example"]}
)
OWN = TrustSettings.model_validate({"trusted_gateways": ["192.0.2.0/28"], "check_senders": "own"})
ZONE: Zone = {
    ("plain.example", "TXT"): [text("v=spf1 ip4:198.51.100.0/24 ip6:2001:db8::/32 -all")],
    ("hosts.example", "TXT"): [text("v=spf1 a mx/28 ptr:rev.example ?all")],
    ("hosts.example", "A"): ["198.51.100.7"],
    ("hosts.example", "MX"): ["10 mx.hosts.example."],
    ("mx.hosts.example", "A"): ["203.0.113.17"],
    ("9.113.0.203.in-addr.arpa", "PTR"): ["out.rev.example."],
    ("out.rev.example", "A"): ["203.0.113.9"],
    ("including.example", "TXT"): [text("v=spf1 include:plain.example ~all")],
    ("redirected.example", "TXT"): [text("v=spf1 redirect=plain.example")],
    ("macro.example", "TXT"): [text("v=spf1 exists:%{ir}.%{v}._spf.%{d2} -all")],
    ("7.100.51.198.in-addr._spf.macro.example", "A"): ["127.0.0.2"],
    ("loop.example", "TXT"): [text("v=spf1 include:loop.example -all")],
    ("twice.example", "TXT"): [text("v=spf1 -all"), text("v=spf1 +all")],
    ("wrong.example", "TXT"): [text("v=spf1 ip4:999.1.1.1 -all")],
    ("void.example", "TXT"): [text("v=spf1 a:a.void.example a:b.void.example a:c.void.example +all")],
    ("slow.example", "TXT"): [text("v=spf1 a:silent.example -all")],
    ("_dmarc.plain.example", "TXT"): [text("v=DMARC1; p=reject")],
    ("_dmarc.soft.example", "TXT"): [text("v=DMARC1; p=none")],
}


@pytest.mark.parametrize(
    ("address", "sender", "result"),
    [
        ("198.51.100.7", "a@plain.example", "pass"),
        ("2001:db8::1", "a@plain.example", "pass"),
        ("::ffff:198.51.100.7", "a@plain.example", "pass"),
        ("203.0.113.1", "a@plain.example", "fail"),
        ("198.51.100.7", "a@hosts.example", "pass"),
        ("203.0.113.18", "a@hosts.example", "pass"),  # in the exchanger's /28
        ("203.0.113.9", "a@hosts.example", "pass"),
        ("203.0.113.200", "a@hosts.example", "neutral"),
        ("198.51.100.7", "a@including.example", "pass"),
        ("203.0.113.1", "a@including.example", "softfail"),
        ("203.0.113.1", "a@redirected.example", "fail"),
        ("198.51.100.7", "a@macro.example", "pass"),
        ("203.0.113.1", "a@macro.example", "fail"),
        ("203.0.113.1", "a@loop.example", "permerror"),
        ("203.0.113.1", "a@twice.example", "permerror"),
        ("203.0.113.1", "a@wrong.example", "permerror"),
        ("203.0.113.1", "a@void.example", "permerror"),
        ("203.0.113.1", "a@nothing.example", "none"),
        ("imap", "a@plain.example", "none"),
        ("198.51.100.7", "", "pass"),  # the HELO name counts
        ("203.0.113.1", "a@slow.example", "temperror"),
    ],
)
async def test_spf(address: str, sender: str, result: str) -> None:
    async with name_server(ZONE) as server:
        server.silent.add("silent.example")
        found, _ = await spf.check(address, sender, "plain.example", Names(server.place, seconds=0.3))
    assert found == result


async def test_what_was_asked_is_remembered_and_silence_is_not() -> None:
    async with name_server(ZONE) as server:
        names = Names(server.place, seconds=0.2)
        for _ in range(3):
            assert await names.txt("_dmarc.plain.example") == ("v=DMARC1; p=reject",)
            assert await names.txt("nobody.example") == ()
        assert len(server.asked) == 2
        server.silent.add("later.example")
        with pytest.raises(NoAnswer):
            await names.txt("later.example")
        server.silent.clear()
        assert await names.txt("later.example") == ()


def test_macros_of_the_rfc() -> None:
    """RFC 7208 7.4."""
    import ipaddress

    address = ipaddress.ip_address("192.0.2.3")
    for given, wanted in {
        "%{s}": "strong-bad@email.example.com",
        "%{d4}": "email.example.com",
        "%{d1}": "com",
        "%{dr}": "com.example.email",
        "%{d2r}": "example.email",
        "%{l-}": "strong.bad",
        "%{lr-}": "bad.strong",
        "%{l1r-}": "strong",
        "%{ir}.%{v}._spf.%{d2}": "3.2.0.192.in-addr._spf.example.com",
    }.items():
        made = macros.expanded(given, "strong-bad@email.example.com", "email.example.com", address, "h")
        assert made == wanted, given


def mail(*, sender: str = "anna@plain.example", head: str = "") -> bytes:
    return f"{head}From: Anna <{sender}>\r\nTo: bygg@solvik.example\r\nSubject: Hej\r\n\r\nHej!\r\n".encode()


def received(address: str) -> str:
    return f"Received: from out.plain.example (out.plain.example [{address}])\r\n\tby mx.solvik.example; now\r\n"


async def judged(raw: bytes, peer: str, settings: TrustSettings, mail_from: str = "anna@plain.example") -> str:
    about = {"peer": peer, "mail_from": mail_from, "helo": "out.plain.example"}
    sender = raw.partition(b"From: ")[2].partition(b"<")[2].partition(b">")[0].decode()
    async with name_server(ZONE) as server:
        names = Names(server.place, seconds=0.3)
        found = await judging.judge(raw, dkim.bodies(raw), about, sender, settings, names, time.time())
    return f"{found.verdict} {found.why}"


@pytest.mark.parametrize(
    ("peer", "head", "sender", "said"),
    [
        ("198.51.100.7", "", "anna@plain.example", "confirmed dmarc"),
        ("203.0.113.1", "", "anna@plain.example", "forged policy"),
        ("203.0.113.1", "", "anna@soft.example", "unconfirmed no_proof"),
        ("203.0.113.1", "", "anna@nothing.example", "unconfirmed no_proof"),
        ("192.0.2.1", received("198.51.100.7"), "anna@plain.example", "confirmed dmarc"),
        ("192.0.2.1", received("203.0.113.1"), "anna@plain.example", "forged policy"),
        ("192.0.2.1", received("192.0.2.2") + received("198.51.100.7"), "anna@plain.example", "confirmed dmarc"),
        ("203.0.113.1", received("198.51.100.7"), "anna@plain.example", "forged policy"),  # anybody can write that
        ("198.51.100.7", "From: b@other.example\r\n", "anna@plain.example", "unconfirmed several_senders"),
    ],
)
async def test_a_verdict_of_our_own(peer: str, head: str, sender: str, said: str) -> None:
    assert await judged(mail(sender=sender, head=head), peer, OWN) == said


PASSED = "Authentication-Results: {id}; dmarc=pass (p=reject) header.from=plain.example\r\n"


@pytest.mark.parametrize(
    ("peer", "head", "said"),
    [
        ("192.0.2.1", PASSED.format(id="mx.solvik.example"), "confirmed dmarc"),
        ("imap", PASSED.format(id="mx.solvik.example"), "confirmed dmarc"),
        ("203.0.113.1", PASSED.format(id="mx.solvik.example"), "unconfirmed not_checked"),
        ("192.0.2.1", PASSED.format(id="mx.forger.example"), "unconfirmed not_checked"),
        (
            "192.0.2.1",
            "Authentication-Results: mx.solvik.example; spf=fail smtp.mailfrom=x.example; dmarc=fail\r\n"
            " policy.dmarc=reject\r\n" + received("203.0.113.1") + PASSED.format(id="mx.solvik.example"),
            "forged policy",
        ),
        (
            "192.0.2.1",
            "Authentication-Results: mx.solvik.example; dkim=pass header.d=mail.plain.example; dmarc=none\r\n",
            "confirmed aligned",
        ),
        (
            "192.0.2.1",
            "Authentication-Results: mx.solvik.example; dkim=pass header.d=other.example; spf=none\r\n",
            "unconfirmed no_proof",
        ),
    ],
)
async def test_what_the_server_before_us_wrote(peer: str, head: str, said: str) -> None:
    assert await judged(mail(head=head), peer, GATEWAY) == said


async def test_a_silent_dns_says_nothing_about_anybody() -> None:
    about = {"peer": "203.0.113.1", "mail_from": "anna@plain.example", "helo": "x"}
    async with name_server(ZONE) as server:
        server.silent.update({"plain.example", "_dmarc.plain.example"})
        names = Names(server.place, seconds=0.2)
        found = await judging.judge(mail(), {}, about, "anna@plain.example", OWN, names, 0.0)
    assert (found.verdict, found.why) == (Verdict.UNCONFIRMED, "no_answer")


@pytest.mark.parametrize(
    ("value", "method", "wanted"),
    [
        ("a.example 1; spf=pass smtp.mailfrom=b.example", "spf", {"result": "pass", "smtp.mailfrom": "b.example"}),
        ('a.example; dkim=fail (bad; key=x) header.d="c.example"', "dkim", {"result": "fail", "header.d": "c.example"}),
        ("a.example;\r\n dmarc = pass header.from=d.example", "dmarc", {"result": "pass", "header.from": "d.example"}),
    ],
)
def test_reading_results(value: str, method: str, wanted: dict[str, str]) -> None:
    assert results.read(value) == ("a.example", {method: [wanted]})


def test_reading_results_that_are_none() -> None:
    for value in ("", ";;;", "a.example; none", "((((", "a b c", "a;b=;=c;" * 900):
        results.read(value)


def test_verdicts_are_the_words_that_the_console_knows() -> None:
    assert [one.value for one in Verdict] == ["confirmed", "unconfirmed", "forged"]
