"""The journal of telephony: what every exchange said that mattered, kept for some days, and what is read back of it.

No numbers or names of citizens: ids of calls, our own numbers, extensions and times. The phone channel writes and
replays it (the exchange's words are its own); the supervisor's console shows the result.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Index, delete, insert
from sqlmodel import Field, Session, SQLModel, col, func, select

from contactcenter import field
from contactcenter.errors import Refused

SNAPSHOT = "snapshot"
"""Kind of a row that holds all calls of its exchange; where a replay begins."""
LINK_LOST = "link_lost"
SNAPSHOT_EVERY = timedelta(minutes=5)
LONGEST = timedelta(hours=4)
MOST_ROWS = 60_000
"""So many rows are replayed at most."""
PRUNED_AT_ONCE = 5_000


class TelephoneEvent(SQLModel, table=True):
    """One thing that an exchange said, in its order (`id`)."""

    __tablename__ = "telephone_event"
    __table_args__ = (Index("ix_telephone_event_exchange_kind_at", "exchange", "kind", "at"),)

    id: int = field.identity()
    at: datetime = field.time(index=True)
    exchange: str = field.text()
    kind: str = field.text()
    facts: dict[str, Any] = field.json_value(dict)


class ExchangeState(SQLModel, table=True):
    """What an administrator has decided about an exchange while it runs."""

    __tablename__ = "exchange_state"

    name: str = Field(primary_key=True)
    draining: bool = False
    changed_at: datetime = field.time()
    changed_by_id: int | None = field.reference("staff", null=True, index=False)


@dataclass(frozen=True, slots=True)
class Stretch:
    """A call was in `state` from `begin` until `end`; `phone` is the extension that rang or talked."""

    state: str
    phone: str
    begin: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class PastCall:
    """One call as it went, within the span that was asked for."""

    id: str
    exchange: str
    kind: str
    number: str
    topic: str
    stretches: tuple[Stretch, ...]


@dataclass(frozen=True, slots=True)
class Gap:
    """Nothing is known of an exchange from `begin` until `end`."""

    exchange: str
    begin: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Replay:
    calls: tuple[PastCall, ...]
    gaps: tuple[Gap, ...]


def keep(session: Session, rows: Iterable[dict[str, Any]]) -> None:
    """Write rows (`at`, `exchange`, `kind`, `facts`) in order."""
    session.execute(insert(TelephoneEvent), list(rows))


def prune(session: Session, before: datetime) -> int:
    """Take away some of what is older; returns how many. Call it again until it returns 0."""
    old = select(TelephoneEvent.id).where(TelephoneEvent.at < before).order_by(col(TelephoneEvent.id))
    ids = session.exec(old.limit(PRUNED_AT_ONCE)).all()
    if ids:
        session.execute(delete(TelephoneEvent).where(col(TelephoneEvent.id).in_(ids)))
    return len(ids)


def span(session: Session, begin: datetime, end: datetime) -> list[TelephoneEvent]:
    """What is needed to replay `begin` to `end`: each exchange from its last snapshot before that.

    Raises Refused when the span is longer than four hours or holds too much.
    """
    if not timedelta(0) < end - begin <= LONGEST:
        raise Refused("unfit_span", "the end comes after the beginning, at most four hours later")
    first = _first_rows(session, begin)
    since = min((at for at in first.values()), default=begin)
    wanted = (
        select(TelephoneEvent)
        .where(TelephoneEvent.at >= since, TelephoneEvent.at <= end)
        .order_by(col(TelephoneEvent.id))
        .limit(MOST_ROWS + 1)
    )
    rows = [row for row in session.exec(wanted).all() if row.at >= first.get(row.exchange, begin)]
    if len(rows) > MOST_ROWS:
        raise Refused("too_much", "more happened than can be shown at once; choose a shorter span")
    return rows


def _first_rows(session: Session, begin: datetime) -> dict[str, datetime]:
    """Exchange -> its last snapshot before `begin` that is not too old to be true."""
    rows = session.exec(
        select(TelephoneEvent.exchange, func.max(TelephoneEvent.at))
        .where(
            TelephoneEvent.kind == SNAPSHOT,
            TelephoneEvent.at <= begin,
            TelephoneEvent.at >= begin - 2 * SNAPSHOT_EVERY,
        )
        .group_by(TelephoneEvent.exchange)
    ).all()
    return dict(rows)


def draining(session: Session) -> dict[str, bool]:
    """Exchange -> whether it is being emptied, as far as an administrator has said so."""
    return dict(session.exec(select(ExchangeState.name, ExchangeState.draining)).all())


def set_draining(session: Session, name: str, on: bool, now: datetime, user_id: int | None) -> None:
    """Remember it over restarts."""
    session.merge(ExchangeState(name=name, draining=on, changed_at=now, changed_by_id=user_id))
