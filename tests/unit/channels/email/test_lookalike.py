"""Senders made to be taken for others; and the many that are like nobody but themselves."""

import pytest

from channels.email.trust.lookalike import How, Known, like, plain, warnings

KNOWN = Known(
    frozenset({"solvik.example", "sparkassan.example", "malmberga.se"}),
    frozenset({plain("Anna Handläggare"), plain("Byggkontoret i Solvik")}),
)


@pytest.mark.parametrize(
    ("domain", "other", "how"),
    [
        ("solvik.com", "solvik.example", How.ENDING),
        ("so1vik.example", "solvik.example", How.LETTERS),
        ("soivik.example", "solvik.example", How.LETTERS),
        ("s0lvik.example", "solvik.example", How.LETTERS),
        ("soIvik.example".lower(), "solvik.example", How.LETTERS),
        ("sоlvik.example".encode("idna").decode(), "solvik.example", How.LETTERS),  # a Cyrillic o
        ("sölvik.example".encode("idna").decode(), "solvik.example", How.LETTERS),
        ("malrnberga.se", "malmberga.se", How.LETTERS),
        ("solviik.example", "solvik.example", How.SPELLING),
        ("slovik.example", "solvik.example", How.SPELLING),
        ("solvk.example", "solvik.example", How.SPELLING),
        ("solvig.example", "solvik.example", How.SPELLING),
        ("solvik-kommun.com", "solvik.example", How.WORDS),
        ("login-solvik.example", "solvik.example", How.WORDS),
        ("solvikskommun.se", "solvik.example", How.WORDS),
        ("solvik.example.forger.com", "solvik.example", How.BEFORE),
        ("mail.solvik-login.se", "solvik.example", How.WORDS),
    ],
)
def test_domains_that_could_be_taken_for_ours(domain: str, other: str, how: How) -> None:
    assert like(domain, KNOWN.domains) == (other, how)


@pytest.mark.parametrize(
    "domain",
    [
        "solvikssimklubb.example",
        "solvik-if.se",
        "gmail.com",
        "outlook.com",
        "hotmail.se",
        "telia.com",
        "elvik.example",
        "silvia.se",
        "sparkassa.test",
        "malmo.se",
        "tveby.example",
        "xn--4ca.se",
    ],
)
def test_domains_like_nobody_elses(domain: str) -> None:
    assert like(domain, {"solvik.example"}) is None


def codes(sender: str, name: str = "", reply_to: str = "", *, elsewhere: bool = False) -> list[str]:
    return [one.code for one in warnings(sender, name, reply_to, KNOWN, elsewhere=elsewhere)]


@pytest.mark.parametrize(
    ("sender", "name", "reply_to", "wanted"),
    [
        ("eva@citizen.example", "Eva Medborgare", "", []),
        ("eva@citizen.example", "Eva Medborgare", "eva@mail.citizen.example", []),
        ("anna@solvik.example", "Anna Handläggare", "", []),
        ("anna@skola.solvik.example", "Handläggare, Anna", "", []),
        ("boss@citizen.example", "Anna Handläggare", "", ["name_of_ours"]),
        ("boss@citizen.example", "HANDLÄGGARE, Anna", "", ["name_of_ours"]),
        ("x@forger.test", "anna@solvik.example", "", ["name_has_address"]),
        ("eva@citizen.example", "eva@citizen.example", "", []),
        ("eva@citizen.example", "", "eva@elsewhere.test", ["reply_elsewhere"]),
        (
            "anna@so1vik.example",
            "Anna Handläggare",
            "a@forger.test",
            ["domain_like", "name_of_ours", "reply_elsewhere"],
        ),
        ("", "", "", []),
    ],
)
def test_warnings(sender: str, name: str, reply_to: str, wanted: list[str]) -> None:
    assert codes(sender, name, reply_to) == wanted


def test_a_list_answers_elsewhere() -> None:
    assert codes("list@citizen.example", reply_to="eva@elsewhere.test", elsewhere=True) == []


def test_a_domain_with_letters_of_another_script_is_shown_as_the_dns_writes_it() -> None:
    (warning,) = warnings("a@" + "sоlvik.example".encode("idna").decode(), "", "", KNOWN)
    assert warning.found.startswith("xn--")
    (warning,) = warnings("a@" + "sölvik.example".encode("idna").decode(), "", "", KNOWN)
    assert warning.found == "sölvik.example"
