"""The law of the protocol: snapshot and events lead to what a new snapshot says, after every verb."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from email.message import EmailMessage
from typing import Any, cast

import pytest
from sqlmodel import Session, select

from contactcenter import calls, handoff, mailout, telephone_journal
from contactcenter.clock import utc_now
from contactcenter.dispatch import round_
from contactcenter.model import Offer, OutgoingMail, Topic, User
from contactcenter.ports import InboundContact
from contactcenter.states import Channel, OfferState
from contactcenter.telephone_journal import Replay
from tests.integration import desk_scenes, directory_scenes, letter_scenes, mail_scenes, menu_scenes
from tests.integration.consoles import Screen, Site, differences
from tests.integration.overflow_scenes import SCENES as OVERFLOW
from tests.support import eventually
from ui import world
from ui.verbs import VERBS

NUMBER = "+46701740605"


class Exchange:
    """A telephone exchange in which everybody answers at once; it tells the core what the real channel would."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._calls = 0

    async def wait(self, site: Site) -> int:
        """A citizen calls and waits; the contact's id."""
        self._calls += 1
        inbound = InboundContact(
            channel=Channel.PHONE,
            key=f"call-{self._calls}",
            arrived_at=utc_now(),
            address_point="+46101234500",
            sender=NUMBER,
            marks=(("phone", NUMBER),),
        )
        return int((await site.run(calls.call_waiting, inbound, utc_now())).contact_id)

    async def answer(self, contact_id: int, agent_id: int) -> None:
        await self._site.run(calls.call_ringing, contact_id, agent_id, utc_now())
        await self._site.run(calls.call_answered, contact_id, agent_id, utc_now())

    async def hang_up(self, contact_id: int) -> None:
        await self._site.run(calls.call_ended, contact_id, utc_now())

    async def call_back(self, case_id: int, agent_id: int, number: str) -> None:
        self._calls += 1
        key = f"back-{self._calls}"
        contact_id = await self._site.run(calls.callback_started, case_id, agent_id, key, number, utc_now())
        await self._site.run(calls.call_answered, contact_id, agent_id, utc_now())

    async def replay(self, _begin: datetime, _end: datetime) -> Replay:
        return Replay((), ())

    async def drain(self, exchange: str, user_id: int, *, on: bool) -> None:
        await self._site.run(telephone_journal.set_draining, exchange, on, utc_now(), user_id)

    async def prepare_menu(self, point_id: int) -> None:
        """No sounds are wanted here."""

    async def try_menu(self, agent_id: int, token: str) -> None:
        """Nobody calls a menu here."""


class Stage:
    """Anna at work while others watch: Siv sees everything, Bo what is not protected, Greta another municipality."""

    def __init__(self, site: Site, exchange: Exchange) -> None:
        self.site, self.exchange = site, exchange
        self.screens: dict[str, Screen] = {}

    @property
    def anna(self) -> Screen:
        return self.screens["anna"]

    async def working(self, to: str = "bygg@solvik.example", **fields: Any) -> int:
        """A case in Anna's hands."""
        await self.site.mail(to, **fields)
        return int(await self.anna.ok("next_case"))

    async def offer(self) -> Offer:
        """Offer what waits to Anna."""
        await self.anna.ok("set_presence", state="available")
        await self.site.run(round_, utc_now(), self.site.context.settings.routing)
        return await self.site.store.read(
            lambda session: session.exec(select(Offer).where(Offer.state == OfferState.OPEN)).one()
        )

    async def on_a_call(self) -> tuple[int, int]:
        """Anna talks with a citizen; (case, contact)."""
        contact_id = await self.exchange.wait(self.site)
        case_id = int(await self.anna.ok("accept", offer_id=(await self.offer()).id))
        return case_id, contact_id


Scene = Callable[[Stage], Awaitable[Any]]


async def set_presence(stage: Stage) -> None:
    await stage.anna.ok("set_presence", state="available")
    await stage.anna.ok("set_presence", state="away", reason="lunch")


async def end_wrap_up(stage: Stage) -> None:
    _, contact_id = await stage.on_a_call()
    await stage.anna.ok("hang_up", contact_id=contact_id)
    await stage.anna.ok("end_wrap_up")


async def set_language(stage: Stage) -> None:
    await stage.anna.ok("set_language", language="en")


async def accept(stage: Stage) -> None:
    await stage.site.mail(facts={"protected": True})
    await stage.anna.ok("accept", offer_id=(await stage.offer()).id)
    await stage.on_a_call()


async def decline(stage: Stage) -> None:
    await stage.site.mail()
    await stage.anna.ok("decline", offer_id=(await stage.offer()).id)


async def next_case(stage: Stage) -> None:
    await stage.working()


async def pick(stage: Stage) -> None:
    received = await stage.site.mail()
    await stage.screens["siv"].ok("pick", case_id=received.case_id)


async def release(stage: Stage) -> None:
    await stage.anna.ok("release", case_id=await stage.working())


async def park(stage: Stage) -> None:
    until = (utc_now() + timedelta(days=1)).isoformat()
    await stage.anna.ok("park", case_id=await stage.working(), until=until)


async def resume(stage: Stage) -> None:
    case_id = await stage.working()
    await stage.anna.ok("park", case_id=case_id, until=(utc_now() + timedelta(days=1)).isoformat())
    await stage.anna.ok("resume", case_id=case_id)


async def transfer(stage: Stage) -> None:
    await stage.anna.ok("transfer", case_id=await stage.working(), queue_id=1, reason="Hör inte hit.")
    await stage.anna.ok("transfer", case_id=await stage.working(), agent_id=2)
    await stage.screens["siv"].ok("transfer", case_id=await stage.working(), queue_id=1)


async def merge(stage: Stage) -> None:
    case_id = await stage.working()
    other = await stage.site.mail("bygg@solvik.example", facts={"protected": True})
    await stage.anna.ok("merge", case_id=case_id, into_id=other.case_id)


async def close(stage: Stage) -> None:
    await stage.anna.ok("close", case_id=await stage.working(), outcome="answered")


async def reopen(stage: Stage) -> None:
    case_id = await stage.working()
    await stage.anna.ok("close", case_id=case_id, outcome="answered")
    await stage.anna.ok("reopen", case_id=case_id)


async def hand_off(stage: Stage) -> None:
    await stage.anna.ok("hand_off", case_id=await stage.working(), note="Till bygglov.")


async def resend(stage: Stage) -> None:
    delivery_id = await stage.anna.ok("hand_off", case_id=await stage.working())
    [claimed] = await stage.site.run(handoff.claim, utc_now(), stage.site.context.settings.handoff, {})
    await stage.site.run(handoff.give_up, claimed, "unreachable", "no answer", utc_now())
    await stage.anna.ok("resend", delivery_id=delivery_id)


async def note(stage: Stage) -> None:
    await stage.anna.ok("note", case_id=await stage.working(), text="Ringde, inget svar.")


async def change(stage: Stage) -> None:
    await stage.anna.ok("change", case_id=await stage.working(), subject="Altan", topic_id=1, priority=2)


async def dismiss_suggestion(stage: Stage) -> None:
    first = await stage.site.mail()
    other = await stage.site.mail(suggested_numbers=(first.case_number,))
    await stage.anna.sees(lambda one: one.rows("cases").get(str(other.case_id), {}).get("suggested_case_id"))
    await stage.anna.ok("dismiss_suggestion", case_id=other.case_id)


async def save_draft(stage: Stage) -> None:
    await stage.anna.ok("save_draft", case_id=await stage.working(), kind="reply", text="Hej Kim,")


async def link_citizen(stage: Stage) -> None:
    """The citizen's other cases become protected without an event of their own."""
    marks = [{"kind": "email", "value": "kim@medborgare.example"}]
    first = await stage.working()
    citizen = await stage.anna.ok("link_citizen", case_id=first, name="Kim Ask", marks=marks)
    second = await stage.working()
    await stage.anna.ok("link_citizen", case_id=second, citizen_id=citizen, protected=True)


async def unlink_citizen(stage: Stage) -> None:
    case_id = await stage.working()
    await stage.anna.ok("link_citizen", case_id=case_id, name="Kim Ask")
    await stage.anna.ok("unlink_citizen", case_id=case_id)


async def register(stage: Stage) -> None:
    await stage.anna.ok("register", topic_id=1, text="Frågade om öppettider.", outcome="informed", channel="phone")
    await stage.anna.ok("register", topic_id=2, text="Ville veta mer.")


async def reply(stage: Stage) -> None:
    case_id = await stage.working()
    await stage.anna.ok("reply", case_id=case_id, to=["kim@medborgare.example"], subject="Svar", text="Hej!")
    assert await stage.site.store.read(lambda session: session.exec(select(OutgoingMail)).one().recipient)


async def call_back(stage: Stage) -> None:
    contact_id = await stage.exchange.wait(stage.site)
    await stage.site.run(calls.call_abandoned, contact_id, utc_now())
    await stage.anna.ok("call_back", case_id=await stage.anna.ok("next_case"))


async def hang_up(stage: Stage) -> None:
    _, contact_id = await stage.on_a_call()
    await stage.anna.ok("hang_up", contact_id=contact_id)
    gives_up = await stage.exchange.wait(stage.site)
    for _ in range(2):
        await stage.site.run(calls.call_ringing, gives_up, 2, utc_now())
        await stage.site.settled(*stage.screens.values())
        await stage.site.run(calls.call_unanswered, gives_up, utc_now())
    await stage.site.run(calls.call_ringing, gives_up, 2, utc_now())
    await stage.site.settled(*stage.screens.values())
    await stage.site.run(calls.call_abandoned, gives_up, utc_now())


async def drain_exchange(stage: Stage) -> None:
    administrator = await menu_scenes.alma(stage)
    await administrator.ok("drain_exchange", exchange="kc", on=True)
    assert await stage.site.store.read(telephone_journal.draining) == {"kc": True}


SCENES: dict[str, Scene] = (
    OVERFLOW
    | {
        scene.__name__: scene
        for scene in (
            set_presence,
            end_wrap_up,
            set_language,
            accept,
            decline,
            next_case,
            pick,
            release,
            park,
            resume,
            transfer,
            merge,
            close,
            reopen,
            hand_off,
            resend,
            note,
            change,
            dismiss_suggestion,
            save_draft,
            link_citizen,
            unlink_citizen,
            register,
            reply,
            call_back,
            hang_up,
            drain_exchange,
        )
    }
    | menu_scenes.SCENES
    | desk_scenes.SCENES
    | directory_scenes.SCENES
)
SCENES |= mail_scenes.SCENES | letter_scenes.SCENES


def test_every_verb_has_its_scene() -> None:
    assert SCENES.keys() == VERBS.keys()


@pytest.fixture(autouse=True)
def composer() -> None:
    """Mails are written by the standard library here."""

    def compose(**mail: Any) -> bytes:
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = mail["sender"], ", ".join(mail["to"]), mail["subject"]
        message.set_content(mail["text"])
        return bytes(message)

    mailout.use_composer(compose)


@pytest.mark.parametrize("verb", sorted(VERBS))
async def test_events_lead_to_what_a_new_snapshot_says(still: Site, verb: str) -> None:
    exchange = Exchange(still)
    still.context.telephony = cast("Any", exchange)
    stage = Stage(still, exchange)
    await still.run(_rights)
    for login in ("anna", "bo", "siv", "greta"):
        stage.screens[login] = await still.console_of(login)
    await still.mail("kommun@granby.example")
    await SCENES[verb](stage)
    await still.settled(*stage.screens.values())
    known = await still.store.read(world.load, utc_now(), still.hub.zone)
    assert known == still.hub.world
    for login, screen in stage.screens.items():
        fresh = await screen.browser.connect()  # in the same session: signing in would be an event
        assert screen.state is not None
        assert fresh.state is not None
        mine, theirs = dict(screen.state), dict(fresh.state)
        mine["board"] = theirs["board"] = {}
        assert not list(differences(mine, theirs)), login
        assert screen.gaps == 0


def _rights(session: Session) -> None:
    session.exec(select(User).where(User.login == "anna")).one().skills = {"bygg": 5}
    for topic in session.exec(select(Topic)).all():
        topic.wrap_up_seconds = 600


async def test_midnight_takes_yesterday_s_hand_offs_away(still: Site) -> None:
    stage = Stage(still, Exchange(still))
    await still.run(_rights)
    stage.screens["anna"] = await still.console_of("anna")
    await hand_off(stage)
    await still.settled(stage.anna)
    assert len(stage.anna.rows("cases")) == 1
    still.context.clock = lambda: utc_now() + timedelta(days=1)
    await still.hub.roll()
    await stage.anna.sees(lambda one: one.rows("cases") == {}, "it is yesterday's")


async def test_a_burst_of_events_is_told_in_order_and_without_gaps(still: Site) -> None:
    anna = await still.console_of("anna")
    received = [await still.mail() for _ in range(30)]
    for mail in received:
        await anna.ok("change", case_id=mail.case_id, priority=1)
    await still.settled(anna)
    await eventually(lambda: len(anna.rows("cases")) == 30)
    assert anna.gaps == 0
    assert [event["seq"] for event in anna.events] == list(range(anna.events[0]["seq"], anna.seq + 1))
