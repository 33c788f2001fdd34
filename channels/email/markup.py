"""HTML mail made safe: nothing active, nothing loaded from elsewhere, all visible text kept.

`html_scan` looks the HTML through first, the library parses and filters it as a browser would, `styles` and `links`
decide about values. Inline images keep `src="cid:…"`, which the console replaces by the file itself.
"""

import re
import secrets
from base64 import urlsafe_b64encode
from functools import partial
from html import escape, unescape

import nh3

from channels.email import html_scan, links, styles

LONGEST = 2_000_000
"""Characters, pictures within not counted; a longer mail is shown as text."""
MOST_PICTURES = 1_000_000
"""Characters of pictures that stand in the HTML itself (`data:`)."""
MOST_TAGS = 100_000
"""Markup with more of them than anybody writes is shown as text."""
MOST_ATTRIBUTES = 1_000
"""Of one tag: more of them take the library time by the square."""
MOST_REFERENCES = 50_000
"""Character references (`&aring;`) in one run of text; here, too, nh3 takes time by the square."""
DEEPEST = 200
"""Levels of nesting; nh3 takes time by the square of them (80,000 levels: 21 s)."""
TAGS = {
    "a", "abbr", "acronym", "address", "article", "aside", "b", "bdi", "bdo", "big", "blockquote", "br", "caption",
    "center", "cite", "code", "col", "colgroup", "dd", "del", "details", "dfn", "div", "dl", "dt", "em",
    "figcaption", "figure", "footer", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "i", "img", "ins",
    "kbd", "li", "main", "mark", "nav", "ol", "p", "pre", "q", "rp", "rt", "ruby", "s", "samp", "section", "small",
    "span", "strike", "strong", "sub", "summary", "sup", "table", "tbody", "td", "tfoot", "th", "thead", "time", "tr",
    "tt", "u", "ul", "var", "wbr", "font",
}  # fmt: skip
_BOXES = {"bgcolor", "align", "width"}
ATTRIBUTES = {
    "*": {"dir", "lang", "title", "style"},
    "a": {"href"},
    "img": {"src", "alt", "width", "height", "align"},
    "td": _BOXES | {"colspan", "rowspan", "valign", "height"},
    "th": _BOXES | {"colspan", "rowspan", "valign", "height", "scope"},
    "tr": {"bgcolor", "align", "valign"},
    "ol": {"start", "type"},
    "col": {"span", "width"},
    "div": {"align", "bgcolor"},
    "p": {"align"},
    "font": {"color", "face", "size"},
    "table": _BOXES | {"border", "cellpadding", "cellspacing"},
}
_NUMBER = re.compile(r"\d{1,4}%?")
_COLOUR = re.compile(r"#?[0-9a-zA-Z]{3,24}")
_WORD = re.compile(r"[\w ,'-]{1,100}")
_VALUES = {
    **dict.fromkeys(("width", "height", "colspan", "rowspan", "span", "start", "border", "cellpadding"), _NUMBER),
    **dict.fromkeys(("bgcolor", "color"), _COLOUR),
    **dict.fromkeys(("align", "valign", "scope", "dir", "lang", "face", "type"), _WORD),
    "cellspacing": _NUMBER,
    "size": re.compile(r"[1-7]|\+[1-4]|-1"),
}
"""What these attributes may say; one that says anything else is left out."""
_DROPPED = {"script", "style", "title", "head", "template"}
"""Elements whose content no reader sees."""
_VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
_BLOCKS = {
    "p", "div", "br", "tr", "li", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "table", "ul", "ol", "hr", "pre",
    "address", "article", "aside", "caption", "center", "dd", "details", "dl", "dt", "figcaption", "figure", "footer",
    "header", "main", "nav", "section", "summary",
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
_LONG_TAG = re.compile(r"<[a-zA-Z/][^<>]{2000,}")
_LINK = re.compile(r'<a data-host="([^"]*)"((?:[^<>"]|"[^"]*")*)>((?:[^<]|<(?!/a>))*)</a>')
_HIDING = re.compile(r"<!--|<(script|style|title|template|textarea)\b", re.IGNORECASE)
MOST_READINGS = 4
_SCHEMES = {"http", "https", "mailto", "tel", "cid", "data"}
_CID = re.compile(r"cid:[^\s\"'<>]{1,500}", re.IGNORECASE)
_EMBEDDED = re.compile(r"data:image/[a-z+.-]{1,20};base64,[a-zA-Z0-9+/=]*")
_BLOCKED = re.compile(r'<img((?: [a-z-]+="[^"]*")*) src="([0-9a-f]{16}) ([a-z0-9._:-]+) ([\w=-]+)"([^<>]*)>')
_TINY = re.compile(r'\b(?:width|height)(?:="|: ?)[0-3](?:px)?["; ]')
_HOSTED = re.compile(r'<a((?: [a-z-]+="[^"]*")*) href="([0-9a-f]{16}) ([a-z0-9._:-]+) ')
_REMOTE = re.compile(r' data-(?:remote|pixel)="[^"]*"')


def safe(html: str) -> str:
    """The sanitised HTML; empty when it is too large, deep or tangled to be shown as HTML (`as_text` gives its text).

    Nothing in it runs, loads from elsewhere, hides text or lies over other text. An image from elsewhere has
    `data-blocked="host"` and its address, in base64, as `data-remote`, in place of its source; `data-pixel` when it is
    too small to be seen. A link has `data-host="host"` beside its address unless its own text says so, and
    `data-warn` when its text names another host.
    """
    if _weight(html) > LONGEST or is_crowded(html) or depth(html) > DEEPEST or _references(html) > MOST_REFERENCES:
        return ""
    try:
        prepared = html_scan.prepared(html, TAGS)
    except html_scan.TooTangled:
        return ""
    mark = secrets.token_hex(8)  # nobody can have written it into the mail
    cleaned = nh3.clean(
        prepared,
        tags=TAGS,
        clean_content_tags=_DROPPED,
        attributes=ATTRIBUTES,
        attribute_filter=_Filter(mark),
        url_schemes=_SCHEMES,
        link_rel="noopener noreferrer nofollow",
        set_tag_attribute_values={"a": {"target": "_blank"}},
        strip_comments=True,
    )
    marked = _BLOCKED.sub(partial(_as_blocked, mark), _settled(cleaned))
    hosts = _HOSTED.sub(partial(_as_hosted, mark), marked)
    return _LINK.sub(_judged, hosts)


def is_crowded(html: str) -> bool:
    """Whether there are more tags, or more attributes in one of them, than can be looked at in time."""
    if html.count("<") > MOST_TAGS:
        return True
    return any(len(found[0].split(None, MOST_ATTRIBUTES)) > MOST_ATTRIBUTES for found in _LONG_TAG.finditer(html))


def without_remote(cleaned: str) -> str:
    """What `safe` made, with nothing left that could ever be loaded from elsewhere."""
    return _REMOTE.sub("", cleaned)


def _settled(cleaned: str) -> str:
    """What a browser reads as it is written: parsed again until that changes nothing. (Elements that may not stand in
    one another move when they are parsed, and what moves between two readings is how mutation attacks work.)"""
    for _ in range(MOST_READINGS):
        again = nh3.clean(
            cleaned,
            tags=TAGS,
            attributes=ATTRIBUTES | {"a": {"href", "rel", "target"}},
            url_schemes=_SCHEMES,
            link_rel=None,
        )
        if again == cleaned:
            break
        cleaned = again
    return cleaned


def _weight(html: str) -> int:
    if len(html) <= LONGEST:
        return len(html)
    return len(html) - sum(found.end() - found.start() for found in _EMBEDDED.finditer(html))


def _as_blocked(mark: str, found: "re.Match[str]") -> str:
    if found[2] != mark:
        return found[0]
    others = found[1] + found[5]
    pixel = ' data-pixel=""' if _TINY.search(others) else ""
    return f'<img{others} data-blocked="{found[3]}" data-remote="{found[4]}"{pixel}>'


def _as_hosted(mark: str, found: "re.Match[str]") -> str:
    return f'<a data-host="{found[3]}"{found[1]} href="' if found[2] == mark else found[0]


def _judged(found: "re.Match[str]") -> str:
    """A link whose text already says where it leads needs no second word for it; one that says another is warned of."""
    text = unescape(_ANY_TAG.sub("", found[3])).strip()
    shown = text.lower().removeprefix("https://").removeprefix("http://")
    if shown == found[1] or shown.startswith((f"{found[1]}/", f"{found[1]}?", f"{found[1]}:")):
        return f"<a{found[2]}>{found[3]}</a>"
    warn = ' data-warn=""' if links.says_another(text, found[1]) else ""
    return f'<a data-host="{found[1]}"{warn}{found[2]}>{found[3]}</a>'


class _Filter:
    """Decides about each attribute that may stand: its value, or None to leave it out."""

    def __init__(self, mark: str) -> None:
        self._mark = mark
        self._room = MOST_PICTURES

    def __call__(self, _tag: str, attribute: str, value: str) -> str | None:
        if attribute == "src":
            return self._source(value)
        if attribute == "href":
            found = links.web(value)
            return f"{self._mark} {found[1]} {found[0]}" if found else links.other(value)
        if attribute == "title":
            return None if "<" in value else value
        if attribute == "alt":  # shown, so kept; but nothing that could become a tag where somebody quotes badly
            return value.replace("<", "‹").replace(">", "›")
        if attribute == "style":
            return styles.kept(value) or None
        rule = _VALUES.get(attribute)
        return value if rule is None or rule.fullmatch(value.strip()) else None

    def _source(self, value: str) -> str | None:
        if _CID.fullmatch(value.strip()):
            return value.strip()
        if picture := links.picture(value):
            self._room -= len(picture)
            return picture if self._room >= 0 else None
        found = links.web(value)
        return f"{self._mark} {found[1]} {urlsafe_b64encode(found[0].encode()).decode()}" if found else None


def blocked_hosts(html: str) -> list[str]:
    """Hosts that the mail wanted to load from, each once: told to the agent."""
    hosts = dict.fromkeys(links.host_of(url) for url in _LOADS.findall(html[:LONGEST]))
    return [host for host in hosts if host][:20]


_LOADS = re.compile(
    r"(?:(?:src|background|srcset|poster|data)\s*=\s*[\"']?|url\(\s*[\"']?|@import\s+[\"'])\s*((?:https?:)?//[^\s\"'>)]+)",
    re.IGNORECASE,
)


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
