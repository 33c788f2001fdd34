"""What a verb is: arguments that are checked, a thing that is done once, an answer. `ui.verbs` lists them all."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct

from contactcenter.context import Context
from contactcenter.errors import Unavailable
from contactcenter.ports import Actor, Telephony


class Nothing(Struct, frozen=True, forbid_unknown_fields=True):
    """No arguments."""


class OfCase(Struct, frozen=True, forbid_unknown_fields=True):
    case_id: int


class OfContact(Struct, frozen=True, forbid_unknown_fields=True):
    contact_id: int


@dataclass(frozen=True, slots=True)
class Call:
    """One verb that somebody sent."""

    context: Context
    actor: Actor
    key: str
    now: datetime

    async def run(self, function: Callable[..., Any], **arguments: Any) -> Any:
        """Do it in one transaction; the answer comes after commit."""
        return await self.context.store.run(function, self.actor, now=self.now, **arguments)

    async def read(self, function: Callable[..., Any], *arguments: Any) -> Any:
        return await self.context.store.read(function, self.actor, *arguments)

    def telephony(self) -> Telephony:
        """The telephone channel. Raises Unavailable when there is none."""
        if self.context.telephony is None:
            raise Unavailable("no_telephony", "telephony is not connected")
        return self.context.telephony


@dataclass(frozen=True, slots=True)
class Verb:
    """`slow`: it waits for the outside world, so later verbs need not wait for it."""

    args: type[Struct]
    do: Callable[[Call, Any], Awaitable[Any]]
    result: Any = None
    slow: bool = False


def plain(function: Callable[..., Any]) -> Callable[[Call, Any], Awaitable[Any]]:
    """A verb that is one function of the core with the same arguments."""

    async def do(call: Call, args: Struct) -> Any:
        return await call.run(function, **msgspec.structs.asdict(args))

    return do
