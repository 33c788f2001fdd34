"""Message-IDs in a field (RFC 5322 section 3.6.4), with what people's programs leave out. Never raises."""

import re
from collections.abc import Iterable

from channels.email.charsets import decoded
from channels.email.mime import LONGEST_LIST

_ID = re.compile(r"<\s{0,3}([^<>\s][^<>]{0,900})>")
_UNSEEN = re.compile(r"[\s\x00-\x1f]+")
_BARE = re.compile(r"[^<>\s,;()\"]{1,400}@[^<>\s,;()\"]{1,400}")


def found(values: Iterable[bytes]) -> list[str]:
    """Each once, in order, in angle brackets; white space from folding taken out."""
    made = [one for value in values for one in _of(decoded(value[:LONGEST_LIST], None))]
    return list(dict.fromkeys(made))


def _of(text: str) -> list[str]:
    inside = [f"<{_UNSEEN.sub('', one)}>" for one in _ID.findall(text)] if "<" in text else []
    if inside:
        return inside
    return [f"<{one}>" for one in _BARE.findall(text)] or _lonely(text)


def _lonely(text: str) -> list[str]:
    """A single word without an @ is what some programs call their mail."""
    word = text.strip(" \t<>")
    return [f"<{word}>"] if word and re.fullmatch(r"[^\s<>]{8,200}", word) else []
