"""Messages before the queue and surges, as consoles show them live."""

from datetime import datetime

from sqlmodel import Session, col, select

from contactcenter import surge_watch
from contactcenter.menus_model import Announcement
from contactcenter.model import AddressPoint
from ui.wire import AnnouncementRow, SurgeRow


def announcements(session: Session, now: datetime) -> dict[int, AnnouncementRow]:
    """Those that are on."""
    rows = session.exec(select(Announcement).where(col(Announcement.active_until) > now)).all()
    return {row.id: _announcement(session, row, now) for row in rows}


def _announcement(session: Session, row: Announcement, now: datetime) -> AnnouncementRow:
    point = session.get(AddressPoint, row.address_point_id) if row.address_point_id else None
    return AnnouncementRow(
        id=row.id,
        organisation_id=row.organisation_id,
        name=row.name,
        text=row.text.get("sv", "") or next(iter(row.text.values()), ""),
        number=point.address if point else "",
        topic_id=row.topic_id,
        must_stay=row.must_stay,
        active_until=row.active_until or now,
    )


def surges(session: Session, now: datetime) -> dict[int, SurgeRow]:
    """Those that no supervisor has decided about."""
    return {
        row.id: SurgeRow(
            id=row.id,
            organisation_id=row.organisation_id,
            kind=row.kind,
            key=row.key,
            topic_id=row.topic_id,
            counted=row.counted,
            minutes=row.minutes,
            expected=row.expected,
            seen_at=row.seen_at,
        )
        for row in surge_watch.shown(session, now)
    }
