"""What a letter says of its sender and matter: fields with value, confidence and place. Pure.

Confidence is that of the least certain word, raised where a checksum is right. A field suggests; nothing is
joined or decided by it alone.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from channels.post.numbers import organisation_number, personal_number
from channels.post.words import Box, Line, around

CASE = re.compile(r"\bK[CG€][\s-]{0,2}(20\d\d)[\s–-]{0,2}(\d{6,9})\b", re.IGNORECASE)
PERSON = re.compile(r"(?<![\d-])((?:19|20)?\d{6})\s?([-–+—]?)\s?(\d{4})(?![\d-])")
EMAIL = re.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}")
PHONE = re.compile(r"(?<![\d-])(?:\+\s?46|0046|0)[\s-]?\(?0?\)?\d(?:[\s/–-]{0,3}\d){6,10}(?![\d-])")
POSTCODE = re.compile(r"^(?:SE?[- ])?(\d{3})\s?(\d{2})\s+([A-ZÅÄÖÉ][\w .ÅÄÖåäöé-]{1,40})$")
STREET = re.compile(r"^(?:[A-ZÅÄÖÉ][\w.:'éåäöÅÄÖ -]{2,50}\s\d{1,4}\s?[A-Za-z]?(?:\s*lgh\s?\d{4})?|Box\s\d{1,5})$")
NAME = re.compile(r"^(?:[A-ZÅÄÖÉÜŠČŻŁ][\w.'’-]{0,30}(?:\s(?:af|av|von|de|van|och|[A-ZÅÄÖÉÜ][\w.'’-]{0,30})){1,4})$")
OURS = re.compile(r"kommun|kontaktcenter|förvaltning|nämnd|stadshus|medborgar|kundtjänst|\benhet", re.IGNORECASE)
FAREWELL = re.compile(
    r"^(?:med\s+)?(?:vänlig\w*|bästa|hjärtlig\w*)\s+hälsning\w*|^hälsningar|^mvh\b|^högaktningsfullt", re.IGNORECASE
)
MONTHS = [
    "januari",
    "februari",
    "mars",
    "april",
    "maj",
    "juni",
    "juli",
    "augusti",
    "september",
    "oktober",
    "november",
    "december",
]
ISO = re.compile(r"(?<![\d-])(20\d\d)\s?[-–./]\s?(0?[1-9]|1[0-2])\s?[-–./]\s?(3[01]|[12]\d|0?[1-9])(?![\d-])")
LONG = re.compile(
    rf"(?<!\d)(3[01]|[12]\d|0?[1-9])\.?\s+({'|'.join(MONTHS)}|{'|'.join(m[:3] for m in MONTHS)})\.?\s+(20\d\d)",
    re.IGNORECASE,
)
STAMP = re.compile(r"(inkom|ankom|registrerad)\w*\W{0,6}$", re.IGNORECASE)
"""Before a date: it is when we received the letter."""
REFERENCE = re.compile(
    r"\b(?:dnr|diarienr|diarienummer|er ref\w*)[.:]*\s*([A-ZÅÄÖ]{0,6}[\s-]?\d{2,4}[-/:]\d{1,6}(?:[-/]\d+)?)",
    re.IGNORECASE,
)
GIRO = re.compile(r"\b(?:bankgiro|bg|plusgiro|pg)[.:]*\s*(\d{2,4}[- ]\d{1,4}(?:[- ]\d)?)\b", re.IGNORECASE)
PROPERTY = re.compile(r"\bfastighet(?:en|sbeteckning)?[.:]?\s+([A-ZÅÄÖ][\w-]+(?:\s[A-ZÅÄÖ][\w-]+)?\s\d{1,4}:\d{1,4})")
CHECKED = 0.5
"""How far a right checksum lifts the confidence towards 1."""


@dataclass(frozen=True, slots=True)
class Found:
    """A field. `kind` is `name`, `street`, `postcode`, `place`, `personal_number`, `organisation_number`,
    `case_number`, `reference`, `phone` (E.164), `email`, `date` (ISO), `received` (ISO, from a stamp), `giro` or
    `property`; `box` is in pixels of the page image."""

    kind: str
    value: str
    confidence: float
    page: int
    box: Box

    def as_fact(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "value": self.value,
            "confidence": round(self.confidence, 3),
            "page": self.page,
            "box": list(self.box),
        }


def find(lines: Sequence[Line], today: date) -> list[Found]:
    """All fields of a letter, the likeliest first within a kind, each value once."""
    every = [*_by_pattern(lines, today), *_sender(lines)]
    best: dict[tuple[str, str], Found] = {}
    for found in every:
        known = best.get((found.kind, found.value))
        if known is None or found.confidence > known.confidence:
            best[found.kind, found.value] = found
    return sorted(best.values(), key=_rank)


def _rank(found: Found) -> tuple[str, float, float]:
    """Most certain first; dates from the top, since a letter's own date stands over its text."""
    if found.kind == "date":
        return found.kind, found.page, found.box[1]
    return found.kind, 0.0, -found.confidence


def first(found: Iterable[Found], kind: str) -> str:
    """The likeliest value of `kind`, or ""."""
    return next((field.value for field in found if field.kind == kind), "")


def marks(found: Iterable[Found], sure: float, ours: frozenset[str] = frozenset()) -> tuple[tuple[str, str], ...]:
    """What may identify the citizen: phone, e-mail and personal numbers at least `sure`, without those in `ours`."""
    kinds = {"phone", "email", "personal_number"}
    return tuple(
        (field.kind, field.value)
        for field in found
        if field.kind in kinds and field.confidence >= sure and field.value not in ours
    )


def phone_number(text: str) -> str:
    """A Swedish number in E.164 (ITU-T), or "" when the count of digits is wrong."""
    digits = re.sub(r"\D", "", text)
    if text.lstrip().startswith("+46"):
        digits = digits[2:]
    elif digits.startswith("0046"):
        digits = digits[4:]
    elif not digits.startswith("0"):
        return ""
    digits = digits.removeprefix("0")
    return f"+46{digits}" if 7 <= len(digits) <= 9 and digits[0] != "0" else ""


def _by_pattern(lines: Sequence[Line], today: date) -> Iterator[Found]:
    for line in lines:
        text = line.text
        for kind, pattern, read in _PATTERNS:
            for match in pattern.finditer(text):
                if value := read(match, today):
                    stamped = kind == "date" and STAMP.search(text[: match.start()])
                    yield _found(line, match.start(), match.end(), "received" if stamped else kind, value)


def _found(line: Line, start: int, end: int, kind: str, value: str) -> Found:
    words = line.spanned(start, end)
    sure = min(word.confidence for word in words)
    if kind in _CHECKSUMMED:
        sure += (1 - sure) * CHECKED
    return Found(kind, value, sure, line.page, around(word.box for word in words))


def _person(match: re.Match[str], today: date) -> str:
    return personal_number(match[1] + ("+" if match[2] == "+" else "-") + match[3], today)


def _organisation(match: re.Match[str], today: date) -> str:
    return "" if _person(match, today) else organisation_number(match[1] + match[3])


def _date(match: re.Match[str], today: date) -> str:
    try:
        written = date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError:
        return ""
    return written.isoformat() if written.year >= 2000 and (written - today).days < 366 * 2 else ""


def _long_date(match: re.Match[str], _: date) -> str:
    month = next(place for place, name in enumerate(MONTHS, 1) if name.startswith(match[2].lower()[:3]))
    try:
        return date(int(match[3]), month, int(match[1])).isoformat()
    except ValueError:
        return ""


def _phone(match: re.Match[str], _: date) -> str:
    return phone_number(match[0])


_PATTERNS: tuple[tuple[str, re.Pattern[str], Callable[[re.Match[str], date], str]], ...] = (
    ("case_number", CASE, lambda match, _: f"KC-{match[1]}-{match[2]}"),
    ("personal_number", PERSON, _person),
    ("organisation_number", PERSON, _organisation),
    ("email", EMAIL, lambda match, _: match[0].lower().strip(".-")),
    ("phone", PHONE, _phone),
    ("date", ISO, _date),
    ("date", LONG, _long_date),
    ("reference", REFERENCE, lambda match, _: match[1].strip()),
    ("giro", GIRO, lambda match, _: match[1]),
    ("property", PROPERTY, lambda match, _: match[1]),
)
_CHECKSUMMED = frozenset({"personal_number", "organisation_number"})


def _sender(lines: Sequence[Line]) -> Iterator[Found]:
    """Name and address: the address block that is not ours, and who signed."""
    pieces = [piece for line in lines for piece in line.segments()]
    signed = list(_signatures(pieces))
    names = {name.text for name in signed}
    blocks = [block for block in _address_blocks(pieces) if not any(OURS.search(line.text) for line in block)]
    blocks.sort(key=lambda block: block[0].text not in names)
    for place, block in enumerate(blocks):
        yield from _address(block, 0.5 if place else 1.0, names)
    for name in signed:
        in_address = any(block[0].text == name.text for block in blocks)
        yield _whole(name, "name", name.text, 1.0 if in_address else 0.8)


def _address(block: Sequence[Line], certain: float, signed: set[str]) -> Iterator[Found]:
    code = POSTCODE.match(block[-1].text)
    assert code is not None  # noqa: S101 - what makes it a block
    yield _whole(block[-1], "postcode", code[1] + code[2], certain)
    yield _whole(block[-1], "place", code[3].strip(), certain)
    if len(block) > 1 and STREET.match(block[-2].text):
        yield _whole(block[-2], "street", block[-2].text, certain)
    if len(block) > 2 and NAME.match(block[0].text):
        yield _whole(block[0], "name", block[0].text, certain if block[0].text in signed else 0.7 * certain)


def _address_blocks(lines: Sequence[Line]) -> Iterator[list[Line]]:
    """Up to four lines that end with postcode and place, going up from there as long as they may be an address."""
    for line in lines:
        if not POSTCODE.match(line.text):
            continue
        block = [line]
        while len(block) < 4 and (above := _above(block[0], lines)) and _may_be_address(above):
            block.insert(0, above)
        yield block


def _above(line: Line, lines: Sequence[Line]) -> Line | None:
    """The line right over this one, beginning at the same place."""
    left, top, _, height = line.box
    near = [
        other
        for other in lines
        if other.page == line.page
        and abs(other.box[0] - left) < 4 * height
        and 0 < top - other.box[1] < 4 * height
        and top - (other.box[1] + other.box[3]) < 2 * height
    ]
    return max(near, key=lambda other: other.box[1], default=None)


def _may_be_address(line: Line) -> bool:
    text = line.text
    fits = STREET.match(text) or NAME.match(text) or text.lower().startswith("c/o") or OURS.search(text)
    return bool(fits and len(text) < 60 and not POSTCODE.match(text))


def _signatures(lines: Sequence[Line]) -> Iterator[Line]:
    for place, line in enumerate(lines):
        if FAREWELL.match(line.text):
            yield from [near for near in lines[place + 1 : place + 4] if NAME.match(near.text)][:1]


def _whole(line: Line, kind: str, value: str, certain: float) -> Found:
    sure = min(word.confidence for word in line.words)
    return Found(kind, value, sure * certain, line.page, line.box)
