"""The verbs that a console can send: name -> arguments, result and what it does. A new verb is one line here."""

import asyncio
import re
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct
from sqlmodel import Session

from contactcenter import desk, offers, replies
from contactcenter.context import Context
from contactcenter.errors import ContactCenterError, NotFound, Refused
from contactcenter.model import Case, Contact, Offer
from contactcenter.ports import Actor, StoredFile
from contactcenter.states import AgentState, Channel, Outcome
from contactcenter.waiting import promised
from ui import people, uploads, verbs_desk, verbs_directory, verbs_exchanges, verbs_letters, verbs_mail, verbs_menus
from ui.records import Mark
from ui.verb import Call, Nothing, OfCase, OfContact, Verb, plain
from ui.verbs_overflow import VERBS as OVERFLOW

Text = Annotated[str, Meta(max_length=desk.TEXT_LIMIT)]
Line = Annotated[str, Meta(max_length=desk.SUBJECT_LIMIT)]
Address = Annotated[str, Meta(min_length=1, max_length=320)]


class OfOffer(Struct, frozen=True, forbid_unknown_fields=True):
    offer_id: int


class OfDelivery(Struct, frozen=True, forbid_unknown_fields=True):
    delivery_id: int


class SetPresence(Struct, frozen=True, forbid_unknown_fields=True):
    state: AgentState
    reason: Annotated[str, Meta(max_length=40)] = ""


class Park(Struct, frozen=True, forbid_unknown_fields=True):
    case_id: int
    until: Annotated[datetime, Meta(tz=True)]


class Transfer(Struct, frozen=True, forbid_unknown_fields=True):
    """To a queue, or to a colleague."""

    case_id: int
    queue_id: int | None = None
    agent_id: int | None = None
    reason: Text = ""


class Merge(Struct, frozen=True, forbid_unknown_fields=True):
    case_id: int
    into_id: int


class Close(Struct, frozen=True, forbid_unknown_fields=True):
    case_id: int
    outcome: Outcome


class HandOff(Struct, frozen=True, forbid_unknown_fields=True):
    case_id: int
    note: Text = ""


class Note(Struct, frozen=True, forbid_unknown_fields=True):
    case_id: int
    text: Text


class Change(Struct, frozen=True, forbid_unknown_fields=True):
    case_id: int
    subject: Line | None = None
    topic_id: int | None = None
    priority: int | None = None


class SaveDraft(Struct, frozen=True, forbid_unknown_fields=True):
    case_id: int
    kind: Literal["reply", "note", "letter"]
    text: Text


class LinkCitizen(Struct, frozen=True, forbid_unknown_fields=True):
    """Somebody known, by `citizen_id`, or somebody new."""

    case_id: int
    citizen_id: int | None = None
    name: Line = ""
    address: Line = ""
    protected: bool | None = None
    marks: Annotated[list[Mark], Meta(max_length=20)] = []


class Register(Struct, frozen=True, forbid_unknown_fields=True):
    """Quick registration: with an outcome it is closed at once."""

    topic_id: int
    text: Text
    outcome: Outcome | None = None
    channel: Channel = Channel.NOTE
    sender: Line = ""
    subject: Line = ""


class Reply(Struct, frozen=True, forbid_unknown_fields=True):
    """`files` are ids of uploads."""

    case_id: int
    to: Annotated[list[Address], Meta(min_length=1, max_length=replies.RECIPIENTS)]
    subject: Line
    text: Text
    files: Annotated[list[str], Meta(max_length=20)] = []
    cc: Annotated[list[Address], Meta(max_length=replies.RECIPIENTS)] = []
    bcc: Annotated[list[Address], Meta(max_length=replies.RECIPIENTS)] = []
    send_at: Annotated[datetime, Meta(tz=True)] | None = None
    """Send it then, at the latest a year from now; None: after the seconds in which it can be undone."""
    sent_open: bool = False
    """Without encryption, although it could be encrypted."""


class CallBack(Struct, frozen=True, forbid_unknown_fields=True):
    """Without a number: the one the citizen called from."""

    case_id: int
    number: Annotated[str, Meta(max_length=40)] = ""


class SetLanguage(Struct, frozen=True, forbid_unknown_fields=True):
    language: Literal["sv", "en"]


async def _accept(call: Call, args: OfOffer) -> int:
    """Written work is taken; a call is answered on the agent's telephone, and taken when that is done."""
    case_id, contact_id = await call.read(_what_is_offered, args.offer_id)
    if contact_id is None:
        taken = int(await call.run(desk.accept, offer_id=args.offer_id))
        await _keep_promise(call, taken)
        return taken
    await call.telephony().answer(contact_id, call.actor.user_id)
    return int(case_id)


async def _keep_promise(call: Call, case_id: int) -> None:
    """A caller who kept their place is rung at once. When that cannot be, their case waits in its place again."""
    number = await call.read(_promised_number, case_id)
    if not number:
        return
    try:
        await call.telephony().call_back(case_id, call.actor.user_id, number)
    except ContactCenterError:
        await call.context.store.run(promised.not_reached, case_id, promised.AGENT_DID_NOT_LIFT, call.now)
        raise


async def _call_back(call: Call, args: CallBack) -> None:
    number = await call.read(_number_to_call, args.case_id, args.number)
    await call.telephony().call_back(args.case_id, call.actor.user_id, number)


async def _hang_up(call: Call, args: OfContact) -> None:
    await call.read(_own_call, args.contact_id)
    await call.telephony().hang_up(args.contact_id)


async def _reply(call: Call, args: Reply) -> int:
    secret = call.context.settings.secret_bytes()
    stored = [uploads.opened(one, call.actor.user_id, secret, call.now) for one in args.files]
    files = await asyncio.to_thread(_with_bytes, call.context, stored)
    return int(
        await call.run(
            replies.reply,
            case_id=args.case_id,
            key=f"reply:{call.actor.user_id}:{call.key}",
            to=args.to,
            subject=args.subject,
            text=args.text,
            files=files,
            cc=args.cc,
            bcc=args.bcc,
            not_before=_when(call, args.send_at),
            sent_open=args.sent_open,
        )
    )


def _when(call: Call, wanted: datetime | None) -> datetime | None:
    """When an answer may go."""
    soon = call.now + timedelta(seconds=call.context.settings.undo_seconds)
    if wanted and wanted > call.now + timedelta(days=366):
        raise Refused("send_at", "within a year")
    return max(soon, wanted) if wanted else soon if soon > call.now else None


async def _register(call: Call, args: Register) -> int:
    key = f"register:{call.actor.user_id}:{call.key}"
    return int(await call.run(desk.register, key=key, **msgspec.structs.asdict(args)))


async def _hand_off(call: Call, args: HandOff) -> int:
    return int(await call.run(desk.hand_off, case_id=args.case_id, note=args.note))


async def _link_citizen(call: Call, args: LinkCitizen) -> int:
    fields = msgspec.structs.asdict(args)
    fields["marks"] = tuple((mark.kind, normal(mark.kind, mark.value)) for mark in args.marks)
    return int(await call.run(desk.link_citizen, **fields))


VERBS: dict[str, Verb] = {
    "set_presence": Verb(SetPresence, plain(desk.set_presence)),
    "end_wrap_up": Verb(Nothing, plain(desk.end_wrap_up)),
    "set_language": Verb(SetLanguage, plain(people.set_language)),
    "accept": Verb(OfOffer, _accept, int, slow=True),
    "decline": Verb(OfOffer, plain(desk.decline)),
    "next_case": Verb(Nothing, plain(desk.next_case), int),
    "pick": Verb(OfCase, plain(desk.pick), int),
    "release": Verb(OfCase, plain(desk.release)),
    "park": Verb(Park, plain(desk.park)),
    "resume": Verb(OfCase, plain(desk.resume)),
    "transfer": Verb(Transfer, plain(desk.transfer)),
    "merge": Verb(Merge, plain(desk.merge)),
    "close": Verb(Close, plain(desk.close)),
    "reopen": Verb(OfCase, plain(desk.reopen)),
    "hand_off": Verb(HandOff, _hand_off, int),
    "resend": Verb(OfDelivery, plain(desk.resend)),
    "note": Verb(Note, plain(desk.note), int),
    "change": Verb(Change, plain(desk.change)),
    "dismiss_suggestion": Verb(OfCase, plain(desk.dismiss_suggestion)),
    "save_draft": Verb(SaveDraft, plain(desk.save_draft)),
    "link_citizen": Verb(LinkCitizen, _link_citizen, int),
    "unlink_citizen": Verb(OfCase, plain(desk.unlink_citizen)),
    "register": Verb(Register, _register, int),
    "reply": Verb(Reply, _reply, int),
    "undo_reply": Verb(OfContact, plain(replies.undo), str),
    "call_back": Verb(CallBack, _call_back, slow=True),
    "hang_up": Verb(OfContact, _hang_up, slow=True),
    **verbs_menus.VERBS,
    **verbs_exchanges.VERBS,
    **verbs_directory.VERBS,
    **verbs_desk.VERBS,
    **verbs_mail.VERBS,
    **OVERFLOW,
    **verbs_letters.VERBS,
}


async def perform(call: Call, name: str, raw: dict[str, Any]) -> Any:
    """Do the verb `name`. Raises what the core raises, and Refused for an unknown verb or wrong arguments."""
    verb = VERBS.get(name)
    if verb is None:
        raise Refused("unknown_verb", "there is no such verb")
    try:
        args = msgspec.convert(raw, verb.args)
    except msgspec.ValidationError as error:
        raise Refused("arguments", str(error)) from error
    return await verb.do(call, args)


def e164(number: str) -> str:
    """A Swedish or international number as E.164. Raises Refused."""
    digits = re.sub(r"[\s()./\-]", "", number)
    if digits.startswith("00"):
        digits = "+" + digits[2:]
    elif digits.startswith("0"):
        digits = "+46" + digits[1:]
    if not re.fullmatch(r"\+[1-9]\d{6,14}", digits):
        raise Refused("number", "this is not a telephone number")
    return digits


def normal(kind: str, value: str) -> str:
    """A citizen's mark as it is stored, so that the same is found again."""
    if kind == "phone":
        return e164(value)
    if kind == "email":
        return replies.addresses([value])[0]
    digits = re.sub(r"\D", "", value)
    if len(digits) != 12:
        raise Refused("personal_number", "a personal number has twelve digits")
    return digits


def _what_is_offered(session: Session, actor: Actor, offer_id: int) -> tuple[int, int | None]:
    offer = session.get(Offer, offer_id)
    if offer is None or offer.agent_id != actor.user_id:
        raise NotFound("no_such_offer")
    return offer.case_id, offers.live_call(session, offer.case_id)


def _promised_number(session: Session, _actor: Actor, case_id: int) -> str:
    return promised.number_of(session, case_id)


def _number_to_call(session: Session, actor: Actor, case_id: int, number: str) -> str:
    case: Case = desk.own(session, actor, case_id)
    wanted = number or promised.number_of(session, case_id) or people.number_of(session, case)
    if not wanted:
        raise Refused("number", "no telephone number is known")
    return e164(wanted)


def _own_call(session: Session, actor: Actor, contact_id: int) -> None:
    contact = session.get(Contact, contact_id)
    if contact is None or contact.channel is not Channel.PHONE:
        raise NotFound("no_such_call")
    desk.visible(session, actor, contact.case_id)
    if contact.user_id != actor.user_id:
        raise Refused("not_your_call", "somebody else talks there")


def _with_bytes(context: Context, files: list[StoredFile]) -> list[tuple[StoredFile, bytes]]:
    return [(file, context.files.read(file.sha256)) for file in files]
