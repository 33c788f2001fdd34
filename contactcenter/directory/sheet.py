"""The directory as a CSV file: as it comes out of a payroll system, an exchange or a spreadsheet."""

import csv
import io
from collections.abc import Mapping

from contactcenter.directory.records import FIELDS, Fault, Record, doubles, record
from contactcenter.directory.words import folded
from contactcenter.errors import Refused

LARGEST = 20 * 1024 * 1024
MOST_ROWS = 100_000
HEADINGS = {
    "key": ("key", "id", "nyckel", "anstallningsnummer", "anstnr", "employeeid", "guid"),
    "name": ("name", "namn", "displayname", "visningsnamn"),
    "first_name": ("first name", "firstname", "givenname", "fornamn"),
    "last_name": ("last name", "lastname", "surname", "sn", "efternamn"),
    "title": ("title", "titel", "befattning", "roll"),
    "unit": ("unit", "enhet", "avdelning", "department", "forvaltning"),
    "words": ("words", "sokord", "ansvarsomrade", "ansvar", "keywords"),
    "extension": ("extension", "anknytning"),
    "work": ("work", "telefon", "telefonnummer", "phone", "telephonenumber", "arbetstelefon"),
    "mobile": ("mobile", "mobil", "mobiltelefon", "mobilnummer"),
    "direct": ("direct", "direktnummer", "direkt"),
    "email": ("email", "epost", "mail", "mejl", "e-postadress"),
    "login": ("login", "anvandarnamn", "samaccountname", "username"),
    "protected": ("protected", "skyddad", "skyddade personuppgifter"),
    "unlisted": ("unlisted", "dold", "hemlig"),
    "mobile_hidden": ("mobile hidden", "dold mobil"),
    "calendar_url": ("calendar_url", "calendar", "kalender", "kalenderadress"),
    "spoken": ("spoken", "uttal"),
}
"""Field -> the usual headings, folded."""


def read(
    data: bytes, country: str = "46", columns: Mapping[str, str] | None = None
) -> tuple[list[Record], list[Fault]]:
    """The records of a file, and what is wrong with its rows, by line.

    UTF-8 (with or without mark), UTF-16 with mark, else Windows-1252, of which Latin-1 is a part. Comma, semicolon or
    tab. Raises Refused (`csv`) when it is no such file at all.
    """
    if len(data) > LARGEST:
        raise Refused("csv", "the file is too large")
    rows = _rows(_text(data))
    try:
        heading = next(rows)[1]
    except StopIteration as empty:
        raise Refused("csv", "the file is empty") from empty
    fields = _fields(heading, columns or {})
    records, faults = list[Record](), list[Fault]()
    for line, row in rows:
        if not any(cell.strip() for cell in row):
            continue
        if len(row) != len(heading):
            faults.append(Fault(line, "columns"))
            continue
        one, wrong = record(_named(fields, row), line, country)
        faults += wrong
        records += [one] if one else []
    kept, twice = doubles(records)
    return kept, sorted(faults + twice, key=lambda fault: fault.line)


def _text(data: bytes) -> str:
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def _rows(text: str) -> "_Rows":
    first = text.partition("\n")[0]
    return _Rows(text, max(";\t,", key=first.count) if any(sign in first for sign in ";\t,") else ";")


class _Rows:
    """(line, cells); the line is where a row begins, also when a cell before held line breaks."""

    def __init__(self, text: str, delimiter: str) -> None:
        self._reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
        self._count = 0

    def __iter__(self) -> "_Rows":
        return self

    def __next__(self) -> tuple[int, list[str]]:
        line = self._reader.line_num + 1
        try:
            row = next(self._reader)
        except csv.Error as error:
            raise Refused("csv", f"line {line} cannot be read") from error
        self._count += 1
        if self._count > MOST_ROWS:
            raise Refused("csv", f"more than {MOST_ROWS} rows")
        return line, row


def _fields(heading: list[str], columns: Mapping[str, str]) -> list[str]:
    """For each column the field that it holds; empty: none. Raises Refused when nobody's name is there."""
    if unknown := set(columns) - {*FIELDS, "key", "first_name", "last_name"}:
        raise Refused("csv", f"there is no field {min(unknown)}")
    named = {folded(text).strip(): name for name, texts in HEADINGS.items() for text in texts}
    named |= {folded(text).strip(): name for name, text in columns.items()}
    fields = [named.get(folded(cell).strip().replace("-", ""), named.get(folded(cell).strip(), "")) for cell in heading]
    if missing := [
        text for text in columns.values() if folded(text).strip() not in {folded(c).strip() for c in heading}
    ]:
        raise Refused("csv", f"there is no column {missing[0]!r}")
    if not {"name", "last_name"} & set(fields):
        raise Refused("csv", "no column is called name (namn); columns can be named with --column name=HEADING")
    return fields


def _named(fields: list[str], row: list[str]) -> dict[str, str]:
    raw: dict[str, str] = {}
    for name, cell in zip(fields, row, strict=True):
        if name:
            raw[name] = f"{raw[name]} {cell}" if raw.get(name) else cell
    if "last_name" in raw and not raw.get("name"):
        raw["name"] = f"{raw.pop('first_name', '')} {raw.pop('last_name')}"
    return raw
