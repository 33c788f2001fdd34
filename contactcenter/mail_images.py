"""From whose mails images may be loaded: an agent's consent, remembered for the sender, with who gave it and when.

A load tells the sender that the mail was read, when, and from which network. So nothing is loaded before somebody has
said so, and never from a mail in a case with a protected identity unless that, too, was said.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import UniqueConstraint
from sqlmodel import Session, SQLModel, select

from contactcenter import citizens, field
from contactcenter.errors import NotFound, Refused
from contactcenter.model import Case, Contact
from contactcenter.ports import Actor
from contactcenter.sight import visible


class MailImages(SQLModel, table=True):
    """One municipality's consent to one sender's images."""

    __tablename__ = "mail_images"
    __table_args__ = (UniqueConstraint("organisation_id", "sender"),)

    id: int = field.identity()
    organisation_id: int = field.reference("organisation", index=False)
    """The municipality."""
    sender: str = field.text()
    """Address in lower case."""
    user_id: int = field.reference("staff", index=False)
    at: datetime = field.time()


def allow(session: Session, actor: Actor, contact_id: int, now: datetime, *, protected: bool = False) -> None:
    """Load the images of this mail's sender from now on.

    `protected`: it is known that the case has a protected identity. Raises NotFound; Refused for a mail without a
    sender, and `images_of_protected` when the identity is protected and that was not said.
    """
    case, contact = _mail(session, actor, contact_id)
    if not contact.sender:
        raise Refused("no_sender", "this mail has no sender")
    if case.protected and not protected:
        raise Refused("images_of_protected", "a load would tell the sender that the mail was read")
    if consent(session, case, contact) is None:
        municipality = citizens.municipality_of(session, case.organisation_id)
        session.add(
            MailImages(organisation_id=municipality, sender=contact.sender.lower(), user_id=actor.user_id, at=now)
        )


def forbid(session: Session, actor: Actor, contact_id: int, now: datetime) -> None:  # noqa: ARG001 (a verb is given it)
    """Load this sender's images no longer. Raises NotFound."""
    case, contact = _mail(session, actor, contact_id)
    if found := consent(session, case, contact):
        session.delete(found)


def consent(session: Session, case: Case, contact: Contact) -> MailImages | None:
    """The consent to this contact's sender."""
    municipality = citizens.municipality_of(session, case.organisation_id)
    wanted = select(MailImages).where(
        MailImages.organisation_id == municipality, MailImages.sender == contact.sender.lower()
    )
    return session.exec(wanted).first()


def facts(session: Session, contact: Contact) -> dict[str, Any]:
    """What the reader is told: how many images are not loaded, how many of them nobody would see, and who allowed."""
    count = contact.html.count(' data-remote="')
    if not count:
        return {}
    case = session.get_one(Case, contact.case_id)
    found = consent(session, case, contact)
    told = {"count": count, "pixels": contact.html.count(' data-pixel=""'), "protected": case.protected}
    return told | ({"by": found.user_id, "at": found.at.isoformat()} if found else {})


def _mail(session: Session, actor: Actor, contact_id: int) -> tuple[Case, Contact]:
    contact = session.get(Contact, contact_id)
    if contact is None:
        raise NotFound("not_found")
    case = visible(session, actor, contact.case_id)
    if case.protected and not actor.sees_protected:
        raise NotFound("not_found")
    return case, contact
