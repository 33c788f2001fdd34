"""Separator sheets for the municipality as it is configured."""

from pathlib import Path

from sqlmodel import Session, col, select

from channels.post.sheets import SheetEntry, separator_sheets
from contactcenter.errors import Refused
from contactcenter.model import Organisation, Topic
from contactcenter.store import Store


def write(store: Store, file: Path, per: str) -> int:
    """Write a PDF with one sheet per `unit` or per `topic`; return how many. Raises Refused for another word."""
    if per not in ("unit", "topic"):
        raise Refused("per", "--per is unit or topic")
    entries = store.sync_read(_units if per == "unit" else _topics)
    if not entries:
        raise Refused("empty", "nothing is configured yet; see contactcenter configuration")
    file.write_bytes(separator_sheets(entries))
    return len(entries)


def _units(session: Session) -> list[SheetEntry]:
    found = session.exec(select(Organisation).order_by(col(Organisation.key))).all()
    return [SheetEntry(unit=one.key, unit_name=one.name) for one in found]


def _topics(session: Session) -> list[SheetEntry]:
    found = session.exec(
        select(Topic, Organisation)
        .join(Organisation, col(Organisation.id) == col(Topic.organisation_id))
        .order_by(col(Topic.key))
    ).all()
    return [
        SheetEntry(unit=owner.key, unit_name=owner.name, topic=topic.key, topic_name=topic.name)
        for topic, owner in found
    ]
