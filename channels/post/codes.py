"""What the codes on separator sheets say, and which sheet a page's codes make it. Pure.

The code reads `KC1:unit=<organisation key>;topic=<topic key>;pages=<count>;sum=<checksum>`; the checksum tells a
damaged or foreign code from ours. It is no proof of origin: a sheet only sorts, it gives no rights.
"""

import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote, unquote

MARK = "KC1:"
PATCH_T = "PATCHT"
"""A plain separator of the trade, as a bar code: divides, says nothing more."""
WORD = "SKILJEBLAD"
_WORD = re.compile(r"SKIL[JI]EBLAD", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Separator:
    """What a sheet says of the letter after it. `problem` is a code when it cannot be relied upon."""

    unit: str = ""
    topic: str = ""
    pages: int = 0
    """How many sheets of paper sides should follow; 0: not said."""
    problem: str = ""


def payload(unit: str = "", topic: str = "", pages: int = 0) -> str:
    """The text in the code."""
    parts = {"unit": unit, "topic": topic, "pages": str(pages) if pages else ""}
    body = MARK + ";".join(f"{key}={quote(value, safe='.')}" for key, value in parts.items() if value)
    return f"{body};sum={checksum(body)}"


def checksum(body: str) -> str:
    return f"{zlib.crc32(body.encode()):08X}"


def parse(text: str) -> Separator | None:
    """The separator that a code's `text` is; None for a code that is none of ours."""
    if text.strip().upper() == PATCH_T:
        return Separator()
    if not text.startswith(MARK):
        return None
    body, _, said = text.rpartition(";sum=")
    if said != checksum(body):
        return Separator(problem="separator_damaged")
    parts = dict(part.partition("=")[::2] for part in body[len(MARK) :].split(";") if part)
    pages = parts.get("pages", "")
    return Separator(
        unit=unquote(parts.get("unit", "")),
        topic=unquote(parts.get("topic", "")),
        pages=int(pages) if pages.isascii() and pages.isdigit() and len(pages) < 6 else 0,
    )


def from_codes(codes: Sequence[str]) -> Separator | None:
    """The separator that a page's codes make it; codes that disagree make it one that a human must look at."""
    found = {found for code in codes if (found := parse(code))}
    good = {separator for separator in found if not separator.problem}
    if len(good) == 1:
        return good.pop()
    if good:
        return Separator(problem="separator_ambiguous")
    return found.pop() if found else None


def looks_like_sheet(text: str) -> bool:
    """Whether recognised `text` is that of a sheet whose codes could not be read."""
    return len(text) < 1500 and len(_WORD.findall(text)) >= 2
