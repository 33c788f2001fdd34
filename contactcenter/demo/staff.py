"""The staff of Solvik, some of them absent: invented people with numbers that belong to nobody."""

from datetime import datetime, timedelta
from pathlib import Path

from sqlmodel import Session, select

from contactcenter.directory import absence, importing, sheet
from contactcenter.directory.model import Person, Reason

STAFF = Path(__file__).parent / "staff.csv"
ABSENT = {
    "Cilla Berg": (Reason.MEETING, timedelta(hours=2)),
    "Åsa Öberg": (Reason.MEETING, timedelta(hours=1)),
    "Carl Lindqvist": (Reason.TRAINING, timedelta(days=1)),
    "Eva Sjögren": (Reason.LEAVE, timedelta(days=5)),
    "Farid Haddad": (Reason.SICK, None),
    "Iris Dahl": (Reason.LUNCH, timedelta(minutes=40)),
}


def employ(session: Session, now: datetime) -> None:
    """Fill the directory as an import would."""
    records, faults = sheet.read(STAFF.read_bytes())
    place = importing.organisation_of(session, "solvik")
    importing.apply(session, "csv", place.id, records, faults, now)
    for person in session.exec(select(Person)).all():
        if found := ABSENT.get(person.name):
            reason, left = found
            absence.put(session, person, "hand", reason, now, now + left if left else None, now, None)
