"""Header fields as they occur: RFC 2047 and what people make of it. Never raises."""

import re
from datetime import UTC, datetime
from email.header import decode_header
from email.message import Message
from email.utils import getaddresses, parsedate_to_datetime
from inspect import signature

LONGEST = 20_000
"""Characters of a field that are looked at; the raw original has the rest."""
LONGEST_PIECE = 2_000
MESSAGE_ID = re.compile(r"<[^<>\s]{1,900}>")
_LENIENT: dict[str, bool] = {"strict": False} if "strict" in signature(getaddresses).parameters else {}
"""Newer Pythons drop a whole list for one odd address unless told otherwise."""
_ALIASES = {
    "iso-8859-1": "cp1252", "latin1": "cp1252", "latin-1": "cp1252", "us-ascii": "utf-8", "ascii": "utf-8",
    "gb2312": "gb18030", "gbk": "gb18030", "ks_c_5601-1987": "cp949", "euc-kr": "cp949", "shift_jis": "cp932",
    "x-sjis": "cp932", "utf8": "utf-8", "utf-8mb4": "utf-8", "unicode-1-1-utf-7": "utf-7", "cp-850": "cp850",
    "windows-874": "cp874", "iso-8859-8-i": "iso-8859-8", "x-unknown": "utf-8", "unknown-8bit": "utf-8",
}  # fmt: skip

_NO_CHARSETS = {"idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined"}
"""Codecs of Python's that no mail means; some are slow."""


def decoded(data: bytes, charset: str | None) -> str:
    """Bytes as text: by the label where it fits, else UTF-8, else Windows-1252."""
    name = (charset or "utf-8").strip().strip("\"'").lower()
    if name.replace("-", "_") in _NO_CHARSETS:
        name = "utf-8"
    for label in (_ALIASES.get(name, name), "utf-8", "cp1252"):
        try:
            return data.decode(label)
        except (LookupError, UnicodeError, ValueError):
            continue
    return data.decode("latin-1")


def text(message: Message, name: str) -> str:
    """The field's text on one line, or empty."""
    return line(unfolded(next(iter(raw(message, name)), "")))


def raw(message: Message, *names: str) -> list[str]:
    """The fields' values as they stand in the mail, raw bytes as surrogates."""
    wanted = {name.lower() for name in names}
    return [str(value)[:LONGEST] for name, value in message.raw_items() if name.lower() in wanted]


def unfolded(value: str) -> str:
    """A raw field value decoded."""
    repaired = _repaired(value[:LONGEST])
    try:
        parts = decode_header(repaired)
    except (ValueError, LookupError, UnicodeError, AssertionError):
        return repaired
    return "".join(decoded(part, charset) if isinstance(part, bytes) else part for part, charset in parts)


def line(value: str) -> str:
    """Without line breaks and control characters, runs of white space made one."""
    return " ".join("".join(" " if ord(char) < 32 or char == "\x7f" else char for char in value).split())


def addresses(message: Message, *names: str) -> list[tuple[str, str]]:
    """(name, address in lower case) of every address in these fields; what has no @ is left out."""
    values = [piece for value in raw(message, *names) for piece in _pieces(_repaired(value))]
    try:
        pairs = getaddresses(values, **_LENIENT)
    except (ValueError, IndexError, TypeError, RecursionError):
        pairs = []
    found = [(line(unfolded(name)), line(address).lower()) for name, address in pairs]
    good = [(name, address) for name, address in found if "@" in address]
    if good or not values:
        return good
    return [("", match.lower()) for match in re.findall(r"[^\s<>,;\"']+@[^\s<>,;\"']+", " ".join(values))]


def _pieces(value: str) -> list[str]:
    """A long list of addresses in parts: the library takes time by the square of a broken one."""
    if len(value) <= LONGEST_PIECE:
        return [value]
    return [part[:LONGEST_PIECE] for part in re.split(r"(?<=>)\s{0,9}," if re.search(r">\s*,", value) else ",", value)]


def message_ids(message: Message, *names: str) -> list[str]:
    """Message-IDs in these fields, each once, in order."""
    found = [one for value in raw(message, *names) for one in MESSAGE_ID.findall(value)]
    return list(dict.fromkeys(found))


def date(message: Message) -> datetime | None:
    """The Date field, aware; None when it is missing or cannot be one."""
    try:
        found = parsedate_to_datetime(next(iter(raw(message, "Date")), ""))
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _repaired(value: str) -> str:
    """Raw 8-bit bytes in a field, as text."""
    if value.isascii():
        return value
    return decoded(value.encode("utf-8", "surrogateescape"), "utf-8")
