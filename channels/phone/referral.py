"""Who is not there is said not to be, until when, and what to press (FastAGI script `referral`).

The dialplan (kc-referral.conf) asks before it rings, and again when nobody answered. Nothing is said while the person
is there: the telephone rings as if we were not. A caller never hears why somebody is ill, nor a number.
"""

import logging
from contextlib import suppress
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlmodel import Session

from channels.phone.menu_sounds import Shelf
from contactcenter import menus_prompts
from contactcenter.context import Context
from contactcenter.directory import people, seeking
from contactcenter.directory.people import Known
from contactcenter.directory.settings import DirectorySettings
from contactcenter.directory.whereabouts import public
from contactcenter.errors import ContactCenterError
from contactcenter.menus_prompts import Sound
from pbx import referral_prompts
from pbx.agi import Caller

log = logging.getLogger(__name__)

KEY_SECONDS = 5.0
ROUNDS = 2
CHOICES = {"1": "centre", "2": "message"}


class Referral:
    """The script `referral,<direct number or extension>,<DIALSTATUS or nothing>`; KC_REFERRAL says where to go on."""

    def __init__(self, context: Context, shelf: Shelf) -> None:
        self._context, self._shelf = context, shelf
        settings = context.settings.group("directory", DirectorySettings)
        self._stale = timedelta(hours=settings.calendar_stale_hours)

    async def answer(self, caller: Caller) -> None:
        """Leaves KC_REFERRAL empty when the telephone shall ring."""
        number, status = [*caller.arguments, "", ""][:2]
        now = self._context.clock()
        known = await self._context.store.read(self._known, number, now)
        if known is None or not (known.status.is_absent or status):
            return
        told, pieces = self._told(known, status, now)
        choice = "hung_up"
        try:
            await caller.command("ANSWER")
            choice = await self._ask(caller, [*self._name(known), *map(_spoken, pieces)])
            await caller.set("KC_REFERRAL", choice if choice in CHOICES.values() else "centre")
        finally:
            await self._journal(number, told, choice)

    async def _journal(self, number: str, told: str, choice: str) -> None:
        with suppress(ContactCenterError):  # the caller goes on all the same
            await self._context.store.run(seeking.heard, number, told, choice, self._context.clock())

    def _known(self, session: Session, number: str, now: datetime) -> Known | None:
        person = people.at(session, number)
        return people.whereabouts(session, person, now, self._stale) if person else None

    def _told(self, known: Known, status: str, now: datetime) -> tuple[str, list[str]]:
        """What is journalled, and the pieces that are said after the name."""
        said = known.status
        if said.reason is None:
            word = referral_prompts.NOT_REACHED.get(status, referral_prompts.NOT_REACHED[""])
            return status.lower(), [word]
        reason = public(said.reason)
        old = said.layer == "calendar" and known.calendar_stale is not None
        back = None if old else said.back  # an old calendar may be wrong; the time would be a promise
        zone = ZoneInfo(self._context.settings.time_zone)
        return reason.value, referral_prompts.absent(reason.value, back, now, zone)

    def _name(self, known: Known) -> list[Sound]:
        person = known.person
        if person.protected:
            return [_spoken(referral_prompts.SOMEBODY)]
        if person.recording and self._context.files.path(person.recording).exists():
            return [menus_prompts.recorded(person.recording)]
        return [_spoken(person.spoken or person.name)]

    async def _ask(self, caller: Caller, said: list[Sound]) -> str:
        """What is said, twice if need be; no key: somebody takes the call."""
        names = await self._shelf.have([*said, _spoken(referral_prompts.CHOICES)])
        for _ in range(ROUNDS):
            pressed = await caller.play(*names, keys="12") or await caller.key(KEY_SECONDS)
            if pressed in CHOICES:
                return CHOICES[pressed]
        await caller.play(*await self._shelf.have([_spoken(referral_prompts.PAUSE)]))
        return "none"


def _spoken(text: str) -> Sound:
    return menus_prompts.spoken(text, "sv")
