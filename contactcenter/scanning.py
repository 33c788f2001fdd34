"""Files in which a virus was found: locked, not lost. Who needs one opens it with a reason, which is kept."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlmodel import Session, SQLModel, col, delete, select

from contactcenter import field, journal
from contactcenter.errors import NotFound, Refused
from contactcenter.model import Case, Contact, FileRecord
from contactcenter.ports import Actor
from contactcenter.sight import visible
from contactcenter.states import EventKind

OPEN_FOR = timedelta(minutes=10)
"""How long an unlocked file may be fetched by whoever unlocked it."""
SHORTEST_REASON = 5
LONGEST_REASON = 500
MOST_KEPT = 50
"""Unlockings that are remembered with a file; the journal has them all."""


class ScanState(StrEnum):
    CLEAN = "clean"
    INFECTED = "infected"
    WAITING = "waiting"
    """The scanner was silent: scanned later."""
    TOO_LARGE = "too_large"


@dataclass(frozen=True, slots=True)
class Scan:
    """A finding, and the name of what was found."""

    state: ScanState
    name: str = ""

    def facts(self) -> dict[str, Any]:
        """As it is stored with the file."""
        return {"scan": {"state": self.state.value} | ({"name": self.name} if self.name else {})}


class FileToScan(SQLModel, table=True):
    """A file that waits for the scanner."""

    __tablename__ = "file_to_scan"

    id: int = field.identity()
    file_id: int = field.reference("file")


def is_locked(file: FileRecord) -> bool:
    """Whether a virus was found in it."""
    return bool(file.facts.get("scan", {}).get("state") == ScanState.INFECTED)


def may_fetch(file: FileRecord, actor: Actor, now: datetime) -> None:
    """Raises Refused `file_locked` for a locked file that the actor has not unlocked a moment ago."""
    if not is_locked(file):
        return
    for one in file.facts.get("unlocked", []):
        if one["by"] == actor.user_id and now - datetime.fromisoformat(one["at"]) < OPEN_FOR:
            return
    raise Refused("file_locked", "a virus was found in this file")


def unlock(session: Session, actor: Actor, file_id: int, reason: str, now: datetime) -> str:
    """Let the actor fetch a locked file for some minutes; its address. The reason is kept with the file.

    Raises NotFound; Refused `not_allowed` for others than supervisors, `unlock_reason` without words.
    """
    file = session.get(FileRecord, file_id)
    contact = session.get(Contact, file.contact_id) if file else None
    if file is None or contact is None:
        raise NotFound("no_such_file")
    case = visible(session, actor, contact.case_id)
    if case.protected and not actor.sees_protected:
        raise NotFound("no_such_file")
    if not actor.is_supervisor:
        raise Refused("not_allowed", "supervisors unlock files")
    said = reason.strip()
    if not SHORTEST_REASON <= len(said) <= LONGEST_REASON:
        raise Refused("unlock_reason", "say why")
    entry = {"by": actor.user_id, "at": now.isoformat(), "reason": said}
    file.facts = file.facts | {"unlocked": [*file.facts.get("unlocked", []), entry][-MOST_KEPT:]}
    session.add(file)
    _tell(session, EventKind.FILE_UNLOCKED, file, case, now, actor.user_id)
    return f"/files/{file.id}"


def remember(session: Session, contact_id: int) -> None:
    """Put down those of a contact's files that wait for the scanner, and tell of those that are locked."""
    contact = session.get_one(Contact, contact_id)
    case = session.get_one(Case, contact.case_id)
    for file in session.exec(select(FileRecord).where(FileRecord.contact_id == contact_id)):
        if file.facts.get("scan", {}).get("state") == ScanState.WAITING:
            session.add(FileToScan(file_id=file.id))
        elif is_locked(file):
            _tell(session, EventKind.FILE_LOCKED, file, case, contact.arrived_at)


def waiting(session: Session, most: int) -> list[tuple[int, str]]:
    """Files to scan, the oldest first: (id, SHA-256)."""
    found = (
        select(FileRecord.id, FileRecord.sha256)
        .join(FileToScan, col(FileToScan.file_id) == col(FileRecord.id))
        .order_by(col(FileToScan.id))
        .limit(most)
    )
    return [(id, sha256) for id, sha256 in session.exec(found)]


def scanned(session: Session, file_id: int, found: Scan, now: datetime) -> None:
    """What the scanner found. A virus locks the mail's original, too: it holds the same bytes."""
    session.execute(delete(FileToScan).where(col(FileToScan.file_id) == file_id))
    file = session.get(FileRecord, file_id)
    if file is None:
        return
    contact = session.get_one(Contact, file.contact_id)
    case = session.get_one(Case, contact.case_id)
    with_original = found.state is ScanState.INFECTED and file.role != "original"
    for one in [file, *(_original(session, file) if with_original else [])]:
        if is_locked(one):
            continue
        one.facts = one.facts | found.facts()
        session.add(one)
        if found.state is ScanState.INFECTED:
            _tell(session, EventKind.FILE_LOCKED, one, case, now)


def _original(session: Session, file: FileRecord) -> list[FileRecord]:
    same = select(FileRecord).where(FileRecord.contact_id == file.contact_id, FileRecord.role == "original")
    return list(session.exec(same))


def _tell(
    session: Session, kind: EventKind, file: FileRecord, case: Case, now: datetime, user_id: int | None = None
) -> None:
    journal.record(session, kind, at=now, case=case, contact_id=file.contact_id, user_id=user_id, file_id=file.id)
