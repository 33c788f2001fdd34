"""Structured fields: a value and its parameters (RFC 2045, 2183), continued and encoded (RFC 2231), and as they occur.

Known oddities: semicolons that are missing, doubled or at the end; values without quotation marks that have spaces;
marks that are never closed or stand inside; encoded words (RFC 2047) where none belong; continuations in any order.
"""

import re
from dataclasses import dataclass, field
from urllib.parse import unquote_to_bytes

from channels.email import charsets, words
from contactcenter.columns import clean

LONGEST = 100_000
MOST = 1_000
"""Parameters of one field."""
_GAP = re.compile(r"[;\s]*")
_NAME = re.compile(r"([A-Za-z0-9_.!#$&^+-]+(?:\*\d{1,6})?\*?)\s*=\s*")
_NEXT = r"""(?=\s*(?:;|\Z|[\w-]{2,40}(?:\*\d{1,4})?\*?\s*=\s*["\w]))"""
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"' + _NEXT, re.DOTALL)
_QUOTED_WITHIN = re.compile(r'"(.*?)"(?=\s*(?:;\s*(?:[\w-]{1,40}(?:\*\d{1,4})?\*?\s*=|\Z)|\Z))', re.DOTALL)
_BARE = re.compile(
    r"((?:=\?[^?\s]*\?[bBqQ]\?[^?]*\?=|[^;])*?)(?=;|\Z|\s+[\w-]{2,40}(?:\*\d{1,4})?\*?=(?!\?))", re.DOTALL
)
_COMMENT = re.compile(r"\s+\([^()]*\)|^\([^()]*\)\s*")
_SEGMENT = re.compile(r"^(.+?)\*(\d{1,6})?(\*?)$")
_PLAIN_NAMES = ("filename", "name")


@dataclass(frozen=True, slots=True)
class Value:
    """The field's value in lower case, and its parameters by their names in lower case, the first of each."""

    value: str = ""
    parameters: dict[str, str] = field(default_factory=dict)


def parsed(text: str, hint: str | None = None) -> Value:
    """Read the field. `text` is unfolded; `hint` is the charset for what has none."""
    text = clean(text[:LONGEST]).strip()
    end = re.search(r"[;\s]", text)
    head, rest = (text[: end.start()], text[end.start() :]) if end else (text, "")
    if "=" in head and "/" not in head:
        head, rest = "", text
    if "," in head:
        head = head.partition(",")[0]
    rest = re.sub(r"^\s*/\s*", "", rest)
    return Value(head.strip("\"'").lower(), _read(_pairs(rest), hint))


def _pairs(rest: str) -> list[tuple[str, str, bool]]:
    """(name, value, whether it stood in quotation marks) in order."""
    found: list[tuple[str, str, bool]] = []
    position = 0
    for _ in range(MOST):
        position = _GAP.match(rest, position).end()  # type: ignore[union-attr]
        if position >= len(rest):
            break
        name = _NAME.match(rest, position)
        if name is None:
            semicolon = rest.find(";", position)
            following = re.compile(r"\s(?=[\w*-]{2,40}\s*=)").search(rest, position + 1)
            ends = [one for one in (semicolon + 1, following.start() if following else 0) if one > position]
            if not ends:
                break
            position = min(ends)
            continue
        value, was_quoted, position = _value(rest, name.end(), name[1].lower())
        found.append((name[1].lower(), value, was_quoted))
    return found


def _value(rest: str, start: int, name: str) -> tuple[str, bool, int]:
    if rest.startswith('"', start):
        quoted = _QUOTED.match(rest, start)
        if quoted:
            return re.sub(r'\\(["\\])', r"\1", quoted[1]), True, quoted.end()
        within = _QUOTED_WITHIN.match(rest, start)
        if within:
            return re.sub(r'\\(["\\])', r"\1", within[1]), True, within.end()
        start += 1  # never closed
        end = rest.find(";", start)
        end = len(rest) if end < 0 else end
        return rest[start:end].rstrip(), True, end
    bare = _BARE.match(rest, start)
    value, end = (bare[1].strip(), bare.end()) if bare else ("", start)
    if not name.startswith(_PLAIN_NAMES):
        value = _COMMENT.sub("", value)
    return value.strip().strip("'" if not name.endswith("*") else ""), False, max(end, start)


def _read(pairs: list[tuple[str, str, bool]], hint: str | None) -> dict[str, str]:
    plain: dict[str, str] = {}
    segments: dict[str, dict[int, tuple[str, bool]]] = {}
    for name, value, _ in pairs:
        segment = _SEGMENT.match(name)
        if segment is None:
            if value or name not in plain:
                plain.setdefault(name, value)
            continue
        is_encoded = bool(segment[3]) or segment[2] is None
        segments.setdefault(segment[1], {}).setdefault(int(segment[2] or 0), (value, is_encoded))
    found = {name: words.decoded(value, hint) if "=?" in value else value for name, value in plain.items()}
    for name, pieces in segments.items():
        text = _continued(pieces, hint)
        if text:
            found[name] = text
    return found


def _continued(pieces: dict[int, tuple[str, bool]], hint: str | None) -> str:
    """RFC 2231 section 3 and 4: charset'language'value in the first piece, percent signs in those so marked."""
    ordered = [pieces[index] for index in sorted(pieces)]
    charset = ""
    if ordered[0][1]:
        first = ordered[0][0]
        stated = re.match(r"([^']{0,60})'[^']{0,60}'(.*)", first, re.DOTALL)
        if stated:
            charset, ordered[0] = stated[1], (stated[2], True)
    data = b"".join(unquote_to_bytes(value) if encoded else value.encode() for value, encoded in ordered)
    text = charsets.decoded(data, charset or hint)
    return words.decoded(text, hint) if "=?" in text else text
