"""The waiting room: place and expected wait are told, a call back or a text message is offered (FastAGI `waiting`).

An offer of the call to an agent may take the caller away at any moment (`HungUp`); what was promised until then is
committed, and what was not, was not. Numbers are told to the caller only, and never logged.
"""

import logging

from sqlmodel import Session, select

from channels.phone.menu_sounds import Shelf
from contactcenter import cases, menus_prompts
from contactcenter.context import Context
from contactcenter.errors import ContactCenterError
from contactcenter.model import Contact, Organisation
from contactcenter.routing import Rules
from contactcenter.sms import Sms, is_mobile
from contactcenter.states import Channel
from contactcenter.waiting import promised, told
from contactcenter.waiting.estimate import Limits
from contactcenter.waiting.promised import Tries
from pbx import waiting_prompts
from pbx.agi import Caller
from pbx.plan import e164
from pbx.settings import PhoneSettings
from pbx.waiting_prompts import Said

log = logging.getLogger(__name__)

KEY_SECONDS = 5.0
MOST_DIGITS = 15
ROUNDS = 3
HANG_UP_SECONDS = 10.0
"""Somebody who has just been promised a call puts down the telephone first."""
COSTLY = ("900", "939", "944", "99")
"""Begins Swedish numbers that cost whoever rings them."""


class WaitingRoom:
    """The script `waiting,<key pressed during the music or nothing>`. KC_PROMISED: 1 when the caller may hang up."""

    def __init__(self, context: Context, shelf: Shelf, settings: PhoneSettings, sms: Sms) -> None:
        self._context, self._shelf, self._settings, self._sms = context, shelf, settings, sms
        self._limits = Limits()
        routing = context.settings.routing
        self._rules = Rules(relax_every=routing.relax_every, band=routing.band, ceiling=routing.ceiling)

    async def answer(self, caller: Caller) -> None:
        """Tells what is due, unless a key was pressed; does what the key asks for."""
        pressed = [*caller.arguments, ""][0]
        words, language = waiting_prompts.said(await caller.get("KC_LANGUAGE"))
        call_id = await caller.get("CHANNEL(linkedid)")
        if not pressed:
            pressed = await self._tell(caller, call_id, words, language)
        if pressed == "1":
            await self._promise(caller, call_id, words, language)
        elif pressed == "2":
            await self._text(caller, call_id, words, language)

    async def _tell(self, caller: Caller, call_id: str, words: Said, language: str) -> str:
        now = self._context.clock()
        heard = await self._context.store.run(told.tell, call_id, self._limits, self._rules, now)
        sentences = waiting_prompts.wait(words, *heard)
        return await self._play(caller, [*sentences, words.offer], language, keys="12") or await caller.key(2.0)

    async def _promise(self, caller: Caller, call_id: str, words: Said, language: str) -> None:
        number = await self._own_number(caller)
        for _ in range(ROUNDS):
            if not number:
                number = await self._entered(caller, words, language)
                if not number:
                    await self._play(caller, [words.unfit], language)
                    continue
            answer = await self._confirmed(caller, number, words, language)
            if answer == "1":
                return await self._keep(caller, call_id, number, words, language)
            if answer != "2":
                break
            number = ""
        await self._play(caller, [words.stays], language)

    async def _confirmed(self, caller: Caller, number: str, words: Said, language: str) -> str:
        spoken = [words.number, *waiting_prompts.digits(number, self._settings.country_code), words.right]
        return await self._play(caller, spoken, language, keys="120") or await caller.key(KEY_SECONDS)

    async def _keep(self, caller: Caller, call_id: str, number: str, words: Said, language: str) -> None:
        """Promised first and said afterwards: nobody hears of a promise that was not made."""
        tries = Tries(self._settings.callback_tries, self._settings.callback_pause_seconds, HANG_UP_SECONDS)
        try:
            await self._context.store.run(promised.promise, call_id, number, tries, self._context.clock())
        except ContactCenterError as fault:
            log.info("action=call_not_promised code=%s", fault.code)
            return
        await caller.set("KC_PROMISED", "1")
        await self._play(caller, [words.promised], language)

    async def _entered(self, caller: Caller, words: Said, language: str) -> str:
        """A number of this country that costs nothing extra; empty for any other."""
        (sound,) = await self._shelf.have([menus_prompts.spoken(words.enter, language)]) or ["silence/1"]
        keys = await caller.digits(sound, KEY_SECONDS, MOST_DIGITS)
        home = f"+{self._settings.country_code}"
        number = e164("".join(key for key in keys if key.isdigit()), self._settings.country_code)
        return number if number.startswith(home) and not self._costly(number) else ""

    async def _own_number(self, caller: Caller) -> str:
        if await caller.get("KC_PRIVATE") == "1":
            return ""
        number = e164(await caller.get("KC_CALLER"), self._settings.country_code)
        return "" if self._costly(number) else number

    def _costly(self, number: str) -> bool:
        return number.startswith(tuple(f"+{self._settings.country_code}{begin}" for begin in COSTLY))

    async def _text(self, caller: Caller, call_id: str, words: Said, language: str) -> None:
        number = await self._own_number(caller)
        if not is_mobile(number):
            await self._play(caller, [words.not_mobile], language)
            return
        name, case = await self._context.store.read(_named, call_id)
        await self._sms.send(number, words.text.format(name=name, case=case))
        await self._play(caller, [words.texted], language)

    async def _play(self, caller: Caller, sentences: list[str], language: str, keys: str = "") -> str:
        names = await self._shelf.have([menus_prompts.spoken(one, language) for one in sentences])
        return await caller.play(*names, keys=keys)


def _named(session: Session, call_id: str) -> tuple[str, str]:
    """The organisation's name and the case's number."""
    contact = session.exec(select(Contact).where(Contact.channel == Channel.PHONE, Contact.key == call_id)).one()
    case = cases.get(session, contact.case_id)
    place = session.get(Organisation, case.organisation_id)
    return (place.name if place else "", case.number)
