"""What callers who speak English hear of somebody who is absent: as `referral_prompts`, piece by piece."""

from datetime import datetime
from zoneinfo import ZoneInfo

from pbx.referral_prompts import whole_minutes

REASONS = {
    "lunch": "is at lunch", "meeting": "is in a meeting", "travel": "is travelling", "training": "is on a course",
    "gone_home": "has left for the day", "leave": "is on leave", "parental": "is on parental leave", "busy": "is busy",
    "away": "cannot be reached", "closed": "is not at work",
}  # fmt: skip
"""Reason as everybody may hear it -> what is said after the name."""
NOT_REACHED = {"BUSY": "is on the telephone", "": "does not answer"}
SOMEBODY = "The person you are looking for"
CHOICES = "Press 1 for the contact centre. Press 2 to leave a message."
PAUSE = "Please wait, the contact centre will answer you."
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
          "November", "December")  # fmt: skip
ENDINGS = {1: "st", 2: "nd", 3: "rd", 21: "st", 22: "nd", 23: "rd", 31: "st"}


def absent(reason: str, back: datetime | None, now: datetime, zone: ZoneInfo) -> list[str]:
    """The pieces after the name.

    >>> noon = datetime(2026, 11, 23, 12, 0, tzinfo=ZoneInfo("UTC"))
    >>> absent("meeting", noon.replace(hour=14), noon, ZoneInfo("UTC"))
    ['is in a meeting', 'until', '2', 'p.m.']
    """
    return [REASONS.get(reason, REASONS["away"]), *(until(back, now, zone) if back else [])]


def until(back: datetime, now: datetime, zone: ZoneInfo) -> list[str]:
    """When somebody is back, rounded up to whole minutes."""
    local = whole_minutes(back.astimezone(zone))
    days = (local.date() - now.astimezone(zone).date()).days
    if days >= 7:
        return [f"until {MONTHS[local.month - 1]} the {local.day}{ENDINGS.get(local.day, 'th')}"]
    day = "until" if days <= 0 else "until tomorrow at" if days == 1 else f"until {DAYS[local.weekday()]} at"
    return [day, *clock(local)]


def clock(local: datetime) -> list[str]:
    """A time of day by twelve hours: 14:05 is "2", "oh 5", "p.m."."""
    minute = [] if local.minute == 0 else [f"oh {local.minute}" if local.minute < 10 else str(local.minute)]
    return [str(local.hour % 12 or 12), *minute, "a.m." if local.hour < 12 else "p.m."]


def every_piece() -> list[str]:
    """All that can be made before it is needed, but for names and dates."""
    pieces = [*REASONS.values(), *NOT_REACHED.values(), SOMEBODY, CHOICES, PAUSE, "until", "until tomorrow at"]
    pieces += [f"until {day} at" for day in DAYS] + [str(number) for number in range(1, 60)]
    return [*pieces, "a.m.", "p.m.", *(f"oh {minute}" for minute in range(1, 10))]
