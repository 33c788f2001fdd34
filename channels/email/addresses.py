"""Address lists (RFC 5322, 6532) as they occur. Never raises, and takes time by the length alone.

Read, beside the standard: commas and stops in names without quotation marks, marks never closed, semicolons between
addresses, doubled and missing angle brackets, routes, groups, encoded words wherever they stand.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from channels.email import words
from channels.email.charsets import decoded
from channels.email.mime import LONGEST_LIST, one_line

MOST = 10_000
MOST_WORDS = 50
"""A group's name is no longer."""
_TOKEN = re.compile(r'=\?[^?\s]{1,60}\?[bBqQ]\?[^?]{0,500}\?=|[",;:<>()\\]|[^",;:<>()\\=]+|=', re.DOTALL)
_BARE = re.compile(r"""("[^"]{1,200}"|[^\s<>()"',;:\[\]][^\s<>()",;:\[\]]*)@[^\s<>()"',;]+""")
_SPACED_AT = re.compile(r"[ \t]{0,9}@[ \t]{0,9}")


class Mailbox(NamedTuple):
    """A name and an address as they were written; either may be empty."""

    name: str
    address: str


@dataclass(slots=True)
class _Piece:
    """What stood between two separators."""

    text: list[str] = field(default_factory=list)
    angles: list[list[str]] = field(default_factory=list)
    comment: list[str] = field(default_factory=list)
    by_comma: bool = True

    @property
    def says(self) -> str:
        return "".join(self.text)


def parsed(raw: bytes, hint: str | None = None) -> list[Mailbox]:
    """The mailboxes in a field, those of groups too. Entries without an @ are local names, as they were written."""
    return _listed(decoded(raw[:LONGEST_LIST], None, hint), hint, again=True)


def _listed(text: str, hint: str | None, *, again: bool) -> list[Mailbox]:
    pieces = _Cutter([found[0] for found in _TOKEN.finditer(text)]).cut()
    return [box for piece in _merged(pieces) for box in _mailboxes(piece, hint, again=again)][:MOST]


class _Cutter:
    """Cuts a list at its separators, one sign after the other."""

    def __init__(self, tokens: list[str]) -> None:
        self._tokens = tokens
        self._piece = _Piece()
        self._done: list[_Piece] = []
        self._in_angle = self._in_group = False
        self._last = {sign: self._last_of(sign) for sign in ('"', ")", ";", ">")}

    def _last_of(self, sign: str) -> int:
        return max((at for at, one in enumerate(self._tokens) if one == sign), default=-1)

    def cut(self) -> list[_Piece]:
        position = 0
        while position < len(self._tokens):
            position = self._take(position)
        self._finish(by_comma=False)
        return self._done

    def _take(self, position: int) -> int:
        """Take the sign there; where the next one is."""
        sign = self._tokens[position]
        into = self._piece.angles[-1] if self._in_angle else self._piece.text
        if sign == '"' and position < self._last['"']:
            return self._quotation(position, into)
        if sign == "(" and not self._in_angle and position < self._last[")"]:
            return self._comment(position)
        if sign == "<":
            self._open()
        elif sign == ">":
            self._in_angle = False
        elif sign in ",;" and not (self._in_angle and "".join(into[:2]).lstrip().startswith("@")):
            self._in_group = self._in_group and sign != ";"
            self._finish(by_comma=sign == ",")
        elif sign == ":" and self._begins_group(position):
            self._in_group, self._piece = True, _Piece()
        elif sign not in '"\\' or sign == "=":
            into.append(sign)
        return position + 1

    def _open(self) -> None:
        if not self._in_angle:
            self._in_angle = True
            self._piece.angles.append([])

    def _finish(self, *, by_comma: bool) -> None:
        self._piece.by_comma = by_comma
        self._done.append(self._piece)
        self._piece, self._in_angle = _Piece(), False

    def _begins_group(self, position: int) -> bool:
        if len(self._piece.text) > MOST_WORDS:
            return False
        said = self._piece.says.strip()
        return (
            not self._in_angle and not self._in_group and position < self._last[";"]
            and not self._piece.angles and "@" not in said and said.lower() != "mailto"
        )  # fmt: skip

    def _quotation(self, position: int, into: list[str]) -> int:
        """Text in quotation marks; a mark that would swallow whole addresses was never closed and is left out."""
        end = position + 1
        held: list[str] = []
        while end < len(self._tokens) and self._tokens[end] != '"':
            if self._tokens[end] == "\\" and end + 1 < len(self._tokens):
                end += 1
            held.append(self._tokens[end])
            end += 1
        text = "".join(held)
        if end >= len(self._tokens) or re.search(r"<[^<>]{0,300}@[^<>]{0,300}>[\s,;]", text):
            self._last['"'] = self._last['"'] if end < len(self._tokens) else -1
            return position + 1
        is_local = self._in_angle or (end + 1 < len(self._tokens) and self._tokens[end + 1].startswith("@"))
        into.append(f'"{text}"' if is_local else text)
        return end + 1

    def _comment(self, position: int) -> int:
        depth, end = 1, position + 1
        while end < len(self._tokens) and depth:
            sign = self._tokens[end]
            depth += {"(": 1, ")": -1}.get(sign, 0)
            if sign == "\\" and end + 1 < len(self._tokens):
                end += 1
                sign = self._tokens[end]
            if depth:
                self._piece.comment.append(sign)
            end += 1
        if depth:  # never closed
            self._last[")"] = -1
            self._piece.comment = []
            return position + 1
        self._piece.text.append(" ")
        return end


def _merged(pieces: Iterable[_Piece]) -> Iterator[_Piece]:
    """A name with a comma but without quotation marks ("Ek, Eva <eva@…>") was cut in two."""
    waiting: list[_Piece] = []
    for piece in pieces:
        is_word = not piece.angles and "@" not in piece.says and bool(piece.says.strip())
        if is_word and piece.by_comma and "=?" not in piece.says and len(waiting) < 5:
            waiting.append(piece)
            continue
        if piece.angles and piece.says.strip():
            piece.text = [", ".join(one.says.strip() for one in [*waiting, piece])]
        else:
            yield from waiting
        waiting = []
        yield piece
    yield from waiting


def _mailboxes(piece: _Piece, hint: str | None, *, again: bool) -> Iterator[Mailbox]:
    if piece.angles:
        yield from _with_angle(piece, hint)
        return
    text = _SPACED_AT.sub("@", piece.says.strip())
    comment = _name("".join(piece.comment), hint)
    found = list(_BARE.finditer(text)) if "@" in text else []
    if found:
        rest = _name(_BARE.sub(" ", text).replace("mailto:", ""), hint).strip("'\" ")
        for one in found:
            yield Mailbox(rest or comment, _address(one[0], hint))
        return
    said = _name(text, hint)
    if again and "@" in said and "@" not in text:
        yield from _listed(said, hint, again=False)
    elif re.search(r"\w", said) and not said.endswith(":"):
        yield Mailbox(said if " " in said else comment, "" if " " in said else said)


def _with_angle(piece: _Piece, hint: str | None) -> Iterator[Mailbox]:
    candidates = [_address("".join(angle), hint) for angle in piece.angles]
    address = next((one for one in reversed(candidates) if "@" in one), candidates[-1])
    said = piece.says
    if "@" not in address and (bare := _BARE.search(_SPACED_AT.sub("@", said))):
        said, address = address, _address(bare[0], hint)
    name = _name(said, hint) or _name("".join(piece.comment), hint)
    if not address and "@" in name and (inner := _BARE.search(name)):
        name, address = name[: inner.start()].strip("<> "), inner[0]
    if name or address:
        yield Mailbox(name, address)


def _name(text: str, hint: str | None) -> str:
    name = one_line(words.decoded(text, hint))
    if len(name) > 1 and name[0] == name[-1] == '"':
        name = name[1:-1].strip()
    return name


def _address(text: str, hint: str | None) -> str:
    """Without what is no part of it: a route (RFC 5322 section 4.4), white space, `mailto:`."""
    address = one_line(words.decoded(text, hint) if "=?" in text else text).strip("<>' ,;")
    if address.startswith("@") and ":" in address:
        address = address.partition(":")[2]
    address = re.sub(r"^mailto:", "", address, flags=re.IGNORECASE)
    return address if '"' in address or "@" not in address else address.replace(" ", "")
