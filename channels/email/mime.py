"""A raw mail as a tree of parts (RFC 5322, 2045, 2046), whatever it is.

The standard library's parser is not used: it takes 13 s for 50,000 parts, ends in a RecursionError for deep nesting,
and cannot give a forwarded mail's own bytes. Here every part is a piece of the raw mail; nothing is copied before it is
asked for, and the work is bounded by `MOST_PARTS`, `DEEPEST` and `MOST_HITS`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from channels.email import encodings, parameters, words
from channels.email.charsets import decoded

MOST_PARTS = 12_000
DEEPEST = 120
MOST_HITS = 200_000
LONGEST_FIELD = 20_000
"""Bytes of a field that are looked at; the raw original has the rest."""
LONGEST_LIST = 400_000
"""The same for addresses and references."""
MOST_FIELDS = 20_000
_FIELD = re.compile(rb"([^\x00-\x20\x7f:]{1,200})[ \t]*:")
_LINE = re.compile(rb"[^\n]*(?:\n|\Z)")
_KNOWN = re.compile(
    rb"(?:from|to|cc|bcc|subject|date|received|message-id|mime-version|content-[a-z-]+|x-[\w-]+|reply-to|return-path|"
    rb"sender|in-reply-to|references|delivered-to|dkim-signature|list-[a-z]+|user-agent|importance|precedence|"
    rb"thread-[a-z]+|authentication-results|arc-[a-z-]+|disposition-notification-to|organization)[ \t]*:",
    re.IGNORECASE,
)
_GAPS = re.compile("[\x00-\x20\x7f\x85\u2028\u2029]+")
_TYPE = re.compile(r"[a-z0-9!#$&^_.+*-]{1,80}/[a-z0-9!#$&^_.+*-]{1,120}")
_OWN_BOUNDARY = re.compile(rb"(?:^|\n)--([^\r\n]{1,200}?)[ \t]*\r?\n(?=content-[a-z-]+[ \t]*:|\r?\n)", re.IGNORECASE)


class TooMuch(Exception):
    """More than anybody means; the code says of what."""


@dataclass(slots=True)
class Budget:
    """What is left to spend on one mail."""

    parts: int = MOST_PARTS
    hits: int = MOST_HITS

    def part(self) -> None:
        self.parts -= 1
        if self.parts < 0:
            raise TooMuch("too_many_parts")

    def hit(self) -> None:
        self.hits -= 1
        if self.hits < 0:
            raise TooMuch("too_many_parts")


@dataclass(slots=True)
class Part:
    """A part: its fields as they stand, and where its body is in `source`."""

    source: bytes
    start: int
    end: int
    fields: list[tuple[str, bytes]]
    type: str = "text/plain"
    type_parameters: dict[str, str] = field(default_factory=dict)
    disposition: str = ""
    disposition_parameters: dict[str, str] = field(default_factory=dict)
    children: list["Part"] = field(default_factory=list)
    level: int = 0
    is_multipart: bool = False
    head: int = 0
    """Where its fields begin in `source`."""

    @property
    def body(self) -> bytes:
        """As it stands, still encoded."""
        return self.source[self.start : self.end]

    @property
    def content(self) -> bytes:
        """Without the transfer encoding."""
        return encodings.decoded(self.body, self.encoding, is_text=self.type.startswith(("text/", "message/")))

    @property
    def encoding(self) -> str:
        return self.raw("content-transfer-encoding").decode("latin-1")

    @property
    def charset(self) -> str:
        return self.type_parameters.get("charset", "")

    @property
    def name(self) -> str:
        """The file's name as it was given, or empty."""
        given = (
            self.disposition_parameters.get("filename"), self.type_parameters.get("name"),
            self.disposition_parameters.get("name"), self.type_parameters.get("filename"),
        )  # fmt: skip
        return next((name for name in given if name and name.strip()), "")

    def raw(self, name: str) -> bytes:
        """The first field of this name that says anything, unfolded; empty when there is none."""
        return next((value for value in self.all(name) if value.strip()), b"")

    def all(self, name: str) -> list[bytes]:
        """All fields of this name, in any case."""
        name = name.lower()
        return [value for found, value in self.fields if found.lower() == name]

    def text(self, name: str, hint: str | None = None) -> str:
        """A field's text with its encoded words read, on one line."""
        return one_line(words.decoded(decoded(self.raw(name)[:LONGEST_FIELD], None, hint), hint))


def one_line(value: str) -> str:
    """Without line breaks and control characters, runs of white space made one. Other scripts' spaces stay."""
    return _GAPS.sub(" ", value).strip(" ")


def read(raw: bytes) -> Part:
    """The tree of a mail. Raises TooMuch."""
    if b"\n" not in raw and b"\r" in raw:
        raw = raw.replace(b"\r", b"\n")
    start = 3 if raw.startswith(b"\xef\xbb\xbf") else 0
    start = re.compile(rb"(?:[ \t]*\r*\n)*").match(raw, start).end()  # type: ignore[union-attr]
    mailbox_line = re.compile(rb">?From [^\n]*\n").match(raw, start)
    if mailbox_line:
        start = mailbox_line.end()
    return _part(raw, start, len(raw), 0, "text/plain", Budget())


def read_within(raw: bytes, level: int) -> Part:
    """The tree of a mail or part that was inside another one, at that level."""
    return _part(raw, 0, len(raw), level + 1, "text/plain", Budget())


def header(raw: bytes) -> Part:
    """The fields of a mail or block alone; nothing is looked for in its body."""
    fields, body = _header(raw, 0, len(raw))
    part = Part(raw, body, len(raw), fields)
    _describe(part, "text/plain")
    return part


def _part(source: bytes, start: int, end: int, level: int, default: str, budget: Budget) -> Part:
    budget.part()
    if level > DEEPEST:
        raise TooMuch("nested_too_deep")
    fields, body = _header(source, start, end)
    part = Part(source, body, end, fields, level=level, head=start)
    _describe(part, default)
    if part.type.startswith("multipart/"):
        _split(part, budget)
    return part


def _describe(part: Part, default: str) -> None:
    raw_type = part.raw("content-type")[: parameters.LONGEST]
    said = parameters.parsed(decoded(raw_type, None))
    if not raw_type.isascii() and said.parameters.get("charset"):
        said = parameters.parsed(decoded(raw_type, None, said.parameters["charset"]), said.parameters["charset"])
    part.type = _type(said.value, default)
    part.type_parameters = said.parameters
    hint = said.parameters.get("charset")
    disposition = parameters.parsed(decoded(part.raw("content-disposition")[: parameters.LONGEST], None, hint), hint)
    part.disposition, part.disposition_parameters = disposition.value, disposition.parameters


def _type(said: str, default: str) -> str:
    said = said.strip("; ")
    if _TYPE.fullmatch(said):
        return said
    short = {
        "": default, "text": "text/plain", "html": "text/html", "plain": "text/plain", "multipart": "multipart/mixed",
        "text/": "text/plain", "application": "application/octet-stream", "pdf": "application/pdf",
    }  # fmt: skip
    return short.get(said, "text/plain")


def _header(source: bytes, start: int, end: int) -> tuple[list[tuple[str, bytes]], int]:
    """The fields, and where the body begins."""
    fields: list[tuple[str, list[bytes]]] = []
    position = start
    while position < end:
        line = _LINE.match(source, position, end)
        assert line is not None  # noqa: S101 (it matches anything)
        text = line[0].rstrip(b"\r\n")
        if not text.strip(b" \t") and (not text or not _goes_on(source, line.end(), end)):
            return _unfolded(fields), line.end()
        if text[:1] in (b" ", b"\t"):
            if fields:
                fields[-1][1].append(text)
            elif (name := _FIELD.match(text.strip())) and _KNOWN.match(text.strip()):
                fields.append((name[1].decode("latin-1"), [text.strip()[name.end() :]]))
            else:
                return [], position
        elif name := _FIELD.match(text):
            if len(fields) < MOST_FIELDS:
                fields.append((name[1].decode("latin-1"), [text[name.end() :]]))
        elif not _is_stray(source, text, line.end(), end):
            return _unfolded(fields), position  # the empty line is missing
        position = line.end()
    return _unfolded(fields), end


def _unfolded(fields: list[tuple[str, list[bytes]]]) -> list[tuple[str, bytes]]:
    return [(name, b"".join(lines).replace(b"\r", b" ").strip()) for name, lines in fields]


def _goes_on(source: bytes, position: int, end: int) -> bool:
    """A line of white space alone ends the header unless the header goes on after it."""
    line = source[position : min(end, position + 300)].split(b"\n", 1)[0]
    return bool(_KNOWN.match(line)) or (line[:1] in (b" ", b"\t") and bool(line.strip()))


def _is_stray(source: bytes, text: bytes, position: int, end: int) -> bool:
    """A line without a colon is left out when more of the header follows; else the body begins there."""
    if re.match(rb">?From ", text):
        return True
    return not text.startswith(b"--") and bool(_KNOWN.match(source, position, end))


def _split(part: Part, budget: Budget) -> None:
    """Find the parts of a multipart; one in which none is found is text."""
    part.is_multipart = True
    spans = _found_spans(part, budget)
    if not spans and "base64" in part.encoding.lower() and part.body.strip():
        unpacked = encodings.decoded(part.body, "base64", is_text=True)
        part.source, part.start, part.end = unpacked, 0, len(unpacked)
        spans = _found_spans(part, budget)
    if not spans:
        part.is_multipart = False
        part.type = "text/plain"
        return
    default = "message/rfc822" if part.type == "multipart/digest" else "text/plain"
    part.children = [_part(part.source, *span, part.level + 1, default, budget) for span in spans]


def _found_spans(part: Part, budget: Budget) -> list[tuple[int, int]]:
    stated = part.type_parameters.get("boundary", "").rstrip().encode("utf-8", "surrogateescape")
    spans = _spans(part, stated, budget) if stated else []
    if spans or part.end <= part.start:
        return spans
    loose = _spans(part, stated, budget, exact=False) if stated else []
    if loose:
        return loose
    own = _OWN_BOUNDARY.search(part.source, max(0, part.start - 1), min(part.end, part.start + 100_000))
    return _spans(part, own[1].removesuffix(b"--"), budget) if own and own[1].strip(b"- ") else []


def _spans(part: Part, boundary: bytes, budget: Budget, *, exact: bool = True) -> list[tuple[int, int]]:
    """Where the parts between these boundary lines are. What follows the last one counts only if it is cut off."""
    mark = b"--" + boundary
    source = part.source
    spans: list[tuple[int, int]] = []
    opened = -1
    for hit in _hits(part, mark, budget):
        line_end = source.find(b"\n", hit, part.end)
        line_end = part.end if line_end < 0 else line_end + 1
        rest = source[hit + len(mark) : min(line_end, hit + len(mark) + 80)].strip()
        if exact and rest not in (b"", b"--"):
            continue
        if opened >= 0:
            spans.append((opened, _before_break(source, opened, hit)))
        opened = -1 if rest.startswith(b"--") else line_end
    if opened >= 0 and opened < part.end:
        spans.append((opened, part.end))
    return spans


def _hits(part: Part, mark: bytes, budget: Budget) -> Iterator[int]:
    """Where lines begin with `mark`."""
    if part.source.startswith(mark, part.start, part.end):
        yield part.start
    position = part.start
    while (found := part.source.find(b"\n" + mark, position, part.end)) >= 0:
        budget.hit()
        yield found + 1
        position = found + 1


def _before_break(source: bytes, start: int, hit: int) -> int:
    """The line break before a boundary belongs to the boundary."""
    end = hit
    if end > start and source[end - 1 : end] == b"\n":
        end -= 1
    if end > start and source[end - 1 : end] == b"\r":
        end -= 1
    return end
