"""Menus as trees: their shape, what is found wrong in them, and the laws of walking."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contactcenter import menus, menus_check
from contactcenter.errors import Misconfigured
from contactcenter.menus import (
    AnyNode,
    Choice,
    Closed,
    Colleague,
    Goodbye,
    Hours,
    Language,
    Menu,
    Number,
    Outside,
    Say,
    Speech,
    Topic,
    Tree,
    Voicemail,
)
from contactcenter.menus_check import Known
from contactcenter.menus_walk import MOST_STEPS, End, Kind, Phrase, Play, walk

HELLO = Speech({"sv": "Hej.", "en": "Hello."})
KNOWN = Known(
    topics=frozenset({"bygg", "skola", "ovrigt"}),
    queues=frozenset({"allmant"}),
    numbers=frozenset({"+46850000100"}),
    extensions=frozenset({"2001"}),
    recordings={"jingle": frozenset({"sv"})},
)
NODES: dict[str, AnyNode] = {
    "welcome": Say(HELLO, "hours"),
    "hours": Hours(open="language", closed="closed"),
    "language": Menu(HELLO, [Choice("1", "swedish"), Choice("2", "english")], silent="swedish"),
    "swedish": Language("sv", "topics"),
    "english": Language("en", "topics"),
    "topics": Menu(HELLO, [Choice("1", "build"), Choice("0", "topics"), Choice("9", "other")], silent="other", tries=3),
    "build": Menu(HELLO, [Choice("1", "permit"), Choice("2", "person")], silent="permit", wrong="other"),
    "permit": Topic("bygg"),
    "person": Colleague("2001"),
    "other": Topic("ovrigt"),
    "closed": Closed(HELLO),
}
TOWN = Tree("welcome", NODES)


def changed(**nodes: AnyNode) -> Tree:
    return Tree(TOWN.start, NODES | nodes)


def codes(tree: Tree, *, errors: bool = True) -> list[tuple[str, str]]:
    return [(one.code, one.node) for one in menus_check.problems(tree, KNOWN) if one.is_error is errors]


def led(tree: Tree, keys: str, *, is_open: bool = True) -> tuple[End, list[Play], list[str]]:
    """Press one key at each question; a dash is silence, and so is everything after the last."""
    played: list[Play] = []
    passed: list[str] = []
    pressed = iter(keys)
    walking = walk(tree, lambda _: is_open, passed.append)
    try:
        play = next(walking)
        while True:
            played.append(play)
            key = next(pressed, "-") if play.seconds else "-"
            play = walking.send("" if key == "-" else key)
    except StopIteration as end:
        return end.value, played, passed


def test_a_good_tree_has_nothing_wrong() -> None:
    assert menus_check.problems(TOWN, KNOWN) == []


def test_it_is_stored_as_plain_values_and_read_back() -> None:
    assert menus.parse(menus.plain(TOWN)) == TOWN


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        ({"start": "a", "nodes": {}}, "length >= 1"),
        ({"start": "a", "nodes": {"a": {"kind": "dance"}}}, "dance"),
        ({"start": "a", "nodes": {"a": {"kind": "topic", "tpoic": "b"}}}, "tpoic"),
        ({"start": "A b", "nodes": {"a": {"kind": "topic"}}}, "start"),
        ({"start": "a", "nodes": {"a": {"kind": "menu", "say": {}, "choices": [{"key": "12", "next": "a"}]}}}, "key"),
    ],
)
def test_a_wrong_shape_is_refused_with_its_place(raw: dict[str, Any], says: str) -> None:
    with pytest.raises(Misconfigured, match=says):
        menus.parse(raw)


@pytest.mark.parametrize(
    ("tree", "found"),
    [
        (changed(lost=Topic("bygg")), ("unreachable", "lost")),
        (changed(welcome=Say(HELLO, "nowhere")), ("leads_nowhere", "welcome")),
        (Tree("nowhere", NODES), ("leads_nowhere", "")),
        (changed(welcome=Say(Speech(), "hours")), ("no_prompt", "welcome")),
        (changed(welcome=Say(Speech(recording="gone"), "hours")), ("no_recording", "welcome")),
        (changed(build=Menu(HELLO, [Choice("1", "permit"), Choice("1", "person")], silent="permit")),
         ("key_twice", "build")),
        (changed(build=Menu(HELLO, [], silent="permit")), ("no_keys", "build")),
        (changed(build=Menu(HELLO, [Choice("1", "permit"), Choice("2", "person")])), ("no_silent", "build")),
        (changed(topics=Menu(HELLO, [Choice("1", "build"), Choice("9", "other")], silent="welcome")),
         ("loop", "welcome")),
        (changed(permit=Topic("gone")), ("unknown_topic", "permit")),
        (changed(permit=Number("+46999")), ("unknown_number", "permit")),
        (changed(permit=Outside("")), ("no_number", "permit")),
        (changed(permit=Voicemail("gone")), ("unknown_queue", "permit")),
        (changed(person=Colleague("2999")), ("unknown_extension", "person")),
        (changed(hours=Hours("language", "closed", {"week": {"mon": ["16-8"]}})), ("hours", "hours")),
    ],
)  # fmt: skip
def test_what_is_wrong_is_found(tree: Tree, found: tuple[str, str]) -> None:
    assert found in codes(tree)


def test_hearing_it_again_by_key_is_no_loop() -> None:
    assert Choice("0", "topics") in TOWN.nodes["topics"].choices  # type: ignore[union-attr]
    assert codes(TOWN) == []


def test_what_is_not_said_in_a_language_is_a_warning() -> None:
    tree = changed(topics=Menu(Speech({"sv": "Bara på svenska."}), [Choice("1", "permit")], silent="other"))
    assert ("not_in_language", "topics") in codes(tree, errors=False)
    recorded = changed(welcome=Say(Speech(recording="jingle"), "hours"))
    assert codes(recorded) == codes(recorded, errors=False) == []


@pytest.mark.parametrize(
    ("keys", "end"),
    [
        ("-" * 9, End(Kind.TOPIC, "ovrigt")),
        ("111", End(Kind.TOPIC, "bygg", key="1")),
        ("112", End(Kind.COLLEAGUE, "2001", key="2")),
        ("219", End(Kind.TOPIC, "bygg", "en", "1")),
        ("1177", End(Kind.TOPIC, "ovrigt", key="1")),
        ("11-7", End(Kind.TOPIC, "ovrigt", key="1")),
        ("117-", End(Kind.TOPIC, "bygg", key="1")),
        ("10011", End(Kind.TOPIC, "bygg", key="1")),
    ],
)
def test_where_keys_lead(keys: str, end: End) -> None:
    assert led(TOWN, keys)[0] == end


def test_closed_says_when_it_opens_and_ends() -> None:
    end, played, passed = led(TOWN, "", is_open=False)
    assert end.kind is Kind.CLOSED
    assert played[-1].said == (HELLO, Phrase.OPENS, Phrase.GOODBYE)
    assert passed == ["welcome", "hours", "closed"]


def test_a_wrong_key_is_told_of_and_asked_again() -> None:
    _, played, _ = led(TOWN, "7")
    assert [one.said for one in played[1:3]] == [(HELLO,), (Phrase.INVALID, HELLO)]


def test_a_key_during_the_greeting_counts_for_the_menu_after_it() -> None:
    walking = walk(changed(hours=Say(HELLO, "language")), lambda _: True)
    assert (next(walking).node, walking.send("1").node) == ("welcome", "hours")
    assert walking.send("").node == "topics"  # the language was chosen before it was asked for


def test_a_caller_who_goes_round_for_ever_comes_to_a_human() -> None:
    end, _, passed = led(TOWN, "1" + "0" * 500)
    assert (end.kind, end.value) == (Kind.TOPIC, "")
    assert len(passed) == MOST_STEPS


def test_keys_and_topics_alone_are_a_tree_of_one_level() -> None:
    tree = menus.one_level("Välkommen.", {"1": ("bygg", "bygglov"), "2": ("skola", "skola")}, "ovrigt")
    assert codes(tree) == []
    assert menus.first_keys(tree) == {"1": "bygg", "2": "skola"}
    assert led(tree, "2")[0] == End(Kind.TOPIC, "skola", key="2")
    assert led(tree, "99")[0] == End(Kind.TOPIC, "ovrigt")
    assert led(menus.one_level("Hej.", {}, "ovrigt"), "")[0] == End(Kind.TOPIC, "ovrigt")


def test_alone_the_dialplan_knows_the_first_level() -> None:
    assert menus.first_keys(changed(language=Say(HELLO, "topics"))) == {"1": "bygg", "0": "ovrigt", "9": "ovrigt"}


IDS = st.sampled_from([f"n{number}" for number in range(8)])
SPEECH = st.sampled_from([HELLO, Speech(), Speech(recording="jingle"), Speech(recording="gone")])
KEYS = st.lists(st.builds(Choice, st.sampled_from("0123456789*#"), IDS), max_size=5)
ANY: st.SearchStrategy[AnyNode] = st.one_of(
    st.builds(Say, SPEECH, IDS),
    st.builds(Menu, SPEECH, KEYS, IDS | st.just(""), IDS | st.just(""), SPEECH, tries=st.integers(1, 5)),
    st.builds(Hours, IDS, IDS),
    st.builds(Language, st.sampled_from(["sv", "en", "fi"]), IDS),
    st.builds(Topic, st.sampled_from(["bygg", "", "gone"])),
    st.builds(Closed, SPEECH),
    st.builds(Goodbye, SPEECH),
    st.builds(Number, st.sampled_from(["+46850000100", "+46999", ""])),
    st.builds(Outside, st.sampled_from(["+46701740605", ""])),
    st.builds(Voicemail, st.sampled_from(["allmant", ""])),
    st.builds(Colleague, st.sampled_from(["2001", "2999", ""])),
)
TREES = st.builds(Tree, IDS, st.dictionaries(IDS, ANY, min_size=1, max_size=8))


@given(TREES, st.text("0123456789*#-", max_size=200), st.booleans())
def test_every_caller_ends_in_any_tree(tree: Tree, keys: str, is_open: bool) -> None:
    end, played, passed = led(tree, keys, is_open=is_open)
    assert isinstance(end, End)
    assert len(passed) <= MOST_STEPS
    assert len(played) <= MOST_STEPS * 5


@given(TREES, st.text("0123456789*#-", max_size=200))
def test_no_caller_comes_to_a_dead_end_in_a_tree_without_errors(tree: Tree, keys: str) -> None:
    if menus_check.errors(tree, KNOWN):
        return
    end, _, passed = led(tree, keys)
    assert all(id in tree.nodes for id in passed)
    sane = {
        Kind.TOPIC: KNOWN.topics | {""},
        Kind.NUMBER: KNOWN.numbers,
        Kind.COLLEAGUE: KNOWN.extensions,
        Kind.OUTSIDE: {"+46701740605"},
        Kind.VOICEMAIL: KNOWN.queues | {""},
    }
    assert end.value in sane.get(end.kind, {""})


@given(TREES)
def test_who_only_keeps_silent_never_goes_round_in_a_tree_without_errors(tree: Tree) -> None:
    if not menus_check.errors(tree, KNOWN):
        assert len(led(tree, "")[2]) <= len(tree.nodes)


@given(TREES)
def test_judging_never_fails_and_reading_back_changes_nothing(tree: Tree) -> None:
    menus_check.problems(tree, KNOWN)
    assert menus.parse(menus.plain(tree)) == tree
    menus.first_keys(tree)
