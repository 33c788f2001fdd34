"""What supervisors and administrators see of the overflow: the steps of each queue, and how often each was taken."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlmodel import Session, col

from contactcenter.errors import Refused
from contactcenter.model import Queue
from contactcenter.overflow.model import OverflowStep
from contactcenter.overflow.rules import Step, Target
from contactcenter.ports import Actor


@dataclass(frozen=True, slots=True)
class StepSeen:
    """A step with its conditions as `rules.Step` has them; `queue` is the other queue's name."""

    to: Target
    after_seconds: int
    callers_per_agent: float | None
    agents_below: int | None
    agents_from: int | None
    queue: str
    number: str
    say: str
    taken: int
    """How many callers took it."""
    returned: int
    """How many of them came back, since the number was not reached."""


@dataclass(frozen=True, slots=True)
class QueueSeen:
    queue_id: int
    queue: str
    steps: list[StepSeen]
    """In the order in which they are tried."""


def queues(session: Session, actor: Actor, since: datetime) -> list[QueueSeen]:
    """The queues that have steps, of those the actor may see; counted from `since`. Raises Refused for agents."""
    if not (actor.is_supervisor or actor.is_administrator):
        raise Refused("not_allowed", "this is for supervisors")
    rows = session.execute(select(Queue).order_by(col(Queue.name), col(Queue.id))).scalars().all()
    names = {queue.key: queue.name for queue in rows}
    taken, returned = _counted(session, since)
    return [
        QueueSeen(queue.id, queue.name, [
            _seen(Step.model_validate(one), names, taken[queue.id, at], returned[queue.id, at])
            for at, one in enumerate(queue.overflow)
        ])
        for queue in rows
        if queue.overflow and queue.organisation_id in actor.scope
    ]  # fmt: skip


def _counted(session: Session, since: datetime) -> tuple[Counter[tuple[int, int]], Counter[tuple[int, int]]]:
    """(queue id, position) -> how often taken, and how often in vain."""
    taken, returned = Counter[tuple[int, int]](), Counter[tuple[int, int]]()
    wanted = select(col(OverflowStep.queue_id), col(OverflowStep.position), col(OverflowStep.is_over))
    for queue_id, position, is_over in session.execute(wanted.where(col(OverflowStep.at) >= since)):
        taken[queue_id, position] += 1
        returned[queue_id, position] += is_over
    return taken, returned


def _seen(step: Step, names: dict[str, str], taken: int, returned: int) -> StepSeen:
    return StepSeen(
        step.to, step.after_seconds, step.callers_per_agent, step.agents_below, step.agents_from,
        names.get(step.queue, step.queue), step.number, step.say, taken, returned,
    )  # fmt: skip
