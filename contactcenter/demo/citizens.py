"""Simulated citizens: they phone, mail and write through the front doors, like everybody else."""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

import aiosmtplib
from sqlmodel import Session, func, select

from channels.email.settings import EmailSettings
from channels.email.simulator import Writers
from channels.post.settings import PostSettings
from channels.post.sheets import SheetEntry
from channels.post.simulator import MailRoom
from contactcenter.context import Context
from contactcenter.errors import Misconfigured, Unavailable
from contactcenter.model import Case
from contactcenter.ports import Health
from contactcenter.settings import Settings
from contactcenter.states import CaseState
from pbx import configure
from pbx.settings import PhoneSettings
from pbx.sipp.drivers import Citizen

log = logging.getLogger(__name__)
SWITCHBOARD = "+46846500400"
NUMBERS = [f"+4670174{number:04d}" for number in range(605, 699)]
"""Mobile numbers that PTS keeps free for film and drama (070-1740605 to 699)."""
PATIENCE = (45.0, 240.0)
"""Seconds that a caller waits before giving up."""
MOST_WAITING = 80
"""No more come while so many wait: the demo must not drown its only agent."""
SHEETS = (SheetEntry("solvik.bygg", "Bygg och miljö"), SheetEntry("solvik.omsorg", "Vård och omsorg"))


@dataclass(slots=True)
class Callers:
    """Citizens at the telephone. `found` says where the exchange is; raises Misconfigured when there is none."""

    settings: Settings
    seed: int = 1
    dialled: str = SWITCHBOARD
    calls: set[asyncio.Task[None]] = field(default_factory=set)
    _random: random.Random = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)  # noqa: S311 (who calls, no secret)

    async def call(self) -> None:
        """Place one call; it goes on by itself."""
        phone = self.settings.group("phone", PhoneSettings)
        found = configure.load(self.settings.data_dir / "pbx", phone)
        keys = self._random.choice(["1", "2", "3", "4", "4", "9"])
        citizen = Citizen(
            found.host,
            found.sip_port,
            dialled=self.dialled,
            caller=self._random.choice(NUMBERS),
            keys=keys,
            key_after=self._random.uniform(2, 5),
            patience=self._random.uniform(*PATIENCE),
            hidden=self._random.random() < 0.08,
        )
        task = asyncio.create_task(_talk(citizen))
        self.calls.add(task)
        task.add_done_callback(self.calls.discard)

    async def end(self) -> None:
        """Everybody hangs up."""
        for task in self.calls:
            task.cancel()
        await asyncio.gather(*self.calls, return_exceptions=True)


async def _talk(citizen: Citizen) -> None:
    try:
        await citizen.call()
        await citizen.wait()
    finally:
        await citizen.leave()


class Crowd:
    """The adapter that keeps the demo alive: some contacts at once, then a trickle."""

    name = "demo_citizens"

    def __init__(self, context: Context, trickle: float, seed: int | None = None) -> None:
        self._context, self._trickle = context, max(1.0, trickle)
        self._random = random.Random(seed)  # noqa: S311 (who comes next, no secret)
        settings = context.settings
        email = settings.group("email", EmailSettings)
        self._callers = Callers(settings, self._random.randrange(10**6))
        self._writers = Writers("127.0.0.1", email.port, self._random.randrange(10**6))
        self._mail_room = MailRoom(_scan_folder(settings), "solvik", self._random.randrange(10**6), SHEETS)

    async def run(self, report: Callable[[Health], None]) -> None:
        report(Health(self.name, ok=True))
        first = [self._mail] * 4 + [self._scan] * 2 + [self._call] * 3
        try:
            await self._door_open("email")
            for one in first[:6]:
                await self._try(one)
                await asyncio.sleep(0.3)
            await self._door_open("phone")
            for one in first[6:]:
                await self._try(one)
                await asyncio.sleep(1.5)
            while True:
                await asyncio.sleep(self._trickle * self._random.uniform(0.5, 1.5))
                if await self._context.store.read(_waiting) < MOST_WAITING:
                    await self._try(self._random.choices([self._mail, self._call, self._scan], [5, 4, 2])[0])
        finally:
            await self._callers.end()

    async def _door_open(self, name: str) -> None:
        """Wait until that part is well, but not for ever: the others go on without it."""
        for _ in range(120):
            part = self._context.health.get(name)
            if part and part.ok:
                return
            await asyncio.sleep(0.5)

    async def _try(self, come: Callable[[], Awaitable[None]]) -> None:
        try:
            await come()
        except (aiosmtplib.SMTPException, OSError, Misconfigured, Unavailable) as error:
            log.info("action=citizen_turned_away reason=%s", type(error).__name__)

    async def _mail(self) -> None:
        await self._writers.send()

    async def _scan(self) -> None:
        await self._mail_room.scan()

    async def _call(self) -> None:
        phone = self._context.health.get("phone")
        if phone and phone.ok:
            await self._callers.call()


async def simulate(settings: Settings, *, calls: int, mails: int, letters: int, over: float) -> None:
    """So many of each, spread over `over` seconds, to the contact centre that runs with these settings."""
    email = settings.group("email", EmailSettings)
    callers, writers = Callers(settings), Writers("127.0.0.1", email.port)
    room = MailRoom(_scan_folder(settings), "", 1, SHEETS)
    todo: list[Callable[[], Awaitable[object]]] = (
        [callers.call] * calls + [writers.send] * mails + [room.scan] * letters
    )
    random.Random(1).shuffle(todo)  # noqa: S311 (order of arrival, no secret)
    try:
        for place, come in enumerate(todo):
            if place:
                await asyncio.sleep(over / len(todo))
            try:
                await come()
            except (aiosmtplib.SMTPException, OSError) as error:
                raise Unavailable(
                    "not_running", f"the contact centre does not take mail at port {email.port}"
                ) from error
        await asyncio.gather(*callers.calls)
    finally:
        await callers.end()


def _scan_folder(settings: Settings) -> Path:
    return settings.group("post", PostSettings).folder or settings.data_dir / "scan"


def _waiting(session: Session) -> int:
    return session.exec(select(func.count()).where(Case.state == CaseState.WAITING)).one()
