"""Postal addresses as they stand in the window of an envelope. Pure.

A Swedish address ends with postcode and place, `123 45 STORSTAD` (SS 61 34 01); a foreign one with the country in
capitals.
"""

import re

from contactcenter.errors import Refused

LINES, WIDTH = 7, 45
"""What fits in the window: lines, and signs on a line."""
_SWEDISH = re.compile(r"^(?:SE[- ])?(\d{3}) ?(\d{2})\s+(\S.*)$")
_COUNTRY = re.compile(r"^[^\W\d_][^\d]{2,}$")


def parse(text: str) -> list[str]:
    """The lines of an address: who, where, and postcode with place (or the country). `,` may stand for a new line.

    Raises Refused `postal_address` when no letter would arrive there.
    """
    split = text.splitlines() if "\n" in text.strip() else text.split(",")
    lines = [line for one in split if (line := _printable(one))]
    if not 2 <= len(lines) <= LINES:
        raise Refused("postal_address", f"an address has 2 to {LINES} lines: name, street, postcode and place")
    if any(len(line) > WIDTH for line in lines):
        raise Refused("postal_address", f"a line of an address has at most {WIDTH} signs")
    last = lines[-1]
    if match := _SWEDISH.match(last):
        return [*lines[:-1], f"{match[1]} {match[2]}  {match[3].upper()}"]
    if len(lines) >= 4 and _COUNTRY.match(last) and any(sign.isdigit() for line in lines[:-1] for sign in line):
        return [*lines[:-1], last.upper()]
    raise Refused("postal_address", "the last line is neither a Swedish postcode with its place nor a country")


def name_line(name: str) -> str:
    """The name as it stands in the window. Raises Refused when there is none."""
    cleaned = _printable(name)[:WIDTH].strip()
    if not cleaned:
        raise Refused("postal_address", "whom is the letter to?")
    return cleaned


def _printable(line: str) -> str:
    return " ".join("".join(sign if sign.isprintable() else " " for sign in line).split())
