"""Markup of many mail programs, read as text and divided. Invented mails."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.email import folded_html, markup, quoted_html, visible

GMAIL = (
    '<div dir="ltr"><div>Ja tack.</div><div><br></div><div>Eva</div></div><br><div class="gmail_quote">'
    '<div dir="ltr" class="gmail_attr">{}<br></div><blockquote class="gmail_quote" style="margin:0px">'
    "<div>Vill du?<br>Hur hög?</div></blockquote></div>"
)
OUTLOOK = (
    '<p class="MsoNormal">Ja tack.</p><p class="MsoNormal">&nbsp;</p><p class="MsoNormal">Eva</p>{}'
    '<p class="MsoNormal"><b>Xyz:</b> Bygg<br><b>Abc:</b> i tisdags</p></div><p class="MsoNormal">Vill du?</p>'
)
PLAIN = "<div>Ja tack.</div><div><br></div><div>Eva</div>"
QUOTED = "<div>Någon ord:</div><div>Vill du?</div><div>Hur hög?</div>"

PROGRAMS = {
    "gmail": GMAIL.format(
        "Den tis 3 mars 2026 kl 10:12 skrev Bygg &lt;<a href='mailto:b@s.example'>b@s.example</a>&gt;:"
    ),
    "gmail in a language unknown here": GMAIL.format("Qwe rty uio Bygg &lt;b@s.example&gt; asdf:"),
    "gmail with signature": PLAIN + '<div>--<br><div class="gmail_signature">Eva Lind<br>08-123 45 67</div></div>',
    "gmail with signature alone": PLAIN + '<div class="gmail_signature">Eva Lind<br>Skolgatan 3</div>',
    "outlook 2013": OUTLOOK.format(
        '<div style="border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm">'
    ),
    "outlook 2010": OUTLOOK.format(
        '<div style="border:none;border-top:solid #B5C4DF 1.0pt;padding:3.0pt 0cm 0cm 0cm">'
    ),
    "outlook on the web": PLAIN + f'<hr style="width:98%"><div id="divRplyFwdMsg" dir="ltr">{QUOTED}</div>{QUOTED}',
    "outlook for telephones": f'{PLAIN}<div class="ms-outlook-mobile-signature"><div>Hämta <a href="https://aka.ms/x">'
    f'Outlook för iOS</a></div></div><div id="appendonsend"></div><hr>{QUOTED}',
    "new outlook": f'{PLAIN}<div id="mail-editor-reference-message-container">{QUOTED}</div>',
    "outlook express": f'{PLAIN}<span id="OLK_SRC_BODY_SECTION">{QUOTED}</span>',
    "hotmail": f'{PLAIN}<hr id="stopSpelling">{QUOTED}',
    "yahoo": f'{PLAIN}<div id="x" class="yahoo_quoted">{QUOTED}</div>',
    "yahoo with prefix": f'{PLAIN}<div id="ydp1yahoo_quoted_12" class="ydp1yahoo_quoted yahoo_quoted">{QUOTED}</div>',
    "proton": f'{PLAIN}<div class="protonmail_quote">{QUOTED}<blockquote class="protonmail_quote">x</blockquote></div>',
    "thunderbird": f'<p>Ja tack.</p><p>Eva</p><div class="moz-cite-prefix">Asdf:<br></div>'
    f'<blockquote type="cite">{QUOTED}</blockquote>',
    "thunderbird with signature": f'{PLAIN}<pre class="moz-signature" cols="72">-- \nEva Lind</pre>',
    "apple": f'{PLAIN}<div><br><blockquote type="cite"><div>Den 3 mars 2026 kl. 10:12 skrev Bygg:</div>'
    f"<div>{QUOTED}</div></blockquote></div>",
    "apple telephone": f'{PLAIN}<div dir="ltr"><br>Skickat från min iPhone</div><div dir="ltr"><br>'
    f'<blockquote type="cite">3 mars 2026 kl. 10:12 skrev Bygg &lt;b@s.example&gt;:{QUOTED}</blockquote></div>',
    "zimbra": f'{PLAIN}<hr id="zwchr" data-marker="__DIVIDER__"><div data-marker="__HEADERS__">{QUOTED}</div>{QUOTED}',
    "zimbra marked": f'{PLAIN}<div data-marker="__QUOTED_TEXT__">{QUOTED}</div>',
    "roundcube": f'<p>Ja tack.</p><p>Eva</p><p id="reply-intro">Asdf:</p><blockquote>{QUOTED}</blockquote>',
    "gmx": f'{PLAIN}<div name="quote" style="margin:10px 5px">{QUOTED}</div>',
    "tutanota": f'{PLAIN}<div class="tutanota_quote">{QUOTED}</div>',
    "nested": f"{PLAIN}<blockquote>{QUOTED}<blockquote>{QUOTED}</blockquote>{QUOTED}</blockquote>",
}


@pytest.mark.parametrize("program", PROGRAMS)
def test_what_is_new_in_the_markup_of(program: str) -> None:
    assert visible.split(quoted_html.text(PROGRAMS[program])).text == "Ja tack.\n\nEva"


def test_answers_between_quotations() -> None:
    html = (
        "<blockquote type=cite>Hur hög?</blockquote><p>Tre.</p><blockquote type=cite>Hur bred?</blockquote><p>Två.</p>"
    )
    assert visible.split(quoted_html.text(html)).text == "Tre.\n\nTvå."


def test_a_forwarded_mail_alone_has_no_marks() -> None:
    html = f'<div id="divRplyFwdMsg">{QUOTED}</div>{QUOTED}'
    assert ">" not in quoted_html.text(html)


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("a<br>b<br><br>c", "a\nb\n\nc"),
        ("<p>a</p><p>b</p>", "a\n\nb"),
        ("<div>a</div><div>b</div>", "a\nb"),
        ("<div>a</div><div><br></div><div>b</div>", "a\n\nb"),
        ("<ul><li>a</li><li>b</li></ul>", "- a\n- b"),
        ("<ol><li>a<li>b</ol>", "1. a\n2. b"),
        ("<ol><li>a<ul><li>x</ul><li>b</ol>", "1. a\n\n- x\n\n2. b"),
        ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b\nc"),
        ("<pre>a\n  b</pre>", "a\n  b"),
        ("<h1>a</h1>b", "a\n\nb"),
        ("a&nbsp;&amp; b <b>c</b>d", "a & b cd"),
        ("<p class=MsoNormal>a</p><p class=MsoNormal>b</p>", "a\nb"),
        ("<style>x</style><script>y</script><!-- z -->a", "a"),
        ("a &lt;b@c.example&gt;", "a <b@c.example>"),
        ("", ""),
    ],
)
def test_lines_are_kept(html: str, text: str) -> None:
    assert quoted_html.text(html) == text


TAGS = [
    "<div>",
    "</div>",
    "<p>",
    "</p>",
    "<blockquote>",
    "</blockquote>",
    "<li>",
    "<ol>",
    "</ol>",
    "<pre>",
    "ord ",
    "<br>",
]


@given(st.lists(st.sampled_from(TAGS)))
def test_all_words_stay_whatever_the_markup(parts: list[str]) -> None:
    assert quoted_html.text("".join(parts)).count("ord") == parts.count("ord ")


FOLDED = {name: html for name, html in PROGRAMS.items() if "signature" not in name}


@pytest.mark.parametrize("program", FOLDED)
def test_the_markup_of_a_quotation_is_folded(program: str) -> None:
    html = folded_html.folded(FOLDED[program])
    shown = markup.safe(html)
    assert shown.count("<details>") == 1
    assert quoted_html.text(shown.partition("<details>")[0]).split()[:3] == ["Ja", "tack.", "Eva"]
    assert "Vill du?" in shown.partition("<details>")[2]


def test_answers_between_quotations_stay_open() -> None:
    html = "<blockquote type=cite>Hur <blockquote>x</blockquote>hög?</blockquote>Tre.<blockquote>Bred?</blockquote>Två."
    shown = re.sub(r"<details>.*?</details>", "|", markup.safe(folded_html.folded(html)))
    assert shown == "|Tre.|Två."


@pytest.mark.parametrize(
    "html", ["<blockquote>a</blockquote>", "<p>a</p>", "", f'<div id="divRplyFwdMsg">{QUOTED}</div>']
)
def test_nothing_is_folded_when_nothing_else_would_be_left(html: str) -> None:
    assert folded_html.folded(html) == html


@given(st.lists(st.sampled_from([*TAGS, "<!--", "-->", '<div class="yahoo_quoted">', '<hr id="zwchr">', '<p title="'])))
def test_folding_takes_nothing_out(parts: list[str]) -> None:
    html = "".join(parts)
    added = re.sub(rf"<details>{re.escape(folded_html.SUMMARY)}|</details>", "", folded_html.folded(html))
    assert added == html
