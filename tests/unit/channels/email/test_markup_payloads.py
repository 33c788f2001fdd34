"""Nothing active, nothing loaded, all text kept: for every attack in the table, and for any soup of tags."""

import re
import time
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.email import html_scan, links, markup, styles
from tests.unit.channels.email import payloads
from ui.mail_frame import with_images

VOID = {"br", "col", "hr", "img", "wbr"}
MARKS = {"data-host", "data-warn", "data-blocked", "data-remote", "data-pixel", "target", "rel"}
LINK = re.compile(r"https?://[a-z0-9_\[][^\s\"<>]*|mailto:[^\s]*|tel:[^\s]*", re.IGNORECASE)
PICTURE = re.compile(r"cid:[^\s\"]+|data:image/(png|gif|jpe?g|webp|bmp|avif);base64,[a-zA-Z0-9+/=%]+", re.IGNORECASE)


class Checked(HTMLParser):
    """What a strict reader of the output finds wrong with it."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.wrong: list[str] = []
        self.open: list[str] = []
        self.words: list[str] = []
        self.feed(html)
        self.close()
        if self.open:
            self.wrong.append(f"left open: {self.open[:3]}")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in markup.TAGS:
            self.wrong.append(tag)
        if tag not in VOID:
            self.open.append(tag)
        allowed = markup.ATTRIBUTES["*"] | markup.ATTRIBUTES.get(tag, set()) | MARKS
        self.wrong += [f"{tag} {name}={value}" for name, value in attrs if not _fits(name, value or "", allowed)]

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.wrong.append(f"/{tag}")

    def handle_data(self, data: str) -> None:
        self.words += data.split()

    def handle_comment(self, data: str) -> None:
        self.wrong.append(f"comment {data}")

    def handle_decl(self, decl: str) -> None:
        self.wrong.append(f"declaration {decl}")

    def unknown_decl(self, data: str) -> None:
        self.wrong.append(f"declaration {data}")

    def handle_pi(self, data: str) -> None:
        self.wrong.append(f"instruction {data}")


def _fits(name: str, value: str, allowed: set[str]) -> bool:
    if name == "href":
        return bool(LINK.fullmatch(value))
    if name == "src":
        return bool(PICTURE.fullmatch(value))
    if name == "style":
        return not re.search(r"url|\\|expression|@|var|image|position|display|/\*|[<>{}]", value)
    return name in allowed


def wrong(shown: str) -> list[str]:
    return Checked(shown).wrong


def test_there_are_payloads_enough() -> None:
    assert len(payloads.ALL) > 1_000


@pytest.mark.parametrize("group", ["HANDLERS", "SCHEMES", "LOADS", "MUTATIONS"])
def test_nothing_active_and_nothing_remote_is_left(group: str) -> None:
    for payload in getattr(payloads, group):
        shown = markup.safe(f"<p>Hej</p>{payload}")
        assert wrong(shown) == [], payload
        assert "Hej" in shown


def test_no_load_is_left_without_consent() -> None:
    for payload in payloads.LOADS:
        shown = re.sub(r'data-(?:blocked|host)="[^"]*"|<a [^>]*>', "", markup.safe(payload))
        assert payloads.HOST not in re.sub(r">[^<>]*<", "><", f">{shown}<"), payload


@pytest.mark.parametrize(("html", "text"), payloads.VISIBLE)
def test_what_a_reader_sees_is_kept(html: str, text: str) -> None:
    assert markup.as_text(html).split() == text.split()


OPENED = [*sorted(markup.TAGS), "svg", "math", "style", "script", "title", "template", "noscript", "select", "option"]
OPENED += ["mglyph", "mtext", "annotation-xml", "foreignObject", "desc", "frameset", "plaintext", "x-any", "text"]
CLOSED = ["p", "b", "table", "td", "svg", "math", "style", "script", "title", "a", "body", "div", "x-any"]
PIECES = st.sampled_from(
    [f"<{tag}>" for tag in OPENED]
    + [f"</{tag}>" for tag in CLOSED]
    + ["<!--", "-->", "--!>", "<![CDATA[", "]]>", "<?", "<a href='", '<img src="', "'", '"', ">", "<", "&lt;", "&#0;"]
    + ["å", " ord ", "https://x.example/", "javascript:x", " onerror=x", " style='color:red'", "\0", "\f", "=", "/"]
)
SOUP = st.lists(PIECES, max_size=40).map("".join)


@given(SOUP)
@settings(max_examples=500, deadline=None)
def test_any_soup_comes_out_clean_and_twice_is_as_once(html: str) -> None:
    once = markup.safe(html)
    assert wrong(once) == []
    twice = markup.safe(once)
    assert wrong(twice) == []
    assert markup.text_of(twice) == markup.text_of(once)
    assert _unmarked(twice) == _unmarked(once)


def _unmarked(html: str) -> list[tuple[str, tuple[str, ...]]]:
    """The elements, without the marks that a mail's own would not be believed."""
    return [
        (tag, tuple(sorted(one for one in re.findall(r'[\w-]+="[^"]*"', rest) if not one.startswith("data-"))))
        for tag, rest in re.findall(r'<([a-z0-9]+)((?:[^<>"]|"[^"]*")*)>', html)
    ]


WORDS = st.text(alphabet="abcdefåäö", min_size=1, max_size=8)
INVISIBLE = {"script", "style", "title", "template", "head"}


@st.composite
def pages(draw: st.DrawFn, level: int = 0) -> str:
    tag = draw(
        st.sampled_from(["p", "div", "span", "b", "x-y", "form", "button", "blockquote", "font", "o:p", "ul", "center"])
    )
    inner = draw(
        st.lists(
            WORDS.map(lambda word: f" {word} ")
            if level > 3
            else WORDS.map(lambda word: f" {word} ") | pages(level + 1),
            max_size=4,
        )
    )
    hidden = draw(st.sampled_from(["", "<style>p{}</style>", "<script>x</script>", "<!-- nej -->"]))
    return f"<{tag}>{''.join(inner)}{hidden}</{tag}>"


@given(pages())
@settings(max_examples=300, deadline=None)
def test_all_words_that_another_parser_sees_are_kept(html: str) -> None:
    seen = Seen(convert_charrefs=True)
    seen.feed(html)
    assert markup.as_text(html).split() == seen.words


class Seen(HTMLParser):
    """The words that are not in an element which nobody sees."""

    def __init__(self, *, convert_charrefs: bool) -> None:
        super().__init__(convert_charrefs=convert_charrefs)
        self.words: list[str] = []
        self.hidden = 0

    def handle_starttag(self, tag: str, _attrs: list[tuple[str, str | None]]) -> None:
        self.hidden += tag in INVISIBLE

    def handle_endtag(self, tag: str) -> None:
        self.hidden -= tag in INVISIBLE

    def handle_data(self, data: str) -> None:
        self.words += [] if self.hidden else data.split()


FONTS = "".join(f"<font color=c{number}>" for number in range(190))
PATHOLOGICAL = {
    "100,000 nested tags": "<div>" * 100_000,
    "attributes": "<div " + " ".join(f"a{number}=1" for number in range(200_000)) + ">x",
    "attributes without values": "<div " + "a<" * 500_000 + ">x",
    "between the cells": "<table>" + "x<b></b>" * 100_000,
    "formatting opened anew": "<div>"
    + "".join(f"<font color=c{n}>" for n in range(190))
    + "</div>"
    + "<div>x</div>" * 9_999,
    "foreign": "<svg>" + "<![CDATA[" * 150_000,
    "styles": "".join(
        f"<p style='color:#{n:06x};padding:1px 2px 3px 4x;font-family:{'a ' * 20}'>x" for n in range(15_000)
    ),
    "images": "<img src=http://x.example/p>" * 60_000,
    "names of hosts": "<a href=http://x.example>" + "a.b." * 400_000 + "</a>",
    "equals signs": "<a " + "=" * 1_900_000,
    "10 MB of tags": "<i>x</i>" * 1_250_000,
    "a long address": "<a href='http://" + "a." * 900_000 + "'>x</a>",
}


@pytest.mark.parametrize("name", PATHOLOGICAL)
def test_it_is_never_slow(name: str) -> None:
    started = time.process_time()
    shown = markup.safe(PATHOLOGICAL[name])
    text = markup.as_text(PATHOLOGICAL[name])
    assert time.process_time() - started < 5
    assert len(shown) < 10_000_000
    assert "x" not in PATHOLOGICAL[name] or name in ("images", "equals signs", "names of hosts") or "x" in text


@pytest.mark.parametrize(
    ("written", "host"),
    [
        ("https://bank.example\\@evil.example/", "bank.example"),
        ("https://bank.example@evil.example/", "evil.example"),
        ("https:evil.example", "evil.example"),
        ("https:////evil.example/x", "evil.example"),
        ("\\\\evil.example/x", "evil.example"),
        ("ht\ntps://ev\til.example", "evil.example"),
        ("https://%65vil.example/", "evil.example"),
        ("https://bаnk.example/", "xn--bnk-6cd.example"),
        ("https://evil。example/", "evil.example"),
        ("https://[::1]:8080/x", "::1"),
        ("https://my_host.example", "my_host.example"),
        ("https://bank.example:x/", None),
        ("https://", None),
        ("https://a b.example/", None),
        ("https://x.example/\x01y", None),
    ],
)
def test_a_host_is_read_as_a_browser_reads_it(written: str, host: str | None) -> None:
    found = links.web(written)
    assert (found and found[1]) == host
    if found:
        assert links.web(found[0]) == found


@pytest.mark.parametrize(
    ("text", "host", "warned"),
    [
        ("www.bank.example", "evil.example", True),
        ("https://bank.example/login", "evil.example", True),
        ("Logga in", "evil.example", False),
        ("bank.example", "www.bank.example", False),
        ("bänk.example", "xn--bnk-qla.example", False),
        ("anna@bank.example", "evil.example", False),
        ("bank.example.evil.example", "evil.example", False),
    ],
)
def test_a_link_that_says_another_host_is_warned_of(text: str, host: str, warned: bool) -> None:
    assert ("data-warn" in markup.safe(f'<a href="https://{host}/x">{text}</a>')) == warned


def test_images_come_back_with_consent_and_only_then() -> None:
    shown = markup.safe(
        '<img src="http://x.example/a?b=1&amp;c=2" alt="A" width=600><img src="//x.example/p" width=1 height=1>'
    )
    assert "src=" not in shown
    assert shown.count("data-blocked") == 2
    assert shown.count("data-pixel") == 1
    back = with_images(shown)
    assert 'src="https://x.example/a?b=1&amp;c=2" referrerpolicy="no-referrer"' in back
    assert "data-blocked" not in back


def test_pictures_within_the_mail_are_shown_as_far_as_there_is_room() -> None:
    small = "data:image/png;base64," + "A" * 400_000
    shown = markup.safe(f"<p>Hej</p><img src='{small}'>" * 3)
    assert shown.count("src=") == 2
    assert markup.safe("<p>Hej</p>" + f"<img src='{small}'>" * 6)


@pytest.mark.parametrize(
    ("style", "kept"),
    [
        ("COLOR: Red !important; background: #FFF", "color: red; background: #fff"),
        ("font: 12px x; font-size: 0; font-size: 14px", "font-size: 14px"),
        ("display:none; visibility:hidden; opacity:0; position:fixed; z-index:9", ""),
        ("color:#fff; background-color: rgb(255, 255, 255)", ""),
        ("color: transparent; color: rgba(0,0,0,0)", ""),
        ("margin: -20px; margin-left: 4px; float:left", "margin-left: 4px"),
        ("border: 1px solid #ccc; width: 100%", "border: 1px solid #ccc; width: 100%"),
        ('font-family: "Segoe UI", Arial', 'font-family: "segoe ui", arial'),
        ("color:red\\;x", ""),
        ("--x:1; color:var(--x); background:url(x)", ""),
    ],
)
def test_styles_say_how_things_look_and_nothing_else(style: str, kept: str) -> None:
    assert styles.kept(style) == kept


def test_the_scan_gives_the_parser_no_more_than_it_can_take() -> None:
    with pytest.raises(html_scan.TooTangled, match="attributes"):
        html_scan.prepared("<!-- <a b='--><p " + "a " * 1_001 + ">", markup.TAGS)
    assert html_scan.prepared("<p a='>' b=\">\" c=>x</p>", markup.TAGS) == "<p a='>' b=\">\" c=>x</p>"
    assert (
        html_scan.prepared("<script><noscript></script><noscript>", markup.TAGS) == "<script><noscript></script><x-any>"
    )
