"""Which case a mail belongs to: by proof, and by being somebody whom the case concerns.

What only we could have written proves: a token, or the Message-ID of a mail of ours. A citizen's own Message-ID is
known to all who got a copy of that mail, and to those it was passed on to: it lets in those who were in the case's
mails already, as sender or recipient. A mail that has one of the case's mails within it (forwarded as an attachment) is
treated likewise. All others get a case of their own with a suggestion, which an agent accepts or not.
"""

import hashlib
from datetime import timedelta

from sqlmodel import Session, col, select

from contactcenter import cases, layout
from contactcenter.model import Case, Contact, OutgoingMail
from contactcenter.ports import InboundContact
from contactcenter.states import AddressKind, Channel, Direction

RESENT_WITHIN = timedelta(minutes=10)
"""The same words by the same sender within so long are one message, whatever its Message-ID says."""
MOST_LOOKED_AT = 200
"""Mails of a case whose senders and recipients are known in it, the newest."""
MOST_REFERENCES = 50
SHORTEST_RESENT = 20
"""Characters: two shorter ones ("Thank you!") may both be meant."""
_WRITTEN = (Channel.EMAIL, Channel.WEB)


def proven(session: Session, inbound: InboundContact) -> list[Case]:
    """The cases that this contact may join, the surest first. They may have been merged since."""
    found = [case for number in inbound.certain_cases if (case := cases.by_number(session, number))]
    for case in (*_ours(session, inbound.references), *_known_in(session, inbound)):
        if case not in found:
            found.append(case)
    return found


def suggested(session: Session, inbound: InboundContact) -> list[Case]:
    """The cases that it may be about, the likeliest first."""
    numbers = (*inbound.certain_cases, *inbound.enclosed_cases, *inbound.suggested_numbers)
    found = [case for number in numbers if (case := cases.by_number(session, number))]
    named = (*inbound.references, *inbound.enclosed_references)
    return [*found, *(case for case in _of_mails(session, named) if case not in found)]


def _ours(session: Session, references: tuple[str, ...]) -> list[Case]:
    """Cases of mails of ours that are named: answers, and automatic ones."""
    named = references[-MOST_REFERENCES:]
    if not named:
        return []
    found = _of_mails(session, named, Direction.OUT)
    automatic = (
        select(Case)
        .join(OutgoingMail, col(OutgoingMail.case_id) == col(Case.id))
        .where(col(OutgoingMail.message_id).in_(named))
        .order_by(col(OutgoingMail.id).desc())
        .limit(MOST_REFERENCES)
    )
    return found + [case for case in session.exec(automatic) if case not in found]


def _of_mails(session: Session, named: tuple[str, ...], *directions: Direction) -> list[Case]:
    """Where mails with these Message-IDs are now, whatever was merged or moved since; the newest first."""
    ids = [one for one in named if one][-MOST_REFERENCES:]
    if not ids:
        return []
    statement = (
        select(Case)
        .join(Contact, col(Contact.case_id) == col(Case.id))
        .where(col(Contact.message_id).in_(ids), Contact.message_id != "")
        .order_by(col(Contact.id).desc())
        .limit(MOST_REFERENCES)
    )
    if directions:
        statement = statement.where(col(Contact.direction).in_(directions))
    return list({case.id: case for case in session.exec(statement)}.values())


def _known_in(session: Session, inbound: InboundContact) -> list[Case]:
    """Cases whose mails are named or enclosed, and in which the sender is known."""
    enclosed = [case for number in inbound.enclosed_cases if (case := cases.by_number(session, number))]
    named = _of_mails(session, (*inbound.references, *inbound.enclosed_references))
    return [case for case in (*named, *enclosed) if is_party(session, case, inbound.sender)]


def is_party(session: Session, case: Case, sender: str) -> bool:
    """Whether this address sent or got one of the case's mails. Our own mailboxes do not count: easily forged."""
    sender = sender.lower()
    if not sender or (AddressKind.EMAIL, sender) in layout.of(session).points:
        return False
    mails = (
        select(Contact.sender, Contact.recipients, Contact.facts)
        .where(col(Contact.case_id).in_([case.id, cases.follow(session, case).id]), col(Contact.channel).in_(_WRITTEN))
        .order_by(col(Contact.id).desc())
        .limit(MOST_LOOKED_AT)
    )
    return any(
        sender in (one.lower() for one in (wrote, *to, *facts.get("cc", ()), *facts.get("bcc", ())))
        for wrote, to, facts in session.exec(mails)
    )


def said(inbound: InboundContact) -> str:
    """What a mail says, without its signature, quotation and white space, and which files it brings: as a digest.

    Empty for one that says too little to tell, or that a machine sent: those say the same again and mean it.
    """
    if inbound.channel is not Channel.EMAIL or inbound.facts.get("kind") != "person":
        return ""
    words = " ".join(inbound.text[: int(inbound.facts.get("visible") or len(inbound.text))].split())
    if len(words) < SHORTEST_RESENT or not inbound.sender:
        return ""
    files = sorted(file.sha256 for file in inbound.files if file.role == "attachment")
    return hashlib.sha256("\n".join([inbound.subject, words, *files]).encode("utf-8", "replace")).hexdigest()


def resent(session: Session, inbound: InboundContact, digest: str, municipality: int) -> Contact | None:
    """The contact that this mail says once more: sent again, or a copy to another address of ours."""
    if not digest:
        return None
    lately = (
        select(Contact, Case.organisation_id)
        .join(Case, col(Case.id) == col(Contact.case_id))
        .where(
            Contact.sender == inbound.sender,
            Contact.channel == Channel.EMAIL,
            Contact.direction == Direction.IN,
            col(Contact.arrived_at) > inbound.arrived_at - RESENT_WITHIN,
            col(Contact.arrived_at) < inbound.arrived_at + RESENT_WITHIN,
        )
        .order_by(col(Contact.id))
        .limit(MOST_LOOKED_AT)
    )
    own = layout.of(session).municipality
    for contact, organisation in session.exec(lately):
        if contact.facts.get("said") == digest and own(organisation) == municipality:
            return contact
    return None
