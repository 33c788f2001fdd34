"""The steps of a queue as an administrator writes them: in force for the next caller, every version kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import ValidationError
from sqlmodel import Session, col, select

from contactcenter import configuration
from contactcenter.configuration import Document, QueueEntry
from contactcenter.errors import Conflict, Misconfigured, NotFound, Refused
from contactcenter.model import Organisation, Queue, User
from contactcenter.overflow import versions
from contactcenter.overflow.model import OverflowVersion
from contactcenter.overflow.rules import Step
from contactcenter.ports import Actor

MOST_STEPS = 20


@dataclass(frozen=True, slots=True)
class Way:
    """Another queue that a step may lead to. `helps`: its agents may see the callers, and so help out."""

    key: str
    name: str
    helps: bool


@dataclass(frozen=True, slots=True)
class Version:
    number: int
    at: datetime
    by: str
    steps: int
    restored_from: int


@dataclass(frozen=True, slots=True)
class Editing:
    """What an editor of one queue's steps needs. `revision` is the newest version's number; 0: there is none."""

    queue_id: int
    queue: str
    revision: int
    steps: list[Step]
    ways: list[Way]
    versions: list[Version]


def queues(session: Session, actor: Actor) -> list[tuple[int, str]]:
    """Id and name of the queues whose steps the actor may write, by name. Raises Refused for others."""
    _administrator(actor)
    own = select(Queue.id, Queue.name).where(col(Queue.organisation_id).in_(actor.scope))
    return [(id, name) for id, name in session.exec(own.order_by(col(Queue.name), col(Queue.id))).all()]


def editing(session: Session, actor: Actor, queue_id: int) -> Editing:
    """Raises NotFound, and Refused for who is no administrator."""
    queue = _own(session, actor, queue_id)
    steps = [Step.model_validate(one) for one in queue.overflow]
    return Editing(
        queue.id,
        queue.name,
        versions.newest(session, queue.id),
        steps,
        _ways(session, actor, queue),
        _versions(session, queue),
    )


def save(
    session: Session, actor: Actor, queue_id: int, steps: Sequence[dict[str, Any]], revision: int, now: datetime
) -> int:
    """Put these in force; returns the version's number. Raises Conflict when somebody saved meanwhile, and Refused."""
    queue = _own(session, actor, queue_id)
    if versions.newest(session, queue.id) != revision:
        raise Conflict("overflow_changed", "somebody else has changed these steps meanwhile")
    _put_in_force(session, actor, queue, steps, now)
    return versions.newest(session, queue.id)


def restore(session: Session, actor: Actor, queue_id: int, number: int, now: datetime) -> int:
    """An older version is in force again, as a new one. Returns its number."""
    queue = _own(session, actor, queue_id)
    of_queue = select(OverflowVersion).where(OverflowVersion.queue_id == queue.id)
    old = session.exec(of_queue.where(OverflowVersion.number == number)).first()
    if old is None:
        raise NotFound("no_such_version")
    _put_in_force(session, actor, queue, old.steps, now)
    newest = session.exec(of_queue.order_by(col(OverflowVersion.number).desc())).first()
    if newest and newest.number != number:
        newest.restored_from = number
        session.add(newest)
    return versions.newest(session, queue.id)


def _put_in_force(session: Session, actor: Actor, queue: Queue, steps: Sequence[dict[str, Any]], now: datetime) -> None:
    if len(steps) > MOST_STEPS:
        raise Refused("overflow_wrong", f"at most {MOST_STEPS} steps")
    known = {way.key for way in _ways(session, actor, queue)}
    try:
        wanted = [Step.model_validate(one) for one in steps]
        if strange := next((one.queue for one in wanted if one.queue and one.queue not in known), ""):
            raise Refused("overflow_wrong", f"there is no queue {strange!r} to go to")
        place = session.get_one(Organisation, queue.organisation_id)
        entry = QueueEntry(
            key=queue.key, name=queue.name, organisation=place.key, overflow=wanted, callback_first=queue.callback_first
        )
        configuration.apply(session, Document(queues=[entry]), now, actor.user_id)
    except ValidationError as fault:
        raise Refused("overflow_wrong", str(fault.errors(include_input=False)[0]["msg"])) from fault
    except Misconfigured as fault:
        raise Refused("overflow_wrong", fault.text) from fault


def _ways(session: Session, actor: Actor, queue: Queue) -> list[Way]:
    """Other queues of the actor's in the same municipality."""
    parents = dict(session.exec(select(Organisation.id, Organisation.parent_id)).all())
    above = _above(parents, queue.organisation_id)
    others = select(Queue).where(Queue.id != queue.id, col(Queue.organisation_id).in_(actor.scope))
    return [
        Way(one.key, one.name, one.organisation_id in above)
        for one in session.exec(others.order_by(col(Queue.name), col(Queue.id))).all()
        if _above(parents, one.organisation_id)[-1] == above[-1]
    ]


def _above(parents: dict[int, int | None], one: int) -> list[int]:
    found = [one]
    while (parent := parents.get(found[-1])) is not None and parent not in found:
        found.append(parent)
    return found


def _versions(session: Session, queue: Queue) -> list[Version]:
    rows = session.exec(
        select(OverflowVersion, User.name)
        .outerjoin(User, col(User.id) == col(OverflowVersion.made_by_id))
        .where(OverflowVersion.queue_id == queue.id)
        .order_by(col(OverflowVersion.number).desc())
        .limit(50)
    ).all()
    return [Version(one.number, one.at, name or "", len(one.steps), one.restored_from) for one, name in rows]


def _own(session: Session, actor: Actor, queue_id: int) -> Queue:
    _administrator(actor)
    queue = session.get(Queue, queue_id)
    if queue is None or queue.organisation_id not in actor.scope:
        raise NotFound("no_such_queue")
    return queue


def _administrator(actor: Actor) -> None:
    if not actor.is_administrator:
        raise Refused("not_allowed", "this is for administrators")
