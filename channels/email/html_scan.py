"""HTML looked through token by token before the library parses it: in one pass, whatever it is given.

What the library (html5ever) does in time by the square of its input is counted here beforehand, and elements whose
content a browser without scripts shows, but the library would keep from the reader, get a name that it does not know.
Nothing here makes anything safe: that is done to the result.
"""

import re
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from html import escape

MOST_ATTRIBUTES = 1_000
"""Of one tag: comparing each with all costs 27 s for 200,000."""
MOST_MISPLACED = 10_000
"""Things between a table's cells, which the parser moves before the table: 6 s for 100,000."""
MOST_RECONSTRUCTED = 1_000_000
"""Formatting left open is opened anew in each following block: elements that a short mail can ask for."""
_TOKEN = re.compile(r"<(?:(!--)|(!\[CDATA\[)|([!?])|(/?)([a-zA-Z][^\s/>]*))")
_ATTRIBUTE = re.compile(
    r"[\s/]*+(?!>)(?:=?[^\s/>=]++|=)(?:\s*+=\s*+(?:\"[^\"]*+(?:\"|\Z)|'[^']*+(?:'|\Z)|[^\s>]*+))?+", re.DOTALL
)
_TAG_END = re.compile(r"[\s/]*+>?")
_PARSED = frozenset(
    {"script", "style", "title", "head", "template", "textarea", "xmp", "plaintext", "input", "image", "button"}
    | {"object", "embed", "applet", "base", "link", "meta", "param", "source", "track", "area", "frame", "nobr"}
)
"""Elements that are not kept, but mean something to the parser. (`noscript`, `iframe`, `svg` and their like must mean
nothing to it: what stands in them is seen where no script runs and no frame loads.)"""
_AS_DIV = frozenset(
    {"html", "body", "form", "fieldset", "legend", "dir", "menu", "dialog", "marquee", "frameset", "hgroup", "listing"}
)
"""Blocks of which nothing is kept but that they are one, and how they look."""
_FOREIGN = frozenset({"svg", "math"})
_RAW = frozenset({"script", "style", "title", "textarea", "xmp"})
_INSTEAD = frozenset({"iframe", "noembed", "noframes"})
"""Text to every browser, and markup to whoever wrote it: what is in it is said as plain text."""
_ANY = re.compile(r"<[^<>]*>?")
_FORMATTING = frozenset(
    {"a", "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u"}
)
_CELLS = frozenset({"td", "th", "caption"})
_TABLE_PARTS = frozenset({"table", "tbody", "thead", "tfoot", "tr", "td", "th", "caption", "col", "colgroup"})


class TooTangled(ValueError):
    """More work than any mail is worth. The argument says what there was too much of."""


class _Work:
    """How much the parser would have to do."""

    def __init__(self) -> None:
        self.tables: list[str] = []
        self.open: dict[str, int] = {}
        self.active = self.misplaced = self.reconstructed = self.foreign = 0

    def start(self, tag: str) -> None:
        self._table_start(tag)
        if tag in _FORMATTING:
            self.open[tag] = self.open.get(tag, 0) + 1
            self.active += 1
        if tag in _FOREIGN:
            self.foreign += 1
        self.content()

    def _table_start(self, tag: str) -> None:
        if tag == "table":
            self.tables.append(tag)
        elif self.tables and tag in _CELLS:
            self._leave_cell()
            self.tables.append("cell")
        elif self.tables and tag in _TABLE_PARTS:
            self._leave_cell()
        elif self.tables and self.tables[-1] == "table":
            self.misplace()

    def _leave_cell(self) -> None:
        if self.tables[-1] == "cell":
            self.tables.pop()

    def end(self, tag: str) -> None:
        if tag == "table" and "table" in self.tables:
            while self.tables.pop() != "table":
                pass
        elif tag in _CELLS and self.tables:
            self._leave_cell()
        elif tag not in _TABLE_PARTS and self.tables and self.tables[-1] == "table":
            self.misplace()
        if self.open.get(tag):
            self.open[tag] -= 1
            self.active -= 1
        if tag in _FOREIGN and self.foreign:
            self.foreign -= 1

    def misplace(self) -> None:
        self.misplaced += 1
        if self.misplaced > MOST_MISPLACED:
            raise TooTangled("misplaced")

    def content(self) -> None:
        self.reconstructed += self.active
        if self.reconstructed > MOST_RECONSTRUCTED:
            raise TooTangled("formatting")

    def text(self, text: str) -> None:
        if not text or text.isspace():
            return
        self.content()
        if self.tables and self.tables[-1] == "table":
            self.misplace()


def prepared(html: str, known: AbstractSet[str]) -> str:
    """The HTML for the library, which is to keep the elements that are `known`. Raises TooTangled."""
    return "".join(_pieces(html, known | _PARSED))


def _pieces(html: str, known: AbstractSet[str]) -> Iterator[str]:
    work, place, ends = _Work(), 0, _Ends(html)
    while found := _TOKEN.search(html, place):
        text = html[place : found.start()]
        work.text(text)
        yield text
        comment, cdata, bogus, closes, name = found.groups()
        if comment:
            place = ends.comment(found.end())
        elif cdata and work.foreign:
            place = ends.after("]]>", found.end())
            yield escape(html[found.end() : place].removesuffix("]]>"))
        elif cdata or bogus:
            place = ends.after(">", found.end())
        else:
            place = _tag_end(html, found.end())
            tag = name.lower()
            (work.end if closes else work.start)(tag)
            yield _renamed(html[found.start() : place], closes, tag, known)
            if tag in _RAW | _INSTEAD and not closes:
                closing = ends.closing(tag, place)
                raw = html[place:closing]
                yield _ANY.sub(" ", raw).replace(">", "&gt;") if tag in _INSTEAD else raw
                place = closing
    work.text(html[place:])
    yield html[place:]


def _renamed(whole: str, closes: str, tag: str, known: AbstractSet[str]) -> str:
    """An element whose name means nothing here, as `<x-any>`: the library would drop the text of an unknown one, too,
    if its name is one of SVG's or MathML's. A list's options become lines."""
    if tag in _AS_DIV:
        return f"<{closes}div{whole[1 + len(closes) + len(tag) :]}"
    if tag == "option":
        return "" if closes else "<br>"
    return whole if tag in known else f"<{closes}x-any>"


def _tag_end(html: str, place: int) -> int:
    for _ in range(MOST_ATTRIBUTES):
        found = _ATTRIBUTE.match(html, place)
        if not found:
            ending = _TAG_END.match(html, place)
            return ending.end() if ending else place
        place = found.end()
    raise TooTangled("attributes")


class _Ends:
    """Where things end. What is not there is looked for once."""

    def __init__(self, html: str) -> None:
        self._html = html
        self._lower = html.lower() if html.isascii() else html.translate(_LOWER)
        self._missing: set[str] = set()

    def after(self, mark: str, place: int) -> int:
        """Behind the next mark, or the end of all."""
        found = -1 if mark in self._missing else self._lower.find(mark, place)
        if found < 0:
            self._missing.add(mark)
            return len(self._html)
        return found + len(mark)

    def comment(self, place: int) -> int:
        """Behind a comment whose `<!--` ends here: also the abrupt `<!-->` and `<!--->`, and the wrong `--!>`."""
        for abrupt in (">", "->"):
            if self._html.startswith(abrupt, place):
                return place + len(abrupt)
        return min(self.after("-->", place), self.after("--!>", place))

    def closing(self, tag: str, place: int) -> int:
        """Before the end tag, or the end of all."""
        mark = f"</{tag}"
        after = self.after(mark, place)
        return after - len(mark) if mark not in self._missing else after


_LOWER = {code: code + 32 for code in range(ord("A"), ord("Z") + 1)}
"""ASCII only: other letters may change their length."""
