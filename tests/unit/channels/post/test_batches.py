"""Splitting a stack: examples and the law that no page is lost, doubled or given to two letters."""

from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from channels.post.batches import PageSeen, Part, split
from channels.post.codes import Separator
from contactcenter.letters.marks import LetterMark

SHEET = Separator(unit="solvik")
PAGES = st.lists(st.sampled_from(["page", "blank", "unseen", "sheet", "damaged"]), max_size=30)


def stack(*kinds: str, promised: int = 0) -> list[PageSeen]:
    separator = Separator(unit="solvik", pages=promised)
    made: dict[str, Callable[[int], PageSeen]] = {
        "page": PageSeen,
        "blank": lambda i: PageSeen(i, blank=True),
        "unseen": lambda i: PageSeen(i, unseen="page_timeout"),
        "sheet": lambda i: PageSeen(i, separator=separator),
        "damaged": lambda i: PageSeen(i, separator=Separator(problem="separator_damaged")),
    }
    return [made[kind](index) for index, kind in enumerate(kinds)]


def shape(parts: list[Part]) -> list[tuple[tuple[int, ...], tuple[str, ...]]]:
    return [(part.pages, part.problems) for part in parts]


def test_without_sheets_all_is_one_letter() -> None:
    assert shape(split(stack("page", "blank", "page"))) == [((0, 2), ())]


def test_a_sheets_scope_ends_at_the_next_sheet() -> None:
    parts = split(stack("sheet", "page", "page", "sheet", "page"))
    assert shape(parts) == [((1, 2), ()), ((4,), ())]


def test_pages_before_the_first_sheet_are_a_letter_of_their_own() -> None:
    parts = split(stack("page", "sheet", "page"))
    assert shape(parts) == [((0,), ()), ((2,), ())]
    assert parts[0].separator is None


def test_two_sheets_in_a_row_and_one_at_the_end_make_no_letter() -> None:
    assert shape(split(stack("sheet", "sheet", "page", "sheet"))) == [((2,), ())]


def test_a_wrong_count_is_said_and_blank_backs_may_count_or_not() -> None:
    assert shape(split(stack("sheet", "page", "blank", promised=1))) == [((1,), ())]
    assert shape(split(stack("sheet", "page", "blank", promised=2))) == [((1,), ())]
    assert shape(split(stack("sheet", "page", "blank", promised=3))) == [((1,), ("page_count",))]
    assert shape(split(stack("sheet", promised=3))) == [((), ("page_count",))]


def test_in_a_batch_a_page_that_was_not_seen_may_be_a_sheet_and_divides() -> None:
    assert shape(split(stack("sheet", "page", "unseen", "page"))) == [((1,), ()), ((2, 3), ("page_unread",))]
    assert shape(split(stack("page", "unseen", "page"))) == [((0, 1, 2), ("page_unread",))]


def test_pages_that_seem_blank_are_shown_to_a_human() -> None:
    (part,) = split(stack("blank"))
    assert part.problems == ("blank",)


@given(PAGES)
def test_every_page_is_in_exactly_one_letter_and_no_sheet_in_any(kinds: list[str]) -> None:
    parts = split(stack(*kinds))
    filed = sorted(index for part in parts for index in (*part.pages, *part.blank))
    assert filed == [index for index, kind in enumerate(kinds) if kind not in ("sheet", "damaged")]
    assert len({part.first for part in parts}) == len(parts)


@given(PAGES)
def test_no_letter_goes_across_a_sheet(kinds: list[str]) -> None:
    sheets = {index for index, kind in enumerate(kinds) if kind in ("sheet", "damaged")}
    for part in split(stack(*kinds)):
        every = sorted((*part.pages, *part.blank))
        assert not every or not sheets & set(range(every[0], every[-1]))


def marked(index: int, case: str = "") -> PageSeen:
    return PageSeen(index, mark=LetterMark(case, 1) if case else None)


def test_a_page_of_our_letter_leads_all_of_the_letter_home() -> None:
    (part,) = split([marked(0), marked(1, "KC-2026-000001"), marked(2)])
    assert (part.case, part.pages, part.problems) == ("KC-2026-000001", (0, 1, 2), ())


def test_papers_of_two_cases_go_to_each_and_the_rest_to_a_human() -> None:
    one, two = "KC-2026-000001", "KC-2026-000002"
    pages = [marked(0), marked(1, one), marked(2, two), PageSeen(3, blank=True), marked(4, one)]
    rest, first, second = split(pages)
    assert (rest.case, rest.pages, rest.blank, rest.suggested) == ("", (0,), (3,), (one, two))
    assert "mixed_letters" in rest.problems
    assert (first.case, first.pages) == (one, (1, 4))
    assert (second.case, second.pages) == (two, (2,))


def test_a_code_of_ours_does_not_reach_over_a_separator() -> None:
    sheet = PageSeen(1, separator=Separator(unit="solvik"))
    first, second = split([marked(0, "KC-2026-000001"), sheet, marked(2)])
    assert (first.case, second.case) == ("KC-2026-000001", "")


@given(st.lists(st.sampled_from(["", "KC-2026-000001", "KC-2026-000002"]), min_size=1, max_size=12))
def test_every_page_is_in_one_letter_and_none_with_another_case(cases: list[str]) -> None:
    parts = split(marked(index, case) for index, case in enumerate(cases))
    assert sorted(page for part in parts for page in part.pages) == list(range(len(cases)))
    for part in parts:
        assert {cases[page] for page in part.pages} <= {"", part.case}
    assert len({part.first for part in parts}) == len(parts)
