"""One person as a source tells of them, checked: the same for files and for directory servers."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

FIELDS = ("name", "title", "unit", "words", "extension", "work", "mobile", "direct", "email", "login", "protected",
          "unlisted", "mobile_hidden", "calendar_url", "spoken")  # fmt: skip
"""What a source may tell, besides the key that it knows the person by."""
NUMBERS = ("work", "mobile", "direct")
FLAGS = ("protected", "unlisted", "mobile_hidden")
YES = frozenset({"1", "ja", "j", "x", "yes", "y", "true", "sant"})
NO = frozenset({"", "0", "nej", "n", "no", "false", "falskt", "-"})
LONGEST = 300
_MAIL = re.compile(r"[^@\s<>,;\"]{1,64}@[^@\s<>,;\"]{1,253}")
_E164 = re.compile(r"\+[1-9][0-9]{6,14}")


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one row. `line` counts from 1 with the heading; 0: the row has no line."""

    line: int
    what: str
    """Code: `name`, `number`, `email`, `calendar_url`, `flag`, `key_twice`, `direct_twice`, `columns`, `too_long`."""
    field: str = ""
    key: str = ""
    """Whose row it is; empty when even that cannot be read."""


@dataclass(frozen=True, slots=True)
class Record:
    """`values` holds only what the source tells of at all; the rest is left as it is."""

    key: str
    values: dict[str, Any] = field(default_factory=dict)
    line: int = 0


def record(raw: Mapping[str, str], line: int, country: str) -> tuple[Record | None, list[Fault]]:
    """A row's fields as text -> the record, and what is wrong with it. A field that is wrong is left out.

    Without a name there is no record.
    """
    given = {name: " ".join(raw[name].split()) for name in FIELDS if name in raw}
    key = " ".join(raw.get("key", "").split()) or given.get("email", "").lower() or given.get("login", "")
    key = (key or given.get("name", ""))[:LONGEST]
    values: dict[str, Any] = {}
    faults: list[Fault] = []
    for name, text in given.items():
        value = _READERS.get(name, _plain)(text, country) if len(text) <= LONGEST * _room(name) else None
        if value is not None:
            values[name] = value
        else:
            faults.append(Fault(line, _CODES.get(name, name) if name in _READERS else "too_long", name, key))
    if not values.get("name"):
        return None, [*faults, Fault(line, "name", "name", key)]
    return Record(key, values, line), faults


def doubles(records: list[Record]) -> tuple[list[Record], list[Fault]]:
    """The records whose key and direct number are their own; the first of several is kept, the others are faults."""
    kept, faults, keys, directs = list[Record](), list[Fault](), set[str](), set[str]()
    for one in records:
        direct = one.values.get("direct", "")
        if one.key in keys:
            faults.append(Fault(one.line, "key_twice", key=one.key))
        elif direct and direct in directs:
            faults.append(Fault(one.line, "direct_twice", "direct", one.key))
        else:
            kept.append(one)
        keys.add(one.key)
        directs.add(direct)
    return kept, faults


def e164(text: str, country: str) -> str | None:
    """A number as E.164; empty stays empty; None for what is no number.

    >>> e164("010-123 45 67", "46"), e164("+46 (0)10 1234567", "46"), e164("nej", "46")
    ('+46101234567', '+46101234567', None)
    """
    digits = re.sub(r"[\s.\-/\u2010-\u2015]", "", text.replace("(0)", ""))
    digits = re.sub(r"[()]", "", digits)
    if not digits:
        return ""
    if digits.startswith("00"):
        digits = "+" + digits[2:]
    elif digits.startswith("0"):
        digits = f"+{country}{digits[1:]}"
    return digits if _E164.fullmatch(digits) else None


def _plain(text: str, _country: str) -> str:
    return text


def _extension(text: str, _country: str) -> str | None:
    digits = re.sub(r"[\s.\-]", "", text)
    return digits if re.fullmatch(r"([0-9]{2,6})?", digits) else None


def _mail(text: str, _country: str) -> str | None:
    return text.lower() if not text or _MAIL.fullmatch(text) else None


def _flag(text: str, _country: str) -> bool | None:
    word = text.lower()
    return True if word in YES else False if word in NO else None


def _words(text: str, _country: str) -> list[str]:
    return list(dict.fromkeys(word.strip() for word in re.split(r"[,;|/\n]", text) if word.strip()))[:100]


def calendar_url(text: str, _country: str = "") -> str | None:
    """Only https, and nothing that hides where it leads."""
    if not text:
        return ""
    try:
        parts = urlsplit(text)
        fine = parts.scheme == "https" and bool(parts.hostname) and not parts.username and (parts.port or 443) > 0
    except ValueError:
        return None
    return text if fine and len(text) <= 2000 and text.isprintable() else None


def _room(name: str) -> int:
    return 10 if name in ("words", "calendar_url") else 1


_READERS: dict[str, Callable[[str, str], Any]] = {
    **dict.fromkeys(NUMBERS, e164), **dict.fromkeys(FLAGS, _flag), "extension": _extension, "email": _mail,
    "words": _words, "calendar_url": calendar_url,
}  # fmt: skip
_CODES = {**dict.fromkeys((*NUMBERS, "extension"), "number"), **dict.fromkeys(FLAGS, "flag")}
