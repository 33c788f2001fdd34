"""Bodies as they occur: multiparts, transfer encodings, charsets, containers. All made here, all invented."""

import base64
import binascii

import pytest

from channels.email import message
from channels.email.bodies import Attached
from contactcenter import tokens

HEAD = "From: Eva Ek <eva@citizen.example>\r\nSubject: Altan\r\nMIME-Version: 1.0\r\n"


@pytest.fixture(autouse=True)
def _secret() -> None:
    tokens.use_secret(b"s" * 32)


def parse(raw: bytes | str) -> message.Parsed:
    data = raw.encode("utf-8", "surrogateescape") if isinstance(raw, str) else raw
    return message.parse(data, "eva@citizen.example", [])


def multipart(*parts: str, kind: str = "mixed", boundary: str = "b", end: str = "--b--\r\n") -> str:
    return (
        f"Content-Type: multipart/{kind}; boundary={boundary}\r\n\r\n"
        + "".join(f"--b\r\n{part}\r\n" for part in parts)
        + end
    )


def files(parsed: message.Parsed) -> list[tuple[str, str, bytes]]:
    return [(one.name, one.media_type, one.content) for one in parsed.attachments]


PLAIN = "Content-Type: text/plain\r\n\r\nHej"
HTML = "Content-Type: text/html\r\n\r\n<p>Hej <b>du</b></p>"
PDF = 'Content-Type: application/pdf; name="a.pdf"\r\nContent-Disposition: attachment; filename="a.pdf"\r\n\r\n%PDF'
ONE_PDF = [("a.pdf", "application/pdf", b"%PDF")]

SHAPES = {
    "as it should be": (multipart(PLAIN, PDF), "Hej", ONE_PDF),
    "no final boundary": (multipart(PLAIN, PDF, end=""), "Hej", [("a.pdf", "application/pdf", b"%PDF\r\n")]),
    "preamble and epilogue": (multipart(PLAIN, PDF).replace("\r\n\r\n--b",
    "\r\n\r\nA MIME message\r\n--b", 1) + "bye", "Hej", ONE_PDF),
    "boundary quoted": (multipart(PLAIN, PDF, boundary='"b"'), "Hej", ONE_PDF),
    "white space after boundary": (multipart(PLAIN, PDF).replace("--b\r\n", "--b \t\r\n"), "Hej", ONE_PDF),
    "wrong boundary": (multipart(PLAIN, PDF, boundary="other"), "Hej", ONE_PDF),
    "no boundary parameter": (multipart(PLAIN, PDF).replace("; boundary=b", ""), "Hej", ONE_PDF),
    "semicolon missing": (multipart(PLAIN, PDF).replace("mixed;", "mixed"), "Hej", ONE_PDF),
    "bare LF": (multipart(PLAIN, PDF).replace("\r\n", "\n"), "Hej", ONE_PDF),
    "parts after the end": (multipart(PLAIN) + multipart(PDF).partition("\r\n\r\n")[2], "Hej", ONE_PDF),
    "no parts": ("Content-Type: multipart/mixed; boundary=b\r\n\r\nHej", "Hej", []),
    "no parts but an end": ("Content-Type: multipart/mixed; boundary=b\r\n\r\nHej\r\n--b--\r\n", "Hej\n--b--", []),
    "empty": ("Content-Type: multipart/mixed; boundary=b\r\n\r\n", "", []),
    "part without header": (multipart("\r\nHej", PDF), "Hej", ONE_PDF),
    "base64 on the multipart": (multipart(PLAIN, PDF).replace("Content-Type",
    "Content-Transfer-Encoding: base64\r\nContent-Type", 1), "Hej", ONE_PDF),
    "two texts": (multipart(PLAIN, "Content-Type: text/plain\r\n\r\ndu"), "Hej\n\ndu", []),
    "text then markup with the same words": (multipart("\r\nHej du", HTML), "Hej du", []),
    "markup then footer": (multipart(HTML, "\r\nSent by a list"), "Hej du\n\nSent by a list", []),
    "markup alone": (HTML, "Hej du", []),
    "text as attachment": (multipart(PLAIN,
    "Content-Type: text/plain\r\nContent-Disposition: attachment; filename=b.txt\r\n\r\nx"), "Hej", [("b.txt",
    "text/plain", b"x")]),
    "inline text with a name": (multipart(PLAIN,
    "Content-Type: text/plain; name=b.txt\r\nContent-Disposition: inline\r\n\r\nx"), "Hej", [("b.txt",
    "text/plain", b"x")]),
    "the body has a name": (multipart("Content-Type: text/plain; name=body.txt\r\n\r\nHej", PDF), "Hej", ONE_PDF),
    "octet stream with a name": (multipart(PLAIN, "Content-Type: application/octet-stream; name=x.bin\r\n\r\n1"),
    "Hej", [("x.bin", "application/octet-stream", b"1")]),
    "garbage as type": ("Content-Type: text\r\n\r\nHej", "Hej", []),
    "type with nothing": ("Content-Type: \r\n\r\nHej", "Hej", []),
    "type with semicolon": ("Content-Type: text/plain;\r\n\r\nHej", "Hej", []),
    "digest": (multipart("\r\nSubject: Inre\r\n\r\nHej", kind="digest"), "", [("Inre.eml", "message/rfc822",
    b"Subject: Inre\r\n\r\nHej")]),
}  # fmt: skip


@pytest.mark.parametrize("case", SHAPES)
def test_shapes(case: str) -> None:
    raw, text, attached = SHAPES[case]
    parsed = parse(HEAD + raw)
    assert (parsed.text, files(parsed)) == (text, attached)


def test_bare_carriage_returns() -> None:
    parsed = parse((HEAD + multipart(PLAIN, PDF)).replace("\r\n", "\r"))
    assert (parsed.subject, parsed.text, files(parsed)) == ("Altan", "Hej", ONE_PDF)


def test_boundaries_that_begin_alike() -> None:
    inner = multipart(PLAIN, HTML, kind="alternative").replace("=b", "=b-1").replace("--b", "--b-1")
    parsed = parse(HEAD + multipart(inner, PDF))
    assert (parsed.text, files(parsed)) == ("Hej", ONE_PDF)
    assert "<b>du</b>" in parsed.html


TOPS = {
    "mbox line": ("From eva@x.example Tue Mar  3 10:12:13 2026\r\nSubject: A\r\n\r\nHej", "A", "Hej"),
    "blank lines before": ("\r\n\r\nSubject: A\r\n\r\nHej", "A", "Hej"),
    "mark of UTF-8": ("\ufeffSubject: A\r\n\r\nHej", "A", "Hej"),
    "space before the colon": ("Subject : A\r\n\r\nHej", "A", "Hej"),
    "line without colon": ("X-A: b\r\nnonsense\r\nSubject: A\r\n\r\nHej", "A", "Hej"),
    "no empty line": ("Subject: A\r\nHej på dig", "A", "Hej på dig"),
    "two subjects": ("Subject: A\r\nSubject: B\r\n\r\nHej", "A", "Hej"),
    "empty subject first": ("Subject:\r\nSubject: B\r\n\r\nHej", "B", "Hej"),
    "header alone": ("Subject: A", "A", ""),
    "header and line break": ("Subject: A\r\n", "A", ""),
    "nothing": ("", "", ""),
    "only a body": ("\r\nHej", "", "Hej"),
    "white line in the header": ("X-A: b\r\n \r\nSubject: A\r\n\r\nHej", "A", "Hej"),
    "continued at once": (" continued\r\nSubject: A\r\n\r\nHej", "", "continued\nSubject: A\n\nHej"),
    "indented": (" Subject: A\r\n\r\nHej", "A", "Hej"),
    "upper case": ("SUBJECT: A\r\n\r\nHej", "A", "Hej"),
}  # fmt: skip


@pytest.mark.parametrize("case", TOPS)
def test_tops(case: str) -> None:
    raw, subject, text = TOPS[case]
    parsed = parse(raw)
    assert (parsed.subject, parsed.text.strip()) == (subject, text)


ENCODINGS = {
    "base64": ("base64", b"SGVqIGR1", b"Hej du"),
    "upper case": ("BASE64", b"SGVqIGR1", b"Hej du"),
    "semicolon": ("base64;", b"SGVqIGR1", b"Hej du"),
    "no padding": ("base64", b"SGVqIGR1IQ", b"Hej du!"),
    "noise": ("base64", b"SGVq!IGR1\x00\x80", b"Hej du"),
    "one sign too many": ("base64", b"SGVqIGR1I", b"Hej du"),
    "padding within": ("base64", b"SGVqIA==\r\nZHU=", b"Hej du"),
    "lines": ("base64", b"SGVq\r\nIGR1\r\n", b"Hej du"),
    "empty base64": ("base64", b"", b""),
    "quoted-printable": ("quoted-printable", b"Hej=20du=\r\n!", b"Hej du!"),
    "lower hex": ("quoted-printable", b"=c3=a5", "å".encode()),
    "bad hex": ("quoted-printable", b"1=XX 2=", b"1=XX 2"),
    "soft break with space": ("quoted-printable", b"Hej= \r\n du", b"Hej du"),
    "bare LF soft break": ("Quoted-Printable", b"Hej=\n du", b"Hej du"),
    "quoted printable": ("quoted printable", b"=48ej", b"Hej"),
    "two equals signs": ("quoted-printable", b"a==3Db", b"a==b"),
    "spaces at the end": ("quoted-printable", b"Hej  \r\ndu", b"Hej\r\ndu"),
    "7bit": ("7bit", b"Hej=20", b"Hej=20"),
    "binary": ("binary", bytes(range(256)), bytes(range(256))),
    "nonsense": ("x-nobody", b"Hej=20", b"Hej=20"),
    "uuencode": ("x-uuencode", b"begin 644 a\r\n&2&5J(&1U\r\n`\r\nend\r\n", b"Hej du"),
    "uue without frame": ("uuencode", b"&2&5J(&1U\r\n`\r\n", b"Hej du"),
}  # fmt: skip


@pytest.mark.parametrize("case", ENCODINGS)
def test_transfer_encodings(case: str) -> None:
    label, body, expected = ENCODINGS[case]
    raw = f"Content-Type: application/x-a; name=a\r\nContent-Transfer-Encoding: {label}\r\n\r\n".encode() + body
    assert [one.content for one in parse(HEAD.encode() + raw).attachments] == [expected]


def test_a_label_that_cannot_be_right_is_not_followed() -> None:
    raw = HEAD + "Content-Transfer-Encoding: base64\r\n\r\n"
    assert parse(raw + "Hej, detta är vanlig text.").text == "Hej, detta är vanlig text."
    body = base64.b64encode(b"Hej du").decode()
    assert parse(f"{raw}{body}\r\n\r\n-- \r\nSent by a list, see its page").text.split() == (
        ["Hej", "du", "--", "Sent", "by", "a", "list,", "see", "its", "page"]
    )


NAMES = [
    ("../../etc/passwd", "passwd"), ("C:\\\\mapp\\\\a.pdf", "a.pdf"), ("a\x00b.pdf", "ab.pdf"), ("a\tb.pdf", "a b.pdf"),
    ("foto\u202egpj.exe", "fotogpj.exe"), ("Vad?.pdf", "Vad?.pdf"), ("a:b.pdf", "a:b.pdf"), (".htaccess", ".htaccess"),
    ("..", "bilaga-1.pdf"), ("a.pdf. ", "a.pdf"), ("x" * 300 + ".pdf", "x" * 196 + ".pdf"), ("å 😀.pdf", "å 😀.pdf"),
    ("a\u0308.pdf", "a\u0308.pdf"), ("/", "bilaga-1.pdf"),
]  # fmt: skip


@pytest.mark.parametrize(("given", "shown"), NAMES)
def test_names_are_harmless_and_not_mangled(given: str, shown: str) -> None:
    raw = f'{HEAD}Content-Type: application/pdf\r\nContent-Disposition: attachment; filename="{given}"\r\n\r\n%PDF'
    assert [one.name for one in parse(raw).attachments] == [shown]


def test_a_forwarded_mail_keeps_its_own_bytes() -> None:
    inner = b"Subject: =?utf-8?q?G=C3=A5ng?=\r\nX-Odd:   two  \r\n\tfolds\r\n\r\nFrom here\r\n--b is no boundary\r\n"
    raw = HEAD.encode() + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nHej\r\n--b\r\n"
    raw += b"Content-Type: message/rfc822\r\n\r\n" + inner + b"\r\n--b--\r\n"
    assert parse(raw).attachments == (Attached("Gång.eml", "message/rfc822", inner, "attachment", "", named=False),)


def test_a_file_within_the_text() -> None:
    line = binascii.b2a_uu(b"Hej du").decode()
    parsed = parse(f"{HEAD}\r\nSe filen.\r\nbegin 644 lista å.txt\r\n{line}`\r\nend\r\nEva\r\n")
    assert parsed.text.split() == ["Se", "filen.", "Eva"]
    assert files(parsed) == [("lista å.txt", "application/octet-stream", b"Hej du")]
    assert parse(f"{HEAD}\r\nbegin 644 things and\r\nbegin again\r\n").attachments == ()


def test_an_invitation_is_shown_as_one() -> None:
    event = (
        "BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\n"
        "SUMMARY:Samråd om\r\n  torget\\, del 2\r\nLOCATION:Stadshuset\r\n"
        'DTSTART;TZID=Europe/Stockholm:20260303T100000\r\nDTEND:20260303T100000Z\r\n'
        'ORGANIZER;CN="Eva Ek":mailto:e@x.example\r\n'
        "END:VEVENT\r\nEND:VCALENDAR\r\n"
    )  # fmt: skip
    parsed = parse(HEAD + multipart(PLAIN, HTML, f"Content-Type: text/calendar\r\n\r\n{event}", kind="alternative"))
    assert parsed.invitation == {
        "method": "REQUEST", "what": "Samråd om torget, del 2", "starts": "2026-03-03 10:00 Europe/Stockholm",
        "ends": "2026-03-03 10:00 UTC", "where": "Stadshuset", "organiser": "Eva Ek", "repeats": False,
    }  # fmt: skip
    assert [one.name for one in parsed.attachments] == ["invite.ics"]
    assert parsed.text == "Hej"


NOTES = [
    (multipart("Content-Type: application/pgp-encrypted\r\n\r\nVersion: 1",
    "Content-Type: application/octet-stream\r\n\r\nx", kind="encrypted"), "encrypted"),
    (multipart(PLAIN, "Content-Type: application/pkcs7-signature; name=smime.p7s\r\n\r\nx", kind="signed"), "signed"),
    ("\r\n-----BEGIN PGP MESSAGE-----\r\n\r\nabc\r\n", "encrypted"),
    ("\r\n-----BEGIN PGP SIGNED MESSAGE-----\r\n\r\nabc\r\n", "signed"),
    ("Content-Type: message/partial; id=a; number=2\r\n\r\nabc", "partial"),
    ("Content-Type: application/ms-tnef; name=winmail.dat\r\n\r\nabc", "winmail_unreadable"),
]  # fmt: skip


@pytest.mark.parametrize(("raw", "note"), NOTES)
def test_what_is_odd_is_noted(raw: str, note: str) -> None:
    assert note in parse(HEAD + raw).notes


def test_inline_pictures() -> None:
    picture = "Content-Type: image/png\r\nContent-ID: <a@b>\r\nContent-Disposition: inline; filename=a.png\r\n\r\nPNG"
    (found,) = parse(HEAD + multipart(f"{HTML}<img src='cid:a%40b'>", picture, kind="related")).attachments
    assert (found.name, found.role, found.content_id) == ("a.png", "inline", "a@b")
    (unused,) = parse(HEAD + multipart(HTML, picture, kind="related")).attachments
    assert unused.role == "attachment"
