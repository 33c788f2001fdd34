"""Cases as files: one ZIP each, with everything that is known as JSON, a PDF for people, and the untouched originals.

For an answer to a citizen's request for their data, for a move to another system, or to keep. Nothing in it is masked:
who may run the command sees everything.
"""

import contextlib
import io
import json
import re
import tempfile
import zipfile
from collections.abc import Collection, Iterator
from datetime import datetime
from pathlib import Path
from typing import IO, Any
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, select

from contactcenter import casepdf, cases, handoff, handoff_payload
from contactcenter.clock import utc_now
from contactcenter.errors import NotFound
from contactcenter.files import FileStore
from contactcenter.handoff_payload import CasePayload, FilePart
from contactcenter.model import Case, Event
from contactcenter.settings import Settings
from contactcenter.states import CaseState
from contactcenter.store import Store

FORMAT = "contactcenter.export/1"
NAME_LIMIT = 100
_UNSAFE = re.compile(r"[^\w. ()+-]")


def export_case(session: Session, files: FileStore, case_id: int, time_zone: str, now: datetime) -> bytes:
    """The ZIP of one case. Raises NotFound."""
    out = io.BytesIO()
    write_case(session, files, case_id, out, time_zone, now)
    return out.getvalue()


def export_all(
    store: Store,
    settings: Settings,
    folder: Path,
    numbers: Collection[str] = (),
    since: datetime | None = None,
) -> int:
    """Write `<number>.zip` into `folder` for the cases with these `numbers`, else for every case opened `since`.

    A `since` without time zone is meant in the installation's. A file is there whole or not at all; one that is there
    already is written anew. Returns how many. Raises NotFound for a number that there is not.
    """
    files, now = FileStore(settings.data_dir / "files"), utc_now()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    chosen = store.sync_read(_chosen, numbers, _aware(since, settings.time_zone))
    for case_id, number in chosen:
        with _whole_file(folder / f"{number}.zip") as out:
            store.sync_read(write_case, files, case_id, out, settings.time_zone, now)
    return len(chosen)


def write_case(session: Session, files: FileStore, case_id: int, out: IO[bytes], time_zone: str, now: datetime) -> None:
    """Write the ZIP of one case to `out`. Raises NotFound."""
    case = cases.get(session, case_id)
    payload = handoff_payload.build(session, case, f"{case.number}:export", "", "", now)
    places = {file.id: f"files/{contact.id}/{_name(file)}" for contact in payload.contacts for file in contact.files}
    wanted = [file for contact in payload.contacts for file in contact.files]
    there = {file.id for file in wanted if files.path(file.sha256).exists()}
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        document = _document(session, case, payload, places, there, now)
        archive.writestr("case.json", json.dumps(document, ensure_ascii=False, indent=1))
        archive.writestr("case.pdf", casepdf.build(payload, time_zone, there))
        for file in wanted:
            if file.id in there:
                archive.write(files.path(file.sha256), places[file.id])


def _document(
    session: Session, case: Case, payload: CasePayload, places: dict[int, str], there: set[int], now: datetime
) -> dict[str, Any]:
    """What `case.json` holds: the case as a hand-off has it, and what a hand-off leaves out."""
    content = payload.model_dump(mode="json", exclude={"key", "handoff", "callback", "links_expire"})
    return content | {
        "format": FORMAT,
        "exported_at": now.isoformat(),
        "state": case.state.value,
        "outcome": case.outcome.value if case.outcome else None,
        "closed_at": case.closed_at.isoformat() if case.closed_at else None,
        "files": {str(file_id): place if file_id in there else None for file_id, place in places.items()},
        "journal": [_line(event) for event in _journal(session, case.id)],
        "deliveries": [
            delivery.model_dump(mode="json", exclude={"payload"}) for delivery in handoff.of_case(session, case.id)
        ],
    }


def _journal(session: Session, case_id: int) -> list[Event]:
    return list(session.exec(select(Event).where(Event.case_id == case_id).order_by(col(Event.id))))


def _line(event: Event) -> dict[str, Any]:
    return event.model_dump(mode="json", exclude={"organisation_id", "case_id"})


def _name(file: FilePart) -> str:
    """A name that is safe on every system and unlike those beside it: people name files as they like."""
    plain = _UNSAFE.sub("_", file.name).strip(". ") or "fil"
    stem, dot, ending = plain.rpartition(".")
    short = f"{stem[:NAME_LIMIT]}{dot}{ending[:10]}" if dot else plain[:NAME_LIMIT]
    return f"{file.id}-{short}"


def _chosen(session: Session, numbers: Collection[str], since: datetime | None) -> list[tuple[int, str]]:
    if numbers:
        return list(
            {case.id: (case.id, case.number) for case in (_by_number(session, one) for one in numbers)}.values()
        )
    found = select(Case.id, Case.number).where(Case.state != CaseState.MERGED).order_by(col(Case.id))
    if since is not None:
        found = found.where(Case.opened_at >= since)
    return [(case_id, number) for case_id, number in session.exec(found)]


def _by_number(session: Session, number: str) -> Case:
    case = cases.by_number(session, number)
    if case is None:
        raise NotFound("no_such_case", f"there is no case {number}")
    return case


def _aware(since: datetime | None, time_zone: str) -> datetime | None:
    return since.replace(tzinfo=ZoneInfo(time_zone)) if since and since.tzinfo is None else since


@contextlib.contextmanager
def _whole_file(path: Path) -> Iterator[IO[bytes]]:
    """A file that appears under its name when it is complete, readable by its owner only."""
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".new-", delete=False) as out:
        unfinished = Path(out.name)
        try:
            yield out
            out.flush()
            unfinished.replace(path)
        finally:
            unfinished.unlink(missing_ok=True)
