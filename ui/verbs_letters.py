"""Verbs about letters that we send."""

from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from contactcenter import desk
from contactcenter.letters import writing
from ui.verb import Call, OfContact, Verb, plain

Text = Annotated[str, Meta(max_length=desk.TEXT_LIMIT)]
Line = Annotated[str, Meta(max_length=desk.SUBJECT_LIMIT)]
Address = Annotated[str, Meta(max_length=500)]


class SendLetter(Struct, frozen=True, forbid_unknown_fields=True):
    """`to`: lines of the address. `digital`: into the citizen's digital mailbox. `slip`: with a reply slip."""

    case_id: int
    to: Address
    subject: Line
    text: Text
    digital: bool = False
    slip: bool = False


async def _send(call: Call, args: SendLetter) -> Any:
    key = f"letter:{call.actor.user_id}:{call.key}"
    return await call.run(writing.send, key=key, **msgspec.structs.asdict(args))


VERBS = {
    "send_letter": Verb(SendLetter, _send, int),
    "cancel_letter": Verb(OfContact, plain(writing.cancel)),
    "send_letter_again": Verb(OfContact, plain(writing.send_again)),
}
