"""What a calendar invitation says (RFC 5545, 5546): what, when, where, by whom. Never raises."""

import re
from dataclasses import dataclass

LONGEST = 500_000
_LINE = re.compile(r'([A-Za-z-]{1,40})((?:;[A-Za-z-]{1,40}=(?:"[^"]*"|[^";:]*))*):(.*)', re.DOTALL)


@dataclass(frozen=True, slots=True)
class Invitation:
    """An event. Times are as written: `2026-03-03 10:00 Europe/Stockholm`, or a day."""

    method: str = ""
    """REQUEST, CANCEL, REPLY … in capitals; empty when it is not said."""
    what: str = ""
    starts: str = ""
    ends: str = ""
    where: str = ""
    organiser: str = ""
    repeats: bool = False

    def facts(self) -> dict[str, str | bool]:
        return {name: getattr(self, name) for name in self.__dataclass_fields__}


def read(text: str) -> Invitation | None:
    """The first event in a calendar; None when there is none."""
    lines = re.sub(r"\r?\n[ \t]", "", text[:LONGEST]).splitlines()
    method, inside, said = "", "", dict[str, tuple[str, str]]()
    for line in lines:
        found = _LINE.fullmatch(line.strip())
        if found is None:
            continue
        name, parameters, value = found[1].upper(), found[2], found[3]
        if name == "METHOD" and not inside:
            method = value.strip().upper()[:20]
        elif name == "BEGIN" and not inside and value.strip().upper() in ("VEVENT", "VTODO"):
            inside = value.strip().upper()
        elif name == "END" and value.strip().upper() == inside:
            break
        elif inside:
            said.setdefault(name, (parameters, value))
    return _made(method, said) if said else None


def _made(method: str, said: dict[str, tuple[str, str]]) -> Invitation:
    parameters, organiser = said.get("ORGANIZER", ("", ""))
    name = re.search(r';CN="?([^";:]{1,200})', parameters, re.IGNORECASE)
    return Invitation(
        method=method,
        what=_plain(said.get("SUMMARY", ("", ""))[1]),
        starts=_moment(*said.get("DTSTART", ("", ""))),
        ends=_moment(*said.get("DTEND", said.get("DUE", ("", "")))),
        where=_plain(said.get("LOCATION", ("", ""))[1]),
        organiser=_plain(name[1] if name else re.sub(r"(?i)^mailto:", "", organiser.strip())),
        repeats="RRULE" in said or "RDATE" in said,
    )


def _plain(value: str) -> str:
    unescaped = re.sub(r"\\([nN,;\\])", lambda found: " " if found[1] in "nN" else found[1], value)
    return " ".join(unescaped.split())[:500]


def _moment(parameters: str, value: str) -> str:
    found = re.fullmatch(r"(\d{4})(\d{2})(\d{2})(?:T(\d{2})(\d{2})(\d{2})?(Z)?)?", value.strip())
    if found is None:
        return value.strip()[:60]
    day = f"{found[1]}-{found[2]}-{found[3]}"
    if not found[4]:
        return day
    zone = re.search(r';TZID="?([^";:]{1,80})', parameters, re.IGNORECASE)
    return f"{day} {found[4]}:{found[5]} {'UTC' if found[7] else zone[1] if zone else ''}".strip()
