"""HTML mail made safe: nothing active, nothing loaded from elsewhere, all visible text kept.

Inline images keep `src="cid:…"`, which the console replaces by the file's own address. What would have been loaded
from elsewhere becomes `data-blocked="host"`.
"""

import re
from html import escape
from html.parser import HTMLParser
from urllib.parse import urlsplit

import nh3

LONGEST = 2_000_000
"""Characters; a longer mail is shown as text."""
DEEPEST = 200
"""Levels of nesting; nh3 takes time by the square of them (80,000 levels: 21 s)."""
TAGS = {
    "a", "abbr", "address", "article", "aside", "b", "bdi", "bdo", "big", "blockquote", "br", "caption",
    "center", "cite", "code", "col", "colgroup", "dd", "del", "details", "dfn", "div", "dl", "dt", "em",
    "figcaption", "figure", "footer", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "i", "img", "ins",
    "kbd", "li", "main", "mark", "nav", "ol", "p", "pre", "q", "s", "samp", "section", "small", "span",
    "strike", "strong", "sub", "summary", "sup", "table", "tbody", "td", "tfoot", "th", "thead", "time", "tr",
    "tt", "u", "ul", "var", "wbr", "font",
}  # fmt: skip
ATTRIBUTES = {
    "*": {"dir", "lang", "title"},
    "a": {"href", "data-blocked"},
    "img": {"src", "alt", "width", "height", "data-blocked"},
    "td": {"colspan", "rowspan", "align"},
    "th": {"colspan", "rowspan", "align", "scope"},
    "ol": {"start", "type"},
    "col": {"span"},
    "table": {"border"},
}
_DROPPED = {"script", "style", "title", "head", "template", "noscript", "iframe", "object", "svg", "math", "textarea"}
_VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
_BLOCKS = {
    "p",
    "div",
    "br",
    "tr",
    "li",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "blockquote",
    "table",
    "ul",
    "ol",
    "hr",
    "pre",
}
_CID = re.compile(r"^cid:[^\s\"'<>]{1,500}$", re.IGNORECASE)


def safe(html: str) -> str:
    """The sanitised HTML; empty when it is too large or too deep to be shown as HTML."""
    if len(html) > LONGEST or depth(html) > DEEPEST:
        return ""
    return nh3.clean(
        html,
        tags=TAGS,
        clean_content_tags=_DROPPED - TAGS,
        attributes=ATTRIBUTES,
        attribute_filter=_filtered,
        url_schemes={"http", "https", "mailto", "tel", "cid"},
        link_rel="noopener noreferrer nofollow",
        set_tag_attribute_values={"a": {"target": "_blank"}},
        strip_comments=True,
    )


def _filtered(tag: str, attribute: str, value: str) -> str | None:
    if attribute == "data-blocked":
        return None
    if tag == "img" and attribute == "src":
        return value if _CID.match(value.strip()) else None
    if attribute == "href" and value.strip().lower().startswith("cid:"):
        return None
    return value


def blocked_hosts(html: str) -> list[str]:
    """Hosts that the mail wanted to load from, each once: told to the agent."""
    found = re.findall(
        r"(?i)(?:src|background|srcset|poster)\s*=\s*[\"']?\s*((?:https?:)?//[^\s\"'>]+)", html[:LONGEST]
    )
    hosts = dict.fromkeys(_host(url) for url in found)
    return [host for host in hosts if host][:20]


def _host(url: str) -> str:
    try:
        return urlsplit(url if ":" in url.partition("/")[0] else f"https:{url}").hostname or ""
    except ValueError:
        return ""


class _Reader(HTMLParser):
    """Collects the visible text and the deepest nesting."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self.level = self.deepest = 0
        self._hidden: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        if tag not in _VOID:
            self.level += 1
            self.deepest = max(self.deepest, self.level)
        if tag in _DROPPED and tag not in TAGS and tag != "head":
            self._hidden.append(tag)
        if tag in _BLOCKS:
            self.pieces.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag not in _VOID:
            self.level = max(0, self.level - 1)
        if tag in self._hidden:
            del self._hidden[self._hidden.index(tag) :]
        if tag in _BLOCKS:
            self.pieces.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.pieces.append(data)


def depth(html: str) -> int:
    """The deepest nesting of tags; unclosed ones count."""
    return _read(html).deepest


def as_text(html: str) -> str:
    """The visible text, lines by block."""
    text = "".join(_read(html).pieces).replace("\xa0", " ")
    lines = [" ".join(line.split()) for line in text.splitlines()]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def from_text(text: str) -> str:
    """Plain text as HTML, for the alternative part of our own mails."""
    paragraphs = [escape(part).replace("\n", "<br>\n") for part in re.split(r"\n{2,}", text.strip())]
    return "".join(f"<p>{part}</p>\n" for part in paragraphs)


def _read(html: str) -> _Reader:
    reader = _Reader()
    try:
        reader.feed(html[:LONGEST])
        reader.close()
    except (AssertionError, ValueError):
        reader.deepest = max(reader.deepest, DEEPEST + 1)
    return reader
