"""What an exchange is configured from: our numbers with their topics, and the agents' telephones."""

import re
from dataclasses import dataclass, field

from contactcenter.errors import Misconfigured

EXTENSION = re.compile(r"^[0-9]{2,6}$")
E164 = re.compile(r"^\+[1-9][0-9]{2,14}$")
TOPIC = re.compile(r"^[A-Za-z0-9_.-]{1,100}$")
CLOCK = re.compile(r"^([01]\d|2[0-3]):[0-5]\d-([01]\d:[0-5]\d|2[0-3]:[0-5]\d|24:00)$")
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True, slots=True)
class MenuChoice:
    """One key of the menu (tonval): the key, the topic it means, and how the topic is said."""

    key: str
    topic: str
    spoken: str

    def __post_init__(self) -> None:
        _demand(self.key in set("0123456789"), "menu key", self.key, "one digit")
        _demand(bool(TOPIC.match(self.topic)), "menu topic", self.topic, "letters, digits, dot, dash")


@dataclass(frozen=True, slots=True)
class Number:
    """One of our numbers (an address point). `week` is day -> spans such as `08:00-16:30`; empty: always open."""

    point: int
    address: str
    name: str
    choices: tuple[MenuChoice, ...] = ()
    default_topic: str = ""
    greeting: str = ""
    week: dict[str, tuple[str, ...]] = field(default_factory=dict)
    timezone: str = "Europe/Stockholm"

    def __post_init__(self) -> None:
        _demand(bool(E164.match(self.address)), "number", self.address, "E.164, for example +46850000100")
        _demand(not self.default_topic or bool(TOPIC.match(self.default_topic)), "topic", self.default_topic, "a key")
        _demand(bool(re.match(r"^[A-Za-z_/+-]+$", self.timezone)), "timezone", self.timezone, "Europe/Stockholm")
        for day, spans in self.week.items():
            _demand(day in DAYS, "weekday", day, ", ".join(DAYS))
            for span in spans:
                _demand(bool(CLOCK.match(span)), "opening hours", span, "08:00-16:30")


@dataclass(frozen=True, slots=True)
class Phone:
    """An agent's telephone. `name` is shown on other telephones inside the house."""

    extension: str
    name: str = ""

    def __post_init__(self) -> None:
        _demand(bool(EXTENSION.match(self.extension)), "extension", self.extension, "two to six digits")


@dataclass(frozen=True, slots=True)
class Direct:
    """A direct number of somebody on the staff: the telephone that it rings, or none, and whose hours hold."""

    address: str
    extension: str = ""
    point: int = 0
    """The address point whose opening hours and messages callers get who want the contact centre instead."""

    def __post_init__(self) -> None:
        _demand(bool(E164.match(self.address)), "direct number", self.address, "E.164, for example +46850000100")
        fits = not self.extension or bool(EXTENSION.match(self.extension))
        _demand(fits, "extension", self.extension, "two to six digits")


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything the dialplan knows by itself."""

    numbers: tuple[Number, ...] = ()
    phones: tuple[Phone, ...] = ()
    directs: tuple[Direct, ...] = ()


def _demand(true: bool, what: str, value: str, right: str) -> None:
    if not true:
        raise Misconfigured("telephone_plan", f"{what} {value!r} cannot be used; right would be: {right}")


def spellings(address: str, country_code: str) -> tuple[str, ...]:
    """The ways an operator may write one of our numbers in the request: E.164, without plus, 00, national."""
    digits = address.removeprefix("+")
    national = ("0" + digits.removeprefix(country_code),) if digits.startswith(country_code) else ()
    return (f"+{digits}", digits, f"00{digits}", *national)


def e164(dialled: str, country_code: str) -> str:
    """A caller's number as E.164, or empty when it is none (hidden, short, an extension).

    >>> e164("0701740605", "46"), e164("0046 70-174 06 05", "46"), e164("anonymous", "46")
    ('+46701740605', '+46701740605', '')
    """
    digits = re.sub(r"[^0-9+]", "", dialled)
    if digits.startswith("00"):
        digits = "+" + digits[2:]
    elif digits.startswith("0"):
        digits = f"+{country_code}{digits[1:]}"
    elif digits.startswith(country_code) and len(digits) >= 9:  # an operator that leaves the plus out
        digits = "+" + digits
    return digits if E164.match(digits) and len(digits) > 6 else ""
