"""Messages before the queue, switched by telephone: who is on call at night needs no computer.

FastAGI script `messages`. The caller is known by the telephone, or says its extension, and by a code; a wrong code is
said to be wrong whether the extension exists or not. Everything is in Swedish, spoken by the synthesiser.
"""

import asyncio
import logging
import secrets
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlmodel import Session

from channels.phone.menu_sounds import FOLDER, Shelf
from contactcenter import accounts, announcements, announcements_code, menus_prompts
from contactcenter.announcements import Wanted, is_on
from contactcenter.context import Context
from contactcenter.errors import Refused
from contactcenter.menus_model import Announcement
from contactcenter.ports import Actor
from pbx.agi import Caller
from pbx.messages import phone_of

log = logging.getLogger(__name__)

TRIES = 3
"""Codes that may be tried in one call."""
CODE_SECONDS = 5.0
KEY_SECONDS = 8.0
HOURS = 2
"""How long a message is on when nothing else is said."""
RECORD_SECONDS = 120
PAUSE_SECONDS = 5
"""So long a silence ends a recording too."""
ANY_KEY = "0123456789*#"
MOST_CHOICES = 9
MOST_ROUNDS = 20
SAID = {
    "extension": "Ange din anknytning och avsluta med fyrkant.",
    "code": "Ange din kod och avsluta med fyrkant.",
    "wrong": "Det stämmer inte.",
    "goodbye": "Hej då.",
    "none": "Inget meddelande är på.",
    "menu": "Tryck 1 för att slå på ett meddelande, 2 för att stänga av, 3 för att förlänga, 4 för att läsa in ett "
    "nytt. Lägg på när du är klar.",
    "empty": "Det finns inget meddelande att välja.",
    "hours": "I hur många timmar? Tryck 1 till 9.",
    "record": "Tala efter tonen. Avsluta med fyrkant.",
    "keep": "Tryck 1 för att slå på meddelandet för alla nummer, 2 för att läsa in det igen.",
    "unheard": "Inspelningen går inte att använda. Försök igen.",
    "off": "Meddelandet är avstängt.",
}


class MessageLine:
    """The script `messages`."""

    def __init__(self, context: Context, shelf: Shelf) -> None:
        self._context, self._shelf = context, shelf

    async def answer(self, caller: Caller) -> None:
        """Until the caller hangs up."""
        await _Talk(self._context, self._shelf, caller).lead()


class _Talk:
    """One call. Keys that are pressed while something is said count for the question after it."""

    def __init__(self, context: Context, shelf: Shelf, caller: Caller) -> None:
        self._context, self._shelf, self._caller = context, shelf, caller
        self._ahead = ""

    async def lead(self) -> None:
        actor = await self._who()
        if actor is None:
            await self._say(SAID["goodbye"])
            return
        await self._tell_state(actor)
        doings = {"1": self._switch_on, "2": self._switch_off, "3": self._prolong, "4": self._record}
        for _ in range(MOST_ROUNDS):
            doing = doings.get(await self._ask(SAID["menu"], "1234"))
            if doing is None:
                break
            await doing(actor)
        await self._say(SAID["goodbye"])

    # ------------------------------------------------------------------ who it is

    async def _who(self) -> Actor | None:
        for _ in range(TRIES):
            extension = phone_of(self._caller.channel) or await self._digits(SAID["extension"])
            code = await self._digits(SAID["code"])
            if actor := await self._known(extension, code):
                return actor
            await self._say(SAID["wrong"])
        return None

    async def _known(self, extension: str, code: str) -> Actor | None:
        """Counted before it is compared, so that many at once try no more codes than one after the other."""
        store, now = self._context.store, self._context.clock()
        user_id, code_hash = await store.run(announcements_code.attempt, extension, now)
        if not await asyncio.to_thread(accounts.is_right, code_hash, code):
            log.info("action=phone_code_wrong")
            return None
        return await store.run(announcements_code.passed, user_id, now)

    # ------------------------------------------------------------------ what is done

    async def _tell_state(self, actor: Actor) -> None:
        on = [one for one in await self._messages(actor) if is_on(one, self._context.clock())]
        said = [f"{one.name} är på till klockan {self._time(one.active_until)}." for one in on]
        await self._say(" ".join(said) or SAID["none"])

    async def _switch_on(self, actor: Actor) -> None:
        if chosen := await self._choose(actor, on=False):
            await self._start(actor, chosen.id)

    async def _switch_off(self, actor: Actor) -> None:
        if chosen := await self._choose(actor, on=True):
            await self._context.store.run(announcements.switch_off, actor, chosen.id, self._context.clock())
            await self._say(SAID["off"])

    async def _prolong(self, actor: Actor) -> None:
        if chosen := await self._choose(actor, on=True):
            minutes = await self._hours() * 60
            now = self._context.clock()
            until = await self._context.store.run(announcements.prolong, actor, chosen.id, minutes, now)
            await self._say(f"Meddelandet är på till klockan {self._time(until)}.")

    async def _record(self, actor: Actor) -> None:
        sha256 = await self._recorded()
        if not sha256:
            return
        now = self._context.clock()
        spoken_at = now.astimezone(self._zone).strftime("%d/%m %H.%M")
        wanted = Wanted(name=f"Inläst per telefon {spoken_at}", text={}, sha256=sha256)
        id = await self._context.store.run(announcements.save, actor, None, wanted, now)
        await self._start(actor, id)

    async def _start(self, actor: Actor, id: int) -> None:
        minutes = await self._hours() * 60
        now = self._context.clock()
        until = await self._context.store.run(announcements.switch_on, actor, id, minutes, now)
        await self._say(f"Meddelandet är på till klockan {self._time(until)}.")

    async def _choose(self, actor: Actor, *, on: bool) -> Announcement | None:
        now = self._context.clock()
        fit = [one for one in await self._messages(actor) if is_on(one, now) is on][:MOST_CHOICES]
        if not fit:
            await self._say(SAID["empty"])
            return None
        asked = " ".join(f"För {one.name}, tryck {number}." for number, one in enumerate(fit, 1))
        key = await self._ask(asked, "123456789"[: len(fit)])
        return fit[int(key) - 1] if key else None

    async def _hours(self) -> int:
        return int(await self._ask(SAID["hours"], "123456789") or HOURS)

    async def _recorded(self) -> str:
        """SHA-256 of what was said, when it was found good; empty when not."""
        for _ in range(TRIES):
            await self._say(SAID["record"])
            self._ahead = ""  # who pressed # too early has not spoken yet
            sha256 = await self._take_down()
            if not sha256:
                await self._say(SAID["unheard"])
                continue
            heard = await self._shelf.have([menus_prompts.recorded(sha256)])
            self._ahead = await self._caller.play(*heard, keys=ANY_KEY)
            key = await self._ask(SAID["keep"], "12")
            if key != "2":
                return sha256 if key == "1" else ""
        return ""

    async def _take_down(self) -> str:
        """Recorded by the exchange into its folder of sounds, from where we take it into the file store."""
        name = f"new-{secrets.token_hex(8)}"
        await self._caller.play(f"{FOLDER}/beep")
        await self._caller.command(
            "RECORD FILE", f"sv/{FOLDER}/{name}", "wav", "#", str(RECORD_SECONDS * 1000), f"s={PAUSE_SECONDS}"
        )
        file = self._shelf.folder / f"{name}.wav"
        try:
            data = await asyncio.to_thread(file.read_bytes)
            menus_prompts.seconds_of(data)
            sha256, _ = await asyncio.to_thread(self._context.files.put, data)
        except (OSError, Refused):
            return ""
        finally:
            file.unlink(missing_ok=True)
        return sha256

    # ------------------------------------------------------------------ speaking

    def _spoken(self, text: str) -> list[menus_prompts.Sound]:
        return [menus_prompts.spoken(text, "sv")]

    async def _say(self, text: str) -> None:
        self._ahead = await self._play(text) or self._ahead

    async def _play(self, text: str) -> str:
        return await self._caller.play(*await self._shelf.have(self._spoken(text)), keys=ANY_KEY)

    async def _key(self, text: str, seconds: float) -> str:
        """The key pressed ahead, else while or after this is said."""
        ahead, self._ahead = self._ahead, ""
        return ahead or await self._play(text) or await self._caller.key(seconds)

    async def _ask(self, text: str, keys: str) -> str:
        """One of `keys`, asked for twice; empty when none was pressed."""
        for _ in range(2):
            pressed = await self._key(text, KEY_SECONDS)
            if pressed and pressed in keys:
                return pressed
        return ""

    async def _digits(self, text: str) -> str:
        """Digits up to #, or to a pause."""
        typed, key = "", await self._key(text, CODE_SECONDS)
        while key.isdigit() and len(typed) < announcements_code.LONGEST:
            typed += key
            key = await self._caller.key(CODE_SECONDS)
        return typed

    async def _messages(self, actor: Actor) -> list[Announcement]:
        def read(session: Session) -> list[Announcement]:
            return announcements.every(session, actor)

        return await self._context.store.read(read)

    @property
    def _zone(self) -> ZoneInfo:
        return ZoneInfo(self._context.settings.time_zone)

    def _time(self, at: datetime | None) -> str:
        return at.astimezone(self._zone).strftime("%H.%M") if at else ""
