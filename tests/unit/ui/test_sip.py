"""What a page may say to the exchange: as its own agent, with a proof that we make, and nothing else."""

import contextlib
import hashlib
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contactcenter.errors import Refused
from contactcenter.ports import BrowserPhone
from ui.sip import LARGEST, passed_on, proof

PHONE = BrowserPhone("ws://127.0.0.1/ws", "201-web", "a long secret")
ASKED = (
    'Digest algorithm=MD5, username="202-web", realm="asterisk", nonce="n1", uri="sip:x", response="0", '
    'qop=auth, cnonce="c1", nc=00000001'
)


def said(*more: str, method: str = "INVITE", sender: str = "<sip:201-web@x>;tag=1", to: str = "<sip:202@x>") -> str:
    lines = (f"{method} sip:202@x SIP/2.0", "Via: SIP/2.0/WS x;branch=1", f"From: {sender}", f"To: {to}", *more)
    return "\r\n".join(lines) + "\r\n\r\nv=0\r\n"


def md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def test_what_is_right_passes_as_it_is() -> None:
    assert passed_on(said("Content-Type: application/sdp"), PHONE) == said("Content-Type: application/sdp")
    assert passed_on("SIP/2.0 200 OK\r\nFrom: <sip:0701740605@x>\r\n\r\n", PHONE).startswith("SIP/2.0 200")
    assert passed_on("\r\n\r\n", PHONE) == "\r\n\r\n"


@pytest.mark.parametrize(
    "sender", ["<sip:202-web@x>", "<sip:201@x>", '"201-web" <sip:202@x>', "sip:201-webb@x", "<tel:1>"]
)
def test_nobody_begins_as_somebody_else(sender: str) -> None:
    with pytest.raises(Refused) as refusal:
        passed_on(said(sender=sender), PHONE)
    assert refusal.value.code == "sip_somebody_else"


def test_within_a_call_the_exchange_knows_who_it_is() -> None:
    bye = said(method="BYE", sender="<sip:k2j3@y.invalid>;tag=1", to="<sip:0701740605@x>;tag=2")
    assert passed_on(bye, PHONE) == bye


def test_a_tag_in_the_name_is_no_tag() -> None:
    with pytest.raises(Refused):
        passed_on(said(sender="<sip:202-web@x>", to='";tag=1" <sip:202@x;tag=1>'), PHONE)


def test_registering_is_for_oneself_even_with_a_tag() -> None:
    right = said(method="REGISTER", to="<sip:201-web@x>")
    assert passed_on(right, PHONE) == right
    with pytest.raises(Refused):
        passed_on(said(method="REGISTER", to="<sip:202-web@x>;tag=9"), PHONE)
    with pytest.raises(Refused):
        passed_on(said(method="REGISTER", sender="<sip:202-web@x>", to="<sip:201-web@x>;tag=9"), PHONE)


@pytest.mark.parametrize("method", ["REFER", "MESSAGE", "SUBSCRIBE", "NOTIFY", "PUBLISH", "invite", ""])
def test_what_a_browsers_telephone_does_not_say(method: str) -> None:
    with pytest.raises(Refused):
        passed_on(said(method=method), PHONE)


@pytest.mark.parametrize(
    "message",
    [
        said("From: <sip:202-web@x>"),
        said("f: <sip:202-web@x>"),
        said(" folded: on"),
        said("X: a\nFrom: <sip:202-web@x>"),
        said("X: a\rFrom: <sip:202-web@x>"),
        said("no colon"),
        said("X: \0"),
        said().replace("\r\n", "\n"),
        said("X: " + "a" * LARGEST),
    ],
)
def test_what_could_be_read_in_two_ways_is_refused(message: str) -> None:
    with pytest.raises(Refused):
        passed_on(message, PHONE)


@pytest.mark.parametrize(
    "header",
    ["P-Asserted-Identity: <sip:112@x>", "Route: <sip:evil@y>", "Replaces: a;to-tag=b;from-tag=c", "Diversion: x"],
)
def test_who_one_is_and_where_to_is_not_the_pages_to_say(header: str) -> None:
    assert passed_on(said(header), PHONE) == said()


def test_the_proof_is_made_here_whatever_the_page_claims() -> None:
    given_on = passed_on(said(f"Authorization: {ASKED}"), PHONE)
    made = re.findall(r"^Authorization: (.*)$", given_on.replace("\r", ""), re.MULTILINE)
    secret, what = md5("201-web:asterisk:a long secret"), md5("INVITE:sip:x")
    assert len(made) == 1
    assert 'username="201-web"' in made[0]
    assert f'response="{md5(f"{secret}:n1:00000001:c1:auth:{what}")}"' in made[0]
    assert "202-web" not in made[0]
    assert PHONE.password not in given_on


def test_a_proof_without_its_question_is_refused() -> None:
    with pytest.raises(Refused):
        proof("INVITE", 'Digest username="201-web"', PHONE)


@given(st.text(max_size=300))
def test_whatever_a_page_says_is_passed_on_or_refused(text: str) -> None:
    with contextlib.suppress(Refused):
        assert isinstance(passed_on(text, PHONE), str)
