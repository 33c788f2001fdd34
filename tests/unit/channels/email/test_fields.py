"""Fields as they occur: subjects, names, addresses, dates, identifiers, file names. All people are invented."""

import pytest

from channels.email import addresses, dates, identifiers, mime, parameters

SUBJECTS = {
    "plain": (b"Altan", "Altan"),
    "two words joined": (b"=?utf-8?b?w4VzYQ==?= =?iso-8859-1?q?_G=E5ng?=", "Åsa Gång"),
    "character split": (b"=?utf-8?q?Bygglov_p=C3?= =?utf-8?q?=A5_=C3=85sv=C3=A4gen?=", "Bygglov på Åsvägen"),
    "character split, base64": (b"=?UTF-8?B?w4U=?= =?utf-8?b?w4U=?=", "ÅÅ"),
    "base64 cut between groups": (b"=?utf-8?B?4pyT4p?= =?utf-8?B?yT?=", "✓✓"),
    "folded between": (b"=?utf-8?q?a?=\r\n =?utf-8?q?b?=", "ab"),
    "tab between": (b"=?utf-8?q?a?=\t=?utf-8?q?b?=", "ab"),
    "text between": (b"=?utf-8?q?a?= b =?utf-8?q?c?=", "a b c"),
    "no gap before": (b"Sv:=?utf-8?q?=C3=A5?=", "Sv:å"),
    "no gap after": (b"=?utf-8?q?=C3=A5?=igen", "åigen"),
    "spaces in Q": (b"=?utf-8?Q?h=C3=A4r och nu?=", "här och nu"),
    "question mark in Q": (b"=?utf-8?Q?Vad?_och_n=C3=A4r??=", "Vad? och när?"),
    "equals sign alone": (b"=?utf-8?Q?1=+1?=", "1=+1"),
    "no padding": (b"=?utf-8?B?w6U?=", "å"),
    "too short base64": (b"=?utf-8?B?w6Vh_?=", "åa"),
    "language": (b"=?utf-8*sv?Q?=C3=A5?=", "å"),
    "unknown charset": (b"=?x-nobody?Q?=C3=A5?=", "å"),
    "unknown charset, latin": (b"=?x-nobody?Q?=E5?=", "å"),
    "wrong charset": (b"=?iso-8859-1?Q?=C3=A5=C3=A4?=", "åä"),
    "windows as latin": (b"=?iso-8859-1?Q?=93hej=94_=96_=80?=", "“hej” – €"),
    "lower case b": (b"=?UTF-8?b?8J+YgA==?=", "😀"),
    "emoji split": (b"=?utf-8?Q?=F0=9F?= =?utf-8?Q?=98=80?=", "😀"),
    "japanese": (b"=?ISO-2022-JP?B?GyRCRnxLXDhsGyhC?=", "日本語"),
    "gb2312": (b"=?GB2312?B?1tC5+g==?=", "中国"),
    "koi8": (b"=?koi8-r?B?8NLJ18XU?=", "Привет"),
    "euc-kr": (b"=?ks_c_5601-1987?B?x9GxuQ==?=", "한국"),
    "big5": (b"=?big5?B?pKSk5Q==?=", "中文"),
    "shift_jis": (b"=?Shift_JIS?B?k/qWe4zq?=", "日本語"),
    "utf-7": (b"=?utf-7?Q?+AOU-?=", "å"),
    "cut off": (b"Hej =?utf-8?Q?=C3=A5_och_mer", "Hej å och mer"),
    "raw utf-8": ("Gång- och cykelväg".encode(), "Gång- och cykelväg"),
    "raw latin-1": ("Gång- och cykelväg".encode("latin-1"), "Gång- och cykelväg"),
    "raw and a word": ("å =?utf-8?q?=C3=A4?=".encode(), "å ä"),
    "folded": (b"Hej\r\n  du\r\n\tdar", "Hej du dar"),
    "folded by LF": (b"Hej\n du", "Hej du"),
    "CR CR LF": (b"Hej\r\r\n du", "Hej du"),
    "controls": (b"a\x00b\x07c", "ab c"),
    "line break within": (b"=?utf-8?Q?a=0D=0AB?=", "a B"),
    "quotation marks": (b'"Hej"', '"Hej"'),
    "empty word": (b"=?utf-8?Q??= x", "x"),
    "no word at all": (b"=?utf-8?X?abc?=", "=?utf-8?X?abc?="),
    "wide space": ("日本\u3000語\xa0x".encode(), "日本\u3000語\xa0x"),
    "no charset": (b"=??Q?=C3=A5?=", "å"),
    "brackets": (b"[KC] =?utf-8?Q?=C3=A5?=", "[KC] å"),
}  # fmt: skip


@pytest.mark.parametrize("case", SUBJECTS)
@pytest.mark.parametrize("ending", [b"\r\n", b"\n"])
def test_subjects(case: str, ending: bytes) -> None:
    raw, expected = SUBJECTS[case]
    read = mime.read(b"From: a@b.example" + ending + b"Subject: " + raw + ending + ending + b"Hej")
    assert read.text("subject") == expected


ADDRESSES = [
    ("Eva Ek <eva@x.example>", [("Eva Ek", "eva@x.example")]),
    ("<eva@x.example>", [("", "eva@x.example")]),
    ("eva@x.example", [("", "eva@x.example")]),
    ("eva@x.example (Eva Ek)", [("Eva Ek", "eva@x.example")]),
    ("Eva (at work) <eva@x.example>", [("Eva", "eva@x.example")]),
    ("Eva (at (home)) <eva@x.example>", [("Eva", "eva@x.example")]),
    ("Ek, Eva <eva@x.example>, bo@y.example", [("Ek, Eva", "eva@x.example"), ("", "bo@y.example")]),
    ('"Ek, Eva" <eva@x.example>', [("Ek, Eva", "eva@x.example")]),
    ('"Ek; Eva" <eva@x.example>; Bo <bo@y.example>', [("Ek; Eva", "eva@x.example"), ("Bo", "bo@y.example")]),
    ("a@x.example; b@x.example;", [("", "a@x.example"), ("", "b@x.example")]),
    ("a@x.example b@x.example", [("", "a@x.example"), ("", "b@x.example")]),
    ("undisclosed-recipients:;", []),
    ("Undisclosed recipients: ;", []),
    ("undisclosed-recipients:", []),
    ("Bygg: a@x.example, Bo <b@x.example>;, c@y.example", [("", "a@x.example"), ("Bo", "b@x.example"),
    ("", "c@y.example")]),
    ("A: a@x.example;, B: b@x.example;", [("", "a@x.example"), ("", "b@x.example")]),
    ("Eva: Ek <eva@x.example>", [("Eva: Ek", "eva@x.example")]),
    ("<<eva@x.example>>", [("", "eva@x.example")]),
    ("Eva <eva@x.example", [("Eva", "eva@x.example")]),
    ("eva@x.example>", [("", "eva@x.example")]),
    ("<eva@x.example> Eva", [("Eva", "eva@x.example")]),
    ("eva@x.example <>", [("", "eva@x.example")]),
    ("Eva Ek <>", [("Eva Ek", "")]),
    ('"Eva Ek <eva@x.example>, "Bo" <bo@y.example>', [("Eva Ek", "eva@x.example"), ("Bo", "bo@y.example")]),
    ("<@relay.example,@r2.example:eva@x.example>", [("", "eva@x.example")]),
    ("=?utf-8?Q?Ek,_Eva?= <eva@x.example>", [("Ek, Eva", "eva@x.example")]),
    ('"=?utf-8?Q?=C3=85sa?=" <a@x.example>', [("Åsa", "a@x.example")]),
    ("=?utf-8?Q?Eva_=3Ceva=40x.example=3E?=", [("Eva", "eva@x.example")]),
    ("=?utf-8?Q?eva=40x.example?=", [("", "eva@x.example")]),
    ("=?iso-8859-1?Q?Bj=F6rn?= =?iso-8859-1?Q?_Ek?= <b@x.example>", [("Björn Ek", "b@x.example")]),
    ('"eva ek"@x.example', [("", '"eva ek"@x.example')]),
    ('Eva <"eva ek"@x.example>', [("Eva", '"eva ek"@x.example')]),
    ("J.R. Ek <j@x.example>", [("J.R. Ek", "j@x.example")]),
    ("eva@work <eva@x.example>", [("eva@work", "eva@x.example")]),
    ("'eva@x.example'", [("", "eva@x.example")]),
    ("O'Ek <o'ek@x.example>", [("O'Ek", "o'ek@x.example")]),
    ("eva @ x.example", [("", "eva@x.example")]),
    ("Eva <eva @x.example>", [("Eva", "eva@x.example")]),
    ("mailto:eva@x.example", [("", "eva@x.example")]),
    ("Eva <mailto:eva@x.example>", [("Eva", "eva@x.example")]),
    ("Åsa <åsa@räksmörgås.example>", [("Åsa", "åsa@räksmörgås.example")]),
    ("eva@xn--rksmrgs-5wao1o.example", [("", "eva@xn--rksmrgs-5wao1o.example")]),
    ("eva@[192.0.2.1]", [("", "eva@[192.0.2.1]")]),
    ('"Eva \\"Evis\\" Ek" <eva@x.example>', [('Eva "Evis" Ek', "eva@x.example")]),
    ('Eva "Evis" Ek <eva@x.example>', [("Eva Evis Ek", "eva@x.example")]),
    ("root", [("", "root")]),
    ("MAILER-DAEMON (Mail Delivery)", [("Mail Delivery", "MAILER-DAEMON")]),
    ("", []), (", ,", []), ('"""', []), ("<>", []), (":;", []), ("(", []),
]  # fmt: skip


@pytest.mark.parametrize(("written", "expected"), ADDRESSES)
def test_addresses(written: str, expected: list[tuple[str, str]]) -> None:
    assert [tuple(box) for box in addresses.parsed(written.encode())] == expected


def test_names_in_the_bodys_charset() -> None:
    raw = "Ек <ek@x.example>".encode("koi8-r")
    assert addresses.parsed(raw, "koi8-r")[0].name == "Ек"
    assert addresses.parsed("Öberg <o@x.example>".encode("latin-1"))[0].name == "Öberg"


DATES = [
    ("Tue, 3 Mar 2026 10:12:13 +0100", "2026-03-03T09:12:13"), ("3 Mar 26 10:12 EST", "2026-03-03T15:12:00"),
    ("Tue Mar  3 10:12:13 2026", "2026-03-03T10:12:13"), ("Tue Mar  3 10:12:13 CET 2026", "2026-03-03T09:12:13"),
    ("Tuesday, 03-Mar-26 10:12:13 GMT", "2026-03-03T10:12:13"),
    ("2026-03-03T10:12:13.123+01:00", "2026-03-03T09:12:13"),
    ("2026-03-03 10:12:13", "2026-03-03T10:12:13"), ("2026-03-03T10:12:13Z", "2026-03-03T10:12:13"),
    ("20260303T101213Z", "2026-03-03T10:12:13"), ("Tue, 3 Mar 2026 10:12:13 GMT+0200", "2026-03-03T08:12:13"),
    ("Tue, 3 Mar 2026 10:12:13 -0500 (EST)", "2026-03-03T15:12:13"), ("3 mars 2026 10.12.13", "2026-03-03T10:12:13"),
    ("Mon, 3 Mar 2026 10:12:13 +0100", "2026-03-03T09:12:13"),
    ("tis, 3 maj 2026 10:12:13 +0200", "2026-05-03T08:12:13"),
    ("Tue, 3 Mar 2026 10:12:13", "2026-03-03T10:12:13"), ("Tue, 3 Mar 2026 10:12:13 +01:00", "2026-03-03T09:12:13"),
    ("Tue, 3 Mar 2026 10 : 12 : 13 +0100", "2026-03-03T09:12:13"), ("Mar 3, 2026 10:12:13 PM", "2026-03-03T22:12:13"),
    ("Fri, 21 Nov 1997 09(comment):   55  :  06 -0600", "1997-11-21T15:55:06"),
    ("Tue, 3 Mar 2026", "2026-03-03T00:00:00"),
    ("Tue, 3 Mar 2026 10:12:13 X", "2026-03-03T10:12:13"), ("Tue, 3 Mar 2026 10:12:13 +9999", "2026-03-03T10:12:13"),
    ("1 Jan 70 00:00:00 GMT", "1970-01-01T00:00:00"), ("3 Mar 126 10:12:13", "2026-03-03T10:12:13"),
    ("Sat, 31 Dec 2016 23:59:60 +0000", "2016-12-31T23:59:59"),
    ('Tue, 3 Mar 2026 10:12:13 "GMT"', "2026-03-03T10:12:13"),
    ("Tue, 3 Mar 2026 10:12:13 PDT", "2026-03-03T17:12:13"), ("Tue,3Mar2026 10:12:13", None), ("", None),
    ("yesterday", None),
    ("31 Feb 2026 10:00:00", None), ("Tue, 3 Mar 2026 25:12:13", None), ("Thu, 99 Foo 2026", None),
]  # fmt: skip


@pytest.mark.parametrize(("written", "expected"), DATES)
def test_dates(written: str, expected: str | None) -> None:
    found = dates.parsed(written)
    assert (found.isoformat() if found else None) == (f"{expected}+00:00" if expected else None)


FILE_NAMES = [
    ('filename="a b.pdf"', "a b.pdf"), ("filename=a b.pdf", "a b.pdf"), ("filename=a.pdf; size=3", "a.pdf"),
    ('filename="a;b.pdf"; size=3', "a;b.pdf"), ('filename="a "b" c.pdf"; x=1', 'a "b" c.pdf'),
    ('filename="open.pdf', "open.pdf"), ("filename*=utf-8'sv'%C3%A5.pdf", "å.pdf"),
    ("filename*=UTF-8''%e5.pdf", "å.pdf"),
    ("filename*=iso-8859-1''%E5%zz.pdf", "å%zz.pdf"), ("filename=x.pdf; filename*=utf-8''%C3%A5.pdf", "å.pdf"),
    ("filename*=utf-8''%C3%A5.pdf; filename=x.pdf", "å.pdf"), ('filename*0="lo"; filename*1="ng.pdf"', "long.pdf"),
    ('filename*1="ng.pdf"; filename*0="lo"', "long.pdf"), ("filename*0*=utf-8''%C3; filename*1*=%A5.pdf", "å.pdf"),
    ("filename*0*=utf-8''%C3%A5; filename*1=\" %41.pdf\"", "å %41.pdf"), ("filename*=plain.pdf", "plain.pdf"),
    ('filename="=?utf-8?Q?=C3=A5_b.pdf?="', "å b.pdf"), ("filename==?utf-8?Q?=C3=A5.pdf?=", "å.pdf"),
    ('filename="=?utf-8?Q?=C3?=\r\n =?utf-8?Q?=A5.pdf?="', "å.pdf"), ('FileName="A.PDF"', "A.PDF"),
    ('filename="a\\"b.pdf"', 'a"b.pdf'), ("filename='a.pdf'", "a.pdf"), ("filename=a.pdf;", "a.pdf"),
    (";;filename=a.pdf", "a.pdf"), ("filename = a.pdf", "a.pdf"), ('filename=""; name="b.pdf"', ""),
    ('filename*0="=?utf-8?Q?=C3=A5"; filename*1=".pdf?="', "å.pdf"), ("filename*=utf-8''", ""), ("size=3", ""),
]  # fmt: skip


@pytest.mark.parametrize(("written", "expected"), FILE_NAMES)
def test_file_names(written: str, expected: str) -> None:
    read = parameters.parsed(f"attachment; {written}")
    assert (read.value, read.parameters.get("filename", "")) == ("attachment", expected)


IDS = [
    ("<1@x.example>", ["<1@x.example>"]), ("<1@x.example> <2@x.example>", ["<1@x.example>", "<2@x.example>"]),
    ("<1@x.example><1@x.example>", ["<1@x.example>"]), ("1@x.example", ["<1@x.example>"]),
    ("<1@x.\r\n example>", ["<1@x.example>"]), ("< 1@x.example >", ["<1@x.example>"]), ("", []), ("<>", []),
    ("<no-at-sign>", ["<no-at-sign>"]), ("Your message of Monday", []),
]  # fmt: skip


@pytest.mark.parametrize(("written", "expected"), IDS)
def test_message_ids(written: str, expected: list[str]) -> None:
    assert identifiers.found([written.encode()]) == expected
