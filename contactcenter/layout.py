"""What changes only with the configuration, held in memory: organisations, queues, topics and address points.

A call asks for these a dozen times before a telephone rings. They are read once for each connection, and again when
their mark has changed: a number that every change of them draws anew, in the same transaction. So a change that is
undone takes its mark with it, and other processes see it with the first question they ask.
"""

import secrets
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import event, insert, select, update
from sqlmodel import Session

from contactcenter.model import AddressPoint, Counter, Organisation, Queue, Topic
from contactcenter.states import AddressKind

MARK = "layout"
_KEPT = "layout"
_TABLES = (Organisation, Queue, Topic, AddressPoint)
_COUNTER: Any = Counter.__table__  # type: ignore[attr-defined]
_VALUE = select(_COUNTER.c.value).where(_COUNTER.c.name == MARK)


class Subject(NamedTuple):
    """A topic, as far as a new case needs it."""

    id: int
    organisation_id: int
    key: str
    queue_id: int | None
    promised: dict[str, int]
    """Read only: shared by all who ask."""
    skills: tuple[tuple[str, int], ...]
    wrap_up_seconds: int


class Point(NamedTuple):
    """An address point, as far as a new case needs it."""

    address: str
    organisation_id: int
    queue_id: int
    topic_id: int | None


@dataclass(frozen=True, slots=True)
class Layout:
    """All of it, as of one mark."""

    parents: dict[int, int | None]
    """Organisation id -> the one above; None: a municipality."""
    organisations: dict[str, int]
    """Key -> organisation id."""
    queues: dict[int, int]
    """Queue id -> organisation id, by queue id."""
    taped: frozenset[int]
    """Queues whose calls are recorded, when the agent has the right to."""
    topics: dict[int, Subject]
    by_key: dict[str, Subject]
    points: dict[tuple[AddressKind, str], Point]
    """In the order of their ids."""

    def municipality(self, organisation_id: int) -> int | None:
        """The id of the organisation that has none above; None when there is no such organisation."""
        if organisation_id not in self.parents:
            return None
        one, seen = organisation_id, set[int]()
        while (above := self.parents.get(one)) is not None and above not in seen:
            seen.add(above)
            one = above
        return one

    def below(self, organisation_id: int) -> frozenset[int]:
        """The ids of an organisation and all below it."""
        children: dict[int | None, list[int]] = {}
        for child, parent in self.parents.items():
            children.setdefault(parent, []).append(child)
        found, todo = set[int](), [organisation_id]
        while todo:
            if (one := todo.pop()) not in found:
                found.add(one)
                todo += children.get(one, [])
        return frozenset(found)

    def first_queue(self, organisation_id: int) -> int | None:
        """The oldest queue of exactly that organisation."""
        return next((queue for queue, owner in self.queues.items() if owner == organisation_id), None)


def of(session: Session) -> Layout:
    """As this transaction sees it, with what it has changed itself."""
    known: Layout | None = session.info.get(_KEPT)
    if known is None:
        known = session.info[_KEPT] = _current(session)
    return known


def _current(session: Session) -> Layout:
    connection = session.connection()
    mark = session.execute(_VALUE).scalar()
    held = connection.info.get(_KEPT)
    if held is None or held[0] != mark:
        held = connection.info[_KEPT] = (mark, _read(session))
    found: Layout = held[1]
    return found


def _read(session: Session) -> Layout:
    organisations = _rows(session, Organisation, "id", "parent_id", "key")
    topics = [
        Subject(**{**one._asdict(), "skills": tuple(sorted(one.skills.items()))})
        for one in _rows(session, Topic, *Subject._fields)
    ]
    points = _rows(session, AddressPoint, "id", "kind", "address", "organisation_id", "queue_id", "topic_id")
    queues = _rows(session, Queue, "id", "organisation_id", "taped")
    return Layout(
        parents={one.id: one.parent_id for one in organisations},
        organisations={one.key: one.id for one in organisations},
        queues={one.id: one.organisation_id for one in queues},
        taped=frozenset(one.id for one in queues if one.taped),
        topics={one.id: one for one in topics},
        by_key={one.key: one for one in topics},
        points={
            (one.kind, one.address): Point(one.address, one.organisation_id, one.queue_id, one.topic_id)
            for one in points
        },
    )


def _rows(session: Session, table: Any, *names: str) -> Any:
    columns = table.__table__.c
    return session.execute(select(*(columns[name] for name in names)).order_by(columns.id)).all()


@event.listens_for(Session, "after_flush")
def _changed(session: Any, _context: object) -> None:
    if any(isinstance(one, _TABLES) for group in (session.new, session.dirty, session.deleted) for one in group):
        _draw(session)


@event.listens_for(Session, "after_transaction_end")
def _over(session: Any, transaction: Any) -> None:
    if transaction.parent is None or transaction.nested:
        session.info.pop(_KEPT, None)


def _draw(session: Session) -> None:
    """A new mark: drawn, not counted, so that one which was undone never comes again."""
    session.info.pop(_KEPT, None)
    connection, drawn = session.connection(), secrets.randbits(31)
    if connection.execute(update(_COUNTER).where(_COUNTER.c.name == MARK).values(value=drawn)).rowcount == 0:
        connection.execute(insert(_COUNTER).values(name=MARK, value=drawn))
