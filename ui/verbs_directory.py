"""The verbs of the staff directory: where somebody is, how that is known, telling somebody that they were sought."""

import asyncio
from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct
from sqlmodel import Session

from contactcenter import journal, menus_prompts
from contactcenter.directory import absence, importing, records, seeking
from contactcenter.directory.model import Reason
from contactcenter.errors import Refused
from contactcenter.ports import Actor
from contactcenter.states import EventKind
from ui import uploads
from ui.verb import Call, Verb, plain

Moment = Annotated[datetime, Meta(tz=True)]


class SetAbsence(Struct, frozen=True, forbid_unknown_fields=True):
    """`person_id` null: oneself. `until` null: back at a time that nobody knows."""

    reason: Reason
    person_id: int | None = None
    until: Moment | None = None
    begins_at: Moment | None = None


class OfPerson(Struct, frozen=True, forbid_unknown_fields=True):
    """`person_id` null: oneself."""

    person_id: int | None = None


class MailColleague(Struct, frozen=True, forbid_unknown_fields=True):
    """Tell them that somebody sought them. `number`: where to ring back."""

    person_id: int
    case_id: int | None = None
    number: Annotated[str, Meta(max_length=40)] = ""
    text: Annotated[str, Meta(max_length=seeking.TEXT_LIMIT)] = ""


class SetAbsenceCode(Struct, frozen=True, forbid_unknown_fields=True):
    """For setting absence from any telephone; empty takes it away."""

    pin: Annotated[str, Meta(max_length=12)]
    person_id: int | None = None


class SetCalendar(Struct, frozen=True, forbid_unknown_fields=True):
    """An iCalendar address that begins with https://; empty: none."""

    url: Annotated[str, Meta(max_length=2000)]
    person_id: int | None = None


class SetNameRecording(Struct, frozen=True, forbid_unknown_fields=True):
    """`upload`: a WAV file in which somebody says their name; empty: the synthesiser says it."""

    upload: str
    person_id: int | None = None


async def _mail(call: Call, args: MailColleague) -> int:
    key = f"sought.{call.actor.user_id}.{call.key}"
    return int(
        await call.run(
            seeking.mail_colleague, key=key, person_id=args.person_id, case_id=args.case_id, number=args.number,
            text=args.text,
        )
    )  # fmt: skip


async def _set_calendar(call: Call, args: SetCalendar) -> None:
    if records.calendar_url(args.url.strip()) is None:
        raise Refused("calendar_address", "a calendar's address begins with https://")
    await call.run(_calendar, person_id=args.person_id, url=args.url.strip())


def _calendar(session: Session, actor: Actor, now: datetime, *, person_id: int | None, url: str) -> None:
    person = absence.may_set(session, actor, person_id)
    importing.set_calendar(session, person, url, now)
    journal.record(
        session, EventKind.DIRECTORY_CHANGED, at=now, organisation_id=person.organisation_id,
        user_id=actor.user_id, agent_id=person.user_id, person_id=person.id, what="calendar",
    )  # fmt: skip


async def _record_name(call: Call, args: SetNameRecording) -> None:
    sha256 = ""
    if args.upload:
        file = uploads.opened(args.upload, call.actor.user_id, call.context.settings.secret_bytes(), call.now)
        data = await asyncio.to_thread(call.context.files.read, file.sha256)
        menus_prompts.seconds_of(data)
        sha256 = file.sha256
    await call.run(_recording, person_id=args.person_id, sha256=sha256)


def _recording(session: Session, actor: Actor, now: datetime, *, person_id: int | None, sha256: str) -> None:
    person = absence.may_set(session, actor, person_id)
    person.recording, person.changed_at = sha256, now
    session.add(person)


VERBS: dict[str, Verb] = {
    "set_absence": Verb(SetAbsence, plain(absence.set_absence), int),
    "clear_absence": Verb(OfPerson, plain(absence.clear_absence)),
    "mail_colleague": Verb(MailColleague, _mail, int),
    "set_absence_code": Verb(SetAbsenceCode, plain(absence.set_pin)),
    "set_calendar": Verb(SetCalendar, _set_calendar),
    "set_name_recording": Verb(SetNameRecording, _record_name),
}
