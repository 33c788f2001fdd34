"""Mail as it is: read whatever it is, and never by guessing who may join a case."""

from email.message import EmailMessage
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.email import compose, headers, markup, message, visible
from channels.email.automatic import bounce, is_automatic
from contactcenter import tokens
from tests.fixtures.store import NOW

TO = ["bygg@solvik.example"]


def parse(raw: bytes, mail_from: str = "eva@citizen.example") -> message.Parsed:
    return message.parse(raw, mail_from, TO)


def mail(**fields: str) -> EmailMessage:
    made = EmailMessage()
    for name, value in ({"From": "Eva Ek <eva@citizen.example>", "Subject": "Altan"} | fields).items():
        made[name.replace("_", "-")] = value
    made.set_content("Behöver jag bygglov?")
    return made


@settings(max_examples=200)
@given(st.binary(max_size=3000))
def test_any_bytes_are_read_or_refused_cleanly(raw: bytes) -> None:
    parsed = parse(raw)
    assert parsed.text.encode() is not None
    assert "\x00" not in parsed.subject + parsed.text + parsed.sender


@settings(max_examples=100)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["From", "To", "Subject", "Content-Type", "References", "Date", "Reply-To", "Content-Id"]),
            st.text(max_size=80),
        ),
        max_size=8,
    ),
    st.text(max_size=200),
)
def test_any_header_is_harmless(fields: list[tuple[str, str]], body: str) -> None:
    raw = "".join(f"{name}: {value}\r\n" for name, value in fields) + "\r\n" + body
    parse(raw.encode("utf-8", "surrogatepass"))


@pytest.mark.parametrize(
    ("charset", "label"),
    [
        ("utf-8", "utf-8"),
        ("latin-1", "iso-8859-1"),
        ("cp1252", "iso-8859-1"),
        ("utf-8", "us-ascii"),
        ("latin-1", "no-such-charset"),
        ("utf-16", "utf-16"),
        ("utf-7", "utf-7"),
    ],
)
def test_charsets_right_and_wrong(charset: str, label: str) -> None:
    raw = f"From: a@b.example\r\nContent-Type: text/plain; charset={label}\r\n\r\n".encode()
    assert parse(raw + "Räksmörgås på Ö".encode(charset)).text == "Räksmörgås på Ö"


def test_raw_eight_bit_headers_are_read() -> None:
    raw = "From: Åsa Öberg <asa@citizen.example>\r\nSubject: Gång- och cykelväg\r\n\r\nHej".encode("latin-1")
    parsed = parse(raw)
    assert (parsed.sender_name, parsed.subject) == ("Åsa Öberg", "Gång- och cykelväg")


def test_encoded_words_are_joined() -> None:
    raw = b"From: =?utf-8?b?w4VzYQ==?= <a@b.example>\r\nSubject: =?iso-8859-1?q?G=E5ng?= =?utf-8?q?v=C3=A4g?=\r\n\r\n"
    parsed = parse(raw)
    assert (parsed.sender_name, parsed.subject) == ("Åsa", "Gångväg")


def test_attachments_by_name_and_bytes() -> None:
    made = mail()
    made.add_attachment(b"%PDF-", maintype="application", subtype="pdf", filename="ritning över åsen.pdf")
    made.add_attachment(b"inner", maintype="text", subtype="plain", filename="../../etc/passwd")
    (drawing, sneaky) = parse(made.as_bytes()).attachments
    assert (drawing.name, drawing.media_type, drawing.content) == ("ritning över åsen.pdf", "application/pdf", b"%PDF-")
    assert sneaky.name == "passwd"


def test_a_forwarded_mail_is_an_attachment_and_proves_nothing() -> None:
    inner, outer = mail(Subject=f"Sv {tokens.subject_token('KC-2026-000001')}"), mail()
    outer.add_attachment(inner)
    parsed = parse(outer.as_bytes())
    assert parsed.certain_cases == ()
    assert [one.media_type for one in parsed.attachments] == ["message/rfc822"]


def test_a_token_proves_and_a_number_suggests() -> None:
    token = tokens.subject_token("KC-2026-000007")
    assert parse(mail(Subject=f"Sv: Altan {token}").as_bytes()).certain_cases == ("KC-2026-000007",)
    quoted = parse(mail(Subject="Om KC-2026-000007").as_bytes())
    assert quoted.certain_cases == ()
    assert quoted.suggested == ("KC-2026-000007",)
    plus = tokens.plus_address("bygg@solvik.example", "KC-2026-000007")
    assert message.parse(mail().as_bytes(), "x@y.example", [plus]).certain_cases == ("KC-2026-000007",)


def test_the_same_mail_with_other_trace_headers_has_the_same_key() -> None:
    made = mail(Message_ID="<1@citizen.example>").as_bytes()
    assert parse(b"Received: by relay\r\n" + made).key == parse(made).key
    other = mail(Message_ID="<1@citizen.example>")
    other.set_content("Något annat")
    assert parse(other.as_bytes()).key != parse(made).key


@pytest.mark.parametrize(
    "fields",
    [
        {"Auto_Submitted": "auto-replied"},
        {"Precedence": "bulk"},
        {"List_Id": "<a.b>"},
        {"X_Auto_Response_Suppress": "All"},
        {"Subject": "Frånvaro: semester till 3 augusti", "In_Reply_To": "<ours@solvik.example>"},
        {"Subject": "Abwesenheitsnotiz: Altan"},
        {"Subject": "Undeliverable: Sv: Altan"},
        {"Subject": "Out of Office: back on Monday"},
        {"Subject": "Automatiskt svar: Altan"},
        {"From": "noreply@shop.example"},
    ],
)
def test_machines_are_recognised(fields: dict[str, str]) -> None:
    assert parse(mail(**fields).as_bytes()).automatic


@pytest.mark.parametrize(
    "fields",
    [
        {}, {"Auto_Submitted": "no"}, {"Subject": "Semesterstängt på badet?", "In_Reply_To": "<x@y.example>"},
        {"Subject": "Frånvaro: Kalle, klass 3B"}, {"Subject": "Sv: frånvaro i går", "In_Reply_To": "<x@y.example>"},
        {"Subject": "Semester i förskolan"}, {"Subject": "Mail delivery på landsbygden"},
    ],
)  # fmt: skip
def test_people_are_not_machines(fields: dict[str, str]) -> None:
    made = mail(**fields)
    assert not is_automatic(made, "eva@citizen.example")


REPORT = b"""From: MAILER-DAEMON@relay.example
Content-Type: multipart/report; report-type=delivery-status; boundary=b
MIME-Version: 1.0

--b
Content-Type: text/plain

Sorry
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; relay.example

Final-Recipient: rfc822; Eva@citizen.example
Action: failed
Status: 5.1.1

--b
Content-Type: message/rfc822

Message-ID: <ours@solvik.example>
Subject: Sv: Altan

Hej
--b--
"""


def test_a_delivery_report_says_whom_why_and_which_mail() -> None:
    parsed = parse(REPORT, "")
    assert parsed.bounce is not None
    assert parsed.bounce["recipients"] == ["eva@citizen.example"]
    assert parsed.bounce["status"] == "5.1.1"
    assert parsed.bounce["message_ids"] == ["<ours@solvik.example>"]
    assert parsed.automatic
    assert "<ours@solvik.example>" in parsed.references


def test_a_citizens_mail_is_no_bounce() -> None:
    assert bounce(mail(), "eva@citizen.example") is None


PAYLOADS = [
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "<svg onload=alert(1)>",
    "<a href='javascript:alert(1)'>x</a>",
    "<iframe src='https://evil.example'></iframe>", "<style>@import url(https://evil.example)</style>",
    "<div style='background:url(https://evil.example)'>x</div>", "<img src='https://evil.example/p.gif'>",
    "<table background='https://evil.example'><tr><td>x</table>", "<link rel=stylesheet href=https://evil.example>",
    "<form action=https://evil.example><input name=x></form>",
    "<meta http-equiv=refresh content='0;url=https://evil.example'>",
    "<base href='https://evil.example/'>", "<object data='https://evil.example'></object>", "<video src=https://evil.example>",
    "<a href='data:text/html,<script>alert(1)</script>'>x</a>", "<math><mi xlink:href='javascript:alert(1)'>x</math>",
    "<img srcset='https://evil.example/x 1x'>", "<a href='vbscript:x'>y</a>", "<input type=image src=https://evil.example>",
    "<img src='cid:x\" onerror=\"alert(1)'>", "<body onload=alert(1)>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
]  # fmt: skip


FORBIDDEN = [
    "<script", "onerror=", "onload=", "javascript:", "vbscript:", "<iframe", "<style", 'src="http', "url(", "<form",
    "<meta",
    "<base", "<object", "<video", "srcset", "background=", "<input", "data:text",
]  # fmt: skip


@pytest.mark.parametrize("payload", PAYLOADS)
def test_nothing_active_and_nothing_remote_is_left(payload: str) -> None:
    shown = markup.safe(f"<p>Hej</p>{payload}<p>då</p>").lower()
    assert "hej" in shown
    for word in FORBIDDEN:
        assert word not in shown, shown


@given(st.text(alphabet="<>/ab'\"= imgsrcpdivhttp:", max_size=200))
def test_sanitising_again_changes_nothing(html: str) -> None:
    once = markup.safe(html)
    assert markup.safe(once) == once


def test_inline_pictures_links_and_text_stay() -> None:
    shown = markup.safe("<p>Hej <b>du</b> <img src='cid:a@b'> <a href='https://x.example/y'>här</a></p>")
    assert 'src="cid:a@b"' in shown
    assert 'href="https://x.example/y"' in shown
    assert "noopener" in shown


def test_deep_nesting_is_shown_as_text() -> None:
    html = "<div>" * 80_000 + "botten"
    assert markup.safe(html) == ""
    assert markup.as_text(html) == "botten"


@pytest.mark.parametrize(
    "introduction",
    [
        "Den 3 mars 2026 kl. 10:12 skrev Bygg <bygg@solvik.example>:",
        "On Tue, 3 Mar 2026 at 10:12, Bygg <bygg@solvik.example> wrote:",
        "Am 03.03.2026 um 10:12 schrieb Bygg:",
        "Le 3 mars 2026 à 10:12, Bygg a écrit :",
        "-----Ursprungligt meddelande-----",
        "Från: Bygg <bygg@solvik.example>\nSkickat: den 3 mars 2026 10:12\nTill: Eva",
        "From: Bygg\nSent: Tuesday\nTo: Eva",
    ],
)
def test_what_is_new_ends_where_the_quotation_begins(introduction: str) -> None:
    text = f"Tack, det räcker så.\n\nEva\n\n{introduction}\n> Hej\n> Vad gäller det?"
    assert text[: visible.length(text)] == "Tack, det räcker så.\n\nEva"


@given(st.text(max_size=300))
def test_the_new_part_is_a_beginning_and_never_nothing(text: str) -> None:
    length = visible.length(text)
    assert 0 <= length <= len(text)
    assert bool(text[:length].strip()) == bool(text.strip())


COMPOSED: dict[str, Any] = {
    "sender": "bygg@solvik.example", "sender_name": "Bygg och miljö", "to": ["eva@citizen.example"],
    "subject": "Sv: Altan",
    "text": "Hej Eva!\n\nJa.", "case_number": "KC-2026-000001", "message_id": "<2@solvik.example>",
    "in_reply_to": "<1@citizen.example>", "references": ["<1@citizen.example>"], "attachments": [], "automatic": False,
    "now": NOW,
}  # fmt: skip


def test_our_answer_has_what_threading_needs() -> None:
    read = parse(compose.compose(**COMPOSED))
    assert read.text == "Hej Eva!\n\nJa."
    assert read.references == ("<1@citizen.example>",)
    assert read.reply_to == tokens.plus_address("bygg@solvik.example", "KC-2026-000001").lower()
    assert not read.automatic
    assert parse(compose.compose(**(COMPOSED | {"automatic": True}))).automatic


def test_odd_dates_and_addresses_are_no_trouble() -> None:
    odd = mail()
    del odd["From"]
    raw = b'From: """' + b"x" * 50_000 + b"\r\nDate: Thu, 99 Foo 2026\r\nTo: undisclosed-recipients:;\r\n\r\nHej"
    parsed = parse(raw)
    assert (parsed.sender, parsed.date, parsed.text) == ("", "", "Hej")
    assert headers.date(odd) is None
