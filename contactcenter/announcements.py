"""Messages before the queue (lavinmeddelande): made beforehand, switched on with an expiry, heard, counted."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, or_, select, update

from contactcenter import citizens, journal
from contactcenter.errors import NotFound, Refused
from contactcenter.menus_model import Announcement
from contactcenter.menus_prompts import Sound, recorded, spoken
from contactcenter.menus_words import DEFAULT
from contactcenter.model import AddressPoint, Topic
from contactcenter.ports import Actor
from contactcenter.states import EventKind

USUAL = timedelta(hours=2)
LONGEST = timedelta(hours=24)
TEXT_LIMIT = 600
MOST = 200
"""Messages of one municipality, on or off."""
MOST_AT_ONCE = 3
"""That one caller hears, the one switched on last first."""


class Outcome(StrEnum):
    """What became of somebody who heard a message."""

    STAYED = "stayed"
    LEFT = "left"
    """Hung up while it was played, …"""
    ENDED = "ended"
    """… or did not press 1 to stay. Both were helped by it."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message as a caller hears it."""

    id: int
    text: dict[str, str]
    sha256: str
    must_stay: bool
    active_until: datetime

    def sound(self, language: str) -> Sound:
        """The recording, else the text in the caller's language, else in Swedish."""
        if self.sha256:
            return recorded(self.sha256)
        one = language if self.text.get(language, "").strip() else DEFAULT
        return spoken(self.text.get(one, ""), one)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a message is to be."""

    name: str
    text: dict[str, str]
    sha256: str = ""
    address_point_id: int | None = None
    topic_id: int | None = None
    must_stay: bool = False


def for_caller(session: Session, point_id: int, topic_key: str, now: datetime) -> list[Message]:
    """What this caller hears before the queue: messages for everybody, for the number, or for the topic (or above)."""
    point = session.get(AddressPoint, point_id)
    if point is None:
        return []
    municipality = citizens.municipality_of(session, point.organisation_id)
    found = session.exec(
        select(Announcement)
        .where(
            Announcement.organisation_id == municipality,
            col(Announcement.active_until) > now,
            _for(Announcement.address_point_id, [point.id]),
            _for(Announcement.topic_id, _topics(session, topic_key)),
        )
        .order_by(col(Announcement.switched_at).desc(), col(Announcement.id))
        .limit(MOST_AT_ONCE)
    ).all()
    return [_message(row) for row in found]


def _for(column: object, ids: Sequence[int]) -> ColumnElement[bool]:
    return or_(col(column).is_(None), col(column).in_(ids))


def _topics(session: Session, key: str) -> list[int]:
    """The topic and what it is part of."""
    found: list[int] = []
    topic = session.exec(select(Topic).where(Topic.key == key)).first() if key else None
    while topic is not None and topic.id not in found:
        found.append(topic.id)
        topic = session.get(Topic, topic.parent_id) if topic.parent_id else None
    return found


def _message(row: Announcement) -> Message:
    assert row.active_until is not None  # noqa: S101 (asked for)
    return Message(row.id, row.text, row.sha256, row.must_stay, row.active_until)


def for_numbers(session: Session, now: datetime) -> dict[int, Message]:
    """Address point -> the message that its callers hear whatever they choose; for the exchange when it is alone."""
    found = session.exec(
        select(Announcement)
        .where(col(Announcement.active_until) > now, col(Announcement.topic_id).is_(None))
        .order_by(col(Announcement.switched_at))
    ).all()
    said: dict[int, Message] = {}
    for point_id, organisation_id in session.exec(select(AddressPoint.id, AddressPoint.organisation_id)).all():
        for row in found:
            fits = row.address_point_id in (None, point_id)
            if fits and row.organisation_id == citizens.municipality_of(session, organisation_id):
                said[point_id] = _message(row)
    return said


def heard(session: Session, id: int, outcome: Outcome, point_id: int, now: datetime) -> None:
    """Somebody heard it. Counted on the message since it was switched on, and in the journal for good."""
    helped = outcome is not Outcome.STAYED
    row = session.get(Announcement, id)
    if row is None:
        return
    counted = {"heard": col(Announcement.heard) + 1, "helped": col(Announcement.helped) + int(helped)}
    session.exec(update(Announcement).where(col(Announcement.id) == id).values(counted))
    journal.record(
        session, EventKind.ANNOUNCEMENT_HEARD, at=now, organisation_id=row.organisation_id,
        announcement_id=id, outcome=outcome.value, address_point_id=point_id,
    )  # fmt: skip


# ---------------------------------------------------------------- what supervisors do


def every(session: Session, actor: Actor) -> list[Announcement]:
    """The municipality's messages, on or off, by name."""
    wanted = select(Announcement).where(Announcement.organisation_id == _municipality(session, actor))
    return list(session.exec(wanted.order_by(col(Announcement.name), col(Announcement.id))).all())


def save(session: Session, actor: Actor, id: int | None, wanted: Wanted, now: datetime) -> int:
    """Make one, or change one. Returns its id. Raises Refused for one that says nothing."""
    municipality = _municipality(session, actor)
    _check(session, wanted, municipality)
    row = Announcement(organisation_id=municipality) if id is None else _own(session, actor, id)
    if id is None and len(every(session, actor)) >= MOST:
        raise Refused("too_many_messages", f"there are {MOST} messages already")
    row.name, row.must_stay = wanted.name.strip(), wanted.must_stay
    row.text, row.sha256 = {one: text.strip() for one, text in wanted.text.items() if text.strip()}, wanted.sha256
    row.address_point_id, row.topic_id = wanted.address_point_id, wanted.topic_id
    session.add(row)
    session.flush()
    _tell(session, row, actor.user_id, now, "saved")
    return row.id


def switch_on(session: Session, actor: Actor, id: int, minutes: int, now: datetime) -> datetime:
    """Callers hear it from now on; returns until when. Raises Refused for longer than a day."""
    row = _own(session, actor, id)
    row.active_until, row.switched_at, row.switched_by_id = _until(now, minutes), now, actor.user_id
    row.heard = row.helped = 0
    session.add(row)
    _tell(session, row, actor.user_id, now, "on")
    return row.active_until


def prolong(session: Session, actor: Actor, id: int, minutes: int, now: datetime) -> datetime:
    """Callers hear it for so long from now. Raises Refused when it is off."""
    row = _own(session, actor, id)
    if not is_on(row, now):
        raise Refused("message_off", "it is not switched on")
    row.active_until = _until(now, minutes)
    session.add(row)
    _tell(session, row, actor.user_id, now, "prolonged")
    return row.active_until


def switch_off(session: Session, actor: Actor, id: int, now: datetime) -> None:
    """Nobody hears it any more; it stays as a template."""
    row = _own(session, actor, id)
    if is_on(row, now):
        row.active_until = now
        session.add(row)
        _tell(session, row, actor.user_id, now, "off")


def remove(session: Session, actor: Actor, id: int, now: datetime) -> None:
    """Forget a message that is off."""
    row = _own(session, actor, id)
    if is_on(row, now):
        raise Refused("message_on", "switch it off first")
    _tell(session, row, actor.user_id, now, "removed")
    session.delete(row)


def is_on(row: Announcement, now: datetime) -> bool:
    return row.active_until is not None and row.active_until > now


def _until(now: datetime, minutes: int) -> datetime:
    if not 1 <= minutes <= LONGEST.total_seconds() / 60:
        raise Refused("message_minutes", "from one minute to 24 hours")
    return now + timedelta(minutes=minutes)


def _municipality(session: Session, actor: Actor) -> int:
    if not actor.is_supervisor:
        raise Refused("not_allowed", "this is for supervisors")
    return citizens.municipality_of(session, actor.organisation_id)


def _own(session: Session, actor: Actor, id: int) -> Announcement:
    municipality, row = _municipality(session, actor), session.get(Announcement, id)
    if row is None or row.organisation_id != municipality:
        raise NotFound("no_such_message")
    return row


def _check(session: Session, wanted: Wanted, municipality: int) -> None:
    if not wanted.name.strip() or not (wanted.sha256 or any(text.strip() for text in wanted.text.values())):
        raise Refused("message_empty", "a message has a name and says something")
    if any(len(text) > TEXT_LIMIT for text in wanted.text.values()):
        raise Refused("message_long", f"a message has at most {TEXT_LIMIT} characters")
    point = session.get(AddressPoint, wanted.address_point_id) if wanted.address_point_id is not None else None
    topic = session.get(Topic, wanted.topic_id) if wanted.topic_id is not None else None
    for id, row, code in (
        (wanted.address_point_id, point, "no_such_number"),
        (wanted.topic_id, topic, "no_such_topic"),
    ):
        if id is not None and (row is None or citizens.municipality_of(session, row.organisation_id) != municipality):
            raise NotFound(code)


def _tell(session: Session, row: Announcement, user_id: int, now: datetime, what: str) -> None:
    until = row.active_until.isoformat() if row.active_until else ""
    journal.record(
        session, EventKind.ANNOUNCEMENT_CHANGED, at=now, organisation_id=row.organisation_id, user_id=user_id,
        announcement_id=row.id, what=what, until=until,
    )  # fmt: skip
