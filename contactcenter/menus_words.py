"""What is said around a menu, in each language: wrong key, thanks, and when we open again, as one whole sentence."""

from datetime import date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo


class Words(NamedTuple):
    """One language's sentences. `opens` is filled with a day and a clock time."""

    invalid: str
    goodbye: str
    opens: str
    today: str
    tomorrow: str
    days: tuple[str, ...]
    months: tuple[str, ...]
    a_date: str
    stay: str
    """Asked where a caller must press 1 to stay in the queue."""


SV = Words(
    "Det valet finns inte.",
    "Tack för att du ringde. Hej då.",
    "Vi öppnar igen {day} klockan {time}.",
    "i dag",
    "i morgon",
    ("på måndag", "på tisdag", "på onsdag", "på torsdag", "på fredag", "på lördag", "på söndag"),
    ("januari", "februari", "mars", "april", "maj", "juni", "juli", "augusti", "september", "oktober", "november",
     "december"),
    "den {n} {month}",
    "Vill du ändå prata med oss, tryck 1. Annars kan du lägga på.",
)  # fmt: skip
EN = Words(
    "That choice does not exist.",
    "Thank you for calling. Goodbye.",
    "We open again {day} at {time}.",
    "today",
    "tomorrow",
    ("on Monday", "on Tuesday", "on Wednesday", "on Thursday", "on Friday", "on Saturday", "on Sunday"),
    ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
     "December"),
    "on {month} {n}",
    "If you still want to talk to us, press 1. Otherwise you may hang up.",
)  # fmt: skip
FI = Words(
    "Valintaa ei ole.",
    "Kiitos soitostasi. Hei hei.",
    "Avaamme jälleen {day} kello {time}.",
    "tänään",
    "huomenna",
    ("maanantaina", "tiistaina", "keskiviikkona", "torstaina", "perjantaina", "lauantaina", "sunnuntaina"),
    ("tammikuuta", "helmikuuta", "maaliskuuta", "huhtikuuta", "toukokuuta", "kesäkuuta", "heinäkuuta", "elokuuta",
     "syyskuuta", "lokakuuta", "marraskuuta", "joulukuuta"),
    "{n}. {month}",
    "Jos haluat silti puhua kanssamme, paina 1. Muuten voit lopettaa puhelun.",
)  # fmt: skip
WORDS = {"sv": SV, "en": EN, "fi": FI}
DEFAULT = "sv"


def words(language: str) -> tuple[Words, str]:
    """The language's own words, else English ones; and the language that they are in."""
    return (WORDS[language], language) if language in WORDS else (EN, "en")


def opening(at: datetime | None, now: datetime, zone: str, language: str) -> str:
    """The sentence that says when we open again; empty when nobody knows."""
    if at is None:
        return ""
    said, _ = words(language)
    place = ZoneInfo(zone)
    local, today = at.astimezone(place), now.astimezone(place).date()
    time = f"{local.hour}.{local.minute:02d}" if local.minute else str(local.hour)
    return said.opens.format(day=_day(local.date(), today, said), time=time)


def _day(day: date, today: date, said: Words) -> str:
    ahead = day - today
    if ahead <= timedelta(days=1):
        return said.tomorrow if ahead.days == 1 else said.today
    if ahead < timedelta(days=7):
        return said.days[day.weekday()]
    return said.a_date.format(n=day.day, month=said.months[day.month - 1])
