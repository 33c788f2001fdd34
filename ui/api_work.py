"""What the API does with cases: one function, one transaction. Protected identities are never given out."""

import base64
import binascii
import contextlib
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import select as rows_of
from sqlmodel import Session, col, select

from contactcenter import cases, citizens, intake, offers, search
from contactcenter.errors import Conflict, NotFound, Refused
from contactcenter.model import Case, Contact, Organisation, Queue, Topic
from contactcenter.ports import InboundContact
from contactcenter.replies import addresses
from contactcenter.states import CaseState, Channel
from ui import api_models as models
from ui import rows
from ui.api_access import Caller
from ui.problem import Wrong
from ui.verbs import e164

K = rows.K
_SUMMARY = [K[name] for name in models.CaseSummary.__struct_fields__]
CONTACTS = 500
_CLOSING = {
    CaseState.WORKING: "close",
    CaseState.WAITING: "settle",
    CaseState.OFFERED: "settle",
    CaseState.HANDED_OFF: "finish",
}
"""State -> the transition that closes a case from there."""


def listed(session: Session, caller: Caller, wanted: models.CaseQuery) -> models.Cases:
    """A page of cases, the last opened first."""
    query = rows_of(K.id).where(K.organisation_id.in_(caller.organisations))
    for name in ("state", "channel", "queue_id", "topic_id", "number"):
        if (value := getattr(wanted, name)) is not None:
            query = query.where(K[name] == value)
    if wanted.changed_since:
        query = query.where(K.changed_at >= _aware(wanted.changed_since))
    if wanted.cursor:
        query = query.where(K.id < _opened(wanted.cursor))
    # The ids first: sorting whole rows of all that match costs far more than sorting their ids.
    ids = query.order_by(K.id.desc()).limit(wanted.limit + 1).scalar_subquery()
    found = session.execute(rows_of(*_SUMMARY).where(K.id.in_(ids)).order_by(K.id.desc())).all()
    page = [_hidden(models.CaseSummary(*row)) for row in found[: wanted.limit]]
    return models.Cases(page, _cursor(page[-1].id) if len(found) > wanted.limit else None)


def one(session: Session, caller: Caller, case_id: int) -> models.ApiCase:
    """A case with its contacts."""
    case = _visible(session, caller, case_id)
    summary = _summary(case)
    if case.protected:
        return models.ApiCase(summary, [])
    newest = select(Contact).where(Contact.case_id == case.id).order_by(col(Contact.id).desc()).limit(CONTACTS)
    names = models.ApiContact.__struct_fields__
    found = reversed(session.exec(newest).all())
    return models.ApiCase(summary, [models.ApiContact(**{name: getattr(one, name) for name in names}) for one in found])


def change(
    session: Session, caller: Caller, case_id: int, version: int, form: models.CaseChange, now: datetime
) -> models.CaseSummary:
    """Change a case that is still as the caller read it."""
    case = _unchanged(session, caller, case_id, version)
    values = {name: value for name, value in msgspec.structs.asdict(form).items() if value is not None}
    if form.topic_id is not None:
        topic = session.get(Topic, form.topic_id)
        if topic is None or topic.organisation_id not in caller.organisations:
            raise NotFound("no_such_topic")
        _same_municipality(session, case, topic.organisation_id)
        values["promised_seconds"] = cases.promised(topic, case.channel)
    if values:
        cases.change(session, case, now, **values)
    if form.subject:
        search.add(session, case.id, case.organisation_id, form.subject)
    return _summary(case)


def note(session: Session, caller: Caller, case_id: int, form: models.NewNote, key: str, now: datetime) -> Any:
    """Something another system has to say about the case."""
    case = _visible(session, caller, case_id)
    contact = _write(session, caller, case, form.text, key, now)
    cases.change(session, case, now, unread=True)
    return models.CreatedNote(contact.id)


def close(
    session: Session,
    caller: Caller,
    case_id: int,
    version: int | None,
    form: models.NewClosure,
    key: str,
    now: datetime,
) -> models.CaseSummary:
    """Another system has dealt with the case."""
    case = _visible(session, caller, case_id) if version is None else _unchanged(session, caller, case_id, version)
    if case.state is CaseState.MERGED:
        raise Conflict("case_merged", "the case has been merged into another")
    if case.topic_id is None:
        raise Refused("topic", "choose a topic first")
    if form.note:
        _write(session, caller, case, form.note, key, now)
    if offers.live_call(session, case.id):
        raise Refused("call_going_on", "a call is going on")
    offers.withdraw(session, case, now, "closed_elsewhere")
    cases.close(session, case, form.outcome, now, verb=_CLOSING.get(case.state, "close"))
    return _summary(case)


def contact(session: Session, caller: Caller, form: models.NewContact, key: str, now: datetime) -> Any:
    """A filled-in web form becomes a contact; its case waits like any other."""
    topic = session.exec(select(Topic).where(Topic.key == form.topic)).first()
    if topic is None or topic.organisation_id not in caller.organisations:
        raise NotFound("no_such_topic")
    organisation = session.exec(select(Organisation).where(Organisation.id == topic.organisation_id)).one()
    queues = select(Queue.id).where(Queue.organisation_id == organisation.id)
    if topic.queue_id is None and session.exec(queues).first() is None:
        raise Refused("no_such_queue", "the topic has no queue")
    received = intake.receive(session, _inbound(caller, form, key, organisation.key, now), now)
    return models.CreatedContact(received.case_id, received.contact_id, received.case_number, received.new_case)


def etag(version: int) -> str:
    """The ETag of a case."""
    return f'"{version}"'


def version_of(if_match: str) -> int | None:
    """The version in an If-Match header; None when there is none. Raises Wrong when it is none of ours."""
    if not if_match or if_match.strip() == "*":
        return None
    digits = if_match.strip().removeprefix("W/").strip('"')
    if not digits.isdigit():
        raise Wrong(412, "changed_meanwhile")
    return int(digits)


def _inbound(caller: Caller, form: models.NewContact, key: str, organisation: str, now: datetime) -> InboundContact:
    email = addresses([form.email])[0] if form.email else ""
    phone = e164(form.phone) if form.phone else ""
    marks = [(kind, value) for kind, value in (("email", email), ("phone", phone)) if value]
    said = "\n".join(f"{name}: {value}" for name, value in form.fields.items())
    return InboundContact(
        channel=Channel.WEB,
        key=f"api:{caller.key_id}:{form.id or key}",
        arrived_at=now,
        sender=email or phone,
        sender_name=form.name,
        subject=form.subject,
        text=f"{form.text}\n\n{said}".strip(),
        marks=tuple(marks),
        topic_key=form.topic,
        organisation_key=organisation,
        facts={"form": dict(form.fields), "reply_to": email},
    )


def _write(session: Session, caller: Caller, case: Case, text: str, key: str, now: datetime) -> Contact:
    inbound = InboundContact(
        channel=Channel.NOTE, key=f"api:{caller.key_id}:{key}", arrived_at=now, sender_name=caller.name, text=text
    )
    search.add(session, case.id, case.organisation_id, text)
    return intake.add_contact(session, case, inbound, now)


def _visible(session: Session, caller: Caller, case_id: int) -> Case:
    case = session.get(Case, case_id)
    if case is None or case.organisation_id not in caller.organisations:
        raise NotFound("no_such_case")
    return case


def _unchanged(session: Session, caller: Caller, case_id: int, version: int) -> Case:
    case = _visible(session, caller, case_id)
    if case.version != version:
        raise Wrong(412, "changed_meanwhile")
    return case


def _same_municipality(session: Session, case: Case, organisation_id: int) -> None:
    ours = citizens.municipality_of(session, case.organisation_id)
    if citizens.municipality_of(session, organisation_id) != ours:
        raise NotFound("no_such_topic")


def _summary(case: Case) -> models.CaseSummary:
    names = models.CaseSummary.__struct_fields__
    return _hidden(models.CaseSummary(**{name: getattr(case, name) for name in names}))


def _hidden(summary: models.CaseSummary) -> models.CaseSummary:
    return msgspec.structs.replace(summary, subject="", sender="") if summary.protected else summary


def _aware(time: datetime) -> datetime:
    if time.tzinfo is None:
        raise Wrong(422, "arguments", "a time has a time zone")
    return time


def _cursor(case_id: int) -> str:
    return base64.urlsafe_b64encode(f"id:{case_id}".encode()).decode().rstrip("=")


def _opened(cursor: str) -> int:
    with contextlib.suppress(binascii.Error, ValueError):
        kind, _, digits = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode().partition(":")
        if kind == "id":
            return int(digits)
    raise Wrong(422, "arguments", "this cursor is not one of ours")
