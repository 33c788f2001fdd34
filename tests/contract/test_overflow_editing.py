"""Steps out of a queue written in the console: versions, who may, and callers who had taken one. On both databases."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import Session, col, select

from contactcenter import configuration
from contactcenter.errors import Conflict, NotFound, Refused
from contactcenter.model import Event, Queue
from contactcenter.overflow import editing, seen, steps
from contactcenter.overflow.model import OverflowStep
from contactcenter.overflow.rules import Target
from contactcenter.ports import Actor
from contactcenter.states import EventKind, Role
from contactcenter.store import Store
from tests import town as solvik
from tests.contract.test_overflow import ELSEWHERE, LATER, configured, document, rings
from tests.fixtures.store import NOW

OUT, MAIL = {"to": "number", "number": ELSEWHERE}, {"to": "voicemail", "after_seconds": 600}
GOODBYE = {"to": "message", "say": "Ring igen i morgon.", "callers_per_agent": 20.0}
AGAIN = LATER + timedelta(seconds=5)


def administrator(town: Store, role: Role = Role.ADMINISTRATOR) -> Actor:
    return replace(town.sync_read(lambda session: solvik.actor(session, "alma")), role=role)


def queue_id(town: Store, key: str = "solvik.allmant") -> int:
    return int(town.sync_read(lambda session: session.exec(select(Queue.id).where(Queue.key == key)).one()))


def save(town: Store, *wanted: dict[str, Any], revision: int, queue: str = "solvik.allmant") -> int:
    arguments: dict[str, Any] = {"queue_id": queue_id(town, queue), "steps": list(wanted), "revision": revision}
    return int(town.sync_run(lambda session: editing.save(session, administrator(town), now=NOW, **arguments)))


def read(town: Store) -> editing.Editing:
    return town.sync_read(editing.editing, administrator(town), queue_id(town))


def places(town: Store) -> list[int]:
    def ask(session: Session) -> list[int]:
        return [one.position for one in session.exec(select(OverflowStep).order_by(col(OverflowStep.id)))]

    return town.sync_read(ask)


def test_what_is_saved_is_in_force_and_a_version_and_in_the_journal(town: Store) -> None:
    assert (read(town).revision, read(town).steps) == (0, [])
    assert save(town, MAIL, GOODBYE, revision=0) == 1
    rings(town)
    assert [order.step.to for order in town.sync_run(steps.take, NOW + timedelta(seconds=700))] == [Target.VOICEMAIL]
    now = read(town)
    assert ([step.to for step in now.steps], now.revision) == ([Target.VOICEMAIL, Target.MESSAGE], 1)
    assert [(one.number, one.by, one.steps) for one in now.versions] == [(1, "Alma Rask", 2)]
    kinds = town.sync_read(lambda s: [(e.kind, e.user_id) for e in s.exec(select(Event)) if e.data.get("kinds")])
    assert kinds[-1] == (EventKind.CONFIGURATION_CHANGED, administrator(town).user_id)


def test_an_older_version_comes_back_also_the_one_from_before_the_first(town: Store) -> None:
    configured(town, OUT)
    first = read(town)
    assert save(town, MAIL, revision=first.revision) == first.revision + 1
    back = town.sync_run(lambda s: editing.restore(s, administrator(town), queue_id(town), first.revision, NOW))
    assert [step.number for step in read(town).steps] == [ELSEWHERE]
    assert (read(town).versions[0].number, read(town).versions[0].restored_from) == (back, first.revision)
    with pytest.raises(NotFound):
        town.sync_run(lambda s: editing.restore(s, administrator(town), queue_id(town), 99, NOW))


def test_who_saves_over_somebody_elses_work_is_told(town: Store) -> None:
    save(town, MAIL, revision=0)
    with pytest.raises(Conflict):
        save(town, GOODBYE, revision=0)
    town.sync_run(configuration.apply, document(OUT), NOW)  # on the command line, meanwhile
    with pytest.raises(Conflict):
        save(town, GOODBYE, revision=1)
    assert read(town).revision == 2


@pytest.mark.parametrize(
    "wanted",
    [
        [{"to": "number"}],
        [{"to": "number", "number": "0701740611"}],
        [{"to": "queue", "queue": "granby.allmant"}],
        [{"to": "queue", "queue": "solvik.allmant"}],
        [{"to": "agents", "queue": "solvik.bygg"}],
        [{"to": "voicemail", "after_seconds": -1}],
        [{"to": "voicemail", "agents_below": 0}],
        [{"to": "nowhere"}],
        [MAIL | {"strange": 1}],
        [MAIL] * (editing.MOST_STEPS + 1),
    ],
)
def test_what_leads_wrong_is_refused_and_changes_nothing(town: Store, wanted: list[dict[str, Any]]) -> None:
    with pytest.raises(Refused) as refused:
        save(town, *wanted, revision=0)
    assert refused.value.code == "overflow_wrong"
    assert (read(town).revision, read(town).steps) == (0, [])


def test_only_administrators_and_only_their_own_queues(town: Store) -> None:
    for role in (Role.AGENT, Role.SUPERVISOR):
        with pytest.raises(Refused, match="administrators"):
            town.sync_read(editing.editing, administrator(town, role), queue_id(town))
    with pytest.raises(NotFound):
        town.sync_read(editing.editing, administrator(town), queue_id(town, "granby.allmant"))
    own = {name for _, name in town.sync_read(editing.queues, administrator(town))}
    assert own
    assert {way.key for way in read(town).ways}.isdisjoint({"granby.allmant", "solvik.allmant"})


def test_a_step_that_was_taken_is_not_taken_again_when_another_is_put_before_it(town: Store) -> None:
    configured(town, OUT)
    rings(town)
    (order,) = town.sync_run(steps.take, LATER)
    case_id = town.sync_read(lambda s: s.get_one(OverflowStep, order.step_id).case_id)
    town.sync_run(steps.returned, case_id, "busy", LATER)
    save(town, GOODBYE, OUT, revision=read(town).revision)
    assert places(town) == [1]
    counted = town.sync_read(seen.queues, administrator(town), NOW)
    assert [[(one.taken, one.returned) for one in queue.steps] for queue in counted] == [[(0, 0), (1, 1)]]
    assert [one.step.to for one in town.sync_run(steps.take, AGAIN)] == [Target.MESSAGE]


def test_a_step_that_was_taken_and_is_no_more_is_in_nobodys_way(town: Store) -> None:
    configured(town, OUT, GOODBYE)
    rings(town)
    town.sync_run(steps.take, LATER)
    save(town, MAIL, revision=read(town).revision)
    assert places(town)[0] < 0
    save(town, OUT, MAIL, revision=read(town).revision)
    assert places(town)[0] < 0
