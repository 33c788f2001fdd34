"""Numbers, menus and telephones before they reach Asterisk's files."""

import pytest

from contactcenter.errors import Misconfigured
from pbx.dialplan import numbers_file, outbound
from pbx.plan import MenuChoice, Number, Phone, Plan, e164, spellings


@pytest.mark.parametrize(
    ("dialled", "number"),
    [
        ("+46701740605", "+46701740605"), ("0701740605", "+46701740605"), ("0046701740605", "+46701740605"),
        ("46701740605", "+46701740605"), ("070-174 06 05", "+46701740605"), ("08/465 004 00", "+46846500400"),
        ("+4512345678", "+4512345678"), ("004512345678", "+4512345678"),
        ("anonymous", ""), ("", ""), ("112", ""), ("201", ""), ("+", ""), ("0", ""), ("+" + "1" * 16, ""),
        ("Restricted", ""), ("00", ""),
    ],
)  # fmt: skip
def test_a_callers_number_as_e164(dialled: str, number: str) -> None:
    assert e164(dialled, "46") == number


def test_our_number_in_every_spelling() -> None:
    assert spellings("+46850000100", "46") == ("+46850000100", "46850000100", "0046850000100", "0850000100")
    assert spellings("+4512345678", "46") == ("+4512345678", "4512345678", "004512345678")


@pytest.mark.parametrize(
    "make",
    [
        lambda: Number(1, "0850000100", "x"),
        lambda: Number(1, "+46850000100\nexten => _X.,1,System(id)", "x"),
        lambda: Number(1, "+46850000100", "x", default_topic="a)\nb"),
        lambda: Number(1, "+46850000100", "x", week={"mon": ("8-16",)}),
        lambda: Number(1, "+46850000100", "x", week={"monday": ("08:00-16:00",)}),
        lambda: Number(1, "+46850000100", "x", timezone="Europe/Stockholm)\n"),
        lambda: MenuChoice("#", "bygg", "bygg"),
        lambda: MenuChoice("12", "bygg", "bygg"),
        lambda: MenuChoice("1", "bygg,h,1)", "bygg"),
        lambda: Phone("2001]\n[x"),
        lambda: Phone("2"),
    ],
)
def test_what_would_become_a_line_of_its_own_is_refused(make: object) -> None:
    with pytest.raises(Misconfigured):
        make()  # type: ignore[operator]


def test_the_week_becomes_spans_that_end_a_minute_earlier() -> None:
    week = {"mon": ("08:00-12:00", "13:00-16:30"), "fri": ("00:00-24:00",)}
    text = numbers_file(Plan(numbers=(Number(7, "+46850000100", "x", week=week),)), "46")
    assert "GotoIfTime(08:00-11:59,mon,*,*,Europe/Stockholm?open)" in text
    assert "GotoIfTime(13:00-16:29,mon,*,*,Europe/Stockholm?open)" in text
    assert "GotoIfTime(00:00-23:59,fri,*,*,Europe/Stockholm?open)" in text


def test_without_a_trunk_telephones_reach_nobody_outside() -> None:
    assert "Dial" not in outbound(trunk=False)
    assert "exten => 112,1,Dial(" in outbound(trunk=True)
