"""Trees in the database: drafts, publishing, older versions, and what is in force for a call that comes now."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlmodel import Session, col, func, select

from contactcenter import citizens, journal, menus, menus_prompts, queueing
from contactcenter.errors import Conflict, Misconfigured, NotFound, Refused
from contactcenter.hours import Hours
from contactcenter.menus import Tree
from contactcenter.menus_check import Known, Problem, errors, problems
from contactcenter.menus_model import DRAFT, MenuVersion
from contactcenter.menus_prompts import Recordings
from contactcenter.model import AddressPoint, Organisation, Queue, Topic, User
from contactcenter.ports import Actor
from contactcenter.states import AddressKind, EventKind

DEFAULT_ZONE = "Europe/Stockholm"


@dataclass(frozen=True, slots=True)
class InForce:
    """All that is needed to lead one caller. `tree` None: the number has only keys and topics, or nothing."""

    point: int
    number: str
    tree: Tree | None
    hours: Hours
    zone: str
    recordings: Recordings
    topic: str
    """The number's own, for who is put through without a choice."""

    def is_open(self, own: Mapping[str, Any], now: datetime) -> bool:
        """By a node's own hours, else the number's."""
        return (Hours.parse(own) if own else self.hours).is_open(now)

    def opens_at(self, now: datetime) -> datetime | None:
        """None when it never opens again."""
        try:
            return self.hours.next_opening(now)
        except Misconfigured:
            return None

    @property
    def keeps_hours(self) -> bool:
        """The tree itself says what happens when it is closed."""
        return self.tree is not None and any(isinstance(node, menus.Hours) for node in self.tree.nodes.values())


def in_force(session: Session, point_id: int) -> InForce | None:
    """What callers to that number are led by now; None: there is no such number."""
    point = session.get(AddressPoint, point_id)
    return _leading(session, point, _read(point.tree)) if point else None


def keys_of(point: AddressPoint) -> dict[str, str]:
    """Key -> topic, as the dialplan knows them when it is alone: the first level of the tree, if there is one."""
    tree = _read(point.tree)
    return menus.first_keys(tree) if tree else dict(point.menu)


def on_trial(session: Session, point_id: int) -> InForce | None:
    """The same, with the draft in place of what is in force."""
    point = session.get(AddressPoint, point_id)
    return _leading(session, point, _read(_draft(session, point).tree)) if point else None


def _leading(session: Session, point: AddressPoint, tree: Tree | None) -> InForce:
    hours = queueing.hours_by_organisation(session)[point.organisation_id]
    topic = session.get(Topic, point.topic_id) if point.topic_id else None
    municipality = citizens.municipality_of(session, point.organisation_id)
    recordings = menus_prompts.newest(session, municipality)
    zone = _zone(session, point.organisation_id)
    return InForce(point.id, point.address, tree, hours, zone, recordings, topic.key if topic else "")


def _zone(session: Session, organisation_id: int | None) -> str:
    while organisation_id is not None:
        place = session.get_one(Organisation, organisation_id)
        if place.hours:
            return str(place.hours.get("timezone", DEFAULT_ZONE))
        organisation_id = place.parent_id
    return DEFAULT_ZONE


def _read(raw: Mapping[str, Any]) -> Tree | None:
    """A tree that cannot be read is none: the number is answered all the same."""
    try:
        return _parsed(json.dumps(raw, sort_keys=True)) if raw else None
    except Misconfigured:
        return None


@lru_cache(maxsize=256)
def _parsed(text: str) -> Tree:
    return menus.parse(json.loads(text))


# ---------------------------------------------------------------- what administrators do


@dataclass(frozen=True, slots=True)
class Draft:
    """What is being worked on. `revision` 0: nobody has saved anything yet."""

    tree: dict[str, Any]
    revision: int
    problems: list[Problem]


def draft(session: Session, actor: Actor, point_id: int) -> Draft:
    """The draft, else what is in force, else the keys and topics of the number as a tree."""
    point = own_point(session, actor, point_id)
    found = _draft(session, point)
    return Draft(found.tree, found.revision if found.id else 0, judged(session, point, found.tree))


def judged(session: Session, point: AddressPoint, raw: Mapping[str, Any]) -> list[Problem]:
    """What is wrong with a tree of that number."""
    try:
        return problems(menus.parse(raw), known(session, point.organisation_id))
    except Misconfigured as fault:
        return [Problem("shape", "", fault.text)]


def save(
    session: Session, actor: Actor, point_id: int, tree: dict[str, Any], revision: int, now: datetime
) -> tuple[int, list[Problem]]:
    """Keep the draft; (its revision, what is wrong with it). Raises Conflict when somebody saved meanwhile."""
    point = own_point(session, actor, point_id)
    parsed = _fit(tree)
    row = _draft(session, point)
    if (row.revision if row.id else 0) != revision:
        raise Conflict("menu_changed", "somebody else has changed this menu meanwhile")
    row.tree, row.made_at, row.made_by_id = menus.plain(parsed), now, actor.user_id
    row.revision = revision + 1
    session.add(row)
    session.flush()
    return row.revision, problems(parsed, known(session, point.organisation_id))


def publish(session: Session, actor: Actor, point_id: int, now: datetime) -> int:
    """The draft is in force from the next call on. Returns the version's number. Raises Refused when it has errors."""
    point = own_point(session, actor, point_id)
    row = _draft(session, point)
    number = _put_in_force(session, actor, point, row.tree, now)
    if row.id:
        session.delete(row)
    return number


def discard(session: Session, actor: Actor, point_id: int, now: datetime) -> None:  # noqa: ARG001 (as every verb)
    """Forget the draft."""
    row = _draft(session, own_point(session, actor, point_id))
    if row.id:
        session.delete(row)


def restore(session: Session, actor: Actor, point_id: int, number: int, now: datetime) -> int:
    """An older version is in force again, as a new one. Returns its number."""
    point = own_point(session, actor, point_id)
    old = session.exec(
        select(MenuVersion).where(
            MenuVersion.address_point_id == point.id, MenuVersion.number == number, MenuVersion.number != DRAFT
        )
    ).first()
    if old is None:
        raise NotFound("no_such_version")
    return _put_in_force(session, actor, point, old.tree, now, restored_from=number)


def versions(session: Session, actor: Actor, point_id: int) -> list[tuple[MenuVersion, str]]:
    """Every published version with who published it, the newest first."""
    point = own_point(session, actor, point_id)
    rows = session.exec(
        select(MenuVersion, User.name)
        .outerjoin(User, col(User.id) == col(MenuVersion.made_by_id))
        .where(MenuVersion.address_point_id == point.id, MenuVersion.number != DRAFT)
        .order_by(col(MenuVersion.number).desc())
    ).all()
    return [(version, name or "") for version, name in rows]


def note(session: Session, point: AddressPoint, user_id: int | None, now: datetime, restored_from: int = 0) -> int:
    """What has just been put in force becomes a version; returns its number."""
    last = session.exec(select(func.max(MenuVersion.number)).where(MenuVersion.address_point_id == point.id)).one()
    number = (last or 0) + 1
    session.add(
        MenuVersion(
            address_point_id=point.id, number=number, tree=point.tree, made_at=now, made_by_id=user_id,
            restored_from=restored_from,
        )
    )  # fmt: skip
    return number


def numbers(session: Session, actor: Actor) -> list[AddressPoint]:
    """The telephone numbers that the actor may change."""
    _administrator(actor)
    wanted = (AddressPoint.kind == AddressKind.PHONE, col(AddressPoint.organisation_id).in_(actor.scope))
    return list(session.exec(select(AddressPoint).where(*wanted).order_by(col(AddressPoint.address))).all())


def own_point(session: Session, actor: Actor, point_id: int) -> AddressPoint:
    """Raises NotFound, or Refused for who is no administrator."""
    _administrator(actor)
    point = session.get(AddressPoint, point_id)
    if point is None or point.kind is not AddressKind.PHONE or point.organisation_id not in actor.scope:
        raise NotFound("no_such_number")
    return point


def known(session: Session, organisation_id: int) -> Known:
    """What a tree of that organisation may name: the topics, queues, numbers and telephones of its municipality."""
    municipality = citizens.municipality_of(session, organisation_id)
    places = [one for one in session.exec(select(Organisation.id)).all()
              if citizens.municipality_of(session, one) == municipality]  # fmt: skip
    topics = session.exec(select(Topic.key).where(col(Topic.organisation_id).in_(places))).all()
    queues = session.exec(select(Queue.key).where(col(Queue.organisation_id).in_(places))).all()
    points = select(AddressPoint.address).where(
        AddressPoint.kind == AddressKind.PHONE, col(AddressPoint.organisation_id).in_(places)
    )
    users = select(User.extension).where(col(User.organisation_id).in_(places), User.extension != "", col(User.active))
    return Known(
        frozenset(topics),
        frozenset(queues),
        frozenset(session.exec(points).all()),
        frozenset(session.exec(users).all()),
        menus_prompts.languages_of(menus_prompts.newest(session, municipality)),
    )


def _put_in_force(
    session: Session, actor: Actor, point: AddressPoint, raw: dict[str, Any], now: datetime, restored_from: int = 0
) -> int:
    if wrong := errors(_fit(raw), known(session, point.organisation_id)):
        raise Refused("menu_wrong", f"{wrong[0].node}: {wrong[0].code} {wrong[0].detail}".strip())
    point.tree = raw
    session.add(point)
    number = note(session, point, actor.user_id, now, restored_from)
    journal.record(
        session, EventKind.CONFIGURATION_CHANGED, at=now, organisation_id=point.organisation_id,
        user_id=actor.user_id, kinds=["menu"], address_point_id=point.id, version=number,
    )  # fmt: skip
    return number


def _fit(raw: Mapping[str, Any]) -> Tree:
    try:
        return menus.parse(raw)
    except Misconfigured as fault:
        raise Refused("menu_wrong", fault.text) from fault


def _draft(session: Session, point: AddressPoint) -> MenuVersion:
    """The stored draft, or one that is not stored yet (`id` None)."""
    stored = session.exec(
        select(MenuVersion).where(MenuVersion.address_point_id == point.id, MenuVersion.number == DRAFT)
    ).first()
    if stored:
        return stored
    tree = point.tree or menus.plain(_one_level(session, point))
    return MenuVersion(address_point_id=point.id, number=DRAFT, revision=0, tree=tree)


def _one_level(session: Session, point: AddressPoint) -> Tree:
    place = session.get_one(Organisation, point.organisation_id)
    default = session.get(Topic, point.topic_id) if point.topic_id else None
    found = select(Topic).where(col(Topic.key).in_(list(point.menu.values())))
    names = {topic.key: topic.name.lower() for topic in session.exec(found).all()}
    choices = {key: (topic, names.get(topic, topic)) for key, topic in sorted(point.menu.items())}
    return menus.one_level(f"Välkommen till {place.name}.", choices, default.key if default else "")


def _administrator(actor: Actor) -> None:
    if not actor.is_administrator:
        raise Refused("not_allowed", "this is for administrators")
