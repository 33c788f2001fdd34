"""Senders that are made to be taken for somebody else: why a mail is to be read with care. Pure.

A warning says a reason that an agent can check with their own eyes. What ordinary people and local clubs call
themselves ("solvikssimklubb.example") gives none.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from enum import StrEnum

from channels.email.trust import dmarc

SHORTEST_MISSPELT = 6
"""Letters from which on a name that differs by one is no accident."""
SHORTEST_WITHIN = 4
MOST = 5
"""Warnings about one mail."""
# Letters of other scripts that look like Latin ones (a choice from Unicode's confusables, UTS 39, of what may stand
# in a domain name), and what is read for another letter.
_LOOKS = str.maketrans(
    "аеорсухіјѕһԁԛԝкмтвгьԍοανρυικτωεηχγօսհոցքյɑɡıłøđ0135",
    "aeopcyxijshdqwkmtbrbgoavpuiktwenxyouhngqjagilodoles",
)
_PAIRS = (("rn", "m"), ("vv", "w"), ("cl", "d"))
_OFFICES = """
kommun kommunen kommune kunta stad staden login logga inloggning konto konton account support secure
security sakerhet faktura fakturor invoice betalning payment service servicedesk post mail epost
webmail mejl office portal admin helpdesk verify verifiera online info it hr lon bank bankid id
digital e sso se com
"""
_WORDS = frozenset(_OFFICES.split())
_ADDRESS = re.compile(r"[\w.+-]{1,64}@((?:[\w-]{1,63}\.){1,8}[a-z]{2,24})", re.IGNORECASE)
_GAPS = re.compile(r"[^\w]+")


class How(StrEnum):
    """In which way a domain is like another."""

    LETTERS = "letters"
    """It has letters that look like others."""
    SPELLING = "spelling"
    """One letter more, less, another, or two changed about."""
    WORDS = "words"
    """A word is put to it."""
    ENDING = "ending"
    """The same name under another ending."""
    BEFORE = "before"
    """The whole name stands before somebody else's."""


@dataclass(frozen=True, slots=True)
class Oddity:
    """One reason to look twice."""

    code: str
    """`domain_like`, `name_has_address`, `name_of_ours`, `reply_elsewhere`."""
    found: str
    """What stands in the mail."""
    like: str = ""
    """What it could be taken for."""
    how: str = ""

    def facts(self) -> dict[str, str]:
        return {name: value for name, value in asdict(self).items() if value}


@dataclass(frozen=True, slots=True)
class Known:
    """Whom others like to be taken for."""

    domains: frozenset[str] = frozenset()
    """Our own, and those that the settings call important."""
    names: frozenset[str] = frozenset()
    """People and units of ours, as `plain` writes them."""


def plain(name: str) -> str:
    """A name for comparison: letters and digits in order, the words sorted."""
    return " ".join(sorted(_GAPS.sub(" ", unicodedata.normalize("NFKC", name).casefold()).split()))


def warnings(sender: str, name: str, reply_to: str, known: Known, *, elsewhere: bool = False) -> list[Oddity]:
    """The reasons, the gravest first. `elsewhere`: answers may go elsewhere, as with lists and our own forms."""
    domain = dmarc.ascii_name(sender.rpartition("@")[2])
    ours = _is_known(domain, known.domains)
    made: list[Oddity] = []
    if domain and not ours and (found := like(domain, known.domains)):
        made.append(Oddity("domain_like", shown(domain), shown(found[0]), found[1].value))
    if (other := _address_in(name)) and not dmarc.aligned(other, domain):
        made.append(Oddity("name_has_address", other, shown(domain)))
    if not ours and " " in plain(name) and plain(name) in known.names:
        made.append(Oddity("name_of_ours", name.strip()[:200], shown(domain)))
    answers = dmarc.ascii_name(reply_to.rpartition("@")[2])
    if answers and domain and not elsewhere and not dmarc.aligned(answers, domain):
        made.append(Oddity("reply_elsewhere", shown(answers), shown(domain)))
    return made[:MOST]


def shown(domain: str) -> str:
    """A domain as people read it; in the DNS's spelling when it mixes in letters of other scripts."""
    try:
        written = domain.encode("ascii").decode("idna") if "xn--" in domain else domain
    except UnicodeError:
        return domain
    return domain if _strange(written) else written


def _strange(written: str) -> bool:
    return any(ord(sign) > 0x24F and sign.translate(_LOOKS) != sign for sign in written)


def _is_known(domain: str, known: Iterable[str]) -> bool:
    return any(domain == one or domain.endswith(f".{one}") for one in known)


def _address_in(name: str) -> str:
    found = _ADDRESS.search(name[:500])
    return dmarc.ascii_name(found[1]) if found else ""


def like(domain: str, known: Iterable[str]) -> tuple[str, How] | None:
    """The known domain that this one could be taken for, and in which way."""
    for other in sorted(known):
        if how := _like(domain, dmarc.ascii_name(other)):
            return other, how
    return None


def _like(domain: str, other: str) -> How | None:
    if domain.startswith(f"{other}.") or f".{other}." in domain:
        return How.BEFORE
    one, its_end = _label(domain)
    another, other_end = _label(other)
    if not one or not another:
        return None
    if one == another:
        return How.ENDING if its_end != other_end and len(one) >= SHORTEST_WITHIN else None
    if _skeleton(one) == _skeleton(another):
        return How.LETTERS
    if len(another) >= SHORTEST_MISSPELT and _one_apart(_folded(one), _folded(another)):
        return How.SPELLING
    return How.WORDS if len(another) >= SHORTEST_WITHIN and _with_words(one, another) else None


def _label(domain: str) -> tuple[str, str]:
    """The name that was registered, as it is read, and its ending."""
    name, _, ending = dmarc.organisational(domain).partition(".")
    try:
        return name.encode("ascii").decode("idna").casefold(), ending
    except UnicodeError:
        return name, ending


def _folded(label: str) -> str:
    """Without marks above and below letters."""
    return "".join(one for one in unicodedata.normalize("NFKD", label) if not unicodedata.combining(one))


def _skeleton(label: str) -> str:
    """What the eye sees: two labels with the same skeleton look alike (UTS 39 4)."""
    made = _folded(label.translate(_LOOKS)).translate(_LOOKS)
    for pair, one in _PAIRS:
        made = made.replace(pair, one)
    return made.replace("l", "i").replace("-", "")


def _one_apart(one: str, other: str) -> bool:
    """Whether one letter is added, left out or another, or two neighbours are changed about."""
    if abs(len(one) - len(other)) > 1 or one == other:
        return False
    at = next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    rest, another = one[at:], other[at:]
    turned = rest[:2] == another[:2][::-1] and rest[2:] == another[2:]
    return turned or rest[1:] == another[1:] or rest[1:] == another or rest == another[1:]


def _with_words(label: str, other: str) -> bool:
    """Whether a label is the other with words put to it that promise an office or a sign-in."""
    parts = _folded(label).split("-")
    wanted = _folded(other)
    if wanted in parts:
        return any(part in _WORDS for part in parts if part != wanted)
    joined = "".join(parts)
    if wanted not in joined:
        return False
    before, _, after = joined.partition(wanted)
    rest = [before, after.removeprefix("s") if after not in _WORDS else after]
    return any(rest) and all(part in _WORDS for part in rest if part)
