"""The records of the staff directory: what the console asks and is told."""

from datetime import datetime
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from contactcenter.directory.model import Reason


class DirectoryForm(Struct, frozen=True, forbid_unknown_fields=True):
    """In the body, since addresses of pages are written to logs. `ids`: how these people are now."""

    q: Annotated[str, Meta(max_length=200)] = ""
    ids: Annotated[list[int], Meta(max_length=50)] = []
    most: Annotated[int, Meta(ge=1, le=50)] = 20


class DirectoryRow(Struct, frozen=True):
    """A colleague. `numbers` holds only those that the reader may dial: `extension`, `work`, `direct`, `mobile`."""

    id: int
    name: str
    title: str
    unit: str
    words: list[str]
    numbers: dict[str, str]
    email: str
    has_mail: bool
    """Can be told by mail that somebody sought them, also when the address is not shown."""
    presence: Literal["free", "on_call", "away", "unknown"]
    reason: str
    """Why absent, as this reader may know; empty: not absent."""
    back: datetime | None
    """Null while absent: not known."""
    layer: str
    """Who says so: `hand`, `phone`, `calendar`, `hours`."""
    next: datetime | None
    """While present: when the next absence begins."""
    calendar_stale: datetime | None
    """The calendar could not be read since then."""
    user_id: int | None
    protected: bool
    may_set: bool
    """The reader may set this person's absence."""


class Directory(Struct, frozen=True):
    people: list[DirectoryRow]
    count: int
    """How many people the directory has."""


class AbsenceRow(Struct, frozen=True):
    id: int
    source: str
    reason: Reason
    begins_at: datetime
    until: datetime | None


class DirectoryEntry(Struct, frozen=True):
    """One person as they see themselves, or as somebody sees them who may set their absence."""

    row: DirectoryRow
    absences: list[AbsenceRow]
    has_calendar: bool
    calendar_read_at: datetime | None
    calendar_failure: str
    has_pin: bool
    has_recording: bool
    absence_code: str
    """What is dialled on one's own telephone; empty: nothing."""


class ImportChange(Struct, frozen=True):
    action: Literal["add", "change", "gone", "back"]
    name: str
    fields: dict[str, tuple[Any, Any]]
    """Field -> (now, then)."""


class ImportFault(Struct, frozen=True):
    line: int
    what: str
    field: str


class ImportResult(Struct, frozen=True):
    """What an import did or would do. At most 500 changes are listed; `counts` has them all."""

    changes: list[ImportChange]
    faults: list[ImportFault]
    counts: dict[str, int]
    same: int
