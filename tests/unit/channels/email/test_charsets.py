"""Texts in every charset that occurs, under right labels and wrong ones."""

import pytest

from channels.email import library, message, mime
from contactcenter import tokens

HEAD = "From: Eva Ek <eva@citizen.example>\r\nSubject: Altan\r\nMIME-Version: 1.0\r\n"
SWEDISH = "Räksmörgås på Ö"


@pytest.fixture(autouse=True)
def _secret() -> None:
    tokens.use_secret(b"s" * 32)


def parse(raw: bytes) -> message.Parsed:
    return message.parse(raw, "eva@citizen.example", [])


CHARSETS = [
    ("utf-8", "utf-8"), ("latin-1", "iso-8859-1"), ("cp1252", "windows-1252"), ("latin-1", "us-ascii"),
    ("latin-1", ""), ("utf-8", ""), ("utf-8", "iso-8859-1"), ("latin-1", "utf-8"), ("utf-8", "default"),
    ("latin-1", "x-user-defined"), ("utf-8", "unknown-8bit"), ("utf-16", "utf-16"), ("utf-16-le", "utf-16"),
    ("utf-16-be", "utf-16"), ("utf-16-le", "utf-16le"), ("utf-32", "utf-32"), ("utf-7", "utf-7"),
    ("utf-7", "unicode-1-1-utf-7"),
    ("mac_roman", "x-mac-roman"), ("mac_roman", "macintosh"), ("cp850", "cp-850"), ("cp850", "IBM850"),
    ("latin-1", "ISO_8859-1:1987"), ("latin-1", '"iso-8859-1"'), ("latin-1", "'iso-8859-1'"),
    ("iso8859-15", "latin9"),
    ("iso8859-15", "iso-8859-15"), ("cp1257", "windows-1257"), ("utf-8-sig", "utf-8"), ("utf-8", "UTF8"),
    ("latin-1", "rot13"),
    ("utf-8", "idna"), ("latin-1", "iso-8859-1; format=flowed"),
]  # fmt: skip


@pytest.mark.parametrize(("codec", "label"), CHARSETS)
def test_swedish_in_every_charset(codec: str, label: str) -> None:
    head = f"{HEAD}Content-Type: text/plain; charset={label}\r\n\r\n".encode()
    assert parse(head + SWEDISH.encode(codec)).text == SWEDISH


WORLD = [
    ("Привет, мир", "koi8-r", "koi8-r"), ("Привіт, світ", "koi8-u", "koi8-u"),
    ("Привет, мир", "cp1251", "windows-1251"),
    ("Привет, мир", "iso8859-5", "iso-8859-5"), ("Привет – мир", "cp1251", "iso-8859-5"),
    ("Привет", "mac_cyrillic", "x-mac-cyrillic"),
    ("中国你好", "gb2312", "gb2312"), ("镕朱", "gbk", "gb2312"), ("中文㐀", "gb18030", "gb18030"),
    ("你好", "hz", "hz-gb-2312"),
    ("中文", "big5", "big5"), ("中文嘅", "big5hkscs", "big5"), ("日本語テスト", "shift_jis", "shift_jis"),
    ("①髙橋", "cp932", "shift_jis"),
    ("日本語テスト", "euc-jp", "euc-jp"), ("日本語テスト", "iso2022_jp", "iso-2022-jp"),
    ("日本語テスト", "iso2022_jp", ""),
    ("日本語", "iso2022_jp", "us-ascii"), ("ｶﾀｶﾅ日本", "iso2022_jp_ext", "iso-2022-jp"), ("한국어", "euc-kr", "euc-kr"),
    ("똠방각하", "cp949", "ks_c_5601-1987"),
    ("한국어", "iso2022_kr", "iso-2022-kr"), ("Łódź żółw", "iso8859-2", "iso-8859-2"),
    ("Łódź „żółw”", "cp1250", "iso-8859-2"),
    ("İstanbul şehir", "cp1254", "iso-8859-9"), ("Ελληνικά", "cp1253", "windows-1253"),
    ("Ελληνικά", "iso8859-7", "iso-8859-7"),
    ("עברית", "iso8859-8", "iso-8859-8-i"), ("العربية", "cp1256", "windows-1256"), ("ไทย", "cp874", "tis-620"),
    ("Āžuols", "cp1257", "iso-8859-13"),
    ("“hej” – € …", "cp1252", "iso-8859-1"), ("€", "iso8859-15", "iso-8859-15"), ("😀 hej", "utf-8", "utf-8"),
    ("😀 hej", "utf-8", "us-ascii"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "codec", "label"), WORLD)
def test_the_worlds_charsets(text: str, codec: str, label: str) -> None:
    head = f"{HEAD}Content-Type: text/plain; charset={label}\r\n\r\n".encode()
    assert parse(head + text.encode(codec)).text == text


def test_charsets_of_their_own() -> None:
    old = f"{HEAD}Content-Type: text/plain; charset=SEN_850200_B\r\n\r\nR{{ksm|rg}}s".encode()
    assert parse(old).text == "Räksmörgås"
    jis = b"\x1b$B-!\x1b(B och \x1b(I6@6E\x1b(B"
    assert parse(f"{HEAD}Content-Type: text/plain; charset=iso-2022-jp\r\n\r\n".encode() + jis).text == "① och ｶﾀｶﾅ"
    markup = b'<meta http-equiv=content-type content="text/html; charset=windows-1251"><p>' + "Привет".encode("cp1251")
    assert "Привет" in parse(f"{HEAD}Content-Type: text/html\r\n\r\n".encode() + markup).html


@pytest.mark.parametrize(("codec", "label"), [("utf-8", "idna"), ("koi8-r", "koi8-r"), ("cp1251", "windows-1251")])
def test_what_recognises_bounces_gets_texts_in_utf8(codec: str, label: str) -> None:
    head = f"{HEAD}Content-Type: text/plain; charset={label}\r\nContent-Transfer-Encoding: 8bit\r\n\r\n".encode()
    made = library.message(mime.read(head + "Привет, мир".encode(codec)))
    assert made.get_payload(decode=True) == "Привет, мир".encode()
    assert made.get_payload() == "Привет, мир"
    assert (made.get_content_charset(), made["Subject"]) == ("utf-8", "Altan")
