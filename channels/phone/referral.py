"""Who is not there is said not to be, until when, and what to press (FastAGI script `referral`).

The dialplan (kc-referral.conf) asks before it rings, and again when nobody answered. Nothing is said while the person
is there: the telephone rings as if we were not. A caller never hears why somebody is ill, nor a number.
"""

import logging
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlmodel import Session

from channels.phone.menu_sounds import Shelf
from contactcenter import menus_prompts, menus_words
from contactcenter.context import Context
from contactcenter.directory import people, seeking
from contactcenter.directory.people import Known
from contactcenter.directory.settings import DirectorySettings
from contactcenter.directory.whereabouts import public
from contactcenter.errors import ContactCenterError
from contactcenter.menus_prompts import Sound
from pbx import referral_prompts, referral_prompts_en
from pbx.agi import Caller

log = logging.getLogger(__name__)

KEY_SECONDS = 5.0
ROUNDS = 2
CHOICES = {"1": "centre", "2": "message"}
ENGLISH = "3"
SPOKEN: dict[str, Any] = {"sv": referral_prompts, "en": referral_prompts_en}
"""Language -> its pieces; who chose another in the menu is spoken to in English."""


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
        told = self._reason(known, status)
        choice = "hung_up"
        try:
            await caller.command("ANSWER")
            choice = await self._lead(caller, known, status, now)
            await caller.set("KC_REFERRAL", choice if choice in CHOICES.values() else "centre")
        finally:
            await self._journal(number, told, choice)

    async def _journal(self, number: str, told: str, choice: str) -> None:
        with suppress(ContactCenterError):  # the caller goes on all the same
            await self._context.store.run(seeking.heard, number, told, choice, self._context.clock())

    def _known(self, session: Session, number: str, now: datetime) -> Known | None:
        person = people.at(session, number)
        return people.whereabouts(session, person, now, self._stale) if person else None

    @staticmethod
    def _reason(known: Known, status: str) -> str:
        """What is journalled."""
        reason = known.status.reason
        return status.lower() if reason is None else public(reason).value

    def _told(self, known: Known, status: str, now: datetime, language: str) -> list[Sound]:
        """What is said, in this language: who, why and until when."""
        words, said = SPOKEN[language], known.status
        if said.reason is None:
            pieces = [words.NOT_REACHED.get(status, words.NOT_REACHED[""])]
        else:
            old = said.layer == "calendar" and known.calendar_stale is not None
            back = None if old else said.back  # an old calendar may be wrong; the time would be a promise
            pieces = words.absent(public(said.reason).value, back, now, ZoneInfo(self._context.settings.time_zone))
        return [self._name(known, language), *(_spoken(piece, language) for piece in pieces)]

    def _name(self, known: Known, language: str) -> Sound:
        """A name is spoken as in Swedish whatever the language, or as its bearer says it."""
        person = known.person
        if person.protected:
            return _spoken(SPOKEN[language].SOMEBODY, language)
        if person.recording and self._context.files.path(person.recording).exists():
            return menus_prompts.recorded(person.recording)
        return _spoken(person.spoken or person.name, menus_words.DEFAULT)

    async def _lead(self, caller: Caller, known: Known, status: str, now: datetime) -> str:
        """In the language that was chosen in the menu; who has chosen none may choose English here."""
        chosen = await caller.get("KC_LANGUAGE")
        language = chosen if chosen in SPOKEN else "en" if chosen else menus_words.DEFAULT
        choice = await self._ask(caller, self._told(known, status, now, language), language, may_change=not chosen)
        if choice != ENGLISH:
            return choice
        await caller.set("KC_LANGUAGE", "en")
        await caller.set("CHANNEL(language)", "en")
        return await self._ask(caller, self._told(known, status, now, "en"), "en", may_change=False)

    async def _ask(self, caller: Caller, said: list[Sound], language: str, *, may_change: bool) -> str:
        """What is said, twice if need be; no key: somebody takes the call."""
        words = SPOKEN[language]
        asked = [_spoken(words.CHOICES, language)]
        asked += [_spoken(referral_prompts.IN_ENGLISH, "en")] if may_change else []
        names, keys = await self._shelf.have([*said, *asked]), "123" if may_change else "12"
        for _ in range(ROUNDS):
            pressed = await caller.play(*names, keys=keys) or await caller.key(KEY_SECONDS)
            if pressed in CHOICES:
                return CHOICES[pressed]
            if may_change and pressed == ENGLISH:
                return ENGLISH
        await caller.play(*await self._shelf.have([_spoken(words.PAUSE, language)]))
        return "none"


def _spoken(text: str, language: str) -> Sound:
    return menus_prompts.spoken(text, language)
