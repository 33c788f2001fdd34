"""What the citizen wrote now. Nothing is cut: the text is divided, and the console folds what is not new.

A mail is judged line by line, forwards, once; a quotation may stand above, below or between what is new. When nothing
new is left (somebody sent only a quotation), everything is shown.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from itertools import groupby

from channels.email import introductions, quoted_headers, signing

MOST_LINES = 10_000
"""Lines that are looked at; what comes after belongs to what came last."""
MOST_SUSPECTS = 2_000
"""Lines that look like introductions; more are not looked at."""
MOST_ROUNDS = 6
MOST_LOOKED = 300_000
"""Signs without quotation marks among which introductions are looked for: each can cost several looks."""
_SHORT = 3
"""Marked lines without an introduction that make a quotation in the midst of text; fewer may be anything."""


class Kind(StrEnum):
    NEW = "new"
    INTRODUCTION = "introduction"
    QUOTED = "quoted"
    SIGNATURE = "signature"


@dataclass(frozen=True, slots=True)
class Fragment:
    """A stretch of one kind; `start` and `end` count characters (code points)."""

    kind: Kind
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Visible:
    """`text` is what was written now; the fragments lie side by side and are the whole mail."""

    text: str
    fragments: tuple[Fragment, ...]
    lead: int = 0
    """White space before `text`."""

    @property
    def folds(self) -> list[tuple[int, int]]:
        """Start and end of everything that is not new."""
        merged = list[tuple[int, int]]()
        for one in self.fragments:
            if one.kind is Kind.NEW:
                continue
            if merged and merged[-1][1] == one.start:
                merged[-1] = (merged[-1][0], one.end)
            else:
                merged.append((one.start, one.end))
        return merged

    @property
    def length(self) -> int:
        """The length of what is new when it stands first and nothing new comes after; else that of the whole."""
        whole = self.fragments[-1].end if self.fragments else 0
        shown = [one for one in self.fragments if one.kind is Kind.NEW]
        if len(shown) != 1 or shown[0].start or not self.folds:
            return whole
        return self.lead + len(self.text)


@dataclass(slots=True)
class _Line:
    start: int
    end: int
    bare: str
    """Without outer spaces and quotation marks."""
    text: str
    quoted: bool
    kind: Kind = Kind.NEW

    @property
    def empty(self) -> bool:
        return not self.bare and not self.quoted


@lru_cache(maxsize=2)  # of one mail several ask
def split(text: str) -> Visible:
    """Divide a mail. Never raises; takes time in proportion to the text, which is looked at for `MOST_LINES`."""
    lines = _lines(text)
    kept = _tidied(lines)
    judged = 0
    for turn in range(MOST_ROUNDS):
        before = len(kept)
        judged += before
        if turn:
            _look_again(kept)
        _judge(kept)
        kept = _tidied(kept)
        if len(kept) == before or judged > MOST_LINES:
            break
    if not any(line.text.strip() for line in kept):
        for line in lines:
            line.kind = Kind.NEW
        kept = _tidied(lines)
    new = _joined(text, kept)
    return Visible(new.strip(), tuple(_fragments(text, lines)), len(text) - len(text.lstrip()))


def length(text: str) -> int:
    """How many characters of `text` are the new part when it stands first; all of them when it does not."""
    return split(text).length


def _joined(text: str, kept: list[_Line]) -> str:
    """Lines end in a line feed, but for the halves of one that was divided and is whole."""
    pieces = list[str]()
    for line, after in zip(kept, [*kept, None][1:], strict=True):
        divided = after is not None and after.start == line.end and text[line.end - 1 : line.end] != "\n"
        pieces += [line.text] if divided else [line.text, "\n"]
    return "".join(pieces)


def _look_again(lines: list[_Line]) -> None:
    """Marks as they are in the text that is left: what stands side by side has changed."""
    for line in lines:
        anew = _line(line.text, 0, 0)
        line.quoted, line.bare = anew.quoted, anew.bare
    _mark_unusual(lines)


def _fragments(text: str, lines: list[_Line]) -> list[Fragment]:
    made, place = list[Fragment](), 0
    for kind, run in groupby(lines, key=lambda line: line.kind):
        end = list(run)[-1].end
        if end > place:
            made.append(Fragment(kind, place, end))
        place = end
    if place < len(text):
        made.append(Fragment(made[-1].kind if made else Kind.NEW, place, len(text)))
    return made


_MARK = re.compile(r"^[ \t\xa0]{0,40}(?:(?:>[ \t\xa0]?)+)")
_PROMPT = re.compile(r"^\s*>>>\s+\S")
"""Python's. A third level of quotation has others beside it."""
_BAR = re.compile(r"^[ \t]{0,2}([|:])(?:[ \t]|$)")
_INITIALS = re.compile(r"^[ \t]?([A-Z][A-Za-z]{0,4})>(?:[ \t>]|$)")
_UNSEEN = re.compile("[\u200b-\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]")
"""Direction marks and spaces without width, which some programs put into introductions."""
_SPLIT_INLINE = re.compile(
    r"(?<=[.!?\w])[ \t]+(?=(?:On|Den|Am|Le|El|Il|Op|Em)\s(?:(?!\s(?:On|Den|Am|Le|El|Il|Op|Em)\s).){6,200}"
    r"(?:wrote|skrev|a écrit|escribió|ha scritto|escreveu)\s?:\s*$)"
)


def _lines(text: str) -> list[_Line]:
    made, place = list[_Line](), 0
    for whole in text.split("\n", MOST_LINES):
        if len(made) == MOST_LINES:
            made[-1].end = len(text)
            break
        end = min(place + len(whole) + 1, len(text))
        cut = _within(whole)
        if cut > 0:
            made.append(_line(whole[:cut], place, place + cut))
            made.append(_line(whole[cut:], place + cut, end))
        else:
            made.append(_line(whole, place, end))
        place = end
    _mark_unusual(made)
    return made


def _within(whole: str) -> int:
    """Where an introduction begins that shares its line with the answer."""
    if len(whole) > 4_000 or whole.lstrip().startswith(">"):
        return -1
    if (found := quoted_headers.inline(whole)) > 0:
        return found
    if len(whole) > 600 or not whole.rstrip().endswith(":"):
        return -1
    shared = _SPLIT_INLINE.search(whole)
    rest = whole[shared.end() :] if shared else ""
    return shared.end() if shared and introductions.introduction([rest], 0) else -1


def _line(whole: str, start: int, end: int) -> _Line:
    whole = whole.rstrip("\r")
    mark = _MARK.match(whole[:200])
    quoted = bool(mark) and not whole.rstrip().endswith("<<<") and not _is_no_mark(whole)
    bare = whole[mark.end() :] if mark and quoted else whole
    bare = bare[:2_000]
    return _Line(start, end, (bare if bare.isascii() else _UNSEEN.sub("", bare)).strip(), whole, quoted)


def _is_no_mark(whole: str) -> bool:
    """ ">From" is mbox's way to write From; ">50" says how many."""
    return bool(re.match(r"^\s*>(?:From\s|=\s|=?\s?\d+[\d.,]*\s?(?:%|kr|st|m|km|cm|kg|år|€|\$|$))", whole))


def _mark_unusual(lines: list[_Line]) -> None:
    """Quotations marked by bars, colons or initials: only as several lines together; tables end in a bar, too."""
    place = 0
    while place < len(lines):
        found = _unusual(lines[place])
        end = place + 1
        while found and end < len(lines) and _unusual(lines[end]) == found:
            end += 1
        if found and end - place >= (_SHORT if found in "|:" else 2):
            for line in lines[place:end]:
                line.quoted = True
                line.bare = (
                    re.sub(r"^\s*\S+?[|:>]?\s*", "", line.bare, count=1) if found not in "|:" else line.bare[1:].strip()
                )
        place = end


def _unusual(line: _Line) -> str:
    if line.quoted or len(line.text) > 2_000:
        return ""
    if found := _BAR.match(line.text):
        return "" if found[1] == "|" and line.text.rstrip().count("|") > 1 else found[1]
    found = _INITIALS.match(line.text)
    return found[1] if found and found[1] not in ("SQL", "PS", "C", "irb") else ""


def _judge(lines: list[_Line]) -> None:
    """Give each line its kind."""
    for line in lines:
        line.kind = Kind.NEW
    _join_broken(lines)
    introduced = _introduce(lines)
    _quote(lines, introduced)
    _sign(lines)


def _join_broken(lines: list[_Line]) -> None:
    """A mark may begin a line because a link was broken there, and a marked line may have lost its end to the next."""
    for place in range(1, len(lines)):
        before, line = lines[place - 1], lines[place]
        if line.quoted and not before.quoted and _open_link(before.text):
            line.quoted, line.bare = False, line.text.strip()
        after = lines[place + 1] if place + 1 < len(lines) else None
        if not line.quoted and line.bare and before.quoted and after and after.quoted and _is_overflow(before, line):
            line.quoted = True


def _open_link(text: str) -> bool:
    opened = text.rfind("<http")
    return opened >= 0 and ">" not in text[opened:]


def _is_overflow(before: _Line, line: _Line) -> bool:
    if line.bare.startswith(("http://", "https://", "<http")):
        return before.bare == "" or before.bare.endswith((":", "<"))
    return len(before.text) >= 66 and len(line.bare) <= 24 and line.bare[0].islower() and before.bare[-1:].isalnum()


def _introduce(lines: list[_Line]) -> bool:
    """Find what introduces a quotation; from one without marks on, all is quoted. Whether there was any."""
    bares, marked = [line.bare for line in lines], [line.quoted for line in lines]
    found, place, suspects, looked = False, 0, 0, 0
    while place < len(lines) and suspects < MOST_SUSPECTS and looked < MOST_LOOKED:
        line = lines[place]
        looked += 0 if line.quoted else len(line.text)
        number = 0 if line.quoted or not line.bare else _announcement(lines, bares, marked, place)
        if not number:
            place += 1
            suspects += _is_suspect(line)
            continue
        _take(lines, place, place + number, Kind.INTRODUCTION)
        suspects += 1
        found, place = True, place + number
        following = _next_filled(lines, place)
        if (
            following < len(lines)
            and not lines[following].quoted
            and not _announcement(lines, bares, marked, following)
        ):
            _take(lines, place, len(lines), Kind.QUOTED)
            return True
    return found


def _is_suspect(line: _Line) -> bool:
    return not line.quoted and (":" in line.bare[:60] or (bool(line.bare) and introductions.begins(line.bare)))


def _announcement(lines: list[_Line], bares: Sequence[str], marked: Sequence[bool], place: int) -> int:
    """How many lines from `place` announce a quotation."""
    bare = bares[place]
    if quoted_headers.separator(bare) or quoted_headers.marker(bare):
        return 1
    if number := quoted_headers.block(bares, place) if ":" in bare[:60] or "：" in bare[:60] else 0:
        return number
    if quoted_headers.rule(bare):
        following = _next_filled(lines, place + 1)
        if following < len(lines) and following - place <= 3:
            number = quoted_headers.block(bares, following) or quoted_headers.unknown(bares, following)
            return following - place + number if number else 0
        return 0
    return introductions.introduction(bares, place, marked) if len(bare) <= introductions.LONGEST else 0


def _next_filled(lines: list[_Line], place: int) -> int:
    while place < len(lines) and lines[place].empty:
        place += 1
    return place


def _take(lines: list[_Line], start: int, end: int, kind: Kind) -> None:
    for line in lines[start:end]:
        line.kind = kind


def _quote(lines: list[_Line], introduced: bool) -> None:
    """Marked lines are quoted, but for a few in the midst of text that nothing introduces."""
    runs = _runs(lines)
    marked = [run for run in runs if lines[run[0]].quoted]
    leading = bool(marked) and marked[0][0] <= _next_filled(lines, 0)
    many = len(marked) >= _SHORT or any(end - start >= _SHORT for start, end in marked)
    for start, end in marked:
        if not introduced and all(_PROMPT.match(line.text) for line in lines[start:end] if line.bare):
            continue
        if introduced or leading or many or _next_filled(lines, end) >= len(lines) or _ends_here(lines, end):
            _take(lines, start, end, Kind.QUOTED)


def _ends_here(lines: list[_Line], end: int) -> bool:
    """Only a signature follows."""
    rest = [line.text for line in lines[end:]] if len(lines) - end <= 40 else []
    return bool(rest) and signing.start(["", *rest]) <= 1


def _runs(lines: list[_Line]) -> list[tuple[int, int]]:
    """Stretches of marked lines (with the empty ones between them), and of others, among what is still new."""
    made, place = list[tuple[int, int]](), 0
    while place < len(lines):
        start, quoted = place, lines[place].quoted
        place += 1
        while place < len(lines) and lines[place].quoted == quoted and lines[place].kind is lines[start].kind:
            place += 1
        if lines[start].kind is Kind.NEW:
            made.append((start, place))
    return made


def _sign(lines: list[_Line]) -> None:
    """Signatures stand at the end of each stretch of text; a telephone's line anywhere."""
    for start, end in _runs(lines):
        if not lines[start].quoted:
            stretch = [line.text for line in lines[start:end]]
            led = int(start > 0)  # after a quotation a rule may come first, at the beginning of a mail it is a heading
            cut = start + max(0, signing.start([""] * led + stretch) - led)
            if any(not line.empty for line in lines[cut:end]):
                _take(lines, cut, end, Kind.SIGNATURE)
            for line in lines[start:cut]:
                if line.bare and signing.mobile(line.bare):
                    line.kind = Kind.SIGNATURE


def _tidied(lines: list[_Line]) -> list[_Line]:
    """What is still new. Where something was taken out, one empty line is left at most; none at the ends."""
    kept = list[_Line]()
    place = 0
    while place < len(lines):
        end = place
        while end < len(lines) and (lines[end].kind is not Kind.NEW or lines[end].empty):
            end += 1
        if end == place:
            kept.append(lines[place])
            place += 1
            continue
        kept += _closed(lines[place:end], between=bool(kept) and end < len(lines))
        place = end
    return kept


def _closed(gap: list[_Line], between: bool) -> list[_Line]:
    """The empty lines that stay of a stretch without anything new."""
    empty = [line for line in gap if line.kind is Kind.NEW]
    if len(empty) == len(gap):
        return empty if between else []
    kind = next(line.kind for line in gap if line.kind is not Kind.NEW)
    stays = empty[:1] if between else []
    for line in gap:
        if line.kind is not Kind.NEW:
            kind = line.kind
        elif line not in stays:
            line.kind = kind
    return stays
