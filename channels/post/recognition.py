"""The only door to pytesseract: text of a page image, which way is up, and the second look.

Debian's `swe` model has no `@ # * % § _ ° ½ – •`, its `eng` model has them but reads å ä ö worse. So a page is
read in `swe`; lines with words that want such a sign are read once more in `eng`, all of them in one small
picture, and only words that then hold such a sign are taken over.
"""

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from pathlib import Path

import pytesseract
from PIL import Image

from channels.post.words import Line, Word, around, from_tsv, lines
from contactcenter.errors import Misconfigured, Unavailable

os.environ.setdefault("OMP_THREAD_LIMIT", "1")  # Tesseract's threads only hinder each other: one process per core
LACKING = "@#*%§_°½–•"
EMAIL = re.compile(r"[\w.+-]+@[\w-]+(\.[\w-]+)+")
WEB = re.compile(r"(https?://|www\.)\S+|\S+\.(se|nu|com|org|net|eu)\b\S*", re.IGNORECASE)
_WANTS = re.compile(
    r"\(?[DO0QG9a]\)?\w*\.\w{2,}$|\.(se|nu|com|org|net|eu|example)\b|www|http|[$£&€©®¤]|\w\(\w|[?]\w", re.IGNORECASE
)
"""What `swe` makes of addresses and signs that it does not know."""
SAYS_MAIL = re.compile(r"\b(e-?post\w*|e-?mail|mejl\w*)\W{0,3}\s+\S{6,}", re.IGNORECASE)
END_OF_ADDRESS = re.compile(r"\w\.(se|nu|com|org|net|eu|example)\b", re.IGNORECASE)
LOCAL = re.compile(r"[A-Za-z0-9_.+-]+")
_NUMBERED = re.compile(r"^[\d.,:]+$")
_LONE = re.compile(r"^\W?[1-9SsBgGxX$?&]\W?$")
_PAIR = re.compile(r"^(9[0-9]|[2-8][0-9]|[SsBgGxX$?&]{2})\W?$")
UNSURE = 0.6
MOST_LINES = 16
MARGIN = 8
LARGER = 2
NO_SPACE = 0.3
"""Of the height: a gap narrower than this parts no words."""
SAME_PLACE = 0.3
"""Two words that overlap by more than this share of the narrower are readings of the same ink."""


@dataclass(frozen=True, slots=True)
class Languages:
    """What to read in first, and what in second (may be empty)."""

    first: str = "swe"
    second: str = "eng"


def check(languages: Languages) -> str:
    """Tesseract's version. Raises Misconfigured with what to install."""
    try:
        version = str(pytesseract.get_tesseract_version())
        there = set(pytesseract.get_languages())
    except pytesseract.TesseractNotFoundError as missing:
        raise Misconfigured("tesseract", "tesseract is not installed: apt install tesseract-ocr") from missing
    wanted = {part for name in (languages.first, languages.second, "osd") for part in name.split("+") if part}
    if lost := sorted(wanted - there):
        packages = " ".join(f"tesseract-ocr-{name}" for name in lost)
        raise Misconfigured("tesseract_language", f"tesseract lacks {', '.join(lost)}: apt install {packages}")
    return version


def read(path: Path, language: str, dpi: int, mode: int = 3) -> list[Word]:
    """The words of the image file at `path`, in reading order. `mode` is Tesseract's page segmentation mode."""
    with _failures_named():
        return list(from_tsv(pytesseract.image_to_data(str(path), language, f"--psm {mode} --dpi {dpi}")))


def upright_turn(path: Path, dpi: int) -> int:
    """How many degrees clockwise (0, 90, 180, 270) the page must be turned to stand upright; 0 when unknown."""
    try:
        with _failures_named():
            said = pytesseract.image_to_osd(str(path), "osd", f"--psm 0 --dpi {dpi}")
    except Unavailable:
        return 0  # "Too few characters": nothing to turn by
    found = re.search(r"Rotate:\s*(\d+)", said)
    return int(found[1]) % 360 if found else 0


def second_look(words: Sequence[Word], image: Image.Image, folder: Path, language: str, dpi: int) -> list[Word]:
    """`words` with those replaced that a reading in `language` shows to hold a sign the first language lacks."""
    wanting = [line for line in lines(words) if any(wants(line, place) for place in range(len(line.words)))]
    if not wanting or not language:
        return list(words)
    better = _looked_at(wanting[:MOST_LINES], image, folder, language, dpi)
    addressed = [line for line in wanting[:MOST_LINES] if _wants_address(line, better)]
    if addressed:  # larger, an @ is often seen that was not
        better |= _looked_at(addressed, image, folder, language, dpi, LARGER)
    return [found for word in words if (found := better.get(word, word))]


def _looked_at(
    wanting: Sequence[Line], image: Image.Image, folder: Path, language: str, dpi: int, scale: int = 1
) -> dict[Word, Word | None]:
    strip, tops = _strip(image, wanting)
    path = folder / "second.pgm"
    strip.resize((strip.width * scale, strip.height * scale), Image.Resampling.LANCZOS).save(path)
    again = [_shrunk(word, scale) for word in read(path, language, dpi * scale, mode=6)]
    better: dict[Word, Word | None] = {}
    for line, top in zip(wanting, tops, strict=True):
        left, above, _, height = line.box
        row = [_moved(word, left - MARGIN, above - top) for word in again if _within(word, top, height)]
        better |= improved(line, row)
    return better


def _wants_address(line: Line, better: dict[Word, Word | None]) -> bool:
    """Whether the line says that an e-mail address stands there, or holds the end of one, and none was read."""
    read_now = " ".join(found.text for word in line.words if (found := better.get(word, word)))
    if EMAIL.search(read_now) or "www" in read_now:
        return False
    return bool(SAYS_MAIL.search(read_now) or END_OF_ADDRESS.search(read_now))


def wants(line: Line, place: int) -> bool:
    """Whether the word may hold a sign that the first language lacks."""
    word = line.words[place]
    if _WANTS.search(word.text):
        return True
    if word.confidence < UNSURE and (len(word.text) <= 3 or not word.text.strip(".,:;!?").isalpha()):
        return True
    before = line.words[place - 1].text if place else ""
    return _may_be_sign(word.text, before) or before.lower().rstrip(".:") == "e-post"


def _may_be_sign(text: str, before: str) -> bool:
    """Whether what follows a number may be a misread `§` or `%`; not within longer numbers such as telephone's."""
    return bool(_NUMBERED.match(before) and (_LONE.match(text) or (len(before) < 3 and _PAIR.match(text))))


def improved(line: Line, row: Sequence[Word]) -> dict[Word, Word | None]:
    """Which words of `line` to replace by what was read of the same place the second time; None: left out,
    because the word before it now holds its part."""
    better: dict[Word, Word | None] = {}
    for other in row:
        if not set(other.text) & set(LACKING):
            continue
        pieces = _together(other, row) if "@" in other.text else [other]
        covered = [word for word in line.words if any(_overlap(word, piece) > SAME_PLACE for piece in pieces)]
        if not covered or not any(wants(line, line.words.index(word)) for word in covered):
            continue
        same = [near for near in row if len(covered) == 1 and _overlap(covered[0], near) > SAME_PLACE] or pieces
        first = "".join(word.text for word in covered)
        text = address(first, "".join(near.text for near in same)) or " ".join(near.text for near in same)
        if is_better(first, text):
            sure = min(near.confidence for near in same)
            better |= dict.fromkeys(covered)
            better[covered[0]] = replace(covered[0], text=text, confidence=sure, box=around(w.box for w in covered))
    return better


def _together(word: Word, row: Sequence[Word]) -> list[Word]:
    """`word` and what stands right before it without a space: an address that was read in pieces."""
    found = [word]
    for other in reversed(row[: row.index(word)]):
        if found[0].box[0] - (other.box[0] + other.box[2]) > NO_SPACE * word.box[3]:
            break
        found.insert(0, other)
    return found


def address(first: str, second: str) -> str:
    """The e-mail address of two readings of the same place, or "": `second` has its `@`, while `first`, with something
    else in that place, is the better reader of names."""
    found = EMAIL.fullmatch(second.strip(".,;:|)("))
    if not found:
        return ""
    local, _, domain = found[0].partition("@")
    end = first.lower().rfind(domain.lower())
    heads = [first[: end - sign] for sign in (1, 2, 3, 0) if end > sign]  # 0: nothing was seen in its place
    same = [head for head in heads if LOCAL.fullmatch(head) and _alike(head, local)]
    return f"{local if local in heads or not same else same[0]}@{domain}"


def _alike(head: str, local: str) -> bool:
    """Whether both may be readings of the same word: as long, or one sign for two, and most signs the same."""
    same = sum(block.size for block in SequenceMatcher(None, head.lower(), local.lower()).get_matching_blocks())
    return abs(len(head) - len(local)) <= 1 and same >= len(local) - max(1, len(local) // 5)


def is_better(first: str, second: str) -> bool:
    """Whether the second reading holds a lacking sign where the first has something that may stand for it."""
    signs = {sign for sign in second if sign in LACKING}
    if "@" in signs:
        return bool(EMAIL.search(second))
    if not signs & set("§%°½#"):
        return False
    rest = re.sub(r"[§%°½#\W]", "", second)
    if not rest:
        return len(first) <= 3
    return len(rest) <= len(first) and (rest[:1] in first or _NUMBERED.match(rest) is not None)


@contextmanager
def _failures_named() -> Iterator[None]:
    try:
        yield
    except pytesseract.TesseractNotFoundError as missing:
        raise Misconfigured("tesseract", "tesseract is not installed: apt install tesseract-ocr") from missing
    except pytesseract.TesseractError as failed:
        raise Unavailable("tesseract_failed", f"tesseract ended with {failed.status}") from failed


def _strip(image: Image.Image, wanting: Sequence[Line]) -> tuple[Image.Image, list[int]]:
    """One picture of all these lines under each other, and where each begins."""
    boxes = [line.box for line in wanting]
    width = max(box[2] for box in boxes) + 2 * MARGIN
    tops, y = [], 3 * MARGIN
    for box in boxes:
        tops.append(y)
        y += box[3] + 5 * MARGIN
    strip = Image.new("L", (width, y), 255)
    for (left, top, wide, high), place in zip(boxes, tops, strict=True):
        cut = image.crop((left - MARGIN, top - MARGIN // 2, left + wide + MARGIN, top + high + MARGIN // 2))
        strip.paste(cut, (0, place - MARGIN // 2))
    return strip, tops


def _shrunk(word: Word, scale: int) -> Word:
    left, top, width, height = word.box
    return replace(word, box=(left // scale, top // scale, width // scale, height // scale))


def _moved(word: Word, right: int, down: int) -> Word:
    left, top, width, height = word.box
    return replace(word, box=(left + right, top + down, width, height))


def _within(word: Word, top: int, height: int) -> bool:
    middle = word.box[1] + word.box[3] / 2
    return top - MARGIN <= middle <= top + height + MARGIN


def _overlap(word: Word, other: Word) -> float:
    """How much of the narrower of the two lies, left to right, within the other; 0..1."""
    left = max(word.box[0], other.box[0])
    right = min(word.box[0] + word.box[2], other.box[0] + other.box[2])
    return max(0, right - left) / max(1, min(word.box[2], other.box[2]))
