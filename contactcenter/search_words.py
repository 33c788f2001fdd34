"""Words: how text becomes what is looked up, and how a query becomes what to look for. No database here.

Both databases get the same words from here and break up no text themselves, so both find the same cases
(docs/decisions/0020-search.md). Å, ä and ö are letters of their own; other accents are dropped, so `idé` is found
by `ide`. Besides the words themselves a text has

- `kc-2026-000123` for a case number, however it is spaced,
- `anna.ek@example.se` for a mail address (its parts are words too),
- `t46701234567` for a telephone number, whether written `070-123 45 67` or `+46 (0)70 123 45 67`,
- `p8901029802` for ten digits as in personal and organisation numbers, with or without century and dash.
"""

import re
import unicodedata
from dataclasses import dataclass
from itertools import islice

LONGEST_WORD = 64
"""Words are cut to this many characters, in texts and queries alike."""
MOST_WORDS = 20_000
"""So many different words of one case are kept, the first ones."""
LONGEST_QUERY, MOST_TERMS = 300, 16
PREFIX_FROM = 2
"""A word of at least this many letters in a query also finds longer words that begin with it."""

SNIPPET = 160
"""Characters of a snippet."""

_WORD = re.compile(r"[^\W_]+")
_MAIL = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]{1,64}@[^\W_][\w.-]{0,250}[^\W_]")
_CASE = re.compile(r"\bkc[- ]?(\d{4})[- ]?(\d{6,9})(?!\d)")
_DIGITS = re.compile(r"\+?\(?\d[\d\u00a0 ()/.–-]{2,60}\d")
_HUNDRED = re.compile(r"(?<=\d{6})\+(?=\d{4}(?!\d))")
"""The plus in the personal number of somebody a hundred years old."""
_GROUP = re.compile(r"(\+?)\(?(\d+)")
_QUOTED = re.compile(r'"([^"]*)"')


@dataclass(frozen=True, slots=True)
class Term:
    """One thing to look for: a whole word, or the beginning of one."""

    word: str
    prefix: bool = False


Query = list[tuple[Term, ...]]
"""Groups; a case must have at least one term of every group."""


def _bare_letters() -> dict[int, str | None]:
    kept = "åäö"
    table: dict[int, str | None] = dict.fromkeys(range(0x300, 0x370))
    for code in (*range(0xC0, 0x250), *range(0x1E00, 0x1F00)):
        bare = unicodedata.normalize("NFD", chr(code))[0]
        if chr(code) not in kept and bare != chr(code):
            table[code] = bare
    return table


_BARE = _bare_letters()
_ACCENTED = re.compile("[\u00e0-\u00e3\u00e6-\u00f5\u00f7-\u036f\u1e00-\u1eff]")


def folded(text: str) -> str:
    """`text` in small letters without accents, but for those of å, ä and ö."""
    if text.isascii():
        return text.lower()
    text = unicodedata.normalize("NFKC", text).casefold()
    return text.translate(_BARE) if _ACCENTED.search(text) else text


def words_of(text: str) -> set[str]:
    """Everything that `text` can be found by."""
    plain = _HUNDRED.sub("-", folded(text))
    found = set(islice(dict.fromkeys(word[:LONGEST_WORD] for word in _WORD.findall(plain)), MOST_WORDS))
    if "@" in plain:
        found.update(mail[:LONGEST_WORD] for mail in _MAIL.findall(plain))
    found.update(f"kc-{year}-{serial}" for year, serial in _CASE.findall(plain))
    for run in _DIGITS.findall(plain):
        found |= _numbers_in(run)
    return found


def case_numbers(query: str) -> list[str]:
    """The case numbers that a query names, as they stand in the database."""
    return [f"KC-{year}-{serial}" for year, serial in _CASE.findall(folded(query[:LONGEST_QUERY]))][:MOST_TERMS]


def parse(query: str) -> Query:
    """What a query looks for; empty when there is nothing to look for. Any text is a query.

    Every word finds the words that begin with it, but for what stands "in quotes".
    """
    query = _HUNDRED.sub("-", folded(query[:LONGEST_QUERY]))
    groups: Query = []
    for part in _QUOTED.findall(query):
        groups += [(Term(word[:LONGEST_WORD]),) for word in _WORD.findall(part)]
    rest = _QUOTED.sub(" ", query)
    for taken in (_CASE, _MAIL):
        for match in taken.finditer(rest):
            groups.append((_exact(taken, match),))
        rest = taken.sub(" ", rest)
    for match in _DIGITS.finditer(rest):
        groups += _number_groups(match[0])
    groups += [(_word(word),) for word in _WORD.findall(_DIGITS.sub(" ", rest))]
    return list(dict.fromkeys(groups))[:MOST_TERMS]


def snippet(kept: str, groups: Query) -> str:
    """A line of about `SNIPPET` characters of `kept` round the first thing that `groups` look for."""
    line = " ".join(kept.split())
    small = line.lower()
    found = [place for group in groups for term in group if (place := small.find(term.word)) >= 0]
    start = max(0, min(found, default=0) - SNIPPET // 4)
    start = line.find(" ", start) + 1 if start else 0
    end = start + SNIPPET
    return f"{'…' if start else ''}{line[start:end]}{'…' if end < len(line) else ''}"


def score(kept: str, query: str) -> int:
    """How well a text that matches does: the whole query as it stands counts ten (at the beginning, where number and
    subject are, fifteen), each of its words as it stands one for each time, up to three."""
    plain, phrase = folded(kept), " ".join(folded(query).replace('"', " ").split())
    in_a_row = 10 * (phrase in plain) + 5 * (phrase in plain[:200])
    return in_a_row + sum(min(3, f" {plain} ".count(f" {word} ")) for word in set(phrase.split()))


def _exact(kind: re.Pattern[str], match: re.Match[str]) -> Term:
    if kind is _CASE:
        return Term(f"kc-{match[1]}-{match[2]}")
    return Term(match[0][:LONGEST_WORD], prefix=True)


def _word(word: str) -> Term:
    return Term(word[:LONGEST_WORD], prefix=PREFIX_FROM <= len(word) < LONGEST_WORD)


def _number_groups(run: str) -> Query:
    """Digits in a query: the number they are or the beginning of one, or else the groups of digits as words."""
    digits = "".join(re.findall(r"\d", run))
    numbers = []
    if 4 <= len(digits) <= 15:
        if phone := _international(digits, plus=run.startswith(("+", "(+"))):
            numbers.append(Term(f"t{phone}", prefix=True))
        if len(digits) <= 10:
            numbers.append(Term(f"p{digits}", prefix=True))
        if len(digits) <= 12 and digits[:2] in ("18", "19", "20"):
            numbers.append(Term(f"p{digits[2:]}", prefix=True))
    return [(_word(group), *numbers) for group in re.findall(r"\d+", run)]


def _numbers_in(run: str) -> set[str]:
    """The telephone, personal and organisation numbers that a run of digits and separators may hold."""
    groups = [(bool(plus), digits) for plus, digits in _GROUP.findall(run)]
    found = set()
    for start, (plus, digits) in enumerate(groups):
        if phones := _phones(groups[start:], plus, digits):
            found |= phones
        if len(digits) in (10, 12):
            found.add(f"p{digits[-10:]}")
        elif len(digits) in (6, 8) and start + 1 < len(groups) and len(groups[start + 1][1]) == 4:
            found.add(f"p{digits[-6:]}{groups[start + 1][1]}")
    return found


def _phones(groups: list[tuple[bool, str]], plus: bool, first: str) -> set[str]:
    """Numbers that begin with the first group: any number of groups may belong to them."""
    if not plus and not first.startswith(("0", "46")):
        return set()
    found, digits = set(), ""
    for _, more in groups:
        digits += more
        if len(digits) > 16:
            break
        if len(digits) >= 7 and (number := _international(digits, plus=plus)) and len(number) >= 8:
            found.add(f"t{number}")
    return found


def _international(digits: str, *, plus: bool) -> str:
    """Digits as in E.164 without the plus; a number without country code is Swedish; empty: no number."""
    if plus:
        number = digits
    elif digits.startswith("00"):
        number = digits[2:]
    elif digits.startswith("0"):
        number = f"46{digits[1:]}"
    elif digits.startswith("46") and len(digits) >= 10:
        number = digits
    else:
        return ""
    return f"46{number[3:]}" if number.startswith("460") else number
