"""Users as administrators keep them, and who is signed in."""

from datetime import datetime
from typing import Any

import msgspec
from sqlmodel import Session, col, select

from contactcenter import accounts, journal
from contactcenter.entry import SignIn
from contactcenter.errors import NotFound, Refused
from contactcenter.model import Case, CitizenMark, Contact, Queue, User
from contactcenter.ports import Actor
from contactcenter.states import Channel, Direction, EventKind
from ui.records import UserForm, UserRow
from ui.wire import Me


def me(user: User) -> Me:
    """What the console is told of who uses it."""
    return Me(**{name: getattr(user, name) for name in Me.__struct_fields__})


def row(user: User) -> UserRow:
    """A user without secrets."""
    fields = (name for name in UserRow.__struct_fields__ if name != "has_password")
    return UserRow(**{name: getattr(user, name) for name in fields}, has_password=bool(user.password_hash))


def all_users(session: Session, actor: Actor) -> list[UserRow]:
    """The users of the administrator's organisations."""
    _administrator(actor)
    found = select(User).where(col(User.organisation_id).in_(actor.scope)).order_by(User.name)
    return [row(user) for user in session.exec(found)]


def save(session: Session, actor: Actor, user_id: int | None, form: UserForm, now: datetime) -> UserRow:
    """Add or change a user. Raises NotFound outside one's organisations, Refused for what would lock oneself out."""
    _administrator(actor)
    new = User(organisation_id=form.organisation_id, login=form.login)
    user = new if user_id is None else _user(session, actor, user_id)
    _check(session, actor, user_id, form)
    values = msgspec.structs.asdict(form)
    password = values.pop("password")
    for name, value in values.items():
        setattr(user, name, value)
    session.add(user)
    session.flush()
    if password:
        accounts.set_password(session, user.login, password)
    if not user.active:
        _end_sessions(session, user.id)
    journal.record(
        session,
        EventKind.CONFIGURATION_CHANGED,
        at=now,
        organisation_id=user.organisation_id,
        user_id=actor.user_id,
        agent_id=user.id,
        kinds=["user"],
    )
    return row(user)


def set_language(session: Session, actor: Actor, language: str, now: datetime) -> None:
    """The language that the console speaks with this user."""
    user = session.get(User, actor.user_id)
    if user is None:
        raise NotFound("no_such_user")
    user.language = language
    session.add(user)
    journal.record(
        session,
        EventKind.CONFIGURATION_CHANGED,
        at=now,
        organisation_id=user.organisation_id,
        user_id=user.id,
        agent_id=user.id,
        kinds=["language"],
    )


def number_of(session: Session, case: Case) -> str:
    """The number to call back: the one last called from, else one the citizen is known by."""
    called = (
        select(Contact.sender)
        .where(Contact.case_id == case.id, Contact.channel == Channel.PHONE, Contact.direction == Direction.IN)
        .order_by(col(Contact.id).desc())
    )
    if number := session.exec(called).first():
        return number
    if case.citizen_id is None:
        return ""
    known = select(CitizenMark.value).where(CitizenMark.citizen_id == case.citizen_id, CitizenMark.kind == "phone")
    return session.exec(known).first() or ""


def names(session: Session, ids: set[int]) -> dict[int, str]:
    """User id -> name."""
    rows: Any = session.exec(select(User.id, User.name).where(col(User.id).in_(ids))).all()
    return dict(rows)


def _administrator(actor: Actor) -> None:
    if not actor.is_administrator:
        raise Refused("not_allowed", "this is for administrators")


def _user(session: Session, actor: Actor, user_id: int) -> User:
    user = session.get(User, user_id)
    if user is None or user.organisation_id not in actor.scope:
        raise NotFound("no_such_user")
    return user


def _check(session: Session, actor: Actor, user_id: int | None, form: UserForm) -> None:
    if form.organisation_id not in actor.scope:
        raise NotFound("no_such_organisation")
    if user_id == actor.user_id and not (form.active and form.role == actor.role):
        raise Refused("yourself", "you cannot take your own rights away")
    other = session.exec(select(User.id).where(User.login == form.login)).first()
    if other is not None and other != user_id:
        raise Refused("login_taken", "this login is taken")
    known = set(session.exec(select(Queue.id).where(col(Queue.organisation_id).in_(actor.scope))).all())
    if not known.issuperset(form.queues):
        raise NotFound("no_such_queue")


def _end_sessions(session: Session, user_id: int) -> None:
    for signed_in in session.exec(select(SignIn).where(SignIn.user_id == user_id)).all():
        session.delete(signed_in)
