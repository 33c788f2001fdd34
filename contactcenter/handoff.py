"""Handing cases off: the outbox. What is to be sent is reserved in the transaction that hands the case off.

A delivery is `pending` until somebody claims it, `sending` while an attempt is under way (`next_at` is then the end of
the claim's lease), and at last `delivered` or `given_up`. Sending itself is in handoff_sender.py, what comes back in
handoff_status.py. Its idempotency key never changes, so that the receiver can take each hand-off once.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import CursorResult, exists, func, update
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from contactcenter import cases, handoff_connectors, handoff_payload, journal
from contactcenter.errors import Conflict, NotFound
from contactcenter.handoff_retry import GiveUp, after_failure
from contactcenter.model import Case, Delivery, Event, OutgoingMail, Topic
from contactcenter.ports import Actor
from contactcenter.settings import HandoffSettings
from contactcenter.states import CaseState, DeliveryState, EventKind, MailState

ERROR_LIMIT = 500
UNSENT = (DeliveryState.PENDING, DeliveryState.SENDING)


@dataclass(frozen=True, slots=True)
class Claim:
    """A delivery that this process may now attempt, once, until the lease is over."""

    delivery_id: int
    attempt: int
    round: int
    """0, and one more each time somebody has it resent by hand."""
    case_id: int
    key: str
    connector: str
    target: dict[str, Any]
    payload: dict[str, Any]


def reserve(
    session: Session, case: Case, actor: Actor, target: Mapping[str, Any], note: str, now: datetime
) -> Delivery:
    """Hand `case` off to `target` (`Topic.handoff`): the case leaves the queue and its delivery is in the outbox.

    Raises Refused when the target's connector may not carry this case, Misconfigured when there is no such
    connector, Conflict when the case is not in the actor's hands.
    """
    connector = str(target.get("connector", ""))
    key = f"{case.number}:{_ordinal(session, case)}"
    handoff_connectors.module(connector).accepts(target, protected=case.protected)
    delivery = Delivery(
        case_id=case.id,
        connector=connector,
        target=dict(target),
        idempotency_key=key,
        next_at=now,
        created_at=now,
        created_by_id=actor.user_id,
    )
    session.add(delivery)
    session.flush()
    _move_out(session, case, actor, delivery, "hand_off", now)
    # After the move, so that the story in the payload ends with the hand-off itself.
    delivery.payload = handoff_payload.build(session, case, key, actor.name, note, now).model_dump(mode="json")
    session.add(delivery)
    session.flush()
    return delivery


def resend(session: Session, actor: Actor, delivery_id: int, now: datetime) -> None:
    """Try again, from the first attempt on, what was given up, or at once what is waiting for its next attempt.

    The key stays the same. A case that giving up brought back to the queue goes out of it again.
    """
    delivery = get(session, delivery_id)
    fresh = {"state": DeliveryState.PENDING, "attempts": 0, "next_at": now, "last_error": ""}
    if not _set(session, delivery_id, (DeliveryState.GIVEN_UP, DeliveryState.PENDING), fresh):
        raise Conflict("not_resendable", "this hand-off is on its way or has arrived")
    case = cases.get(session, delivery.case_id)
    if not is_latest(session, delivery):
        raise Conflict("handed_off_anew", "the case has been handed off anew since")
    if case.agent_id not in (None, actor.user_id) and case.state in (CaseState.WORKING, CaseState.PARKED):
        raise Conflict("not_yours", "a colleague works on this case now")
    if case.state is not CaseState.HANDED_OFF:
        _move_out(session, case, actor, delivery, "resend", now)
    _tell(session, delivery_id, EventKind.DELIVERY_RESENT, now, user_id=actor.user_id)


def get(session: Session, delivery_id: int) -> Delivery:
    """The delivery. Raises NotFound."""
    delivery = session.get(Delivery, delivery_id)
    if delivery is None:
        raise NotFound("no_such_delivery")
    return delivery


def is_latest(session: Session, delivery: Delivery) -> bool:
    """Whether the case has not been handed off anew since; only the latest hand-off may move the case."""
    newest = session.exec(select(func.max(Delivery.id)).where(Delivery.case_id == delivery.case_id)).one()
    return newest == delivery.id


def of_case(session: Session, case_id: int) -> list[Delivery]:
    """The case's deliveries, oldest first."""
    return list(session.exec(select(Delivery).where(Delivery.case_id == case_id).order_by(col(Delivery.id))))


def targets(session: Session) -> dict[str, dict[str, Any]]:
    """Key of a topic -> where its cases are handed off to."""
    return {key: dict(target) for key, target in session.exec(select(Topic.key, Topic.handoff)) if target}


# the outbox, as the sender works it


def claim(session: Session, now: datetime, settings: HandoffSettings, under_way: Mapping[str, int]) -> list[Claim]:
    """Claim what is due, the oldest due first. `under_way`: attempts of this process going on, by `target_name`.

    One whose lease is over (its process was killed, or hangs) is due again, with the same key. No target gets more
    than its share of the attempts, so that one that hangs does not hold up the others.
    """
    due = (
        select(Delivery.id, Delivery.connector, Delivery.target)
        .where(col(Delivery.state).in_(UNSENT), Delivery.next_at <= now)
        .order_by(col(Delivery.next_at))
        .limit(2_000)
    )
    busy, claims = Counter(under_way), list[Claim]()
    share = max(1, settings.in_flight // 4)
    for delivery_id, connector, target in session.exec(due).all():
        name = target_name(connector, target)
        if busy.total() >= settings.in_flight:
            break
        if busy[name] < share and (claimed := _claim_one(session, get(session, delivery_id), now, settings)):
            busy[name] += 1
            claims.append(claimed)
    return claims


def give_back(session: Session, claimed: Claim, now: datetime) -> None:
    """The attempt was broken off because the process ends: it may be made again at once."""
    values = {"state": DeliveryState.PENDING, "next_at": now, "attempts": claimed.attempt - 1}
    _set(session, claimed.delivery_id, (DeliveryState.SENDING,), values, claimed.attempt)


def hurry(session: Session, case_id: int, now: datetime) -> None:
    """Something happened to a mail of this case: hand-offs that wait for their mail look again at once."""
    waiting = select(Delivery.id).where(
        Delivery.case_id == case_id, Delivery.connector == "mail", Delivery.state == DeliveryState.SENDING
    )
    for delivery_id in session.exec(waiting).all():
        _set(session, delivery_id, (DeliveryState.SENDING,), {"next_at": now})


def next_due(session: Session) -> datetime | None:
    """When the next delivery is due; None when nothing is to be sent."""
    return session.exec(select(func.min(Delivery.next_at)).where(col(Delivery.state).in_(UNSENT))).one()


def succeed(session: Session, delivery_id: int, reference: str, now: datetime) -> None:
    """It arrived. Told twice, or after all (late, given up meanwhile), it is still true once."""
    waiting = (*UNSENT, DeliveryState.GIVEN_UP)
    values = {"state": DeliveryState.DELIVERED, "delivered_at": now, "last_error": ""}
    if reference:
        values["remote_reference"] = reference[:200]
    if _set(session, delivery_id, waiting, values):
        _tell(session, delivery_id, EventKind.DELIVERY_SUCCEEDED, now)


def look_again(session: Session, claimed: Claim, at: datetime) -> None:
    """It is on its way and not yet known to have arrived: ask again at `at`. Not a failed attempt."""
    _set(session, claimed.delivery_id, UNSENT, {"next_at": at, "attempts": claimed.attempt - 1}, claimed.attempt)


def fail(
    session: Session,
    claimed: Claim,
    code: str,
    text: str,
    now: datetime,
    settings: HandoffSettings,
    roll: float,
    wanted_pause: float = 0.0,
) -> None:
    """The attempt failed in passing: try again later, or give up when it was the last."""
    plan = after_failure(claimed.attempt, _began(session, claimed), now, settings, roll, wanted_pause)
    if isinstance(plan, GiveUp):
        return give_up(session, claimed, plan.code, text, now)
    values = {"state": DeliveryState.PENDING, "next_at": plan.at, "last_error": text[:ERROR_LIMIT]}
    if _set(session, claimed.delivery_id, (DeliveryState.SENDING,), values, claimed.attempt):
        data: dict[str, Any] = {"code": code, "attempt": claimed.attempt, "next_at": plan.at.isoformat()}
        _tell(session, claimed.delivery_id, EventKind.DELIVERY_FAILED, now, **data)
    return None


def give_up(session: Session, claimed: Claim, code: str, text: str, now: datetime) -> None:
    """No more attempts by itself. The case comes back to the queue, so that a human sees that nobody has it."""
    values = {"state": DeliveryState.GIVEN_UP, "last_error": text[:ERROR_LIMIT]}
    if not _set(session, claimed.delivery_id, (DeliveryState.SENDING,), values, claimed.attempt):
        return
    _given_up(session, claimed.delivery_id, code, now)


def bounced(session: Session) -> list[int]:
    """Ids of mailed hand-offs whose mail came back after it had been sent, and that nobody has confirmed."""
    newer, later = aliased(Delivery), aliased(OutgoingMail)
    found = (
        select(Delivery.id)
        .join(OutgoingMail, col(OutgoingMail.case_id) == col(Delivery.case_id))
        .where(
            OutgoingMail.state == MailState.FAILED,
            OutgoingMail.kind == "handoff",
            Delivery.connector == "mail",
            Delivery.state == DeliveryState.DELIVERED,
            col(Delivery.remote_status).is_(None),
            ~exists().where(col(newer.case_id) == col(Delivery.case_id), col(newer.id) > col(Delivery.id)),
            ~exists().where(
                col(later.case_id) == col(OutgoingMail.case_id),
                col(later.kind) == "handoff",
                col(later.id) > col(OutgoingMail.id),
            ),
        )
    )
    return list(session.exec(found))


def take_back(session: Session, delivery_ids: list[int], now: datetime) -> None:
    """Give up hand-offs that were thought to have arrived and have not."""
    for delivery_id in delivery_ids:
        values = {"state": DeliveryState.GIVEN_UP, "last_error": "the mail with the case came back"}
        if _set(session, delivery_id, (DeliveryState.DELIVERED,), values):
            _given_up(session, delivery_id, "mail_bounced", now)


def target_name(connector: str, target: Mapping[str, Any]) -> str:
    """What deliveries to the same place have in common."""
    return f"{connector} {target.get('url') or target.get('to') or ''}"


def figures(session: Session) -> dict[str, int]:
    """How many wait, have failed at least thrice, and were given up with their case still in somebody's queue."""
    unsent = select(func.count()).select_from(Delivery).where(col(Delivery.state).in_(UNSENT))
    newer = aliased(Delivery)
    abandoned = (
        select(func.count())
        .select_from(Delivery)
        .join(Case, col(Case.id) == col(Delivery.case_id))
        .where(
            Delivery.state == DeliveryState.GIVEN_UP,
            col(Case.state).in_((*cases.OPEN, CaseState.HANDED_OFF)),
            ~exists().where(col(newer.case_id) == col(Delivery.case_id), col(newer.id) > col(Delivery.id)),
        )
    )
    struggling = unsent.where(Delivery.attempts >= 3, Delivery.last_error != "")
    return {
        "waiting": session.exec(unsent).one(),
        "struggling": session.exec(struggling).one(),
        "given_up": session.exec(abandoned).one(),
    }


def _ordinal(session: Session, case: Case) -> int:
    return session.exec(select(func.count()).select_from(Delivery).where(Delivery.case_id == case.id)).one() + 1


def _move_out(session: Session, case: Case, actor: Actor, delivery: Delivery, verb: str, now: datetime) -> None:
    cases.move(
        session,
        case,
        verb,
        EventKind.CASE_HANDED_OFF,
        now,
        user_id=actor.user_id,
        change={"agent_id": actor.user_id, "parked_until": None, "unread": False},
        only_if_agent=case.agent_id,
        delivery_id=delivery.id,
        connector=delivery.connector,
        topic_id=case.topic_id,
        queue_id=case.queue_id,
        waited=int((now - case.arrived_at).total_seconds()),
    )


def _given_up(session: Session, delivery_id: int, code: str, now: datetime) -> None:
    delivery = get(session, delivery_id)
    _tell(session, delivery_id, EventKind.DELIVERY_GIVEN_UP, now, code=code, attempt=delivery.attempts)
    case = cases.get(session, delivery.case_id)
    if case.state is CaseState.HANDED_OFF and is_latest(session, delivery):
        cases.move(
            session,
            case,
            "return",
            EventKind.CASE_RETURNED,
            now,
            change=cases.wait_again() | {"unread": True, "preferred_agent_id": case.agent_id},
            delivery_id=delivery_id,
            reason="delivery_given_up",
            code=code,
        )


def _claim_one(session: Session, delivery: Delivery, now: datetime, settings: HandoffSettings) -> Claim | None:
    lease = max(settings.lease_seconds, 2 * settings.timeout_seconds)
    attempt = delivery.attempts + 1
    values = {"state": DeliveryState.SENDING, "attempts": attempt, "next_at": now + timedelta(seconds=lease)}
    if not _set(session, delivery.id, UNSENT, values, delivery.attempts, due=now):
        return None
    return Claim(
        delivery_id=delivery.id,
        attempt=attempt,
        round=_round(session, delivery),
        case_id=delivery.case_id,
        key=delivery.idempotency_key,
        connector=delivery.connector,
        target=delivery.target,
        payload=delivery.payload,
    )


def _set(
    session: Session,
    delivery_id: int,
    states: tuple[DeliveryState, ...],
    values: Mapping[str, Any],
    attempts: int | None = None,
    due: datetime | None = None,
) -> bool:
    """Compare and set; False when somebody else was first."""
    statement = update(Delivery).where(col(Delivery.id) == delivery_id, col(Delivery.state).in_(states))
    if attempts is not None:
        statement = statement.where(col(Delivery.attempts) == attempts)
    if due is not None:
        statement = statement.where(col(Delivery.next_at) <= due)
    result: CursorResult[Any] = session.execute(  # type: ignore[assignment]
        statement.values(**values).execution_options(synchronize_session=False)
    )
    session.get(Delivery, delivery_id, populate_existing=True)
    return result.rowcount == 1


def _tell(
    session: Session, delivery_id: int, kind: EventKind, now: datetime, user_id: int | None = None, **data: Any
) -> None:
    delivery = get(session, delivery_id)
    case = cases.get(session, delivery.case_id)
    facts = {"delivery_id": delivery_id, "connector": delivery.connector, **data}
    journal.record(session, kind, at=now, case=case, user_id=user_id, **facts)


def _round(session: Session, delivery: Delivery) -> int:
    resent = select(Event.data).where(Event.case_id == delivery.case_id, Event.kind == EventKind.DELIVERY_RESENT)
    return sum(data.get("delivery_id") == delivery.id for data in session.exec(resent))


def _began(session: Session, claimed: Claim) -> datetime:
    """When this round of attempts began: handed off, or resent by hand."""
    kinds = (EventKind.CASE_HANDED_OFF, EventKind.DELIVERY_RESENT)
    found = select(func.max(Event.at)).where(Event.case_id == claimed.case_id, col(Event.kind).in_(kinds))
    latest: datetime | None = session.exec(found).one()
    return latest or get(session, claimed.delivery_id).created_at
