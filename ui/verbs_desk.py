"""The verbs of the telephone on the desk: what is done with a call of one's own, with parked and with waiting ones."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from contactcenter import calls_desk
from contactcenter.errors import Unavailable
from contactcenter.ports import CallVerbs
from contactcenter.tapes import keeping
from ui.verb import Call, Nothing, OfContact, Verb, plain

Number = Annotated[str, Meta(min_length=1, max_length=40)]


class Consult(Struct, frozen=True, forbid_unknown_fields=True):
    """`whom`: an extension or a telephone number."""

    contact_id: int
    whom: Number


class HandOn(Struct, frozen=True, forbid_unknown_fields=True):
    """To a queue, a colleague or a number outside: one of them."""

    contact_id: int
    queue_id: int | None = None
    agent_id: int | None = None
    number: Annotated[str, Meta(max_length=40)] = ""


class Listen(Struct, frozen=True, forbid_unknown_fields=True):
    """To a colleague's call, by a supervisor, for a reason that is kept."""

    contact_id: int
    how: Literal["listen", "whisper", "barge"]
    reason: Annotated[str, Meta(min_length=1, max_length=500)]


class Tape(Struct, frozen=True, forbid_unknown_fields=True):
    """The recording of one's own call."""

    contact_id: int
    wish: Literal["pause", "resume", "stop"]


class EraseTape(Struct, frozen=True, forbid_unknown_fields=True):
    """By a supervisor, for a reason."""

    tape_id: int
    reason: Annotated[str, Meta(min_length=1, max_length=500)]


class Tones(Struct, frozen=True, forbid_unknown_fields=True):
    contact_id: int
    tones: Annotated[str, Meta(pattern="^[0-9*#ABCD]{1,32}$")]


def _verbs(call: Call) -> CallVerbs:
    if call.context.call_verbs is None:
        raise Unavailable("no_telephony", "telephony is not connected")
    return call.context.call_verbs


def _with_call(name: str) -> Callable[[Call, OfContact], Awaitable[Any]]:
    """A verb of the telephone that needs to know of nothing but the call."""

    async def do(call: Call, args: OfContact) -> None:
        await getattr(_verbs(call), name)(call.actor, args.contact_id)

    return do


async def _consult(call: Call, args: Consult) -> None:
    await _verbs(call).consult(call.actor, args.contact_id, args.whom)


async def _hand_on(call: Call, args: HandOn) -> None:
    if args.number:
        await _verbs(call).hand_outside(call.actor, args.contact_id, args.number)
    else:
        await _verbs(call).hand_on(call.actor, args.contact_id, queue_id=args.queue_id, agent_id=args.agent_id)


async def _tones(call: Call, args: Tones) -> None:
    await _verbs(call).send_tones(call.actor, args.contact_id, args.tones)


async def _erase_tape(call: Call, args: EraseTape) -> None:
    """Its sound goes at the next look of the telephone channel, within a second or two."""
    await call.run(keeping.erase, tape_id=args.tape_id, reason=args.reason)


async def _tape(call: Call, args: Tape) -> None:
    await _verbs(call).tape(call.actor, args.contact_id, args.wish)


async def _listen(call: Call, args: Listen) -> None:
    await _verbs(call).listen(call.actor, args.contact_id, args.how, args.reason)


VERBS = {
    "hold_call": Verb(OfContact, _with_call("hold"), slow=True),
    "resume_call": Verb(OfContact, _with_call("resume"), slow=True),
    "consult": Verb(Consult, _consult, slow=True),
    "cancel_consult": Verb(OfContact, _with_call("cancel"), slow=True),
    "swap_calls": Verb(OfContact, _with_call("swap"), slow=True),
    "complete_transfer": Verb(OfContact, _with_call("complete"), slow=True),
    "confer": Verb(OfContact, _with_call("confer"), slow=True),
    "park_call": Verb(OfContact, _with_call("park"), slow=True),
    "pick_up_call": Verb(OfContact, _with_call("pick_up"), slow=True),
    "pick_call": Verb(OfContact, plain(calls_desk.pick_waiting), int),
    "tape": Verb(Tape, _tape, slow=True),
    "erase_tape": Verb(EraseTape, _erase_tape),
    "hand_on": Verb(HandOn, _hand_on, slow=True),
    "listen_to_call": Verb(Listen, _listen, slow=True),
    "send_tones": Verb(Tones, _tones, slow=True),
    "prolong_wrap_up": Verb(Nothing, plain(calls_desk.prolong_wrap_up)),
}
