"""What the exchange needs to know of the municipality, read from the database."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from channels.phone import referral_plan
from contactcenter import calls, menus_versions, queueing
from contactcenter.errors import Misconfigured
from contactcenter.model import AddressPoint, Contact, Organisation, Topic, User
from contactcenter.settings import Settings
from contactcenter.states import AddressKind, ContactState, Direction
from pbx.calls import Call, CallKind, CallState
from pbx.plan import DAYS, EXTENSION, MenuChoice, Number, Phone, Plan
from pbx.prompts import opens_prompts
from pbx.settings import PhoneSettings

log = logging.getLogger(__name__)

DEFAULT_ZONE = "Europe/Stockholm"
KEYS = frozenset("0123456789")
SPARE_SECONDS = 10
_STATES = {
    ContactState.WAITING: CallState.WAITING,
    ContactState.RINGING: CallState.RINGING,
    ContactState.TALKING: CallState.TALKING,
}


@dataclass(frozen=True, slots=True)
class OpenNow:
    """Whether a number is open, and the prompts that say when it opens."""

    point: int
    is_open: bool
    opens: str


def read_plan(session: Session) -> Plan:
    """Numbers, menus, hours and telephones as the dialplan is rendered from them."""
    topics = {topic.key: topic for topic in session.exec(select(Topic)).all()}
    by_id = {topic.id: topic for topic in topics.values()}
    places = {one.id: one for one in session.exec(select(Organisation)).all()}
    points = session.exec(
        select(AddressPoint).where(AddressPoint.kind == AddressKind.PHONE).order_by(col(AddressPoint.id))
    )
    numbers = (_usable(point, places, topics, by_id) for point in points.all())
    phones = tuple(_phones(session))
    return Plan(tuple(number for number in numbers if number), phones, referral_plan.directs(session, phones))


def exchange_settings(settings: Settings) -> PhoneSettings:
    """The telephone's settings; the exchange rings longer than any offer stands, so that the offer decides."""
    phone = settings.group("phone", PhoneSettings)
    longest = max(phone.ring_seconds, settings.routing.offer_seconds + SPARE_SECONDS)
    return phone.model_copy(update={"ring_seconds": longest})


def _usable(
    point: AddressPoint, places: Mapping[int, Organisation], topics: Mapping[str, Topic], by_id: Mapping[int, Topic]
) -> Number | None:
    """One number that cannot be used must not silence all the others."""
    try:
        return _number(point, places, topics, by_id)
    except Misconfigured as fault:
        log.warning("action=number_not_usable address_point=%d reason=%s", point.id, fault.text)
        return None


def _number(
    point: AddressPoint, places: Mapping[int, Organisation], topics: Mapping[str, Topic], by_id: Mapping[int, Topic]
) -> Number:
    hours = _hours(places, point.organisation_id)
    default = by_id.get(point.topic_id or 0)
    keys = menus_versions.keys_of(point)
    return Number(
        point=point.id,
        address=point.address,
        name=places[point.organisation_id].name,
        choices=tuple(_choice(key, chosen, topics) for key, chosen in sorted(keys.items()) if key in KEYS),
        default_topic=default.key if default else "",
        week={day: tuple(spans) for day, spans in hours.get("week", {}).items() if day in DAYS},
        timezone=hours.get("timezone", DEFAULT_ZONE),
    )


def _choice(key: str, topic_key: str, topics: Mapping[str, Topic]) -> MenuChoice:
    topic = topics.get(topic_key)
    return MenuChoice(key, topic_key, topic.name.lower() if topic else topic_key)


def _hours(places: Mapping[int, Organisation], organisation_id: int | None) -> dict[str, Any]:
    """The organisation's own hours, or those of the nearest one above that has any."""
    while organisation_id is not None:
        place = places[organisation_id]
        if place.hours:
            return place.hours
        organisation_id = place.parent_id
    return {}


def _phones(session: Session) -> list[Phone]:
    """One for each extension, even when several people share it."""
    users = session.exec(select(User).where(User.extension != "", col(User.active)).order_by(col(User.id))).all()
    return list({u.extension: Phone(u.extension, u.name) for u in users if EXTENSION.match(u.extension)}.values())


def read_open(session: Session, now: datetime) -> list[OpenNow]:
    """For every number: open now? Holidays and half days count here, which the rendered week does not know."""
    hours = queueing.hours_by_organisation(session)
    places = {one.id: one for one in session.exec(select(Organisation)).all()}
    found = []
    for point in session.exec(select(AddressPoint).where(AddressPoint.kind == AddressKind.PHONE)).all():
        own = hours[point.organisation_id]
        if own.is_open(now):
            found.append(OpenNow(point.id, is_open=True, opens=""))
        else:
            zone = _hours(places, point.organisation_id).get("timezone", DEFAULT_ZONE)
            found.append(OpenNow(point.id, is_open=False, opens=opens_prompts(own.next_opening(now), now, zone)))
    return found


def read_known(session: Session) -> list[Call]:
    """The calls that the core believes to be going on: what the mirror is seeded with after a restart."""
    extensions = {user.id: user.extension for user in session.exec(select(User)).all()}
    return [_known(contact, extensions) for contact in calls.live_calls(session)]


def _known(contact: Contact, extensions: Mapping[int, str]) -> Call:
    inward = contact.direction is Direction.IN
    return Call(
        id=contact.key,
        channel="",
        kind=CallKind.CITIZEN if inward else CallKind.CALLBACK,
        state=_STATES[contact.state],
        number=contact.address_point,
        queued=contact.arrived_at,
        phone=extensions.get(contact.user_id or 0, ""),
    )
