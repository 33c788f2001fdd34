"""Verbs about the telephone exchanges themselves."""

from typing import Annotated, Any

from msgspec import Meta, Struct

from contactcenter.errors import Refused
from ui.verb import Call, Verb


class Drain(Struct, frozen=True, forbid_unknown_fields=True):
    """Empty that exchange for maintenance, or no longer."""

    exchange: Annotated[str, Meta(pattern="^[a-z][a-z0-9]{0,15}$")]
    on: bool


async def drain(call: Call, args: Drain) -> Any:
    """For administrators."""
    if not call.actor.is_administrator:
        raise Refused("not_allowed", "this is for administrators")
    await call.telephony().drain(args.exchange, call.actor.user_id, on=args.on)


VERBS = {"drain_exchange": Verb(Drain, drain, slow=True)}
