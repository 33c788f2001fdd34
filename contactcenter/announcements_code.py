"""The code by which a supervisor switches messages from a telephone: kept as a hash, few attempts, told to nobody."""

from datetime import datetime, timedelta
from itertools import pairwise

from sqlmodel import Session, col, select

from contactcenter import accounts, agents, journal
from contactcenter.errors import Refused
from contactcenter.menus_model import PhoneCode
from contactcenter.model import User
from contactcenter.ports import Actor
from contactcenter.states import EventKind

SHORTEST, LONGEST = 6, 12
ATTEMPTS = 5
"""Wrong codes in a row, in however many calls, …"""
LOCKED = timedelta(minutes=15)
"""… after which none is right for so long."""


def set_code(session: Session, actor: Actor, code: str, now: datetime) -> None:
    """Set one's own code; an empty one takes it away. Raises Refused for one that is easily guessed."""
    if not actor.is_supervisor:
        raise Refused("not_allowed", "this is for supervisors")
    if code and not _is_fit(code):
        raise Refused("phone_code", f"{SHORTEST} to {LONGEST} digits, not all alike and not in a row")
    row = _row(session, actor.user_id) or PhoneCode(user_id=actor.user_id)
    row.code_hash = accounts.hashed_slowly(code) if code else ""
    row.failures, row.locked_until = 0, None
    session.add(row)
    journal.record(
        session, EventKind.CONFIGURATION_CHANGED, at=now, organisation_id=actor.organisation_id,
        user_id=actor.user_id, agent_id=actor.user_id, kinds=["phone_code"],
    )  # fmt: skip


def has_code(session: Session, user_id: int) -> bool:
    row = _row(session, user_id)
    return bool(row and row.code_hash)


def attempt(session: Session, extension: str, now: datetime) -> tuple[int, str]:
    """(user, hash to compare with) of the supervisor with that telephone. Counted as wrong until `passed` is called.

    The hash is empty when there is nobody, or no more attempt: comparing takes equally long then.
    """
    row = _of_extension(session, extension)
    if row is None or (row.locked_until is not None and row.locked_until > now):
        return 0, ""
    row.failures += 1
    if row.failures >= ATTEMPTS:
        row.failures, row.locked_until = 0, now + LOCKED
    session.add(row)
    return row.user_id, row.code_hash


def passed(session: Session, user_id: int, now: datetime) -> Actor | None:
    """The code was right. None when this person may not switch messages (any more)."""
    row, user = _row(session, user_id), session.get_one(User, user_id)
    if row is None:
        return None
    row.failures, row.locked_until = 0, None
    session.add(row)
    journal.record(
        session, EventKind.SIGNED_IN, at=now, organisation_id=user.organisation_id, user_id=user_id, by="telephone"
    )
    actor = agents.actor(session, user)
    return actor if user.active and actor.is_supervisor else None


def _of_extension(session: Session, extension: str) -> PhoneCode | None:
    if not extension:
        return None
    wanted = (
        select(PhoneCode)
        .join(User, col(User.id) == col(PhoneCode.user_id))
        .where(User.extension == extension, col(User.active), PhoneCode.code_hash != "")
        .order_by(col(PhoneCode.id))
    )
    return session.exec(wanted).first()


def _row(session: Session, user_id: int) -> PhoneCode | None:
    return session.exec(select(PhoneCode).where(PhoneCode.user_id == user_id)).first()


def _is_fit(code: str) -> bool:
    if not code.isdigit() or not SHORTEST <= len(code) <= LONGEST:
        return False
    steps = {int(after) - int(before) for before, after in pairwise(code)}
    return len(steps) > 1 or not steps <= {0, 1, -1}
