"""Absence set by telephone (FastAGI script `absence`): from one's own by what was dialled, or step by step with a code.

Dialled: `*21*2*1430#` is a meeting until half past two, `*21*6*12241300#` leave until 13 on the 24th of December,
`*21*1#` lunch until nobody knows; `#21#` takes it away; `*21` says what holds and asks. From any other telephone the
caller says extension and personal code first; a wrong one is said to be wrong whether the extension exists or not.
"""

import asyncio
import logging
import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlmodel import Session

from channels.phone.menu_sounds import Shelf
from contactcenter import accounts, menus_prompts
from contactcenter.context import Context
from contactcenter.directory import absence, people
from contactcenter.directory.model import Person, Reason
from contactcenter.directory.whereabouts import Status
from contactcenter.errors import Refused
from pbx import referral_prompts
from pbx.agi import Caller
from pbx.messages import phone_of

log = logging.getLogger(__name__)

REASONS = {
    "0": Reason.PRESENT, "1": Reason.LUNCH, "2": Reason.MEETING, "3": Reason.TRAVEL, "4": Reason.TRAINING,
    "5": Reason.GONE_HOME, "6": Reason.LEAVE, "7": Reason.SICK, "8": Reason.CHILD, "9": Reason.PARENTAL,
}  # fmt: skip
"""The key that means a reason."""
SAID = {
    "extension": "Ange din anknytning och avsluta med fyrkant.",
    "code": "Ange din kod och avsluta med fyrkant.",
    "wrong": "Det stämmer inte.",
    "menu": "Tryck 1 för lunch, 2 för möte, 3 för resa, 4 för utbildning, 5 om du har gått för dagen, 6 för ledig, "
    "7 för sjuk, 8 för vård av barn, 9 för föräldraledig, 0 om du är tillbaka.",
    "time": "När är du tillbaka? Ange timme och minut med fyra siffror, och fyrkant. Bara fyrkant om du inte vet.",
    "here": "Du är inte hänvisad.",
    "yours": "Du",
    "goodbye": "Hej då.",
}
OWN = {"sick": "är sjukanmäld", "child": "vårdar sjukt barn"}
"""What only the person hears."""
TRIES = 3
CODE_SECONDS = 5.0
KEY_SECONDS = 8.0
KEYS = 14


class AbsenceLine:
    """The script `absence,<what was dialled>`."""

    def __init__(self, context: Context, shelf: Shelf) -> None:
        self._context, self._shelf = context, shelf

    async def answer(self, caller: Caller) -> None:
        """Until the caller hangs up or has been told what holds now."""
        person_id = await self._who(caller)
        if person_id is None:
            return await self._say(caller, SAID["goodbye"])
        dialled = [*caller.arguments, ""][0]
        try:
            await self._do(caller, person_id, dialled)
        except Refused as fault:
            log.info("action=absence_refused code=%s", fault.code)
            await self._say(caller, SAID["wrong"])
        await self._tell(caller, person_id)

    async def _do(self, caller: Caller, person_id: int, dialled: str) -> None:
        if dialled == "off":
            return await self._set(person_id, Reason.PRESENT, None)
        if given := asked_for(dialled, self._context.clock(), self._zone):
            return await self._set(person_id, *given)
        if dialled:
            raise Refused("absence_code", "that is no code of ours")
        key = await self._ask(caller, *await self._said(person_id), SAID["menu"])
        if key in REASONS:
            typed = "" if key == "0" else await self._digits(caller, SAID["time"])
            until = back_at(typed, self._context.clock(), self._zone)
            await self._set(person_id, REASONS[key], until)

    async def _set(self, person_id: int, reason: Reason, until: datetime | None) -> None:
        await self._context.store.run(_write, person_id, reason, until, self._context.clock())

    # ------------------------------------------------------------------ who it is

    async def _who(self, caller: Caller) -> int | None:
        """Whose telephone it is needs no code; from outside both are asked for, a few times."""
        if extension := phone_of(caller.channel):
            return await self._context.store.read(_at, extension)
        for _ in range(TRIES):
            extension = await self._digits(caller, SAID["extension"])
            code = await self._digits(caller, SAID["code"])
            person_id, code_hash = await self._context.store.run(
                absence.attempt, extension, self._context.clock()
            )  # counted before it is compared, so that many at once try no more codes than one after the other
            if await asyncio.to_thread(accounts.is_right, code_hash, code):
                await self._context.store.run(absence.passed, person_id)
                return person_id
            await self._say(caller, SAID["wrong"])
        return None

    # ------------------------------------------------------------------ speaking

    async def _tell(self, caller: Caller, person_id: int) -> None:
        await self._say(caller, *await self._said(person_id))

    async def _said(self, person_id: int) -> list[str]:
        """What holds now, as the person is told it."""
        said = await self._context.store.read(_status, person_id, self._context.clock())
        if said.reason is None:
            return [SAID["here"]]
        pieces = referral_prompts.absent(said.reason.value, said.back, self._context.clock(), self._zone)
        return [SAID["yours"], OWN.get(said.reason.value, pieces[0]), *pieces[1:]]

    async def _say(self, caller: Caller, *texts: str) -> None:
        await caller.play(*await self._shelf.have(menus_prompts.spoken(text, "sv") for text in texts))

    async def _ask(self, caller: Caller, *texts: str) -> str:
        names = await self._shelf.have(menus_prompts.spoken(text, "sv") for text in texts)
        return await caller.play(*names, keys="0123456789") or await caller.key(KEY_SECONDS)

    async def _digits(self, caller: Caller, text: str) -> str:
        names = await self._shelf.have([menus_prompts.spoken(text, "sv")])
        typed = await caller.digits(names[0] if names else "beep", CODE_SECONDS, KEYS)
        return typed if typed.isdigit() else ""

    @property
    def _zone(self) -> ZoneInfo:
        return ZoneInfo(self._context.settings.time_zone)


def asked_for(dialled: str, now: datetime, zone: ZoneInfo) -> tuple[Reason, datetime | None] | None:
    """What a dialled code means: reason, and back at. None for one that says neither. Raises Refused for a bad time.

    >>> noon = datetime(2026, 11, 23, 12, 0, tzinfo=ZoneInfo("UTC"))
    >>> reason, back = asked_for("*21*2*1430#", noon, ZoneInfo("UTC"))
    >>> reason.value, back.hour, back.minute
    ('meeting', 14, 30)
    """
    found = re.fullmatch(r"[*#]\d{2,4}\*(\d)(?:\*(\d*))?#?", dialled)
    return (REASONS[found[1]], back_at(found[2] or "", now, zone)) if found else None


def back_at(typed: str, now: datetime, zone: ZoneInfo) -> datetime | None:
    """HHMM: the next such time; MMDDHHMM: that day, this year or the next. Empty: not known. Raises Refused."""
    if not typed:
        return None
    local = now.astimezone(zone)
    try:
        if len(typed) == 4:
            at = local.replace(hour=int(typed[:2]), minute=int(typed[2:]), second=0, microsecond=0)
            return at if at > local else at + timedelta(days=1)
        month, day, hour, minute = (int(typed[at : at + 2]) for at in (0, 2, 4, 6))
        at = local.replace(month=month, day=day, hour=hour, minute=minute, second=0, microsecond=0)
        return at if at > local and len(typed) == 8 else at.replace(year=at.year + 1)
    except ValueError as wrong:
        raise Refused("absence_until", "that is no time") from wrong


def _at(session: Session, extension: str) -> int | None:
    person = people.at_extension(session, extension)
    return person.id if person else None


def _write(session: Session, person_id: int, reason: Reason, until: datetime | None, now: datetime) -> None:
    """What was set before, also by hand, is no more: the one who rings knows best."""
    person = session.get_one(Person, person_id)
    absence.take_away(session, person, ("hand", "phone"), now)
    if reason is Reason.PRESENT:
        left = people.whereabouts(session, person, now, timedelta(days=365)).status
        if left.layer != "calendar":
            return
        until = left.back  # a meeting that ended early: here until the calendar says so too
    absence.put(session, person, "phone", reason, now, until, now, person.user_id)


def _status(session: Session, person_id: int, now: datetime) -> Status:
    return people.whereabouts(session, session.get_one(Person, person_id), now, timedelta(days=365)).status
