"""Dates as they occur: RFC 5322, 850, asctime, ISO 8601 and what people's programs made of them. Never raises."""

import re
from datetime import UTC, datetime, timedelta, timezone

LONGEST = 300
_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan gen ene janv tammi sty", "feb fév fev helmi lut", "mar mär mrz maalis maa", "apr avr abr huhti kwi",
            "may maj mai maggio touko mag mei", "jun juin giu kesä cze", "jul juil lug heinä lip",
            "aug aoû ago elo sie aou", "sep set syys wrz", "oct okt out ott loka paź", "nov marras lis",
            "dec dez des déc dic joulu gru",
        ),
        start=1,
    )
    for name in names.split()
}  # fmt: skip
_ZONES = {
    "ut": 0, "utc": 0, "gmt": 0, "z": 0, "wet": 0, "cet": 60, "met": 60, "mez": 60, "bst": 60, "west": 60, "ist": 330,
    "cest": 120, "mest": 120, "mesz": 120, "eet": 120, "sast": 120, "eest": 180, "msk": 180, "msd": 240, "est": -300,
    "edt": -240, "cst": -360, "cdt": -300, "mst": -420, "mdt": -360, "pst": -480, "pdt": -420, "akst": -540,
    "akdt": -480, "hst": -600, "ast": -240, "adt": -180, "nst": -210, "ndt": -150, "brt": -180, "art": -180,
    "jst": 540, "kst": 540, "hkt": 480, "sgt": 480, "awst": 480, "aest": 600, "aedt": 660, "acst": 570, "nzst": 720,
    "nzdt": 780, "pkt": 300, "ict": 420, "wib": 420, "pht": 480,
}  # fmt: skip
"""Minutes east of Greenwich. RFC 5322: the military letters but Z mean nothing, nor does a name nobody knows."""
_MONTH = r"(?P<month>[^\W\d_]{3,12})\.?"
_TIME = re.compile(
    r"(?<![\d+-])(?P<hour>\d{1,2})(?P<colon>[:.])(?P<minute>\d{2})(?:(?P=colon)(?P<second>\d{1,2})(?:[.,]\d{1,9})?)?"
    r"\s{0,3}(?P<half>[ap]\.?m\b)?",
    re.IGNORECASE,
)
_DAYS = (
    re.compile(
        rf"(?<!\d)(?P<day>\d{{1,2}})\.?(?:\s|-|/){{1,3}}(?:de\s)?{_MONTH}"
        r"(?:\s|-|/|,|de\s){1,4}(?P<year>\d{2,4})(?!\d|:)"
    ),
    re.compile(
        rf"{_MONTH}\s{{1,3}}(?P<day>\d{{1,2}})"
        r"(?:st|nd|rd|th)?,?\s{1,3}(?:.{0,30}?[\s,])??(?P<year>\d{4})(?!\d)"
    ),
    re.compile(r"(?<!\d)(?P<year>\d{4})[-/.](?P<number>\d{1,2})[-/.](?P<day>\d{1,2})(?!\d)"),
    re.compile(r"(?<!\d)(?P<day>\d{1,2})[/.](?P<number>\d{1,2})[/.](?P<year>\d{4}|\d{2})(?!\d)"),
    re.compile(r"^(?P<year>\d{4})(?P<number>\d{2})(?P<day>\d{2})(?=T|\s|$)"),
)  # fmt: skip
_OFFSET = re.compile(r"(?:^|[\s)]|GMT|UTC|\d|Z)(?P<sign>[+-])\s?(?P<digits>\d{1,2}:\d{2}|\d{1,6})")


def parsed(text: str) -> datetime | None:
    """The moment in UTC, to the second; None when `text` tells none. Without a zone it is taken for UTC."""
    text = text[:LONGEST].strip()
    while (bare := re.sub(r"\([^()]*\)", " ", text)) != text:
        text = bare
    text = re.sub(r"(?<=\d)\s{0,5}:\s{0,5}(?=\d)", ":", text)
    day = _day(text)
    if day is None:
        return None
    year, month, number, rest = day
    hour, minute, second, rest = _time(rest)
    try:
        moment = datetime(year, month, number, hour, minute, min(second, 59), tzinfo=_zone(rest))
        return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _day(text: str) -> tuple[int, int, int, str] | None:
    for pattern in _DAYS:
        for found in pattern.finditer(text):
            named = found.groupdict()
            month = _month(named["month"]) if "month" in named else int(named["number"])
            if month and 1 <= month <= 12:
                rest = f"{text[: found.start()]} {_within(found)} {text[found.end() :]}"
                return _year(named["year"]), month, int(named["day"]), rest
    return None


def _within(found: re.Match[str]) -> str:
    """The time that stands between day and year (asctime)."""
    day, year = found.end("day"), found.start("year")
    return found.string[day:year] if day < year and ":" in found.string[day:year] else ""


def _month(name: str) -> int:
    name = name.lower()
    return next((_MONTHS[name[:length]] for length in (6, 5, 4, 3) if name[:length] in _MONTHS), 0)


def _year(digits: str) -> int:
    """RFC 5322 section 4.3: 00–49 are of this century, 50–999 of the last."""
    year = int(digits)
    if len(digits) <= 3:
        return year + (2000 if len(digits) == 2 and year < 50 else 1900)
    return year


def _time(rest: str) -> tuple[int, int, int, str]:
    found = _TIME.search(rest)
    if found is None:
        compact = re.search(r"T(\d{2})(\d{2})(\d{2})?", rest)
        if compact is None:
            return 0, 0, 0, rest
        return int(compact[1]), int(compact[2]), int(compact[3] or 0), rest[compact.end() :]
    hour = int(found["hour"])
    if found["half"]:
        hour = hour % 12 + (12 if found["half"].lower().startswith("p") else 0)
    return hour, int(found["minute"]), int(found["second"] or 0), rest[found.end() :]


def _zone(rest: str) -> timezone:
    found = _OFFSET.search(rest)
    if found:
        minutes = _minutes(found["digits"])
        return timezone(timedelta(minutes=-minutes if found["sign"] == "-" else minutes))
    name = re.search(r"[A-Za-z]{1,5}(?![A-Za-z])", rest)
    return timezone(timedelta(minutes=_ZONES.get(name[0].lower(), 0))) if name else UTC


def _minutes(digits: str) -> int:
    """Hours and minutes east; zero for more than there are."""
    if ":" in digits:
        hours, _, rest = digits.partition(":")
    elif len(digits) <= 2:
        hours, rest = digits, "0"
    else:
        digits = digits.zfill(4)
        hours, rest = digits[:2], digits[2:4]
    minutes = int(hours) * 60 + int(rest)
    return minutes if minutes < 24 * 60 else 0
