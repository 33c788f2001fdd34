"""Invented citizens who place real SIP calls, and the agents' desk telephones: for the demonstration and `simulate`."""

import asyncio
import random
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from pbx.configure import Rendered, load
from pbx.settings import PhoneSettings
from pbx.sipp import Citizen, DeskPhone

# PTS keeps 070-174 06 05 to 070-174 06 99 free for film and drama.
FIRST_NUMBER, LAST_NUMBER = 46701740605, 46701740699
HIDDEN_SHARE = 0.1
SILENT_SHARE = 0.1
SHORTEST_PATIENCE, LONGEST_PATIENCE = 60.0, 240.0
KEY_AFTER = (2.0, 5.0)


@dataclass(frozen=True, slots=True)
class Dialled:
    """One of our numbers and the keys of its menu."""

    address: str
    keys: tuple[str, ...] = ()


class Callers:
    """People who call `numbers` of the exchange in `folder` (the data folder's `pbx`). The same seed, the same people.

    Raises `Misconfigured` when no exchange was started there or SIPp is missing.
    """

    def __init__(self, folder: Path, settings: PhoneSettings, numbers: tuple[Dialled, ...], seed: int = 1) -> None:
        self._rendered = load(folder, settings)
        self._numbers = numbers
        self._random = random.Random(seed)  # noqa: S311 (made-up people, no secret)
        self._calls: set[Citizen] = set()

    async def call(self) -> Citizen:
        """One more citizen calls; they hang up when their patience or the talk is over. Returns at once."""
        chance = self._random
        dialled = chance.choice(self._numbers)
        silent = not dialled.keys or chance.random() < SILENT_SHARE
        citizen = Citizen(
            self._rendered.host,
            self._rendered.sip_port,
            dialled=dialled.address,
            caller=f"+{chance.randint(FIRST_NUMBER, LAST_NUMBER)}",
            keys="" if silent else chance.choice(dialled.keys),
            key_after=chance.uniform(*KEY_AFTER),
            patience=chance.uniform(SHORTEST_PATIENCE, LONGEST_PATIENCE),
            hidden=chance.random() < HIDDEN_SHARE,
        )
        self._calls = {call for call in self._calls if call.is_on()} | {citizen}
        return await citizen.call()

    async def close(self) -> None:
        """Everybody hangs up."""
        await asyncio.gather(*(call.leave() for call in self._calls if call.is_on()))


class DeskPhones:
    """A desk telephone for every agent: rings, and lifts by itself when the agent presses Answer in the console."""

    def __init__(self, rendered: Rendered) -> None:
        self._rendered = rendered
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        """All on one SIPp: they behave alike."""
        rendered = self._rendered
        phones = DeskPhone(rendered.host, rendered.sip_port, passwords=dict(rendered.phone_secrets), then="ring")
        await self._stack.enter_async_context(phones)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()
