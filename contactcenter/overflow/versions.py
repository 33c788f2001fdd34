"""Every version of a queue's steps, and what became of the steps that callers took before.

A step is known by what it says: changing the order, or a step beside it, neither sends anybody twice the same way nor
mixes up the figures.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session, col, func, or_, select

from contactcenter.model import Case, Queue
from contactcenter.overflow.model import OverflowStep, OverflowVersion
from contactcenter.overflow.rules import Step
from contactcenter.states import OPEN_STATES

COUNTED = timedelta(days=2)
"""Steps taken longer ago are in no figure that is shown."""


def newest(session: Session, queue_id: int) -> int:
    """Number of the newest version; 0: there is none."""
    numbers = select(func.max(OverflowVersion.number)).where(OverflowVersion.queue_id == queue_id)
    return session.exec(numbers).one() or 0


def note(session: Session, queue: Queue, before: Sequence[dict[str, Any]], user_id: int | None, now: datetime) -> None:
    """What has just been put in force becomes a version, and callers who took a step before have still taken it."""
    if before and not newest(session, queue.id):
        session.add(OverflowVersion(queue_id=queue.id, number=1, steps=list(before), at=now))
        session.flush()
    number = newest(session, queue.id) + 1
    session.add(OverflowVersion(queue_id=queue.id, number=number, steps=queue.overflow, at=now, made_by_id=user_id))
    session.flush()
    _move(session, queue, [Step.model_validate(one) for one in before], now)


def _move(session: Session, queue: Queue, before: list[Step], now: datetime) -> None:
    """Steps that were taken stand where their step stands now; one that is no more is below all."""
    after = [Step.model_validate(one) for one in queue.overflow]
    matters = or_(col(OverflowStep.at) >= now - COUNTED, col(Case.state).in_(OPEN_STATES))
    cases = select(OverflowStep.case_id).join(Case).where(OverflowStep.queue_id == queue.id, matters)
    of_them = (OverflowStep.queue_id == queue.id, OverflowStep.position >= 0, col(OverflowStep.case_id).in_(cases))
    taken = session.exec(select(OverflowStep).where(*of_them)).all()
    moved = {row.id: _place(before, after, row.position) for row in taken}
    for row in taken:  # first out of each other's way: a case has each place once
        row.position = -row.id
        session.add(row)
    session.flush()
    for row in taken:
        if (place := moved[row.id]) is not None:
            row.position = place
            session.add(row)
    session.flush()


def _place(before: list[Step], after: list[Step], position: int) -> int | None:
    """Of steps that say the same, the first is the first."""
    if position >= len(before):
        return None
    step = before[position]
    same = [place for place, one in enumerate(after) if one == step]
    rank = before[:position].count(step)
    return same[rank] if rank < len(same) else None
