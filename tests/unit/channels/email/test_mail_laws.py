"""Laws of reading: nothing raises, everything can be stored and sent, and what was written is what is read."""

import json
from datetime import UTC, datetime, timedelta, timezone
from email.header import Header
from email.message import EmailMessage
from email.utils import format_datetime, formataddr

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.email import (
    addresses,
    charsets,
    cms,
    dates,
    encodings,
    invitations,
    message,
    names,
    parameters,
    rtf,
    tnef,
    uuencoded,
    view,
    words,
)
from contactcenter import tokens
from tests.unit.channels.email import hostile, test_containers, test_fields, test_parts

tokens.use_secret(b"s" * 32)
PIECES = [
    b"\r\n", b"\n", b"\r", b"\r\n\r\n", b"--b", b"--b--", b"--b\r\n", b"Content-Type: ", b"multipart/mixed; boundary=b",
    b'multipart/alternative; boundary="b"', b"text/html", b"text/plain; charset=", b"utf-7", b"iso-2022-jp",
    b"message/rfc822",
    b"Content-Transfer-Encoding: base64\r\n", b"Content-Transfer-Encoding: quoted-printable\r\n", b"=?utf-8?Q?",
    b"?=", b"=C3",
    b"From: ", b"To: ", b"Subject: ", b"Date: ", b"References: ", b"Content-Disposition: attachment; filename",
    b"*0*=", b'="',
    b"<", b">", b"@", b",", b";", b":", b"(", b")", b'"', b"\\", b"\x00", b"\xed\xa0\x80", b"\xff\xfe",
    b"\x1b$B", b"begin 644 a\n",
    b"\x78\x9f\x3e\x22", b"application/ms-tnef", b"application/pkcs7-mime", b"\x30\x80", b"text/calendar",
    b"BEGIN:VEVENT\n",
    b"From x\n", b" ", b"\t", b"A", b"eva@x.example", "å😀".encode(), "å".encode("latin-1"), b"=", b"+AOU-", b"'",
    b"%", b"utf-8''",
]  # fmt: skip
WILD = st.lists(st.sampled_from(PIECES) | st.binary(max_size=6), max_size=80).map(b"".join)
TEXT = st.text(st.characters(blacklist_categories=("Cs", "Cc", "Cf", "Zl", "Zp", "Cn", "Co")), max_size=40)
HOSTILE = hostile.shapes(0.02)
KNOWN = [
    *((test_parts.HEAD + shape[0]).encode() for shape in test_parts.SHAPES.values()),
    *(b"From: a@b.example\r\nSubject: " + written + b"\r\n\r\nHej" for written, _ in test_fields.SUBJECTS.values()),
    *(f"From: {written}\r\n\r\nHej".encode() for written, _ in test_fields.ADDRESSES),
    *(test_containers.HEAD + b"Content-Type: application/ms-tnef\r\n\r\n" + test_containers.packed(body)
      for body in test_containers.BODIES),
    test_containers.HEAD + b"Content-Type: application/pkcs7-mime\r\n\r\n" + test_containers.signed(indefinite=True),
]  # fmt: skip
MOMENTS = st.integers(0, 4_000_000_000).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))
SHOWN = TEXT.map(lambda text: " ".join(text.split()))


def storable(value: object) -> None:
    json.dumps(value, ensure_ascii=False).encode("utf-8")
    assert "\\u0000" not in json.dumps(value, ensure_ascii=False)


@settings(max_examples=600, deadline=None)
@given(WILD | st.binary(max_size=2000))
def test_whatever_comes_is_read_and_can_be_stored(raw: bytes) -> None:
    storable(view.view(raw))


@pytest.mark.parametrize("name", HOSTILE)
def test_what_nobody_means_is_read_too(name: str) -> None:
    """How long it takes: benchmarks/mail_hostile.py."""
    storable(view.view(HOSTILE[name]))


@settings(max_examples=300, deadline=None)
@given(
    WILD,
    st.sampled_from(["utf-8", "x-nobody", "utf-7", "iso-2022-jp", "koi8-r", "utf-16", "big5", "hz", "cp1252", "\0"]),
)
def test_no_piece_raises(raw: bytes, label: str) -> None:
    text = raw.decode("utf-8", "surrogateescape")
    storable(
        [charsets.decoded(raw, label, "gb2312"), names.harmless(text), words.decoded(charsets.decoded(raw, label))]
    )
    storable([list(box) for box in addresses.parsed(raw, label)])
    dates.parsed(text)
    parameters.parsed(text, label)
    uuencoded.split(raw)
    invitations.read(text)
    cms.signed_content(raw)
    cms.is_enveloped(raw)
    tnef.read(b"\x78\x9f\x3e\x22\0\0" + raw)
    rtf.read(raw)
    rtf.unpacked(raw)
    for encoding in ("base64", "quoted-printable", "uuencode", text):
        encodings.decoded(raw, encoding, is_text=True)


@settings(max_examples=200, deadline=None)
@given(SHOWN, SHOWN, st.lists(st.tuples(SHOWN, st.binary(max_size=200)), max_size=3), SHOWN)
def test_what_the_standard_library_writes_is_what_we_read(
    subject: str, name: str, attached: list[tuple[str, bytes]], body: str
) -> None:
    made = EmailMessage()
    made["From"] = formataddr((name.replace("\\", ""), "eva@citizen.example"))
    made.set_content(body)
    for title, data in attached:
        made.add_attachment(data, maintype="application", subtype="x-a", filename=title)
    title_line = f"Subject: {Header(subject, 'utf-8').encode()}\n".encode()
    content = message.read(title_line + made.as_bytes())
    assert content.text("subject") == " ".join(subject.split())
    assert content.mailboxes("From")[0].address == "eva@citizen.example"
    assert [file.content for file in content.bodies.files] == [data for _, data in attached]
    for (title, _), file in zip(attached, content.bodies.files, strict=True):
        assert file.name == names.harmless(title) or not names.harmless(title)
    assert " ".join(content.bodies.of("plain")).strip() == body.strip()


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.tuples(SHOWN, st.from_regex(r"\A[a-z0-9]{1,9}(\.[a-z0-9]{1,5})?@[a-z]{1,9}\.example\Z")), max_size=6)
)
def test_people_as_they_were_written(people: list[tuple[str, str]]) -> None:
    written = ", ".join(
        '"{}" <{}>'.format(name.replace("\\", "\\\\").replace('"', '\\"'), address) for name, address in people
    )
    read = [tuple(box) for box in addresses.parsed(written.encode())]
    if not any("=?" in name or "<" in name or name[:1] == name[-1:] == '"' for name, _ in people):
        assert read == people


@given(MOMENTS, st.integers(-840, 840))
def test_dates_come_back(moment: datetime, minutes: int) -> None:
    there = moment.astimezone(timezone(timedelta(minutes=minutes)))
    assert dates.parsed(format_datetime(there)) == moment


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(KNOWN),
    st.lists(st.tuples(st.integers(0, 4000), st.sampled_from(PIECES), st.booleans()), max_size=8),
)
def test_damaged_mails_are_read_too(raw: bytes, damage: list[tuple[int, bytes, bool]]) -> None:
    for place, piece, replaces in damage:
        at = place % (len(raw) + 1)
        raw = raw[:at] + piece + raw[at + (len(piece) if replaces else 0) :]
    storable(view.view(raw))
