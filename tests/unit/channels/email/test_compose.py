"""What we write ourselves: proper mail, and no field that can become two."""

from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.email.compose import compose
from contactcenter import tokens
from tests.fixtures.store import NOW

GOOD: dict[str, Any] = {
    "sender": "bygg@solvik.example", "sender_name": "Bygg och miljö", "to": ["eva@citizen.example"],
    "subject": "Sv: Altan på Åsvägen", "text": "Hej Eva!\n\nJa.", "case_number": "KC-2026-000001",
    "message_id": "<2@solvik.example>", "in_reply_to": "<1@citizen.example>",
    "references": ["<0@citizen.example>", "<1@citizen.example>"], "attachments": [], "automatic": False, "now": NOW,
}  # fmt: skip
FIELDS = {
    "from", "to", "subject", "date", "message-id", "in-reply-to", "references", "reply-to", "mime-version",
    "content-type", "auto-submitted", "x-auto-response-suppress", "content-transfer-encoding",
}  # fmt: skip
ENCODED = "?=\r\n =?utf-8?q?=0D=0AX-Evil:_1?="
"""Line breaks inside an encoded word: the library decodes it when a field is set."""
NASTY = st.text(alphabet='ab\r\n\x00\x0b\x0c\x1c\x85\u2028\ud800åé: <>@,;"\\=?', max_size=60)


def read(raw: bytes) -> EmailMessage:
    found = message_from_bytes(raw, policy=policy.default)
    assert isinstance(found, EmailMessage)
    return found


def test_a_mail_has_what_threading_and_answering_need() -> None:
    sent = read(compose(**GOOD))
    assert sent["From"] == "Bygg och miljö <bygg@solvik.example>"
    assert sent["Subject"] == "Sv: Altan på Åsvägen"
    assert sent["Message-ID"] == "<2@solvik.example>"
    assert sent["In-Reply-To"] == "<1@citizen.example>"
    assert sent["References"].split() == ["<0@citizen.example>", "<1@citizen.example>"]
    assert sent["Reply-To"].addresses[0].addr_spec == tokens.plus_address("bygg@solvik.example", "KC-2026-000001")
    assert sent["Date"].datetime == NOW
    assert sent["Auto-Submitted"] is None
    assert [part.get_content_type() for part in sent.walk()] == ["multipart/alternative", "text/plain", "text/html"]


def test_a_receipt_says_that_it_is_automatic() -> None:
    sent = read(compose(**(GOOD | {"automatic": True})))
    assert (sent["Auto-Submitted"], sent["X-Auto-Response-Suppress"]) == ("auto-replied", "All")


def test_attachments_keep_name_kind_and_bytes() -> None:
    attachments = [
        ("ritning över åsen.pdf", "application/pdf", b"%PDF"), ("x.txt", "text/plain", b"\xff\x00rad\r\n" * 500),
        ("mejl.eml", "message/rfc822", b"Subject: x\r\n\r\n"), ("", "nonsense\r\nBcc: x", b"?"),
    ]  # fmt: skip
    sent = read(compose(**(GOOD | {"attachments": attachments})))
    found = [(part.get_filename(), part.get_payload(decode=True)) for part in sent.iter_attachments()]
    assert found == [(name or "bilaga", data) for name, _, data in attachments]
    kinds = [part.get_content_type() for part in sent.iter_attachments()]
    assert kinds == ["application/pdf", "text/plain", "application/octet-stream", "application/octet-stream"]


@pytest.mark.parametrize("length", [70, 200, 700])
def test_long_message_ids_are_not_broken(length: int) -> None:
    name = f"<{'x' * length}@citizen.example>"
    raw = compose(**(GOOD | {"in_reply_to": name, "references": [name] * 30}))
    assert raw.count(name.encode()) == 21
    assert max(map(len, raw.split(b"\r\n"))) <= 998


def test_only_seven_bits_and_short_lines_go_on_the_wire() -> None:
    text = "å" * 3000 + "\n.\nFrom here\n" + "x" * 2000
    raw = compose(**(GOOD | {"text": text}))
    assert raw.isascii()
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    body = read(raw).get_body(("plain",))
    assert body is not None
    assert body.get_content().replace("\r\n", "\n").rstrip("\n") == text


def test_domains_in_other_scripts_are_written_as_the_dns_does() -> None:
    sent = compose(**(GOOD | {"to": ["info@åre.example"]}))
    assert b"To: info@" + "åre".encode("idna") + b".example\r\n" in sent


@settings(deadline=None)
@given(
    st.fixed_dictionaries({
        "sender_name": NASTY, "subject": NASTY, "message_id": NASTY, "in_reply_to": NASTY, "text": NASTY,
        "references": st.lists(NASTY, max_size=3),
        "attachments": st.lists(st.tuples(NASTY, NASTY, st.binary(max_size=10)), max_size=2),
    }),
    st.sampled_from(["", "\r\nBcc: evil@evil.example\r\n\r\nbody", "\nX-Evil: 1", "\rX-Evil: 1", ENCODED]),
)  # fmt: skip
def test_no_field_can_add_a_header(fields: dict[str, Any], tail: str) -> None:
    spiked = {
        name: value + tail
        if isinstance(value, str)
        else [one + tail for one in value]
        if name == "references"
        else value
        for name, value in fields.items()
    }
    raw = compose(**(GOOD | spiked))
    head = raw.partition(b"\r\n\r\n")[0]
    assert b"\n" not in head.replace(b"\r\n", b"")
    assert b"\r" not in head.replace(b"\r\n", b"")
    names = [line.partition(b":")[0].decode().lower() for line in head.split(b"\r\n") if line[:1] not in b" \t"]
    assert set(names) <= FIELDS
    assert len(names) == len(set(names))
    assert read(raw)["To"] == "eva@citizen.example"


@pytest.mark.parametrize("text", ["", "\ud800 lone", "nul\x00", "\u2028"])
def test_odd_texts_are_sent(text: str) -> None:
    read(compose(**(GOOD | {"text": text, "now": datetime(2026, 1, 1, tzinfo=UTC)})))
