"""Tables for spreadsheets: CSV that opens rightly in a Swedish Excel and that cannot run anything there."""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from contactcenter.rollups import ZONE

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""A text beginning so would be taken for a formula (OWASP, CSV Injection), the full-width signs too."""


def csv_text(header: Sequence[str], rows: Iterable[Sequence[Any]], delimiter: str = ";") -> str:
    """The rows as CSV: byte order mark, `;`, CRLF, decimal comma. Text that looks like a formula gets a `'` first.

    Numbers stay numbers, also negative ones; None is empty; times are local.
    """
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter, lineterminator="\r\n")
    writer.writerow([cell(one, delimiter) for one in header])
    writer.writerows([cell(one, delimiter) for one in row] for row in rows)
    return "\ufeff" + out.getvalue()


def cell(value: Any, delimiter: str = ";") -> str:
    """One value as it is written."""
    match value:
        case None:
            return ""
        case float():
            return f"{value:.4f}".rstrip("0").rstrip(".").replace(".", "," if delimiter == ";" else ".")
        case int():  # True is 1
            return str(int(value))
        case datetime():
            return f"{value.astimezone(ZONE):%Y-%m-%d %H:%M:%S}"
        case date():
            return value.isoformat()
        case _:
            return _harmless(str(value))


def _harmless(text: str) -> str:
    text = text.replace("\x00", "")
    begins = text.lstrip(" \u00a0\u200b\ufeff")
    return f"'{text}" if begins.startswith(_FORMULA) or text.startswith(_FORMULA) else text
