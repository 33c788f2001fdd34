"""HTML mail made safe: nothing active, nothing loaded from elsewhere, all visible text kept.

Inline images keep `src="cid:…"`, which the console replaces by the file itself.
"""

import re
import secrets
from functools import partial
from html import escape, unescape
from urllib.parse import urlsplit

import nh3

LONGEST = 2_000_000
"""Characters; a longer mail is shown as text."""
MOST_REFERENCES = 50_000
"""Character references (`&aring;`) in one run of text; here, too, nh3 takes time by the square."""
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
    "a": {"href"},
    "img": {"src", "alt", "width", "height"},
    "td": {"colspan", "rowspan", "align"},
    "th": {"colspan", "rowspan", "align", "scope"},
    "ol": {"start", "type"},
    "col": {"span"},
    "table": {"border"},
}
_DROPPED = {"script", "style", "title", "head", "template", "noscript", "iframe", "object", "svg", "math", "textarea"}
_VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
_BLOCKS = {
    "p", "div", "br", "tr", "li", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "table", "ul", "ol", "hr", "pre",
}  # fmt: skip
_CLOSED_BY_NEXT: dict[str, tuple[frozenset[str], frozenset[str]]] = {
    tag: (frozenset(ends.split()), frozenset(through.split()))
    for tag, ends, through in (
        ("p", "p", ""),
        ("li", "li", "p"),
        ("dt", "dt dd", "p"),
        ("dd", "dt dd", "p"),
        ("td", "td th", "p"),
        ("th", "td th", "p"),
        ("tr", "tr", "td th p"),
        ("tbody", "tbody thead", "tr td th p"),
        ("option", "option", ""),
    )
}
"""Elements that may be left open: which ones the next of their kind ends, and what lies between them may be. (What
else a browser would close is counted as open: rather too deep than too slow.)"""
_TAG = re.compile(r"<(/?)([a-zA-Z][^\s/<>]{0,40})")
_ANY_TAG = re.compile(r"</?([a-zA-Z][^\s/<>]*)(?:[^<>\"]|\"[^\"]*\")*>")
_LINK = re.compile(r'<a data-host="([^"]*)"((?:[^<>"]|"[^"]*")*)>((?:[^<]|<(?!/a>))*)</a>')
_HIDING = re.compile(r"<!--|<(script|style|title|template|textarea)\b", re.IGNORECASE)
_CID = re.compile(r"^cid:[^\s\"'<>]{1,500}$", re.IGNORECASE)
_REMOTE = re.compile(r"^\s*(?:https?:)?//", re.IGNORECASE)


def safe(html: str) -> str:
    """The sanitised HTML; empty when it is too large or too deep to be shown as HTML.

    An image from elsewhere has `data-blocked="host"` in place of its source. A link has `data-host="host"` beside its
    address unless its own text says so, and the page shows it.
    """
    if len(html) > LONGEST or depth(html) > DEEPEST or _references(html) > MOST_REFERENCES:
        return ""
    mark = secrets.token_hex(8)  # nobody can have written it into the mail
    cleaned = nh3.clean(
        html,
        tags=TAGS,
        clean_content_tags=_DROPPED - TAGS,
        attributes=ATTRIBUTES,
        attribute_filter=partial(_filtered, mark),
        url_schemes={"http", "https", "mailto", "tel", "cid"},
        link_rel="noopener noreferrer nofollow",
        set_tag_attribute_values={"a": {"target": "_blank"}},
        strip_comments=True,
    )
    marked = re.sub(rf' src="{mark} ([a-z0-9.:-]*)"', r' data-blocked="\1"', cleaned)
    hosts = re.sub(rf'<a((?: [a-z-]+="[^"]*")*) href="{mark} ([a-z0-9.:-]*) ', r'<a data-host="\2"\1 href="', marked)
    return _LINK.sub(_without_repetition, hosts)


def _without_repetition(found: "re.Match[str]") -> str:
    """A link whose text already says where it leads needs no second word for it."""
    shown = _ANY_TAG.sub("", found[3]).strip().lower().removeprefix("https://").removeprefix("http://")
    said = shown == found[1] or shown.startswith((f"{found[1]}/", f"{found[1]}?", f"{found[1]}:"))
    return f"<a{found[2]}>{found[3]}</a>" if found[1] and said else found[0]


def _filtered(mark: str, tag: str, attribute: str, value: str) -> str | None:
    if tag == "img" and attribute == "src":
        if _CID.match(value.strip()):
            return value.strip()
        return f"{mark} {_host(value.strip())}" if _REMOTE.match(value) else None
    if tag == "a" and attribute == "href":
        return _link(mark, value.strip())
    return value


def _link(mark: str, url: str) -> str | None:
    if _REMOTE.match(url):
        return f"{mark} {_host(url)} {url}"
    return url if url.lower().startswith(("mailto:", "tel:")) else None  # a relative one leads nowhere


def blocked_hosts(html: str) -> list[str]:
    """Hosts that the mail wanted to load from, each once: told to the agent."""
    hosts = dict.fromkeys(_host(url) for url in _LOADS.findall(html[:LONGEST]))
    return [host for host in hosts if host][:20]


_LOADS = re.compile(
    r"(?:(?:src|background|srcset|poster|data)\s*=\s*[\"']?|url\(\s*[\"']?|@import\s+[\"'])\s*((?:https?:)?//[^\s\"'>)]+)",
    re.IGNORECASE,
)


def _host(url: str) -> str:
    """The host that a URL leads to, as the DNS spells it; empty when it is none."""
    try:
        name = urlsplit(url if ":" in url.partition("/")[0] else f"https:{url}").hostname or ""
        name = name.encode("idna").decode().lower()
    except (ValueError, UnicodeError):
        return ""
    return name if re.fullmatch(r"[a-z0-9.:-]{1,253}", name) else ""


def depth(html: str) -> int:
    """The deepest nesting of tags, at least; unclosed ones count. In one pass, whatever it is given."""
    stack, count, deepest = list[str](), dict[str, int](), 0
    for closes, name in _TAG.findall(html):
        tag = name.lower()
        if closes:
            if count.get(tag):
                _unwind(stack, count, tag)
        elif tag not in _VOID:
            if ended := _ended_by(tag, stack):
                _unwind(stack, count, ended)
            stack.append(tag)
            count[tag] = count.get(tag, 0) + 1
            deepest = max(deepest, len(stack))
    return deepest


def _ended_by(tag: str, stack: list[str]) -> str:
    """The open element that opening `tag` closes, or empty."""
    ends, through = _CLOSED_BY_NEXT.get(tag, (frozenset(), frozenset()))
    for above in reversed(stack[-5:]):
        if above in ends:
            return above
        if above not in through:
            return ""
    return ""


def _references(html: str) -> int:
    """The most ampersands in one run of text."""
    return max(run.count("&") for run in html.split("<")) if html.count("&") > MOST_REFERENCES else 0


def _unwind(stack: list[str], count: dict[str, int], tag: str) -> None:
    """Close everything up to the innermost `tag`."""
    closed = ""
    while closed != tag:
        closed = stack.pop()
        count[closed] -= 1


def as_text(html: str) -> str:
    """The visible text, lines by block."""
    return text_of(safe(html) or _without_hidden(html[:LONGEST]))


def text_of(safe_html: str) -> str:
    """The text of what `safe` gave."""
    flat = _ANY_TAG.sub(_separator, " ".join(safe_html.split()))
    lines = [" ".join(line.replace("\xa0", " ").split()) for line in unescape(flat).split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def _separator(found: "re.Match[str]") -> str:
    name = found[1].lower()
    return "\n" if name in _BLOCKS else " " if name in ("td", "th") else ""


def _without_hidden(html: str) -> str:
    """HTML that was too much for `safe`, without what no reader would see. In one pass."""
    kept, place, lower = list[str](), 0, html.lower()
    for found in _HIDING.finditer(html):
        if found.start() < place:
            continue
        kept.append(html[place : found.start()])
        if not found[1]:
            place = lower.find("-->", found.end()) + 3
        else:
            ended = lower.find(f"</{found[1].lower()}", found.end())
            place = lower.find(">", ended) + 1 if ended >= 0 else 0
        if place <= found.end():  # it never ends, and hides the rest
            return "".join(kept)
    return "".join([*kept, html[place:]])


def from_text(text: str) -> str:
    """Plain text as HTML, for the alternative part of our own mails."""
    paragraphs = [escape(part).replace("\n", "<br>\n") for part in re.split(r"\n{2,}", text.strip())]
    return "".join(f"<p>{part}</p>\n" for part in paragraphs)
