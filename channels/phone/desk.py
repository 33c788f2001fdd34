"""The console's verbs in a call that was answered, and what the telephone does by itself when somebody leaves."""

import asyncio
import logging
from collections.abc import Sequence
from contextlib import suppress

from sqlmodel import Session

from channels.phone.exchanges import Exchanges
from contactcenter import agents, calls_desk, listening
from contactcenter.context import Context
from contactcenter.errors import Refused, Unavailable
from contactcenter.model import Contact
from contactcenter.ports import Actor
from contactcenter.tapes import taping
from contactcenter.tapes.taping import Wish
from pbx.call import CallState, Change, ChangeKind
from pbx.desk import Desk
from pbx.plan import EXTENSION, e164
from pbx.settings import PhoneSettings

log = logging.getLogger(__name__)
LEFT = frozenset({ChangeKind.AGENT_GONE, ChangeKind.JOINED, ChangeKind.ENDED})
SEATED = frozenset({ChangeKind.HELD, ChangeKind.JOINED, ChangeKind.CONFERENCE})
"""After these a supervisor who joined in talks with others than before."""


class CallDesk:
    """One for the telephone channel. Verbs name the call by its contact; each demands that it is the actor's own."""

    def __init__(self, context: Context, exchanges: Exchanges, settings: PhoneSettings) -> None:
        self._context, self._exchanges, self._country_code = context, exchanges, settings.country_code
        self._told = settings.tell_of_listening
        self._follow_ups: set[asyncio.Task[None]] = set()

    async def hold(self, actor: Actor, contact_id: int) -> None:
        """The citizen hears music."""
        key = await self._own(actor, contact_id)
        await self._at(key).hold(key)

    async def resume(self, actor: Actor, contact_id: int) -> None:
        """Talk with the citizen again; a third one is let go."""
        key = await self._own(actor, contact_id)
        await self._at(key).resume(key)

    async def consult(self, actor: Actor, contact_id: int, whom: str) -> None:
        """Ring a colleague's extension or a number outside while the citizen is held."""
        key = await self._own(actor, contact_id)
        shown = await self._context.store.read(shown_number, contact_id)
        await self._at(key).consult(key, self._whom(whom), shown)

    async def cancel(self, actor: Actor, contact_id: int) -> None:
        """Let the third one go; the citizen is still held."""
        key = await self._own(actor, contact_id)
        await self._at(key).cancel(key)

    async def swap(self, actor: Actor, contact_id: int) -> None:
        """Talk with the citizen while the third one hears music, or the other way round."""
        key = await self._own(actor, contact_id)
        await self._at(key).swap(key)

    async def complete(self, actor: Actor, contact_id: int) -> None:
        """Leave citizen and third one to each other."""
        key = await self._own(actor, contact_id)
        await self._at(key).complete(key)

    async def confer(self, actor: Actor, contact_id: int) -> None:
        """All three together."""
        key = await self._own(actor, contact_id)
        await self._at(key).confer(key)

    async def park(self, actor: Actor, contact_id: int) -> None:
        """Anybody may pick the citizen up."""
        key = await self._own(actor, contact_id)
        await self._at(key).park(key)

    async def pick_up(self, actor: Actor, contact_id: int) -> None:
        """A parked citizen rings at the actor's telephone."""
        contact = await self._context.store.read(calls_desk.parked_call, actor, contact_id)
        extension = await self._context.store.read(_extension_of, actor.user_id)
        await self._at(contact.key).pick_up(contact.key, extension)

    async def tape(self, actor: Actor, contact_id: int, wish: str) -> None:
        """Pause, go on with or stop the recording of one's own call."""
        if wish not in list(Wish):
            raise Refused("arguments", "pause, resume or stop")
        store = self._context.store
        key, _ = await store.read(taping.own, actor, contact_id)
        if wish == Wish.STOP:
            await self._at(key).stop_tape(key)
        else:
            await self._at(key).pause_tape(key, on=wish == Wish.PAUSE)
        await store.run(taping.changed, actor, contact_id, Wish(wish), self._context.clock())

    async def listen(self, actor: Actor, contact_id: int, how: str, reason: str) -> None:
        """A supervisor listens, whispers or joins in, for a reason that is kept. The agent is told if the installation
        wants it."""
        store, now = self._context.store, self._context.clock()
        extension = await store.read(_extension_of, actor.user_id)
        key = await store.run(listening.begin, actor, contact_id, how, reason, now, told=self._told)
        await self._at(key).listen(key, extension, how)

    async def send_tones(self, actor: Actor, contact_id: int, tones: str) -> None:
        """Keys for a machine at the other end."""
        key = await self._own(actor, contact_id)
        await self._at(key).send_tones(key, tones)

    async def hand_on(
        self, actor: Actor, contact_id: int, *, queue_id: int | None = None, agent_id: int | None = None
    ) -> None:
        """To another queue or a colleague first of all, with the place in the queue that the citizen had.

        Where to is written down before the exchange is asked, so that a restart between does not forget it.
        """
        key = await self._own(actor, contact_id)
        desk, store = self._at(key), self._context.store
        await store.run(calls_desk.intend, actor, contact_id, queue_id=queue_id, agent_id=agent_id)
        try:
            await desk.send_back(key)
        except (Refused, Unavailable):
            await store.run(calls_desk.forget_intent, contact_id)
            raise

    async def hand_outside(self, actor: Actor, contact_id: int, number: str) -> None:
        """To a number that is not ours. Not reached: the citizen waits again, where they were."""
        key = await self._own(actor, contact_id)
        wanted = e164(number, self._country_code)
        if not wanted:
            raise Refused("unfit_number", "that is not a telephone number")
        shown = await self._context.store.read(shown_number, contact_id)
        await self._at(key).send_outside(key, wanted, shown)

    def follow(self, changes: Sequence[Change]) -> None:
        """What the exchange must be told because somebody left. Beside the mirror, which must not wait for it."""
        for change in changes:
            if change.kind in LEFT or change.call.overheard == "barge":
                task = asyncio.create_task(self._follow(change))
                self._follow_ups.add(task)
                task.add_done_callback(self._follow_ups.discard)

    async def _follow(self, change: Change) -> None:
        call = change.call
        with suppress(Refused, Unavailable):
            if change.kind is ChangeKind.AGENT_GONE:
                await self._at(call.id).send_back(call.id)
            elif change.kind is ChangeKind.ENDED:
                await self._at(call.id).free_agent(call)
            elif change.kind in SEATED or (change.kind, call.state) == (ChangeKind.OVERHEARD, CallState.CONFERENCE):
                await self._at(call.id).seat_listeners(call.id)

    async def _own(self, actor: Actor, contact_id: int) -> str:
        """Asterisk's name of the call."""
        contact: Contact = await self._context.store.read(calls_desk.own_call, actor, contact_id)
        return contact.key

    def _at(self, call_id: str) -> Desk:
        return Desk(self._exchanges.at(call_id))

    def _whom(self, whom: str) -> str:
        if EXTENSION.match(whom):
            return whom
        wanted = e164(whom, self._country_code)
        if not wanted:
            raise Refused("unfit_number", "that is neither an extension nor a telephone number")
        return wanted


def shown_number(session: Session, contact_id: int) -> str:
    """What somebody outside sees when rung in this call: the number of ours that the citizen used."""
    contact = session.get(Contact, contact_id)
    return contact.address_point if contact else ""


def _extension_of(session: Session, user_id: int) -> str:
    extension = agents.get(session, user_id).extension
    if not extension:
        raise Refused("no_telephone", "you have no telephone; an administrator can give you an extension")
    return extension
