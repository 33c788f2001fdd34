"""Whose agents help out with which case."""

from sqlalchemy import select
from sqlmodel import Session, col

from contactcenter.model import Case
from contactcenter.overflow.model import OverflowStep
from contactcenter.states import CaseState


def helping(session: Session) -> dict[int, frozenset[int]]:
    """Case id -> ids of the queues whose agents help out with it, for those that wait."""
    rows = session.execute(
        select(col(OverflowStep.case_id), col(OverflowStep.helping_queue_id))
        .join(Case, col(Case.id) == col(OverflowStep.case_id))
        .where(col(Case.state) == CaseState.WAITING, col(OverflowStep.helping_queue_id).is_not(None))
    ).all()
    found: dict[int, frozenset[int]] = {}
    for case_id, queue_id in rows:
        found[case_id] = found.get(case_id, frozenset()) | {queue_id}
    return found
