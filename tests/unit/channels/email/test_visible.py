"""What was written now: invented mails in the shapes that programs and people give them."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.email import message, visible
from channels.email.visible import Kind

DATA = Path(__file__).parents[3] / "data" / "mail" / "visible"
NEW = "Tack, det räcker så.\n\nEva Lind"
INTRODUCTIONS = (DATA / "introductions.txt").read_text(encoding="utf-8").strip().split("\n")
OUTLOOK = "Från: Bygg <bygg@solvik.example>\nSkickat: den 3 mars 2026 10:12\nTill: Eva\nÄmne: Sv: Altan\n"


@pytest.mark.parametrize("introduction", INTRODUCTIONS)
def test_the_answer_above_a_marked_quotation(introduction: str) -> None:
    assert visible.split(f"{NEW}\n\n{introduction}\n\n> Hej.\n>\n> Vad gäller det?\n").text == NEW


@pytest.mark.parametrize("introduction", INTRODUCTIONS)
def test_the_answer_above_a_quotation_without_marks(introduction: str) -> None:
    header = OUTLOOK if introduction.startswith("____") else ""
    assert visible.split(f"{NEW}\n\n{introduction}\n{header}\nHej.\n\nVad gäller det?\n").text == NEW


@pytest.mark.parametrize("introduction", INTRODUCTIONS)
def test_the_answer_below_and_between(introduction: str) -> None:
    header = OUTLOOK if introduction.startswith("____") else ""
    text = f"{introduction}\n{header}> Hej.\n> När byggs det?\n\nI maj.\n\n> Hur högt?\n\nTre meter.\n\nEva"
    assert visible.split(text).text == "I maj.\n\nTre meter.\n\nEva"


def test_a_mail_that_is_read_says_what_is_folded() -> None:
    raw = "From: eva@citizen.example\nContent-Type: text/html\n\n<p>Ja.</p><blockquote>Vill du?</blockquote><p>Mvh</p>"
    read = message.parse(raw.encode(), "", [])
    assert read.text == "Ja.\n\n> Vill du?\n\nMvh"
    assert [read.text[start:end].strip() for start, end in read.folds] == []
    read = message.parse(raw.replace("Vill du?", "Vill<br>du<br>det?").encode(), "", [])
    assert [read.text[start:end].strip() for start, end in read.folds] == ["> Vill\n> du\n> det?"]
    assert read.visible == len(read.text)


def pieces(name: str, between: str) -> list[str]:
    return (DATA / name).read_text(encoding="utf-8").rstrip("\n").split(between)


@pytest.mark.parametrize("line", pieces("telephones.txt", "\n"))
def test_what_a_telephone_adds(line: str) -> None:
    answer = f"{NEW}\n\n{line}\n"
    assert visible.split(answer).text == NEW
    assert visible.split(f"{answer}\n{INTRODUCTIONS[0]}\n\n> Hej\n").text == NEW


@pytest.mark.parametrize("text", pieces("whole.txt", "@@\n"))
def test_what_only_looks_like_a_quotation_or_signature(text: str) -> None:
    assert visible.split(text).text == text.strip()
    assert visible.length(text) == len(text)


CASES = [case for name in ("divided", "more", "odd", "endings") for case in pieces(f"{name}.txt", "@@\n")]


@pytest.mark.parametrize("case", CASES)
def test_a_mail_and_what_is_new_in_it(case: str) -> None:
    text, new = case.split("@=\n")
    assert visible.split(text).text == new.strip()
    assert visible.split(text.replace("\n", "\r\n")).text.replace("\r\n", "\n") == new.strip()


PIECES = """
> a|>|-- |--|Hej|| |___|On 3 Mar 2026, A <a@b.example> wrote:|Sent from my iPhone|Eva|Från: B <b@s.example>
Skickat: idag
Ämne: x|-----Original Message-----|Mvh|08-123 45 67|JD> y|den 3 mars|B skrev:|<http://x.example/|Disclaimer|-Eva
Svara ovan|On 3 Mar|Ja -----Original Message-----|: x|Från: A Skickat: B Ämne: C|> On 3 Mar 2026, A wrote:|=====
""".strip("\n").replace("\n", "|")
MAILS = st.one_of(st.text(max_size=300), st.lists(st.sampled_from(PIECES.split("|")), max_size=25).map("\n".join))


@given(MAILS)
def test_the_fragments_are_the_whole_mail(text: str) -> None:
    found = visible.split(text)
    assert "".join(text[one.start : one.end] for one in found.fragments) == text
    assert bool(found.text) == bool(text.strip())


@given(MAILS)
def test_what_is_new_is_new_when_looked_at_again(text: str) -> None:
    once = visible.split(text).text
    assert visible.split(once).text == once


@given(MAILS)
def test_the_new_fragments_say_what_the_text_says(text: str) -> None:
    found = visible.split(text)
    shown = " ".join(text[one.start : one.end] for one in found.fragments if one.kind is Kind.NEW)
    assert shown.split() == found.text.split()
