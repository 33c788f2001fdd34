"""Checksums of Swedish numbers. Pure.

Personal number: Skatteverket SKV 704; co-ordination number: SKV 707 (day + 60); organisation number: SKV 709.
All three end in a Luhn digit over the nine before it.
"""

from datetime import date

ADDED_TO_DAY = 60
"""A co-ordination number (samordningsnummer) has the day of birth plus 60."""


def luhn_digit(digits: str) -> str:
    """The check digit that follows `digits` (ISO/IEC 7812-1, annex B)."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return str(-total % 10)


def has_luhn(digits: str) -> bool:
    """Whether the last of `digits` is the check digit of the others."""
    return len(digits) > 1 and luhn_digit(digits[:-1]) == digits[-1]


def personal_number(text: str, today: date) -> str:
    """The twelve digits of a personal or co-ordination number written in any usual way, or "".

    `text` is `YYMMDD-NNNN`, `YYMMDD+NNNN` (a hundred years or older), `YYYYMMDD-NNNN` or the same without a sign.
    """
    digits = "".join(sign for sign in text if sign.isascii() and sign.isdigit())
    if len(digits) == 10:
        digits = _century(digits, "+" in text, today) + digits
    if len(digits) != 12 or not has_luhn(digits[2:]):
        return ""
    born = _born(digits)
    return digits if born and date(1880, 1, 1) <= born <= today else ""


def is_coordination(number: str) -> bool:
    """Whether twelve digits are a co-ordination number."""
    return int(number[6:8]) > ADDED_TO_DAY


def organisation_number(text: str) -> str:
    """The ten digits of an organisation number `NNNNNN-NNNN`, perhaps with `16` before it, or ""."""
    digits = "".join(sign for sign in text if sign.isascii() and sign.isdigit())
    if len(digits) == 12 and digits.startswith("16"):
        digits = digits[2:]
    if len(digits) != 10 or digits[0] == "0" or int(digits[2]) < 2:
        return ""
    return digits if has_luhn(digits) else ""


def _born(digits: str) -> date | None:
    day = int(digits[6:8])
    try:
        return date(int(digits[:4]), int(digits[4:6]), day - ADDED_TO_DAY if day > ADDED_TO_DAY else day)
    except ValueError:
        return None


def _century(digits: str, old: bool, today: date) -> str:
    """The century that makes the person younger than a hundred, or older when the sign is `+`."""
    century = today.year // 100
    born = _born(f"{century:02d}{digits}")
    if born is None or born > today:
        century -= 1
    return f"{century - 1 if old else century:02d}"
