"""Recognised words and lines with place and confidence. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any

Box = tuple[int, int, int, int]
"""left, top, width, height in pixels of the upright page."""
WIDE_GAP = 3
"""In heights of the words beside it."""
LineKey = tuple[int, int, int]
"""Tesseract's block, paragraph and line number."""


@dataclass(frozen=True, slots=True)
class Word:
    """One word; `confidence` from 0 to 1."""

    text: str
    confidence: float
    box: Box
    key: LineKey


@dataclass(frozen=True, slots=True)
class Line:
    """The words of one printed line, left to right."""

    words: tuple[Word, ...]
    page: int = 0

    @property
    def text(self) -> str:
        return " ".join(word.text for word in self.words)

    @property
    def box(self) -> Box:
        return around(word.box for word in self.words)

    def segments(self) -> "list[Line]":
        """The line cut where a wide gap parts things that only happen to stand at the same height, as a stamp
        beside an address."""
        parts: list[list[Word]] = []
        for word in self.words:
            before = parts[-1][-1].box if parts else None
            if before is None or word.box[0] - (before[0] + before[2]) > WIDE_GAP * max(before[3], word.box[3]):
                parts.append([])
            parts[-1].append(word)
        return [Line(tuple(part), self.page) for part in parts]

    def spanned(self, start: int, end: int) -> tuple[Word, ...]:
        """The words that `text[start:end]` touches."""
        found, place = [], 0
        for word in self.words:
            if place < end and place + len(word.text) > start:
                found.append(word)
            place += len(word.text) + 1
        return tuple(found)


def lines(words: Iterable[Word], page: int = 0) -> list[Line]:
    """Words, in reading order, put together to lines."""
    return [Line(tuple(group), page) for _, group in groupby(words, key=lambda word: word.key)]


def text_of(found: Iterable[Line]) -> str:
    """Plain text: a line to a line, an empty one between paragraphs."""
    parts: list[str] = []
    before: tuple[int, int, int] | None = None
    for line in found:
        here = (line.page, *line.words[0].key[:2])
        if before is not None and here != before:
            parts.append("")
        parts.append(line.text)
        before = here
    return "\n".join(parts)


def around(boxes: Iterable[Box]) -> Box:
    """The smallest box round all `boxes` (at least one)."""
    every = list(boxes)
    left, top = min(box[0] for box in every), min(box[1] for box in every)
    right, bottom = max(box[0] + box[2] for box in every), max(box[1] + box[3] for box in every)
    return left, top, right - left, bottom - top


def certainty(words: Iterable[Word]) -> float:
    """Mean confidence, each word weighing by its length; 0 without words."""
    weights = [(len(word.text), word.confidence) for word in words]
    total = sum(weight for weight, _ in weights)
    return sum(weight * confidence for weight, confidence in weights) / total if total else 0.0


def from_tsv(tsv: str) -> Iterator[Word]:
    """Words of Tesseract's TSV (level 5 rows; confidence 0..100); rows that are damaged or blank are left out."""
    for row in tsv.splitlines()[1:]:
        cells = row.split("\t")
        if len(cells) < 12 or cells[0] != "5" or not cells[11].strip():
            continue
        left, top, width, height = (int(cell) for cell in cells[6:10])
        key = (int(cells[2]), int(cells[3]), int(cells[4]))
        yield Word(cells[11].strip(), max(0.0, min(1.0, float(cells[10]) / 100)), (left, top, width, height), key)


def to_row(word: Word, scale: float = 1.0) -> list[Any]:
    """`[text, confidence, left, top, width, height]`, the box in pixels of an image `scale` times as large."""
    return [word.text, round(word.confidence, 3), *(round(side * scale) for side in word.box)]


def to_json(words: Iterable[Word]) -> list[list[Any]]:
    return [[word.text, round(word.confidence, 3), list(word.box), list(word.key)] for word in words]


def from_json(rows: Iterable[list[Any]]) -> list[Word]:
    return [Word(text, confidence, tuple(box), tuple(key)) for text, confidence, box, key in rows]
