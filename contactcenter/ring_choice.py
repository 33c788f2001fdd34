"""Where each agent wants to be rung. Nobody has to choose: a browser that has a telephone is rung before the desk."""

import re
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Column, ForeignKey
from sqlmodel import Field, Session, SQLModel, col, select

from contactcenter import agents, field, journal
from contactcenter.errors import Refused
from contactcenter.model import User
from contactcenter.ports import Actor
from contactcenter.states import EventKind

NUMBER = re.compile(r"^\+[1-9][0-9]{6,14}$", re.ASCII)


class RingPlace(StrEnum):
    """`auto`: the browser when it has a telephone registered, else the desk telephone."""

    AUTO = "auto"
    BROWSER = "browser"
    PHONE = "phone"
    NUMBER = "number"


class RingChoice(SQLModel, table=True):
    """What an agent has chosen; no row: `auto`."""

    __tablename__ = "ring_choice"

    user_id: int = Field(sa_column=Column(field.BigId, ForeignKey("staff.id"), primary_key=True))
    place: str = field.text(RingPlace.AUTO.value)
    number: str = field.text()
    """E.164, the agent's own (a mobile); kept while another place is chosen."""
    changed_at: datetime = field.time()


def of(session: Session, user_id: int) -> tuple[RingPlace, str]:
    """The agent's choice, and the number they last named."""
    row = session.get(RingChoice, user_id)
    return (RingPlace(row.place), row.number) if row else (RingPlace.AUTO, "")


def choose(session: Session, actor: Actor, place: RingPlace, number: str, now: datetime) -> None:
    """From the next call on. Raises `Refused` for a number that is none."""
    if not agents.get(session, actor.user_id).extension:
        raise Refused("no_telephone", "you have no telephone; an administrator can give you an extension")
    if (number or place is RingPlace.NUMBER) and not NUMBER.match(number):
        raise Refused("number", "this is not a telephone number")
    row = session.get(RingChoice, actor.user_id) or RingChoice(user_id=actor.user_id, changed_at=now)
    row.place, row.number, row.changed_at = place.value, number, now
    session.add(row)
    journal.record(
        session, EventKind.CONFIGURATION_CHANGED, at=now, organisation_id=actor.organisation_id,
        user_id=actor.user_id, agent_id=actor.user_id, kinds=["ring_choice"],
    )  # fmt: skip


def by_extension(session: Session) -> dict[str, str]:
    """Extension -> `browser`, `phone`, a number, or empty for who has not chosen. Of several who share a telephone
    the one who was there last decides."""
    found = select(User, RingChoice).outerjoin(RingChoice, col(RingChoice.user_id) == col(User.id))
    rows = session.exec(found.where(User.extension != "", col(User.active))).all()
    rows_in_order = sorted(rows, key=lambda row: row[0].heartbeat_at.timestamp() if row[0].heartbeat_at else 0.0)
    return {user.extension: _said(choice) for user, choice in rows_in_order}


def _said(choice: RingChoice | None) -> str:
    if choice is None or choice.place == RingPlace.AUTO:
        return ""
    return choice.number if choice.place == RingPlace.NUMBER else choice.place
