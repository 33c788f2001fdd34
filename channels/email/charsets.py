"""Bytes as text, whatever label they bear. Never raises; what comes out can be stored and sent.

Labels are read as the WHATWG Encoding Standard reads them (a mail that says iso-8859-1 means Windows-1252, GB2312 means
GB18030), with the labels of mail programs added. A label that cannot be right is not believed: 8-bit bytes that are
valid UTF-8 hardly ever are anything else.
"""

import codecs
import re
from collections.abc import Iterator

from contactcenter.columns import clean

_FAMILIES = {
    "cp1252": "iso88591 latin1 l1 windows1252 win1252 ansi cp1252 xcp1252 iso88591windows1252",
    "utf-8": "utf8 utf8mb4 utf8n unicode11utf8 utf8mac xutf8 65001 cp65001 ut8 utf",
    "cp1254": "iso88599 latin5 windows1254 win1254",
    "cp874": "iso885911 tis620 tis620.2533 windows874 dos874 xibm874",
    "gb18030": "gb2312 gb231280 gbk xgbk gb18030 cngb euccn csgb2312 chinese gb windows936 ms936 cp936 936 "
    "xmacchinesesimp",
    "big5": "big5 big5hkscs xxbig5 cnbig5 csbig5 windows950 ms950 cp950 950 xmacchinesetrad big5eten",
    "cp949": "ksc56011987 ksc5601 ks_c_5601 ksc56011989 euckr cseuckr korean windows949 ms949 cp949 949 uhc xmackorean",
    "cp932": "shiftjis sjis xsjis mskanji windows31j cp932 ms932 csshiftjis xmacjapanese 932 "
    "shiftjisx0213 shiftjis2004",
    "euc_jp": "eucjp xeucjp xeuc ujis eucjpms cp51932 eucjis2004",
    "iso2022_jp_2": "iso2022jp iso2022jp1 iso2022jp2 iso2022jp3 iso2022jp2004 iso2022jpext iso2022jpms jis csiso2022jp "
    "cp50220 cp50221 cp50222 xiso2022jp",
    "iso2022_kr": "iso2022kr csiso2022kr",
    "hz": "hz hzgb2312 hzgb",
    "utf-7": "utf7 unicode11utf7 xunicode20utf7 csunicode11utf7 unicode20utf7",
    "utf-16": "utf16 unicode ucs2 iso10646ucs2 csunicode utf16le utf16be unicodefffe unicodefeff",
    "utf-32": "utf32 utf32le utf32be ucs4 iso10646ucs4",
    "mac_roman": "macintosh xmacroman mac macroman xmac",
    "mac_cyrillic": "xmaccyrillic xmacukrainian maccyrillic",
    "mac_greek": "xmacgreek", "mac_turkish": "xmacturkish", "mac_iceland": "xmacicelandic",
    "mac_latin2": "xmacce xmaccentraleurroman maccentraleurope", "mac_croatian": "xmaccroatian",
    "koi8_u": "koi8u koi8ru", "koi8_r": "koi8r koi8 koi cskoi8r",
    "iso8859_8": "iso88598i iso88598e iso88598 logical visual hebrew",
    "iso8859_6": "iso88596i iso88596e iso88596 arabic",
    "cp437": "ibm437 dos437", "cp850": "ibm850 dos850", "cp852": "ibm852 dos852", "cp862": "ibm862 dos862",
    "cp866": "ibm866 dos866 866", "cp858": "ibm858 ibm00858 cp00858",
    "iso646_se": "sen850200b sen850200c isoir10 isoir11 iso646se iso646fi se swedish7bit",
}  # fmt: skip
_LABELS = {label: family for family, labels in _FAMILIES.items() for label in labels.split()}
_NO_LABELS = {
    "", "default", "xunknown", "unknown", "unknown8bit",
    "xuserdefined", "userdefined", "none", "8bit", "7bit", "binary",
    "usascii", "ascii", "ansix3.41968", "iso646us", "charset", "xascii", "undefined", "auto", "null", "iso646", "us",
}  # fmt: skip
_NO_CHARSETS = {"idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined", "mbcs", "oem", "charmap"}
"""Codecs of Python's that no mail means; some are slow."""
_WINDOWS = {
    "iso8859_2": "cp1250", "iso8859_4": "cp1257", "iso8859_5": "cp1251", "iso8859_6": "cp1256", "iso8859_7": "cp1253",
    "iso8859_8": "cp1255", "iso8859_13": "cp1257", "iso8859_10": "cp1257",
    "iso8859_3": "cp1252", "iso8859_14": "cp1252",
    "iso8859_16": "cp1250", "iso8859_15": "cp1252",
}  # fmt: skip
"""The Windows code page that is meant when a text has bytes 80-9F, which are controls in ISO 8859."""
_WIDE = {"utf-16", "utf-32", "utf-7", "hz", "iso2022_jp_2", "iso2022_kr"}
_BOMS = (
    (b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe\x00\x00", "utf-32"), (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"),
)  # fmt: skip
_SWEDISH = str.maketrans("[\\]^`{|}~@", "ÄÖÅÜéäöåüÉ")
_C1 = re.compile(rb"[\x80-\x9f]")
_JAPANESE = re.compile(rb"\x1b\$[@B(]")
_NOT_ASCII = re.compile(rb"[\x80-\xff]")
_META = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([\w.:-]{2,40})""", re.IGNORECASE)
_SEGMENT = re.compile(rb"(\x1b(?:\$[@B]|\([BJHI]|\$\([DOPQ]))")


def decoded(data: bytes, label: str | None, hint: str | None = None) -> str:
    """`data` as text by its label, or by `hint` and its own looks where the label says nothing or cannot be right."""
    return clean(_decoded(bytes(data), codec(label), codec(hint))).removeprefix("\ufeff")


def codec(label: str | None) -> str:
    """Python's name of the codec that a label means; empty when it means none."""
    name = (label or "")[:80].strip().lower().split(";")[0].split("*")[0]
    name = name.strip(" \t\r\n\"'=<>()").removeprefix("charset=").strip("\"' ")
    key = re.sub(r"[\s_:-]|(?<=\d)\.(?=\d)", "", re.sub(r":(19|20)\d\d$", "", name))
    if key in _NO_LABELS:
        return ""
    if key in _LABELS:
        return _LABELS[key]
    windows = re.match(r"(?:windows|win|cp|ibm|dos|xcp|x?windows)0*(\d{3,5})", key)
    found = _known(name) or (_known(f"cp{windows[1]}") if windows else "")
    if not found and (latin := re.match(r"iso8859(\d{1,2})", key)):
        found = _known(f"iso8859_{latin[1]}")
    return _LABELS.get(re.sub(r"[\s_:-]", "", found), found)


def in_markup(data: bytes) -> str:
    """The charset that an HTML document names itself, or empty."""
    found = _META.search(data[:8192])
    return found[1].decode("ascii") if found else ""


def _known(name: str) -> str:
    try:
        found = codecs.lookup(name).name
    except (LookupError, ValueError, UnicodeError):
        return ""
    name = found.replace("-", "_")
    if name in _NO_CHARSETS or not codecs.lookup(found)._is_text_encoding:
        return ""
    return name.replace("iso8859_1", "cp1252") if name == "iso8859_1" else name


def _decoded(data: bytes, name: str, hint: str) -> str:
    for mark, meant in _BOMS:
        if data.startswith(mark) and (meant == "utf-8" or name in ("", "utf-16", "utf-32")):
            return data.decode(meant, "replace")
    if name in _WIDE:
        return _wide(data, name)
    if name == "iso646_se" and data.isascii():
        return data.decode("ascii").translate(_SWEDISH)
    if data.isascii():
        if name not in ("", "utf-8") and name.startswith("cp0"):  # EBCDIC is never meant
            return data.decode("ascii")
        return _wide(data, "iso2022_jp_2") if _JAPANESE.search(data) else data.decode("ascii")
    return _eight_bit(data, name, hint)


def _eight_bit(data: bytes, name: str, hint: str) -> str:
    utf8 = _strict(data, "utf-8")
    if utf8 is not None and (name in ("", "utf-8") or _surely_utf8(data, name)):
        return utf8
    for one in dict.fromkeys((name, hint)):
        if one and one != "utf-8" and (found := _by_family(data, one)) is not None:
            return found
    if name == "utf-8" and _mostly_utf8(data):
        return data.decode("utf-8", "replace")
    if name and name not in ("utf-8", "cp1252") and (found := _with_gaps(data, name)) is not None:
        return found
    if _mostly_utf8(data):
        return data.decode("utf-8", "replace")
    return _guessed(data)


def _by_family(data: bytes, name: str) -> str | None:
    if name == "cp1252":
        return _cp1252(data)
    if name in _WINDOWS and _C1.search(data):
        return _strict(data, _WINDOWS[name]) or _strict(data, name)
    for one in _RELATIVES.get(name, (name,)):
        if (found := _strict(data, one)) is not None:
            return found
    return None


_RELATIVES = {
    "big5": ("big5", "cp950", "big5hkscs"),
    "euc_jp": ("euc_jp", "euc_jis_2004"),
    "cp932": ("cp932", "shift_jis_2004"),
    "cp949": ("cp949", "johab"),
    "cp1254": ("cp1254", "iso8859_9"),
}


def _strict(data: bytes, name: str) -> str | None:
    try:
        return data.decode(name)
    except (LookupError, UnicodeError, ValueError):
        return None


def _with_gaps(data: bytes, name: str) -> str | None:
    """By the label with a few bytes that do not fit; none when it is more than a few."""
    try:
        text = data.decode(name, "replace")
    except (LookupError, UnicodeError, ValueError):
        return None
    return text if text.count("\ufffd") * 10 <= len(_NOT_ASCII.findall(data[:100_000])) + 9 else None


def _cp1252(data: bytes) -> str:
    """Windows-1252, with the five codes it leaves out as Latin-1 has them."""
    found = _strict(data, "cp1252")
    if found is not None:
        return found
    return data.decode("cp1252", "surrogateescape").translate({0xDC00 + code: code for code in range(0x80, 0xA0)})


def _surely_utf8(data: bytes, name: str) -> bool:
    """Valid UTF-8 under another label: by chance only where a text is very short."""
    if name.startswith(("cp125", "iso8859", "mac_", "koi8", "cp437", "cp85", "cp86")) or name == "cp874":
        return len(re.findall(rb"[\xc2-\xf4][\x80-\xbf]", data[:100_000])) >= (1 if name == "cp1252" else 3)
    return False


def _mostly_utf8(data: bytes) -> bool:
    looked = data[:100_000]
    right = len(re.findall(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}", looked))
    return right > looked.decode("utf-8", "replace").count("\ufffd")


def _guessed(data: bytes) -> str:
    """No label and no UTF-8: Japanese shows by its kana; all else is taken for the West's."""
    for name in ("euc_jp", "cp932"):
        text = _strict(data, name)
        if text is not None and _kana(text) * 3 > sum(char > "\x7f" for char in text):
            return text
    return _cp1252(data)


def _kana(text: str) -> int:
    return sum("\u3040" <= char <= "\u30ff" for char in text)


def _wide(data: bytes, name: str) -> str:
    if name in ("utf-16", "utf-32"):
        return _utf16(data) if name == "utf-16" else data.decode(_ordered32(data), "replace")
    if _NOT_ASCII.search(data) and (eight := _strict(data, "utf-8")) is not None:
        return eight
    if name == "iso2022_jp_2":
        return _japanese(data)
    found = _strict(data, name)
    if found is not None:
        return found
    if name == "utf-7":
        return data.decode("utf-7", "replace") if data.isascii() else _guessed(data)
    return data.decode(name, "replace")


def _utf16(data: bytes) -> str:
    if data.isascii() and b"\x00" not in data:
        return data.decode("ascii")  # nobody writes only such Chinese
    even, odd = data[0:2000:2].count(0), data[1:2000:2].count(0)
    order = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-16-be" if even >= odd else "utf-16-le"
    return data.decode(order, "replace")


def _ordered32(data: bytes) -> str:
    if data[:4] in (b"\xff\xfe\x00\x00", b"\x00\x00\xfe\xff"):
        return "utf-32"
    return "utf-32-be" if data[:1] == b"\x00" else "utf-32-le"


def _japanese(data: bytes) -> str:
    for name in ("iso2022_jp_2", "iso2022_jp_ext", "iso2022_jp_3", "iso2022_jp_2004"):
        if (found := _strict(data, name)) is not None:
            return found
    return "".join(_segments(data))


def _segments(data: bytes) -> Iterator[str]:
    """ISO-2022-JP as Windows writes it (CP50221): its signs beyond the standard are read as Shift JIS has them."""
    escape = b"\x1b(B"
    for piece in _SEGMENT.split(data):
        if _SEGMENT.fullmatch(piece):
            escape = piece
        elif escape in (b"\x1b$B", b"\x1b$@"):
            yield _shifted(piece).decode("cp932", "replace")
        elif escape == b"\x1b(I":
            yield bytes(byte | 0x80 for byte in piece).decode("cp932", "replace")
        else:
            yield piece.decode("cp932", "replace")


def _shifted(pairs: bytes) -> bytes:
    """JIS X 0208 in seven bits as Shift JIS."""
    made = bytearray()
    for first, second in zip(pairs[::2], pairs[1::2], strict=False):
        if not (0x21 <= first <= 0x7E and 0x21 <= second <= 0x7E):
            made += bytes((first, second))
            continue
        row = (first - 0x21) // 2 + 0x81
        made.append(row if row <= 0x9F else row + 0x40)
        if first % 2:
            made.append(second + (0x1F if second < 0x60 else 0x20))
        else:
            made.append(second + 0x7E)
    return bytes(made)
