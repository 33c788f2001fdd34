"""Markup read as text, with the marks that plain mail has: "> " before what a mail program made a quotation of, "-- "
before what it made a signature of. So both kinds of mail are divided by the same rules (see visible).
"""

import re
from dataclasses import dataclass, field
from html import unescape

import nh3

from channels.email import markup

MOST_LEVELS = 20
"""Levels of quotation that are marked; deeper ones look like the deepest."""
_KEPT = {"class", "id", "type", "style", "name", "data-marker"}
_QUOTING = re.compile(
    r"\b(?:moz-cite-prefix|yahoo_quoted|yahoo-quoted-begin|protonmail_quote|tutanota_quote|zmail_extra|reply-intro|"
    r"ms-outlook-mobile-reference-message|mail-editor-reference-message-container|freshdesk_quote|front-blockquote|"
    r"quoted-text|__quoted_text__|hmmessage_quote|skiptranslate_quote)\b",
    re.IGNORECASE,
)
_TO_THE_END = re.compile(
    r"\b(?:divrplyfwdmsg|appendonsend|stopspelling|zwchr|olk_src_body_section)\b|"
    r"border:\s*none;\s*border-top:\s*solid\s+#(?:b5c4df|e1e1e1)",
    re.IGNORECASE,
)
_ATTRIBUTION = re.compile(r"\bgmail_attr\b", re.IGNORECASE)
_SIGNATURE = re.compile(
    r"\b(?:gmail_signature|moz-signature|apple-signature|protonmail_signature_block-user)\b", re.IGNORECASE
)
_TELEPHONE = re.compile(r"\b(?:ms-outlook-mobile-signature|lineBreakAtBeginningOfSignature)\b", re.IGNORECASE)
_TOKEN = re.compile(r"<(/?)([a-z][a-z0-9]*)((?:[^<>\"]|\"[^\"]*\")*)>|([^<]+|<)", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"([a-z-]+)=\"([^\"]*)\"", re.IGNORECASE)
_PARAGRAPHS = {"p", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "table", "ul", "ol", "dl", "pre", "hr"}
_BLOCKS = {
    "div", "li", "tr", "address", "article", "aside", "center", "dd", "dt", "details", "summary", "figure", "caption",
    "footer", "header", "main", "nav", "section", "figcaption",
}  # fmt: skip
_VOID = {"br", "img", "hr", "wbr", "col"}


@dataclass(slots=True)
class _Open:
    tag: str
    quotes: bool = False
    loose: bool = False
    """A paragraph without space around it, as Word makes them."""
    start: int = 0
    """The line where it begins."""
    line: int = -1
    """The line where an attribution begins."""
    item: int = -1
    """The next number of an ordered list; 0 for other lists."""


@dataclass(slots=True)
class _Page:
    lines: list[tuple[int, str]] = field(default_factory=list)
    current: list[str] = field(default_factory=list)
    stack: list[_Open] = field(default_factory=list)
    level: int = 0
    preformatted: int = 0
    to_the_end: bool = False

    def end_line(self) -> None:
        if text := self._flushed():
            self.lines.append((self.level, text))

    def new_line(self) -> None:
        """A break that was asked for, be the line empty or not."""
        self.lines.append((self.level, self._flushed()))

    def paragraph(self) -> None:
        self.end_line()
        if self.lines and self.lines[-1][1]:
            self.lines.append((self.level, ""))

    def _flushed(self) -> str:
        text = "".join(self.current)
        self.current.clear()
        return text.rstrip() if self.preformatted else " ".join(text.replace("\xa0", " ").split())

    def has_text(self) -> bool:
        return bool(self.lines) or bool("".join(self.current).strip())


def text(html: str) -> str:
    """The text of a mail's markup, line by line; never raises. Takes time in proportion to it."""
    if not html or len(html) > markup.LONGEST or markup.is_crowded(html) or _tangled(html):
        return markup.as_text(html)
    cleaned = nh3.clean(
        html,
        tags=markup.TAGS,
        clean_content_tags={"script", "style", "title", "head", "template", "noscript", "iframe", "svg", "math"}
        - markup.TAGS,
        attributes={"*": _KEPT},
        url_schemes=set(),
        link_rel=None,
        strip_comments=True,
    )
    page = _Page()
    for found in _TOKEN.finditer(cleaned):
        if found[2]:
            (_close if found[1] else _enter)(page, found[2].lower(), found[3] or "")
        else:
            _say(page, unescape(found[4]))
    page.end_line()
    return _marked(page.lines)


def quotes(tag: str, attributes: str) -> bool:
    """Whether a mail program quotes with this element."""
    return tag == "blockquote" or 'name="quote"' in attributes or bool(_QUOTING.search(attributes))


def quotes_the_rest(attributes: str) -> bool:
    """Whether everything after this element is quoted."""
    return bool(_TO_THE_END.search(attributes))


def _tangled(html: str) -> bool:
    """Runs of character references take the library time by the square; so does depth."""
    return html.count("&") > markup.MOST_REFERENCES or markup.depth(html) > markup.DEEPEST


def _say(page: _Page, said: str) -> None:
    if not page.preformatted:
        page.current.append(said)
        return
    first, *others = said.split("\n")
    page.current.append(first)
    for line in others:
        page.new_line()
        page.current.append(line)


def _enter(page: _Page, tag: str, attributes: str) -> None:
    if tag == "br":
        page.new_line()
        return
    told = " ".join(value for _, value in _ATTRIBUTE.findall(attributes))
    if tag == "hr" or tag in _PARAGRAPHS | _BLOCKS or told:
        _arrange(page, tag, told)
    elif tag in ("td", "th"):
        page.current.append(" ")
    if tag in _VOID:
        return
    opened = _Open(tag, quotes=quotes(tag, attributes))
    opened.loose = tag == "p" and "MsoNormal" in told
    if tag in ("ul", "ol"):
        opened.item = 1 if tag == "ol" else 0
    if tag == "li":
        page.current.append(_bullet(page.stack))
    if opened.quotes:
        page.end_line()
        page.level += 1
    if _ATTRIBUTION.search(told):
        page.end_line()
        opened.line = len(page.lines)
    page.preformatted += tag == "pre"
    opened.start = len(page.lines)
    page.stack.append(opened)


def _arrange(page: _Page, tag: str, told: str) -> None:
    """Lines and empty lines before an element, and what its class says."""
    if tag in _PARAGRAPHS and not (tag == "p" and "MsoNormal" in told):
        page.paragraph()
    elif tag in _PARAGRAPHS | _BLOCKS:
        page.end_line()
    if not told or page.to_the_end or not page.has_text():
        return
    if quotes_the_rest(told):
        page.paragraph()
        page.level, page.to_the_end = page.level + 1, True
    elif page.level == 0 and (_SIGNATURE.search(told) or _TELEPHONE.search(told)):
        page.paragraph()
        if _SIGNATURE.search(told) and not any(line[1] in ("--", "-- ") for line in page.lines[-3:]):
            page.lines.append((page.level, "--"))


def _bullet(stack: list[_Open]) -> str:
    for opened in reversed(stack[-6:]):
        if opened.item >= 0:
            opened.item += opened.item > 0
            return f"{opened.item - 1}. " if opened.item else "- "
    return "- "


def _close(page: _Page, tag: str, _: str) -> None:
    while page.stack:
        opened = page.stack.pop()
        if tag in _PARAGRAPHS and not opened.loose:
            page.paragraph()
        elif opened.loose and opened.start == len(page.lines):
            page.new_line()
        elif tag in _PARAGRAPHS | _BLOCKS or opened.quotes or opened.line >= 0:
            page.end_line()
        page.level -= opened.quotes
        page.preformatted -= opened.tag == "pre"
        if opened.line >= 0:
            _attribute(page, opened.line)
        if opened.tag == tag:
            return


def _attribute(page: _Page, start: int) -> None:
    """ "On … wrote:" belongs to the quotation; what announces a forwarded mail is found by its words."""
    if any(said.endswith((":", "：")) for _, said in page.lines[-1:]) and len(page.lines) - start <= 3:
        page.lines[start:] = [(level + 1, said) for level, said in page.lines[start:]]


def _marked(lines: list[tuple[int, str]]) -> str:
    """Lines with their marks; at most one empty line in a row, marked when it lies within a quotation."""
    made, waiting, above = list[str](), False, 0
    for level, said in lines:
        if not said:
            waiting = bool(made)
            continue
        if waiting:
            made.append(("> " * min(level, above, MOST_LEVELS)).rstrip())
        made.append("> " * min(level, MOST_LEVELS) + said)
        waiting, above = False, level
    return "\n".join(made)
