"""Setting where somebody is: in the console, for oneself or by right for others, or by telephone code."""

from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session, col, delete, or_, select

from contactcenter import accounts, journal
from contactcenter.directory import people
from contactcenter.directory.model import SETTABLE, Absence, Person, Reason
from contactcenter.errors import Refused
from contactcenter.ports import Actor
from contactcenter.states import EventKind

LONGEST = timedelta(days=400)
PLANNED = 20
"""Absences that one person may have ahead."""
PIN_DIGITS = (4, 12)
ATTEMPTS = 5
LOCKED = timedelta(minutes=15)


def set_absence(
    session: Session,
    actor: Actor,
    now: datetime,
    *,
    person_id: int | None = None,
    reason: Reason,
    until: datetime | None = None,
    begins_at: datetime | None = None,
) -> int:
    """Set an absence in the console; `person_id` None: one's own. One that begins now replaces what holds now.

    Raises Refused for another person without the right, and for times that cannot be.
    """
    person = may_set(session, actor, person_id)
    begin = begins_at if begins_at and begins_at > now else now
    return put(session, person, "hand", reason, begin, until, now, actor.user_id)


def clear_absence(session: Session, actor: Actor, now: datetime, *, person_id: int | None = None) -> None:
    """Back again: what was set and holds now is taken away. What calendars and hours say stays."""
    person = may_set(session, actor, person_id)
    take_away(session, person, ("hand", "phone"), now)
    _tell(session, EventKind.ABSENCE_CLEARED, person, now, actor.user_id, source="hand")


def put(
    session: Session,
    person: Person,
    source: str,
    reason: Reason,
    begin: datetime,
    until: datetime | None,
    now: datetime,
    user_id: int | None,
) -> int:
    """Write an absence; returns its id. Raises Refused."""
    if reason not in SETTABLE:
        raise Refused("absence_reason", "this reason cannot be set")
    if until is not None and not begin < until <= now + LONGEST:
        raise Refused("absence_until", "back at a time after it begins, within a year")
    if begin > now + LONGEST:
        raise Refused("absence_until", "an absence begins within a year")
    if begin <= now:
        take_away(session, person, ("hand", "phone") if source == "hand" else (source,), now)
    elif _ahead(session, person, now) >= PLANNED:
        raise Refused("absence_many", "there are many planned absences already")
    row = Absence(
        person_id=person.id, source=source, reason=reason, begins_at=begin, until=until, set_by_id=user_id, set_at=now
    )
    session.add(row)
    session.flush()
    _tell(session, EventKind.ABSENCE_SET, person, now, user_id, source=source, days=_days(begin, until))
    return row.id


def take_away(session: Session, person: Person, sources: tuple[str, ...], now: datetime) -> None:
    """What has begun ends; what is planned stays. The past is not kept: who was ill when is nobody's business."""
    session.exec(
        delete(Absence).where(
            col(Absence.person_id) == person.id,
            or_((col(Absence.begins_at) <= now) & col(Absence.source).in_(sources), col(Absence.until) <= now),
        )
    )


def forget_past(session: Session, now: datetime) -> int:
    """Take away every absence that is over; returns how many."""
    return int(session.exec(delete(Absence).where(col(Absence.until) <= now)).rowcount)


def may_set(session: Session, actor: Actor, person_id: int | None) -> Person:
    """One's own entry, or another's by right: supervisors and administrators for their organisations."""
    mine = people.own(session, actor.user_id)
    if person_id is None or (mine and mine.id == person_id):
        if mine is None:
            raise Refused("no_directory_entry", "you have no entry in the directory")
        return mine
    person = people.visible(session, actor, person_id)
    if not (actor.is_supervisor and person.organisation_id in actor.scope):
        raise Refused("not_allowed", "setting others' absence is for supervisors")
    return person


def set_pin(session: Session, actor: Actor, now: datetime, *, person_id: int | None = None, pin: str) -> None:
    """The code by which absence is set from any telephone; empty takes it away. Raises Refused for an easy one."""
    person = may_set(session, actor, person_id)
    if pin and not (pin.isdigit() and PIN_DIGITS[0] <= len(pin) <= PIN_DIGITS[1] and len(set(pin)) > 1):
        raise Refused("phone_code", "4 to 12 digits, not all alike")
    person.pin_hash = accounts.hashed_slowly(pin) if pin else ""
    person.pin_failures, person.pin_locked_until = 0, None
    session.add(person)
    _tell(session, EventKind.DIRECTORY_CHANGED, person, now, actor.user_id, what="pin")


def attempt(session: Session, extension: str, now: datetime) -> tuple[int, str]:
    """(person, hash to compare with). Counted as wrong until `passed` is called; the hash is empty for nobody."""
    person = people.at_extension(session, extension)
    if person is None or not person.pin_hash or (person.pin_locked_until and person.pin_locked_until > now):
        return 0, ""
    person.pin_failures += 1
    if person.pin_failures >= ATTEMPTS:
        person.pin_failures, person.pin_locked_until = 0, now + LOCKED
    session.add(person)
    return person.id, person.pin_hash


def passed(session: Session, person_id: int) -> None:
    """The code was right."""
    person = session.get_one(Person, person_id)
    person.pin_failures, person.pin_locked_until = 0, None
    session.add(person)


def _ahead(session: Session, person: Person, now: datetime) -> int:
    planned = select(Absence.id).where(Absence.person_id == person.id, Absence.begins_at > now)
    return len(session.exec(planned).all())


def _days(begin: datetime, until: datetime | None) -> int:
    return (until - begin).days if until else -1


def _tell(session: Session, kind: EventKind, person: Person, now: datetime, user_id: int | None, **data: Any) -> None:
    """Without the reason: the journal is kept for years, and health is not its business."""
    journal.record(
        session, kind, at=now, organisation_id=person.organisation_id, user_id=user_id, agent_id=person.user_id,
        person_id=person.id, **data,
    )  # fmt: skip
