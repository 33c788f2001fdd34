"""What is asked of a calendar, and how it is answered: shared by us and the child that works it out."""

from dataclasses import dataclass
from datetime import datetime, tzinfo

Found = tuple[float, float, str]
"""Begin, end (epoch seconds), `busy` or `away`."""


@dataclass(frozen=True, slots=True)
class Look:
    """What is looked at: from `begin` to before `end`; floating times and whole days are those of `zone`."""

    begin: datetime
    end: datetime
    zone: tzinfo
    owner: str = ""
    """Mail address, so that what its owner has declined does not count."""
    tentative: bool = False


class Unreadable(Exception):
    """It is no calendar, or one that nobody has. `args[0]` is a code."""
