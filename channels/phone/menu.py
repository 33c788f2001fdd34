"""What callers are led by while we are there: the published menu, messages before the queue, a draft called in test.

Each is a FastAGI script (pbx.agi): Asterisk asks, we say what is played next. A script that ends without an answer, or
a link that breaks, lets the dialplan go on by itself.
"""

import asyncio
import logging
from collections.abc import Mapping
from typing import Any

from sqlmodel import Session, select

from channels.phone.menu_sounds import Shelf
from contactcenter import announcements, menus_check, menus_prompts, menus_versions, menus_words
from contactcenter.announcements import Message, Outcome
from contactcenter.context import Context
from contactcenter.errors import Unavailable
from contactcenter.menus import Speech, Tree
from contactcenter.menus_prompts import Recordings, Sound
from contactcenter.menus_trial import Trial
from contactcenter.menus_versions import InForce
from contactcenter.menus_walk import End, IsOpen, Kind, Phrase, Play, walk
from contactcenter.model import AddressPoint
from contactcenter.states import AddressKind
from pbx.agi import Caller, HungUp

log = logging.getLogger(__name__)

MOST_HOPS = 3
"""Times that a caller is sent from one of our numbers to another."""
STAY_SECONDS = 6.0
STAY_KEY = "1"


class Menus:
    """The scripts `menu`, `announce` and `try`."""

    def __init__(self, context: Context, shelf: Shelf) -> None:
        self._context, self.shelf = context, shelf

    # ------------------------------------------------------------------ the menu

    async def lead(self, caller: Caller) -> None:
        """`menu,<address point>`. Sets KC_LED to where it ended; leaves it empty where there is no tree."""
        found = await self._context.store.read(menus_versions.in_force, int(caller.arguments[0]))
        now = self._context.clock()
        if found is None or found.tree is None or not (found.keeps_hours or found.is_open({}, now)):
            return  # keys and topics alone, or closed without a word of its own: the rendered dialplan knows that
        hops = int(await caller.get("KC_HOPS") or 0)
        language = await caller.get("KC_LANGUAGE") or menus_words.DEFAULT
        end = await self._walk(caller, found, found.tree, lambda own: found.is_open(own, now), language)
        if end.kind is Kind.NUMBER and hops >= MOST_HOPS:
            end = End(Kind.TOPIC, "", end.language, end.key)
        await self._put_through(caller, found, end, hops)

    async def _walk(
        self, caller: Caller, found: InForce, tree: Tree, is_open: IsOpen, language: str, trial: Trial | None = None
    ) -> End:
        """Play what the walk wants, send it the keys."""
        walking = walk(tree, is_open, trial.passed.append if trial else lambda _: None, language)
        try:
            play = next(walking)
            while True:
                key = await self._play(caller, found, play)
                if trial and (play.seconds or key):
                    trial.keys.append(key)
                play = walking.send(key)
        except StopIteration as over:
            end: End = over.value
            return end

    async def _play(self, caller: Caller, found: InForce, play: Play) -> str:
        names = await self.shelf.have(self._sounds(found, play))
        if Phrase.OPENS in play.said:
            await self._tell_closed(caller, found, play.language)
        pressed = await caller.play(*names, keys=play.keys)
        return pressed or (await caller.key(play.seconds) if play.seconds else "")

    def _sounds(self, found: InForce, play: Play) -> list[Sound]:
        made = [self._sound(found, said, play.language) for said in play.said]
        return [sound for sound in made if sound]

    def _sound(self, found: InForce, said: Speech | Phrase, language: str) -> Sound | None:
        if isinstance(said, Speech):
            return menus_prompts.sound_of(said, language, found.recordings)
        words, spoken_in = menus_words.words(language)
        now = self._context.clock()
        opens = menus_words.opening(found.opens_at(now), now, found.zone, language) if said is Phrase.OPENS else ""
        text = {Phrase.INVALID: words.invalid, Phrase.GOODBYE: words.goodbye, Phrase.OPENS: opens}[said]
        return menus_prompts.spoken(text, spoken_in) if text else None

    async def _put_through(self, caller: Caller, found: InForce, end: End, hops: int) -> None:
        """The dialplan goes on at `kc-led`, by what is set here; KC_LED last, so that half an answer is none."""
        await caller.set("KC_TOPIC", (end.value if end.kind is Kind.TOPIC else "") or found.topic)
        await caller.set("KC_KEY", end.key)
        if end.language != menus_words.DEFAULT:
            await caller.set("KC_LANGUAGE", end.language)
            await caller.set("CHANNEL(language)", end.language)
        await caller.set("KC_NEXT", await self._next(end))
        if end.kind is Kind.NUMBER:
            await caller.set("KC_HOPS", str(hops + 1))
        await caller.set("KC_LED", end.kind.value)

    async def _next(self, end: End) -> str:
        if end.kind is not Kind.NUMBER:
            return end.value if end.kind in (Kind.OUTSIDE, Kind.COLLEAGUE, Kind.VOICEMAIL) else ""
        return str(await self._context.store.read(_point_of, end.value) or "")

    # ------------------------------------------------------------------ messages before the queue

    async def announce(self, caller: Caller) -> None:
        """`announce,<address point>,<topic>`. KC_SAID: `done`, or `goodbye` for who did not want to stay."""
        point, topic = int(caller.arguments[0]), [*caller.arguments, "", ""][1]
        now = self._context.clock()
        messages = await self._context.store.read(announcements.for_caller, point, topic, now)
        language = (await caller.get("KC_LANGUAGE") if messages else "") or menus_words.DEFAULT
        for message in messages:
            outcome = await self._tell(caller, message, language, point)
            if outcome is Outcome.ENDED:
                return await caller.set("KC_SAID", "goodbye")
        await caller.set("KC_SAID", "done")

    async def _tell_closed(self, caller: Caller, found: InForce, language: str) -> None:
        """The mirror is told; and the caller, closed or not, what everybody should know."""
        await caller.set("KC_STATE", "closed")
        await caller.execute("UserEvent", "KcClosed", f"Number: {found.number}")
        now = self._context.clock()
        for message in await self._context.store.read(announcements.for_caller, found.point, "", now):
            await caller.play(*await self.shelf.have([message.sound(language)]))

    async def _tell(self, caller: Caller, message: Message, language: str, point: int) -> Outcome:
        try:
            outcome = await self._listened(caller, message, language)
        except HungUp:
            await self._count(message.id, Outcome.LEFT, point)
            raise
        await self._count(message.id, outcome, point)
        return outcome

    async def _listened(self, caller: Caller, message: Message, language: str) -> Outcome:
        sounds = [message.sound(language)]
        if message.must_stay:
            words, spoken_in = menus_words.words(language)
            sounds.append(menus_prompts.spoken(words.stay, spoken_in))
        names = await self.shelf.have(sounds)
        if not message.must_stay:
            await caller.play(*names)
            return Outcome.STAYED
        for said in (names, names[-1:]):
            pressed = await caller.play(*said, keys=STAY_KEY) or await caller.key(STAY_SECONDS)
            if pressed == STAY_KEY:
                return Outcome.STAYED
        return Outcome.ENDED

    async def _count(self, id: int, outcome: Outcome, point: int) -> None:
        try:
            await self._context.store.run(announcements.heard, id, outcome, point, self._context.clock())
        except Unavailable:
            log.warning("action=announcement_not_counted")

    # ------------------------------------------------------------------ called in test

    async def call_in_test(self, caller: Caller) -> None:
        """`try,<token>`: an administrator hears the draft; what they come to is seen in the console meanwhile."""
        trial = self._context.trials.get(caller.arguments[0])
        if trial is None:
            return
        trial.state = "talking"
        try:
            await self._lead_in_test(caller, trial)
        finally:
            trial.state = "ended"

    async def _lead_in_test(self, caller: Caller, trial: Trial) -> None:
        found = await self._context.store.read(menus_versions.on_trial, trial.point_id)
        if found is None or found.tree is None:
            return
        now = self._context.clock()
        is_open: IsOpen = {"open": lambda _: True, "closed": lambda _: False}.get(
            trial.when, lambda own: found.is_open(own, now)
        )
        end = await self._walk(caller, found, found.tree, is_open, menus_words.DEFAULT, trial)
        trial.end = f"{end.kind.value} {end.value or (found.topic if end.kind is Kind.TOPIC else '')}".strip()
        names = await self.shelf.have([menus_prompts.spoken("Här slutar provet.", menus_words.DEFAULT)])
        await caller.play(*names)

    # ------------------------------------------------------------------ before anybody calls

    async def prepare(self, tree: Tree, recordings: Recordings) -> None:
        """Make every sound of a tree, so that no caller waits for one. Raises Refused when one cannot be made."""
        for language, id in sorted((one, id) for one, ids in menus_check.spoken_in(tree).items() for id in ids):
            for _, speech in tree.nodes[id].speeches():
                if sound := menus_prompts.sound_of(speech, language, recordings):
                    await self.shelf.make(sound)

    async def prepare_all(self) -> None:
        """The sounds of everything in force; what cannot be made is logged. What nobody wants any more goes."""
        for tree, recordings in await self._context.store.read(_everything):
            try:
                await self.prepare(tree, recordings)
            except HungUp:
                raise
            except Exception as fault:  # noqa: BLE001 (one tree that cannot be spoken must not keep others silent)
                log.warning("action=menu_not_prepared error=%s", type(fault).__name__)
        await asyncio.to_thread(self.shelf.clear)

    async def news(self) -> Mapping[str, str]:
        """Variables of the dialplan: what callers to each number hear when the exchange is alone (sound@epoch)."""
        now = self._context.clock()
        points, said = await self._context.store.read(_news, now)
        variables = dict.fromkeys((f"KC_NEWS_{point}" for point in points), "")
        for point, message in said.items():
            for name in await self.shelf.have([message.sound(menus_words.DEFAULT)]):
                variables[f"KC_NEWS_{point}"] = f"{name}@{int(message.active_until.timestamp())}"
        return variables


def _point_of(session: Session, number: str) -> int | None:
    wanted = select(AddressPoint.id).where(AddressPoint.kind == AddressKind.PHONE, AddressPoint.address == number)
    return session.exec(wanted).first()


def _phone_points(session: Session) -> list[int]:
    return list(session.exec(select(AddressPoint.id).where(AddressPoint.kind == AddressKind.PHONE)).all())


def _everything(session: Session) -> list[tuple[Tree, Recordings]]:
    found = [menus_versions.in_force(session, point) for point in _phone_points(session)]
    return [(one.tree, one.recordings) for one in found if one and one.tree]


def _news(session: Session, now: Any) -> tuple[list[int], dict[int, Message]]:
    return _phone_points(session), announcements.for_numbers(session, now)
