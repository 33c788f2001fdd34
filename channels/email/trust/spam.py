"""What a filter before us wrote about a mail: fields such as `X-Spam-Flag: YES`."""

import re

from channels.email.trust.canonical import Field

_RULE = re.compile(r"\s*([!-9;-~]{1,100}?)\s*(>=|:)\s*(.{1,100}?)\s*")
_NUMBER = re.compile(r"\s*(-?\d{1,6}(?:\.\d{1,6})?)")


def rule(text: str) -> tuple[str, str, str]:
    """A rule of the settings taken apart: field in lower case, `:` or `>=`, value. Raises ValueError."""
    found = _RULE.fullmatch(text)
    if found is None or (found[2] == ">=" and not _NUMBER.fullmatch(found[3])):
        raise ValueError(f"{text!r} is neither `Field: value` nor `Field >= number`")
    return found[1].lower(), found[2], found[3]


def said(fields: list[Field], rules: tuple[str, ...]) -> str:
    """The first field that a rule speaks of, as `Name: value`; empty when the filter found nothing."""
    wanted = [rule(one) for one in rules]
    for name, value in fields:
        key, text = name.strip().lower().decode("ascii", "replace"), value.decode("utf-8", "replace").strip()
        if any(key == field and _holds(how, text, limit) for field, how, limit in wanted):
            return f"{name.decode('ascii', 'replace').strip()}: {' '.join(text.split())[:80]}"
    return ""


def _holds(how: str, text: str, limit: str) -> bool:
    """A value holds when its first word is the wanted one; a number, when it is as large."""
    if how == ":":
        return re.match(rf"{re.escape(limit)}(?!\w)", text, re.IGNORECASE) is not None
    number = _NUMBER.match(text)
    return number is not None and float(number[1]) >= float(limit)
