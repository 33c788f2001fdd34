"""The directory in memory, for search as one types: 10,000 people, a few milliseconds. Pure; made anew on change."""

from array import array
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from contactcenter.directory.words import digits, folded, sounds, words

MOST_TERMS = 6
SHORTEST_NUMBER = 3
_LAST = "\U0010ffff"
NAME, WORD, TITLE, UNIT = 0.0, 1.0, 1.5, 2.0
"""What a word stands in: the lower the better it is."""
PREFIX, HEARD, HEARD_PREFIX = 0.4, 3.0, 3.5
"""Added when the word only begins so, or only sounds so."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What is looked up of one person. `numbers`: digits only, those that everybody may see."""

    id: int
    name: str
    title: str = ""
    unit: str = ""
    words: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    organisation_id: int = 0


class Index:
    """Finds people by the beginnings of words, in any order."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._entries = sorted(entries, key=lambda one: (folded(one.name), one.id))
        self._counts = Counter(one.organisation_id for one in self._entries)
        self._spelt = _Words((word, at, weight) for at, one in enumerate(self._entries) for word, weight in _of(one))
        self._heard = _Words(
            (sounds(word), at, weight) for at, one in enumerate(self._entries) for word, weight in _of(one)
        )
        self._numbers = _Words(
            (number[::-1], at, 0.0) for at, one in enumerate(self._entries) for number in one.numbers if number
        )

    def count(self, scope: frozenset[int]) -> int:
        """How many people of these organisations there are."""
        return sum(self._counts[one] for one in scope)

    def find(self, query: str, scope: frozenset[int], most: int) -> list[int]:
        """Ids of at most `most` people of the organisations `scope`, best first. Empty for an empty query."""
        if len(number := digits(query)) >= SHORTEST_NUMBER:
            ranks = self._of_number(number)
        else:
            ranks = self._of_words(words(query)[:MOST_TERMS])
        allowed = (at for at in sorted(ranks, key=lambda at: (ranks[at], at)) if self._is_in(at, scope))
        return [self._entries[at].id for _, at in zip(range(most), allowed, strict=False)]

    def _is_in(self, at: int, scope: frozenset[int]) -> bool:
        return self._entries[at].organisation_id in scope

    def _of_number(self, number: str) -> dict[int, float]:
        """Somebody reads out the end of a number, or types it with or without its country."""
        national = number.removeprefix("0") if number.startswith("0") else number
        found = dict(self._numbers.beginning(national[::-1]))
        return dict.fromkeys(found, 0.0)

    def _of_words(self, terms: list[str]) -> dict[int, float]:
        ranks: dict[int, float] | None = None
        for term in sorted(terms, key=len, reverse=True):
            found = self._of_term(term)
            ranks = found if ranks is None else {at: ranks[at] + found[at] for at in ranks.keys() & found.keys()}
            if not ranks:
                break
        return ranks or {}

    def _of_term(self, term: str) -> dict[int, float]:
        best: dict[int, float] = {}
        if len(term) > 1:
            for at, weight in self._heard.beginning(sounds(term), HEARD, HEARD_PREFIX):
                if weight < best.get(at, 99.0):
                    best[at] = weight
        for at, weight in self._spelt.beginning(term, 0.0, PREFIX):
            if weight < best.get(at, 99.0):
                best[at] = weight
        return best


class _Words:
    """Words in order, and for each whose it is and where it stands."""

    def __init__(self, rows: Iterable[tuple[str, int, float]]) -> None:
        ordered = sorted(set(rows))
        self._words = [word for word, _, _ in ordered]
        self._at = array("l", (at for _, at, _ in ordered))
        self._weight = array("d", (weight for _, _, weight in ordered))

    def beginning(self, term: str, whole: float = 0.0, longer: float = 0.0) -> Iterator[tuple[int, float]]:
        """(whose, rank) of every word that begins with `term`."""
        if not term:
            return
        first, last = bisect_left(self._words, term), bisect_left(self._words, term + _LAST)
        exact = bisect_left(self._words, term + "\0")
        for row in range(first, last):
            yield self._at[row], self._weight[row] + (whole if row < exact else longer)


def _of(entry: Entry) -> Iterator[tuple[str, float]]:
    for weight, texts in ((NAME, (entry.name,)), (WORD, entry.words), (TITLE, (entry.title,)), (UNIT, (entry.unit,))):
        for text in texts:
            for word in words(text):
                yield word, weight
