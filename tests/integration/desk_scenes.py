"""Every verb in a call that was answered, as the law of the console plays them."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from functools import partial
from typing import Any

from sqlmodel import Session

from contactcenter import agents, calls, calls_desk, listening
from contactcenter.clock import utc_now
from contactcenter.model import Contact
from contactcenter.ports import Actor
from contactcenter.states import CallPhase
from contactcenter.tapes import keeping, taping
from contactcenter.tapes.model import Tape, TapeState
from tests.integration.consoles import Site

Scene = Callable[[Any], Awaitable[Any]]
COLLEAGUE = "2002"


def _told(session: Session, contact_id: int, phase: CallPhase, third: str, now: datetime) -> None:
    contact = session.get_one(Contact, contact_id)
    calls_desk.changed(session, contact, phase, third, now, talks=bool(third))


def _joined(session: Session, contact_id: int, now: datetime, third: str) -> None:
    contact = session.get_one(Contact, contact_id)
    calls_desk.joined(session, contact, agents.get(session, contact.user_id or 0), now, third=third)


def _back(session: Session, contact_id: int, now: datetime) -> None:
    calls_desk.back_in_queue(session, session.get_one(Contact, contact_id), now)


class Exchange:
    """What an exchange does with calls, told to the core at once (the real one: test_phone_desk.py)."""

    def __init__(self, site: Site) -> None:
        self._site = site

    async def _own(self, actor: Actor, contact_id: int) -> None:
        await self._site.store.read(calls_desk.own_call, actor, contact_id)

    async def _phase(self, actor: Actor, contact_id: int, phase: CallPhase, third: str = "") -> None:
        await self._own(actor, contact_id)
        await self._site.run(_told, contact_id, phase, third, utc_now())

    async def hold(self, actor: Actor, contact_id: int) -> None:
        await self._phase(actor, contact_id, CallPhase.HELD)

    async def resume(self, actor: Actor, contact_id: int) -> None:
        await self._own(actor, contact_id)
        await self._site.run(_joined, contact_id, utc_now(), "")

    async def consult(self, actor: Actor, contact_id: int, whom: str) -> None:
        await self._phase(actor, contact_id, CallPhase.CONSULTING, whom)

    async def cancel(self, actor: Actor, contact_id: int) -> None:
        await self._phase(actor, contact_id, CallPhase.HELD)

    async def swap(self, actor: Actor, contact_id: int) -> None:
        await self._own(actor, contact_id)
        await self._site.run(_joined, contact_id, utc_now(), COLLEAGUE)

    async def complete(self, actor: Actor, contact_id: int) -> None:
        await self.resume(actor, contact_id)

    async def confer(self, actor: Actor, contact_id: int) -> None:
        await self._phase(actor, contact_id, CallPhase.CONFERENCE, COLLEAGUE)

    async def park(self, actor: Actor, contact_id: int) -> None:
        await self._phase(actor, contact_id, CallPhase.PARKED)

    async def pick_up(self, actor: Actor, contact_id: int) -> None:
        await self._site.store.read(calls_desk.parked_call, actor, contact_id)
        await self._site.run(calls.call_answered, contact_id, actor.user_id, utc_now())

    async def tape(self, actor: Actor, contact_id: int, wish: str) -> None:
        await self._site.store.read(taping.own, actor, contact_id)
        await self._site.run(taping.changed, actor, contact_id, taping.Wish(wish), utc_now())

    async def listen(self, actor: Actor, contact_id: int, how: str, reason: str) -> None:
        await self._site.run(listening.begin, actor, contact_id, how, reason, utc_now())

    async def send_tones(self, actor: Actor, contact_id: int, _tones: str) -> None:
        await self._own(actor, contact_id)

    async def hand_on(
        self, actor: Actor, contact_id: int, *, queue_id: int | None = None, agent_id: int | None = None
    ) -> None:
        await self._site.run(calls_desk.intend, actor, contact_id, queue_id=queue_id, agent_id=agent_id)
        await self._site.run(_back, contact_id, utc_now())

    async def hand_outside(self, actor: Actor, contact_id: int, number: str) -> None:
        await self._phase(actor, contact_id, CallPhase.OUTSIDE, number)


async def _talking(stage: Any) -> int:
    stage.site.context.call_verbs = Exchange(stage.site)
    _, contact_id = await stage.on_a_call()
    return int(contact_id)


def _after(verb: str, *before: str) -> Scene:
    """Verbs of the call, one after the other; `consult` needs somebody."""

    async def scene(stage: Any) -> None:
        contact_id = await _talking(stage)
        for one in (*before, verb):
            more = {"whom": COLLEAGUE} if one == "consult" else {}
            await stage.anna.ok(one, contact_id=contact_id, **more)

    return scene


async def hand_on(stage: Any) -> None:
    contact_id = await _talking(stage)
    await stage.anna.ok("hand_on", contact_id=contact_id, agent_id=stage.screens["bo"].me["id"])


async def send_tones(stage: Any) -> None:
    await stage.anna.ok("send_tones", contact_id=await _talking(stage), tones="12#")


async def listen_to_call(stage: Any) -> None:
    contact_id = await _talking(stage)
    await stage.screens["siv"].ok("listen_to_call", contact_id=contact_id, how="listen", reason="Uppföljning")


def _recorded(session: Session, contact_id: int, *, over: bool) -> int:
    agent_id = session.get_one(Contact, contact_id).user_id or 0
    tape = Tape(token=f"{contact_id:024x}", contact_id=contact_id, agent_id=agent_id, ordered_at=utc_now())
    tape.begun_at, tape.state = utc_now(), TapeState.RUNNING
    session.add(tape)
    session.flush()
    if over:
        keeping.take_in(session, tape.token, 3.0, [100], 30, utc_now())
    else:
        taping.show(session, session.get_one(Contact, contact_id), "on", tape.agent_id, utc_now())
    return tape.id


async def tape(stage: Any) -> None:
    contact_id = await _talking(stage)
    await stage.site.run(partial(_recorded, over=False), contact_id)
    for wish in ("pause", "resume", "stop"):
        await stage.anna.ok("tape", contact_id=contact_id, wish=wish)


async def erase_tape(stage: Any) -> None:
    tape_id = await stage.site.run(partial(_recorded, over=True), await _talking(stage))
    await stage.screens["siv"].ok("erase_tape", tape_id=tape_id, reason="av misstag")


async def prolong_wrap_up(stage: Any) -> None:
    contact_id = await _talking(stage)
    await stage.anna.ok("hang_up", contact_id=contact_id)
    await stage.anna.ok("prolong_wrap_up")


def _telephone(session: Session, user_id: int) -> None:
    agents.get(session, user_id).extension = "2099"


async def pick_call(stage: Any) -> None:
    await stage.site.run(_telephone, stage.screens["siv"].me["id"])
    contact_id = await stage.exchange.wait(stage.site)
    await stage.screens["siv"].ok("pick_call", contact_id=contact_id)


SCENES: dict[str, Scene] = {
    "hold_call": _after("hold_call"),
    "resume_call": _after("resume_call", "hold_call"),
    "consult": _after("consult"),
    "cancel_consult": _after("cancel_consult", "consult"),
    "swap_calls": _after("swap_calls", "consult"),
    "complete_transfer": _after("complete_transfer", "consult"),
    "confer": _after("confer", "consult"),
    "park_call": _after("park_call"),
    "pick_up_call": _after("pick_up_call", "park_call"),
    "hand_on": hand_on,
    "send_tones": send_tones,
    "listen_to_call": listen_to_call,
    "prolong_wrap_up": prolong_wrap_up,
    "pick_call": pick_call,
    "tape": tape,
    "erase_tape": erase_tape,
}
