"""Cases on their way to a case system, for the tests of the hand-off."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlmodel import Session, select

from contactcenter import cases, desk, handoff, intake, offers
from contactcenter.clock import utc_now
from contactcenter.context import Context
from contactcenter.files import FileStore
from contactcenter.handoff import Claim
from contactcenter.health import HealthBoard
from contactcenter.model import Case, Contact, Delivery, Event, Topic
from contactcenter.ports import InboundContact, StoredFile
from contactcenter.settings import HandoffSettings, Settings, read
from contactcenter.states import Channel
from contactcenter.store import Store
from contactcenter.tail import Tail
from tests import town

SECRET = "a secret shared with the case system"
SETTINGS = HandoffSettings(first_pause_seconds=5, attempts=3)


def settings(
    folder: Path,
    public_url: str = "http://127.0.0.1:8000",
    http: dict[str, Any] | None = None,
    email: dict[str, Any] | None = None,
    **handoff: Any,
) -> Settings:
    """An installation's settings with quick retries; `handoff` goes to `CC_HANDOFF__…`."""
    values = {"secrets": {"demo": SECRET}, "first_pause_seconds": 0.1, "longest_pause_seconds": 0.3, "attempts": 200}
    groups = {"http": http or {}, "email": email or {}, "handoff": values | handoff}
    return read({}, data_dir=folder, secret="a secret for the tests, 32 bytes long", public_url=public_url, **groups)


def context(store: Store, files: FileStore, chosen: Settings, clock: Callable[[], datetime] = utc_now) -> Context:
    """What adapters are given."""
    board = HealthBoard(clock)
    return Context(settings=chosen, store=store, tail=Tail(store), files=files, clock=clock, health=board)


def aim(session: Session, target: dict[str, Any], key: str = "bygg.bygglov") -> None:
    """Have cases of a topic handed off to `target`."""
    topic = session.exec(select(Topic).where(Topic.key == key)).one()
    topic.handoff = target
    session.add(topic)


def written(
    session: Session,
    now: datetime,
    *,
    key: str = "<1@mail.example>",
    files: tuple[StoredFile, ...] = (),
    text: str = "Hej!\n\nBehöver jag bygglov för min altan?\n\n/Eva",
) -> Case:
    """A mail from Eva about her terrace, in the hands of Anna."""
    inbound = InboundContact(
        channel=Channel.EMAIL,
        key=key,
        arrived_at=now,
        address_point="bygg@solvik.example",
        sender="eva.ek@example.se",
        sender_name="Eva Ek",
        recipients=("bygg@solvik.example",),
        subject="Altan utan bygglov?",
        text=text,
        message_id=key,
        marks=(("email", "eva.ek@example.se"),),
        files=files,
    )
    case = cases.get(session, intake.receive(session, inbound, now).case_id)
    offers.give(session, case, town.user(session, "anna").id, "take", now)
    return case


def handed_off(session: Session, /, now: datetime, **mail: Any) -> Delivery:
    """Eva's case, handed off by Anna."""
    case = written(session, now, **mail)
    delivery_id = desk.hand_off(session, town.actor(session, "anna"), case.id, "Gäller altan.", now)
    return handoff.get(session, delivery_id)


def claimed(session: Session, now: datetime, chosen: HandoffSettings = SETTINGS) -> Claim:
    """The one delivery that is due, claimed."""
    [claim] = handoff.claim(session, now, chosen, {})
    return claim


def kinds(session: Session, case_id: int) -> list[str]:
    """What the journal says of a case, in order."""
    found = select(Event).where(Event.case_id == case_id).order_by(Event.id)  # type: ignore[arg-type]
    return [event.kind.value for event in session.exec(found)]


def last_event(session: Session, case_id: int, kind: str) -> Event:
    """The latest line of this kind."""
    found = select(Event).where(Event.case_id == case_id, Event.kind == kind)
    return list(session.exec(found))[-1]


def notes(session: Session, case_id: int) -> list[Contact]:
    """The notes of a case."""
    return list(session.exec(select(Contact).where(Contact.case_id == case_id, Contact.channel == Channel.NOTE)))
