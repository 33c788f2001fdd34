"""Splitting a stack of pages into letters at separator sheets. Pure.

A sheet's scope is exactly the pages up to the next sheet. Whatever cannot be told for certain divides: two
letters too many cost a human a moment, two people's letters in one case is a disclosure.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from channels.post.codes import Separator
from contactcenter.letters.marks import LetterMark


@dataclass(frozen=True, slots=True)
class PageSeen:
    """What splitting needs to know of a page. `unseen`: it could not be looked at, so it may be a sheet."""

    index: int
    separator: Separator | None = None
    blank: bool = False
    unseen: str = ""
    mark: LetterMark | None = None
    """The page is one of a letter of ours, or its reply slip."""


@dataclass(frozen=True, slots=True)
class Part:
    """One letter's pages (indices into the file, blank ones among `blank`), and the sheet before it.

    `problems` are codes a human must know of: `separator_damaged`, `separator_unreadable`,
    `separator_ambiguous`, `page_unread`, `page_count`, `blank`.
    """

    first: int
    pages: tuple[int, ...] = ()
    blank: tuple[int, ...] = ()
    separator: Separator | None = None
    problems: tuple[str, ...] = ()
    marks: tuple[tuple[int, LetterMark], ...] = ()
    """Pages that are of letters of ours."""
    case: str = ""
    """The case that they prove this to belong to."""
    suggested: tuple[str, ...] = ()
    """Cases that it may belong to, as their papers lay with it."""

    @property
    def empty(self) -> bool:
        return not self.pages and not self.blank and not self.problems


class Splitter:
    """Takes pages in order, gives each letter as soon as its last page is known."""

    def __init__(self) -> None:
        self._open: Part | None = None
        self._sheets = 0

    @property
    def is_batch(self) -> bool:
        """Whether any separator was seen."""
        return self._sheets > 0

    def add(self, page: PageSeen) -> Iterator[Part]:
        """The letters that `page` ends."""
        if page.separator is not None:
            self._sheets += 1
            yield from self.end()
            problems = (page.separator.problem,) if page.separator.problem else ()
            self._open = Part(page.index, separator=page.separator, problems=problems)
        elif page.unseen and self._sheets:
            yield from self.end()
            self._open = Part(page.index, (page.index,), problems=("page_unread",))
        else:
            self._open = _with(self._open or Part(page.index), page)

    def end(self) -> Iterator[Part]:
        """The letter that is still open, at the end of the stack."""
        if self._open is not None:
            part = _counted(self._open)
            self._open = None
            if not part.empty:
                yield from by_case(part)


def split(pages: Iterable[PageSeen]) -> list[Part]:
    """All letters of a whole stack."""
    splitter = Splitter()
    parts = [part for page in pages for part in splitter.add(page)]
    return [*parts, *splitter.end()]


def _with(part: Part, page: PageSeen) -> Part:
    if page.blank:
        return replace(part, blank=(*part.blank, page.index))
    if page.mark:
        part = replace(part, marks=(*part.marks, (page.index, page.mark)))
    problems = part.problems
    if page.unseen and "page_unread" not in problems:
        problems = (*problems, "page_unread")
    return replace(part, pages=(*part.pages, page.index), problems=problems)


def _counted(part: Part) -> Part:
    """With `page_count` among the problems when the sheet promised another number of pages, `blank` when nothing
    is on any page (pencil may be too faint to see).

    Blank backs may or may not have been counted by who wrote the number, so both sums will do.
    """
    problems = part.problems
    promised = part.separator.pages if part.separator else 0
    if promised and promised not in (len(part.pages), len(part.pages) + len(part.blank)):
        problems = (*problems, "page_count")
    if part.blank and not part.pages:
        problems = (*problems, "blank")
    return replace(part, problems=problems)


def by_case(part: Part) -> list[Part]:
    """The letter, with the case that pages of our own letters prove it to belong to.

    Papers of several cases in one letter: each goes to its own case, and what has no code of ours to a human.
    """
    cases = list(dict.fromkeys(mark.case_number for _, mark in part.marks))
    if len(cases) <= 1:
        return [replace(part, case=cases[0] if cases else "")]
    parts = [_of_case(part, case) for case in cases]
    marked = {page for page, _ in part.marks}
    rest = tuple(page for page in part.pages if page not in marked)
    if rest:
        problems = (*part.problems, "mixed_letters")
        parts.append(replace(part, first=rest[0], pages=rest, marks=(), problems=problems, suggested=tuple(cases)))
    else:
        parts[0] = replace(parts[0], blank=part.blank)
    return sorted(parts, key=lambda one: one.first)


def _of_case(part: Part, case: str) -> Part:
    marks = tuple((page, mark) for page, mark in part.marks if mark.case_number == case)
    pages = tuple(page for page, _ in marks)
    return replace(part, first=pages[0], pages=pages, blank=(), marks=marks, case=case)
