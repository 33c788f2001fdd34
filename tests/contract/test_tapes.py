"""Recorded calls on both databases: played by right and journalled, erased in time, lost ones told."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session, col, select

from channels.phone.tapes import Tapes
from contactcenter import configuration, handoff_payload
from contactcenter.context import Context
from contactcenter.errors import ContactCenterError, NotFound, Refused, Unavailable
from contactcenter.files import FileStore
from contactcenter.health import HealthBoard
from contactcenter.model import Case, Contact, Event, User
from contactcenter.ports import Actor
from contactcenter.settings import Settings
from contactcenter.states import EventKind
from contactcenter.store import Store
from contactcenter.tail import Tail
from contactcenter.tapes import keeping, taping
from contactcenter.tapes.model import Tape, TapeState
from tests import town as solvik
from tests.contract.contacts import call
from tests.fixtures.store import NOW
from tests.integration.test_console_voicemail import sound
from tests.integration.test_tapes import recorded

DAYS = 30


def a_tape(session: Session, case_id: int, *, kept: bool = True) -> Tape:
    """A call that was recorded, and is over."""
    recorded(session)
    contact = session.exec(select(Contact).where(Contact.case_id == case_id)).one()
    agent = solvik.user(session, "anna")
    token = taping.order(session, contact, agent, NOW)
    assert len(token) == 24
    taping.begun(session, contact, agent.id, NOW)
    if kept:
        keeping.take_in(session, token, 12.5, [10, 90], DAYS, NOW)
    tape = keeping.by_token(session, token)
    assert tape is not None
    return tape


def kinds(session: Session) -> list[tuple[EventKind, Any]]:
    told = (EventKind.CALL_RECORDED, EventKind.RECORDING_PLAYED, EventKind.RECORDING_ERASED)
    events = session.exec(select(Event).where(col(Event.kind).in_(told)).order_by(col(Event.id))).all()
    return [(event.kind, event.data.get("how") or event.data.get("reason") or event.user_id) for event in events]


@pytest.fixture
def tape(town: Store) -> Tape:
    return town.sync_run(a_tape, call(town, 1, waits=5, talks=60))


def as_(town: Store, login: str) -> Actor:
    return town.sync_read(solvik.actor, login)


def test_who_has_the_right_plays_it_and_it_is_journalled(town: Store, tape: Tape) -> None:
    anna = as_(town, "anna")
    assert town.sync_run(keeping.play, anna, tape.id, NOW) == tape.token
    assert town.sync_read(kinds)[-1] == (EventKind.RECORDING_PLAYED, anna.user_id)


def test_who_has_not_cannot_tell_that_it_is_there(town: Store, tape: Tape) -> None:
    town.sync_run(without_right, "bo")
    for login in ("bo", "greta"):  # greta is of another municipality
        with pytest.raises(NotFound):
            town.sync_run(keeping.play, as_(town, login), tape.id, NOW)
    assert EventKind.RECORDING_PLAYED not in [kind for kind, _ in town.sync_read(kinds)]


def without_right(session: Session, login: str) -> None:
    solvik.user(session, login).may_record = False


def test_nobody_plays_that_of_a_protected_identity(town: Store, tape: Tape) -> None:
    town.sync_run(protect, tape.contact_id)
    with pytest.raises(NotFound):
        town.sync_run(keeping.play, as_(town, "siv"), tape.id, NOW)
    assert town.sync_read(keeping.to_erase, NOW) == [(tape.token, "protected")]


def protect(session: Session, contact_id: int) -> None:
    case = session.get_one(Case, session.get_one(Contact, contact_id).case_id)
    case.protected = True
    session.add(case)


def test_nothing_of_a_protected_identity_is_ever_ordered(town: Store) -> None:
    case_id = call(town, 1, waits=5, talks=60)

    def ordered(session: Session) -> str:
        recorded(session)
        contact = session.exec(select(Contact).where(Contact.case_id == case_id)).one()
        protect(session, contact.id)
        return taping.order(session, contact, solvik.user(session, "anna"), NOW)

    assert town.sync_run(ordered) == ""


def test_it_is_kept_as_many_days_as_was_said_and_not_one_more(town: Store, tape: Tape) -> None:
    last = NOW + timedelta(days=DAYS)
    assert town.sync_read(keeping.to_erase, last - timedelta(seconds=1)) == []
    assert town.sync_read(keeping.to_erase, last) == [(tape.token, "retention")]
    town.sync_run(keeping.erased, tape.token, "retention", last)
    town.sync_run(keeping.erased, tape.token, "retention", last)
    assert town.sync_read(keeping.to_erase, last) == []
    assert town.sync_read(kinds).count((EventKind.RECORDING_ERASED, "retention")) == 1
    with pytest.raises(NotFound):
        town.sync_run(keeping.play, as_(town, "siv"), tape.id, last)


def test_a_supervisor_erases_it_for_a_reason(town: Store, tape: Tape) -> None:
    siv, anna = as_(town, "siv"), as_(town, "anna")
    refused: list[tuple[Actor, str, type[ContactCenterError]]] = [(anna, "av misstag", Refused), (siv, "", Refused)]
    for actor, reason, error in refused:
        with pytest.raises(error):
            town.sync_run(keeping.erase, actor, tape.id, reason, NOW)
    town.sync_run(keeping.erase, siv, tape.id, "av misstag", NOW)
    with pytest.raises(NotFound):
        town.sync_run(keeping.play, siv, tape.id, NOW)
    assert [token for token, _ in town.sync_read(keeping.to_erase, NOW)] == [tape.token]  # the file still has to go


def test_one_that_never_comes_is_lost_and_told(town: Store) -> None:
    call(town, 1, waits=5, talks=60)
    tape = town.sync_run(lambda session: a_tape(session, call_id(session), kept=False))
    town.sync_run(end, tape.id)
    assert not town.sync_read(keeping.any_late, NOW + keeping.GIVE_UP_AFTER)
    late = NOW + keeping.GIVE_UP_AFTER + timedelta(seconds=1)
    assert town.sync_read(keeping.any_late, late)
    assert town.sync_run(keeping.lost, late) == 1
    assert town.sync_read(kinds)[-1] == (EventKind.CALL_RECORDED, "lost")


def call_id(session: Session) -> int:
    return session.exec(select(Contact.case_id)).one()


def end(session: Session, tape_id: int) -> None:
    taping.end(session, session.get_one(Tape, tape_id), NOW)


def test_it_goes_nowhere_else(town: Store, tape: Tape) -> None:
    """Neither case systems nor exports are given it: it is no file of the case."""

    def payload(session: Session) -> str:
        case = session.get_one(Case, session.get_one(Contact, tape.contact_id).case_id)
        return handoff_payload.build(session, case, "key", "Anna Ek", "", NOW).model_dump_json()

    assert tape.token not in town.sync_read(payload)


def test_off_until_somebody_says_so() -> None:
    document = configuration.parse(solvik.SOLVIK)
    assert not any(queue.taped for queue in document.queues)
    assert not any(user.may_record for user in document.users)
    assert not User(organisation_id=1, login="x").may_record


class _NoExchange:
    """It is away: what is over is taken in all the same."""

    def at(self, _call_id: str) -> None:
        raise Unavailable("exchange_away", "the telephone exchange is not connected")


@pytest.fixture
def tapes(town: Store, tmp_path: Path) -> Callable[[datetime], Tapes]:
    (tmp_path / "spool").mkdir()

    def at(now: datetime) -> Tapes:
        settings = Settings(data_dir=tmp_path / "var")
        files = FileStore(tmp_path / "files")
        context = Context(settings, town, Tail(town), files, lambda: now, HealthBoard(lambda: now))
        return Tapes(context, _NoExchange(), tmp_path / "spool", DAYS)  # type: ignore[arg-type]

    return at


async def test_the_sound_is_moved_kept_and_erased_with_its_time(
    town: Store, tapes: Callable[[datetime], Tapes], tmp_path: Path
) -> None:
    call(town, 1, waits=5, talks=60)
    tape = town.sync_run(lambda session: a_tape(session, call_id(session), kept=False))
    left = tmp_path / "spool" / f"{tape.token}.wav"
    left.write_bytes(sound(2.0))
    await tapes(NOW).look()
    kept = tmp_path / "var" / "recordings" / left.name
    assert kept.read_bytes() == sound(2.0)
    assert kept.parent.stat().st_mode & 0o077 == 0
    assert not left.exists()
    left.write_bytes(sound(2.0))  # killed before it was thrown away there
    await tapes(NOW).look()
    assert not left.exists()
    await tapes(NOW + timedelta(days=DAYS)).look()
    assert not kept.exists()
    assert town.sync_read(keeping.by_token, tape.token).state is TapeState.ERASED  # type: ignore[union-attr]


async def test_what_comes_after_it_was_erased_is_thrown_away(
    town: Store, tapes: Callable[[datetime], Tapes], tmp_path: Path
) -> None:
    call(town, 1, waits=5, talks=60)
    tape = town.sync_run(lambda session: a_tape(session, call_id(session), kept=False))
    town.sync_run(protect, tape.contact_id)
    town.sync_run(end, tape.id)
    await tapes(NOW).look()
    (tmp_path / "spool" / f"{tape.token}.wav").write_bytes(sound(2.0))
    stranger = tmp_path / "spool" / f"{'f' * 24}.wav"
    stranger.write_bytes(sound(2.0))
    await tapes(NOW).look()
    assert list((tmp_path / "spool").iterdir()) == [stranger]  # nobody ordered that one: left for a human
    assert not (tmp_path / "var" / "recordings").exists()
