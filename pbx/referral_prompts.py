"""What callers hear of somebody who is absent: short pieces, so that few sounds say everything. Swedish; in English see
`referral_prompts_en`.

Each piece is a sentence or a part of one that the synthesiser speaks once; a name, or the person's own recording of it,
stands before them.
"""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

REASONS = {
    "lunch": "är på lunch", "meeting": "är i möte", "travel": "är på resa", "training": "är på utbildning",
    "gone_home": "har gått för dagen", "leave": "är ledig", "parental": "är föräldraledig", "busy": "är upptagen",
    "away": "är inte anträffbar", "closed": "är inte på plats",
}  # fmt: skip
"""Reason as everybody may hear it -> what is said after the name."""
NOT_REACHED = {"BUSY": "talar i telefon", "": "svarar inte"}
"""Asterisk's DIALSTATUS -> what is said; empty: any other."""
SOMEBODY = "Den du söker"
CHOICES = "Tryck 1 för kontaktcenter. Tryck 2 för att lämna ett meddelande."
IN_ENGLISH = "For English, press 3."
"""Said in English, to callers who have chosen no language."""
PAUSE = "Var god vänta, så svarar kontaktcenter."
DAYS = ("måndag", "tisdag", "onsdag", "torsdag", "fredag", "lördag", "söndag")
MONTHS = ("januari", "februari", "mars", "april", "maj", "juni", "juli", "augusti", "september", "oktober",
          "november", "december")  # fmt: skip
DATES = ("första", "andra", "tredje", "fjärde", "femte", "sjätte", "sjunde", "åttonde", "nionde", "tionde", "elfte",
         "tolfte", "trettonde", "fjortonde", "femtonde", "sextonde", "sjuttonde", "artonde", "nittonde", "tjugonde",
         "tjugoförsta", "tjugoandra", "tjugotredje", "tjugofjärde", "tjugofemte", "tjugosjätte", "tjugosjunde",
         "tjugoåttonde", "tjugonionde", "trettionde", "trettioförsta")  # fmt: skip


def absent(reason: str, back: datetime | None, now: datetime, zone: ZoneInfo) -> list[str]:
    """The pieces after the name. `reason` is one that everybody may hear; an unknown one is not told.

    >>> noon = datetime(2026, 11, 23, 12, 0, tzinfo=ZoneInfo("UTC"))
    >>> absent("meeting", noon.replace(hour=14), noon, ZoneInfo("UTC"))
    ['är i möte', 'till klockan', '14', 'noll noll']
    """
    return [REASONS.get(reason, REASONS["away"]), *(until(back, now, zone) if back else [])]


def until(back: datetime, now: datetime, zone: ZoneInfo) -> list[str]:
    """When somebody is back: rounded up to whole minutes, so that nobody rings too early."""
    local = whole_minutes(back.astimezone(zone))
    days = (local.date() - now.astimezone(zone).date()).days
    at = clock(local)
    if days <= 0:
        return ["till klockan", *at]
    if days == 1:
        return ["till i morgon klockan", *at]
    if days < 7:
        return [f"till {DAYS[local.weekday()]} klockan", *at]
    return [f"till den {DATES[local.day - 1]} {MONTHS[local.month - 1]}"]


def whole_minutes(local: datetime) -> datetime:
    """Rounded up."""
    if local.second or local.microsecond:
        return local.replace(second=0, microsecond=0) + timedelta(minutes=1)
    return local


def clock(local: datetime) -> list[str]:
    """A time of day as it is read out: hours, then minutes."""
    minute = {0: "noll noll"}.get(local.minute, f"noll {local.minute}" if local.minute < 10 else str(local.minute))
    return [str(local.hour), minute]


def every_piece() -> list[str]:
    """All that can be made before it is needed, but for names."""
    pieces = [
        *REASONS.values(),
        *NOT_REACHED.values(),
        SOMEBODY,
        CHOICES,
        PAUSE,
        "till klockan",
        "till i morgon klockan",
    ]
    pieces += [f"till {day} klockan" for day in DAYS] + [str(hour) for hour in range(60)]
    return [*pieces, "noll noll", *(f"noll {minute}" for minute in range(1, 10))]
