"""The steps that are due, in one transaction: written down here, carried out by the telephone channel afterwards."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from contactcenter import agents, cases, journal, queueing
from contactcenter.calls import DISMISSED
from contactcenter.model import Case, Contact, Queue, User
from contactcenter.overflow import rules
from contactcenter.overflow.model import OverflowStep
from contactcenter.overflow.rules import Caller, Due, Step, Target
from contactcenter.states import AgentState, CaseState, Channel, ContactState, Direction, EventKind
from contactcenter.waiting import promised

_ON_THE_LINE = (Contact.channel == Channel.PHONE, Contact.direction == Direction.IN)
LEAVING_LONGEST = timedelta(minutes=5)
"""Who took a step out so long ago and still waits has come back, though nobody told."""
AT_WORK = (AgentState.AVAILABLE, AgentState.BUSY, AgentState.WRAPPING_UP)


@dataclass(frozen=True, slots=True)
class Order:
    """What the telephone is to do. `shown` is the number that somebody outside sees."""

    step_id: int
    call_id: str
    step: Step
    shown: str
    language: str


@dataclass(frozen=True, slots=True)
class Looked:
    """What a look gave, without taking any step."""

    is_due: bool
    next_look: float | None
    """Seconds until time alone may make a step due; None: only a change can."""


@dataclass(frozen=True, slots=True)
class _Waiting:
    """Everybody who waits to be rung for, and how it is now."""

    callers: list[Caller]
    steps: Mapping[str, Sequence[Step]]
    agents: Mapping[str, int]

    def due(self, now: datetime) -> list[Due]:
        return rules.decide(self.callers, self.steps, self.agents, now.timestamp())


def look(session: Session, now: datetime) -> Looked:
    """Whether `take` would do anything; costs no write."""
    waiting = _waiting(session, now)
    return Looked(bool(waiting.due(now)), rules.next_look(waiting.callers, waiting.steps, now.timestamp()))


def take(session: Session, now: datetime) -> list[Order]:
    """Take every step that is due. To another queue and by other agents is done with that; the rest is ordered."""
    queues = {queue.key: queue for queue in session.exec(select(Queue)).all()}
    orders = [_take(session, due, queues, now) for due in _waiting(session, now).due(now)]
    return [order for order in orders if order]


def returned(session: Session, case_id: int, why: str, now: datetime) -> None:
    """The number outside was not reached (`why`: Asterisk's DIALSTATUS in small letters): the caller waits on."""
    wanted = select(OverflowStep).where(OverflowStep.case_id == case_id, col(OverflowStep.is_over).is_(False))
    step = session.exec(wanted.where(OverflowStep.target == Target.NUMBER)).first()
    if step is None:
        return
    step.is_over = True
    session.add(step)
    _tell_return(session, step, why, now, due_again=False)


def forget(session: Session, step_id: int, why: str, now: datetime) -> None:
    """The telephone could not be asked, or refused: the step may be due again."""
    step = session.get(OverflowStep, step_id)
    if step is None:
        return
    _tell_return(session, step, why, now, due_again=True)
    for contact in session.exec(select(Contact).where(Contact.case_id == step.case_id, *_ON_THE_LINE)).all():
        contact.facts = {name: value for name, value in contact.facts.items() if name != DISMISSED}
        session.add(contact)
    session.delete(step)


def _tell_return(session: Session, step: OverflowStep, why: str, now: datetime, *, due_again: bool) -> None:
    case = cases.get(session, step.case_id)
    journal.record(
        session,
        EventKind.OVERFLOW_RETURNED,
        at=now,
        case=case,
        target=step.target,
        position=step.position,
        why=why,
        due_again=due_again,
    )


def _take(session: Session, due: Due, queues: Mapping[str, Queue], now: datetime) -> Order | None:
    case, step = cases.get(session, due.case_id), due.step
    into = queues.get(step.queue)
    row = OverflowStep(
        case_id=case.id,
        queue_id=case.queue_id,
        position=due.position,
        target=step.to.value,
        helping_queue_id=into.id if into and step.to is Target.AGENTS else None,
        at=now,
    )
    session.add(row)
    session.flush()
    waited = int((now - case.arrived_at).total_seconds())
    journal.record(
        session, EventKind.CALL_OVERFLOWED, at=now, case=case, target=step.to.value, position=due.position,
        waited=waited, queue_id=case.queue_id, into=into.name if into else "",
    )  # fmt: skip
    if into and step.to is Target.QUEUE:
        cases.change(session, case, now, queue_id=into.id, organisation_id=into.organisation_id)
    return _order(session, case, row, step) if step.to in rules.LEAVING else None


def _order(session: Session, case: Case, row: OverflowStep, step: Step) -> Order | None:
    contact = session.exec(
        select(Contact).where(Contact.case_id == case.id, Contact.state == ContactState.WAITING, *_ON_THE_LINE)
    ).first()
    if contact is None:
        return None
    if step.to is Target.MESSAGE:
        contact.facts = contact.facts | {DISMISSED: True}
        session.add(contact)
    return Order(row.id, contact.key, step, contact.address_point, case.language)


def _waiting(session: Session, now: datetime) -> _Waiting:
    queues = session.exec(select(Queue.id, Queue.key, Queue.overflow)).all()
    steps = {key: tuple(Step.model_validate(one) for one in overflow) for _, key, overflow in queues if overflow}
    if not steps:
        return _Waiting([], {}, {})
    keys = {id: key for id, key, _ in queues}
    return _Waiting(_callers(session, keys, now), steps, _agents(session, keys, now))


def _callers(session: Session, keys: Mapping[int, str], now: datetime) -> list[Caller]:
    """Those on the line whom nobody is being rung for, and those who were promised a call back."""
    live = select(Contact.case_id).where(Contact.state == ContactState.WAITING, *_ON_THE_LINE)
    on_the_line = set(session.exec(live).all())
    kept = set(promised.next_times(session))
    rows = session.exec(
        select(Case.id, Case.queue_id, Case.arrived_at).where(
            col(Case.id).in_(on_the_line | kept), Case.state == CaseState.WAITING
        )
    ).all()
    taken: dict[int, set[tuple[str, int]]] = {}
    leaving: set[int] = set()
    for step in session.exec(select(OverflowStep).where(col(OverflowStep.case_id).in_([row[0] for row in rows]))).all():
        taken.setdefault(step.case_id, set()).add((keys[step.queue_id], step.position))
        if step.target in rules.LEAVING and not step.is_over and step.at > now - LEAVING_LONGEST:
            leaving.add(step.case_id)
    return [
        Caller(id, keys[queue_id], at.timestamp(), id in on_the_line, frozenset(taken.get(id, ())), id in leaving)
        for id, queue_id, at in rows
    ]


def _agents(session: Session, keys: Mapping[int, str], now: datetime) -> Counter[str]:
    """Queue -> how many with a telephone are at work and serve it."""
    wanted = select(User).where(col(User.state).in_(AT_WORK), col(User.active), User.extension != "")
    people = [user for user in session.exec(wanted).all() if not agents.has_vanished(user, now)]
    may_serve = queueing.queues_below(session, {user.organisation_id for user in people})
    return Counter(keys[queue] for user in people for queue in queueing.queues_of(user, may_serve))
