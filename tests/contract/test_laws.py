"""The laws of the queue over everything that can happen to it, in any order (hypothesis plays a bad day)."""

import contextlib
import dataclasses
import shutil
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import ClassVar

import pytest
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlmodel import Session, col, select

from contactcenter import agents, calls, desk, dispatch, intake, offers, queueing
from contactcenter.errors import Conflict, NotFound, Refused
from contactcenter.model import Case, Contact, Offer, User
from contactcenter.routing import Work
from contactcenter.settings import RoutingSettings
from contactcenter.states import AgentState, CaseState, Channel, ContactState, OfferState, Outcome
from contactcenter.store import Store
from tests import town as solvik
from tests.contract.test_calls import CALL
from tests.contract.test_intake import MAIL
from tests.fixtures.store import NOW

ROUTING = RoutingSettings()
AGENTS = st.sampled_from(["anna", "bo", "siv"])


class Day(RuleBasedStateMachine):
    """A day in the contact centre: arrivals, agents who come, answer, decline, vanish; time that passes."""

    template: ClassVar[Path]

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="laws-"))
        shutil.copy(self.template, self.folder / "store.sqlite3")
        self.store = Store(f"sqlite:///{self.folder / 'store.sqlite3'}")
        self.now, self.arrivals = NOW, 0

    @initialize()
    def morning(self) -> None:
        self.store.sync_run(solvik.build, self.now)

    def teardown(self) -> None:
        self.store.close()
        shutil.rmtree(self.folder)

    def try_(self, work: object, *args: object) -> None:
        """Do what an agent tries; being refused is part of the day."""
        with contextlib.suppress(Conflict, Refused, NotFound):
            self.store.sync_run(work, *args)  # type: ignore[arg-type]

    @rule(address=st.sampled_from(["bygg@solvik.example", "kontaktcenter@solvik.example"]))
    def mail(self, address: str) -> None:
        self.arrivals += 1
        key = f"<{self.arrivals}@x.example>"
        mail = dataclasses.replace(MAIL, key=key, message_id=key, address_point=address, arrived_at=self.now)
        self.store.sync_run(intake.receive, mail, self.now)

    @rule(topic=st.sampled_from(["solvik.ovrigt", "bygg.bygglov"]))
    def call(self, topic: str) -> None:
        self.arrivals += 1
        call = dataclasses.replace(
            CALL, key=f"call-{self.arrivals}", sender="", marks=(), topic_key=topic, arrived_at=self.now
        )
        self.store.sync_run(calls.call_waiting, call, self.now)

    @rule(login=AGENTS)
    def comes(self, login: str) -> None:
        self.try_(lambda s: desk.set_presence(s, solvik.actor(s, login), AgentState.AVAILABLE, "", self.now))

    @rule(login=AGENTS)
    def leaves(self, login: str) -> None:
        self.try_(lambda s: desk.set_presence(s, solvik.actor(s, login), AgentState.SIGNED_OUT, "", self.now))

    @rule(login=AGENTS)
    def accepts(self, login: str) -> None:
        self.try_(self._accept, login)

    @rule(login=AGENTS)
    def declines(self, login: str) -> None:
        self.try_(self._decline, login)

    @rule(login=AGENTS)
    def takes_next(self, login: str) -> None:
        self.try_(lambda s: desk.next_case(s, solvik.actor(s, login), self.now))

    @rule(login=AGENTS, what=st.sampled_from(["close", "release", "park", "transfer"]))
    def works(self, login: str, what: str) -> None:
        self.try_(self._work, login, what)

    @rule(answered=st.booleans())
    def call_ends(self, answered: bool) -> None:
        self.try_(self._end_call, answered)

    @rule(seconds=st.sampled_from([1, 15, 21, 61, 700, 90_000]))
    def time_passes(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)

    @rule()
    def everybody_is_there(self) -> None:
        self.store.sync_run(self._heartbeats)

    @precondition(lambda self: self.now is not None)
    @rule()
    def dispatches(self) -> None:
        self.store.sync_run(dispatch.round_, self.now, ROUTING)
        # Offers that were just made leave nobody idle who could take what still waits.
        idle = self.store.sync_read(queueing.free_agents, self.now)
        left = self.store.sync_read(queueing.waiting, self.now)
        for agent in idle:
            for case in left:
                able = agent.takes_calls if case.work is Work.CALL else agent.written_room > 0
                waits_for_another = case.preferred_agent not in (None, agent.id)
                fits = case.queue_id in agent.queues and not case.needs and agent.id not in case.passed
                assert not (able and fits and not waits_for_another), (agent, case)

    @invariant()
    def one_offer_a_case_and_one_an_agent(self) -> None:
        found = self.store.sync_read(lambda s: list(s.exec(select(Offer).where(Offer.state == OfferState.OPEN))))
        assert len({offer.case_id for offer in found}) == len(found)
        assert len({offer.agent_id for offer in found}) == len(found)

    @invariant()
    def an_offered_case_has_an_offer_and_a_worked_one_an_agent(self) -> None:
        cases, found = self.store.sync_read(_cases_and_offered)
        for case in cases:
            assert (case.state is CaseState.OFFERED) == (case.id in found), case.state
            assert (case.agent_id is not None) >= (case.state is CaseState.WORKING)

    @invariant()
    def nothing_that_arrived_is_gone(self) -> None:
        count = self.store.sync_read(lambda s: len(s.exec(select(Contact.id).where(Contact.direction == "in")).all()))
        assert count == self.arrivals

    @invariant()
    def nobody_talks_twice(self) -> None:
        talking = self.store.sync_read(
            lambda s: list(s.exec(select(Contact.user_id).where(Contact.state == ContactState.TALKING)))
        )
        assert len(set(talking)) == len(talking)

    def _accept(self, session: Session, login: str) -> None:
        actor = solvik.actor(session, login)
        offer = offers.open_for_agent(session, actor.user_id)
        if offer is None:
            return
        contact_id = offers.live_call(session, offer.case_id)
        if contact_id is not None:
            calls.call_ringing(session, contact_id, actor.user_id, self.now)
            calls.call_answered(session, contact_id, actor.user_id, self.now)
        else:
            desk.accept(session, actor, offer.id, self.now)

    def _decline(self, session: Session, login: str) -> None:
        actor = solvik.actor(session, login)
        if offer := offers.open_for_agent(session, actor.user_id):
            desk.decline(session, actor, offer.id, self.now)

    def _work(self, session: Session, login: str, what: str) -> None:
        actor = solvik.actor(session, login)
        mine = select(Case.id).where(Case.agent_id == actor.user_id, Case.state == CaseState.WORKING)
        case_id = session.exec(mine).first()
        if case_id is None:
            return
        if what == "close":
            desk.close(session, actor, case_id, Outcome.ANSWERED, self.now)
        elif what == "release":
            desk.release(session, actor, case_id, self.now)
        elif what == "park":
            desk.park(session, actor, case_id, self.now + timedelta(minutes=10), self.now)
        else:
            anna = solvik.user(session, "anna")
            desk.transfer(session, actor, case_id, self.now, agent_id=anna.id)

    def _end_call(self, session: Session, answered: bool) -> None:
        state = col(Contact.state).in_([ContactState.TALKING] if answered else [ContactState.WAITING])
        found = session.exec(select(Contact.id).where(Contact.channel == Channel.PHONE, state)).first()
        if found is not None:
            calls.call_ended(session, found, self.now)

    def _heartbeats(self, session: Session) -> None:
        for user in session.exec(select(User).where(User.state != AgentState.SIGNED_OUT)).all():
            desk.heartbeat(session, agents.actor(session, user), self.now)


def _cases_and_offered(session: Session) -> tuple[list[Case], set[int]]:
    offered = set(session.exec(select(Offer.case_id).where(Offer.state == OfferState.OPEN)).all())
    return list(session.exec(select(Case)).all()), offered


@pytest.mark.slow
def test_the_laws_hold_on_any_day(migrated_sqlite: Path) -> None:
    from hypothesis.stateful import run_state_machine_as_test

    Day.template = migrated_sqlite
    run_state_machine_as_test(Day, settings=hypothesis_settings(max_examples=25, stateful_step_count=40, deadline=None))
