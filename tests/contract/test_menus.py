"""Menus in the database: drafts, versions, what is in force, recordings. Once on each database."""

import array
import io
import math
import wave
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlmodel import Session, col, select

from contactcenter import configuration, menus, menus_prompts, menus_versions
from contactcenter.errors import Conflict, NotFound, Refused
from contactcenter.menus import Speech
from contactcenter.model import AddressPoint, Event
from contactcenter.states import AddressKind, EventKind
from contactcenter.store import Store
from tests import town as solvik
from tests.fixtures.store import NOW

NUMBER = "+46101234500"


def tree(topic: str = "bygg.bygglov", **speech: Any) -> dict[str, Any]:
    return {
        "start": "menu",
        "nodes": {
            "menu": {"kind": "menu", "say": {"text": {"sv": "Tryck 1."}} | speech,
                     "choices": [{"key": "1", "next": "build"}], "silent": "other"},
            "build": {"kind": "topic", "topic": topic},
            "other": {"kind": "topic"},
        },
    }  # fmt: skip


def point(session: Session) -> AddressPoint:
    return session.exec(select(AddressPoint).where(AddressPoint.kind == AddressKind.PHONE)).one()


class Office:
    """What an administrator does, each in a transaction of its own."""

    def __init__(self, store: Store, login: str = "alma") -> None:
        self.store, self.login = store, login
        self.point = store.sync_read(lambda session: point(session).id)

    def do(self, function: Any, *arguments: Any) -> Any:
        def done(session: Session) -> Any:
            return function(session, solvik.actor(session, self.login), self.point, *arguments)

        return self.store.sync_run(done)

    def save(self, raw: dict[str, Any], revision: int = 0) -> Any:
        return self.do(menus_versions.save, raw, revision, NOW)

    def publish(self, raw: dict[str, Any] | None = None) -> int:
        if raw is not None:
            self.save(raw)
        return int(self.do(menus_versions.publish, NOW))

    def in_force(self) -> menus_versions.InForce:
        found = self.store.sync_read(menus_versions.in_force, self.point)
        assert found
        return found


@pytest.fixture
def office(town: Store) -> Office:
    return Office(town)


def test_a_number_with_keys_and_topics_begins_as_a_tree_of_one_level(office: Office) -> None:
    draft = office.do(menus_versions.draft)
    assert menus.first_keys(menus.parse(draft.tree)) == {"1": "bygg.bygglov", "2": "solvik.ovrigt"}
    assert (draft.revision, draft.problems) == (0, [])
    assert office.in_force().tree is None


def test_a_draft_is_in_force_only_when_it_is_published(office: Office) -> None:
    assert office.save(tree()) == (1, [])
    assert office.in_force().tree is None
    assert office.store.sync_read(menus_versions.on_trial, office.point).tree == menus.parse(tree())  # type: ignore[union-attr]
    assert office.publish() == 1
    assert office.in_force().tree == menus.parse(tree())
    assert office.do(menus_versions.draft).revision == 0


def test_who_saves_over_somebody_elses_work_is_told(office: Office) -> None:
    office.save(tree())
    with pytest.raises(Conflict):
        office.save(tree("solvik.ovrigt"))
    assert office.save(tree("solvik.ovrigt"), 1)[0] == 2


def test_a_tree_with_errors_may_be_saved_but_not_published(office: Office) -> None:
    _, problems = office.save(tree("granby.ovrigt"))
    assert [(one.code, one.node) for one in problems] == [("unknown_topic", "build")]
    with pytest.raises(Refused) as refused:
        office.publish()
    assert refused.value.code == "menu_wrong"
    assert office.in_force().tree is None


def test_what_is_no_tree_is_not_saved(office: Office) -> None:
    with pytest.raises(Refused):
        office.save({"start": "a", "nodes": {"a": {"kind": "dance"}}})


def test_every_version_is_kept_with_who_and_when_and_can_be_restored(office: Office) -> None:
    office.publish(tree())
    office.publish(tree("solvik.ovrigt"))
    assert office.do(menus_versions.restore, 1, NOW + timedelta(hours=1)) == 3
    assert office.in_force().tree == menus.parse(tree())
    rows = office.do(menus_versions.versions)
    assert [(row.number, row.restored_from, who) for row, who in rows] == [
        (3, 1, "Alma Rask"), (2, 0, "Alma Rask"), (1, 0, "Alma Rask"),
    ]  # fmt: skip
    with pytest.raises(NotFound):
        office.do(menus_versions.restore, 9, NOW)


def test_publishing_is_journalled(office: Office) -> None:
    office.publish(tree())
    events = office.store.sync_read(lambda session: session.exec(select(Event).order_by(col(Event.id))).all())
    assert events[-1].kind is EventKind.CONFIGURATION_CHANGED
    assert events[-1].data == {"kinds": ["menu"], "address_point_id": office.point, "version": 1}


@pytest.mark.parametrize("login", ["anna", "siv"])
def test_others_than_administrators_change_no_menu(town: Store, login: str) -> None:
    for function, arguments in (
        (menus_versions.draft, ()), (menus_versions.save, (tree(), 0, NOW)), (menus_versions.publish, (NOW,)),
        (menus_versions.restore, (1, NOW)), (menus_versions.versions, ()), (menus_versions.discard, (NOW,)),
    ):  # fmt: skip
        with pytest.raises(Refused):
            Office(town, login).do(function, *arguments)


def test_a_discarded_draft_is_gone(office: Office) -> None:
    office.save(tree())
    office.do(menus_versions.discard, NOW)
    assert office.do(menus_versions.draft).revision == 0


def test_the_document_carries_the_tree_and_makes_a_version(office: Office) -> None:
    office.publish(tree())
    document = office.store.sync_read(configuration.export)
    entry = next(one for one in document.address_points if one.kind is AddressKind.PHONE)
    assert entry.tree == menus.plain(menus.parse(tree()))
    assert office.store.sync_run(configuration.apply, document, NOW) == []
    other = document.model_copy(update={"address_points": [entry.model_copy(update={"tree": tree("solvik.ovrigt")})]})
    changes = office.store.sync_run(configuration.apply, other, NOW)
    assert [list(change.fields) for change in changes] == [["tree"]]
    assert office.in_force().tree == menus.parse(tree("solvik.ovrigt"))
    assert len(office.do(menus_versions.versions)) == 2


def at(day: int, hour: int) -> datetime:
    return datetime(2026, 12, day, hour, 30, tzinfo=UTC)


def test_opening_hours_are_those_of_the_organisation_with_red_days_and_own_dates(office: Office) -> None:
    hours = {"week": {day: ["08:00-16:30"] for day in ("mon", "tue", "wed", "thu", "fri")}, "holidays": "SE",
             "half_days": {"day_before_holiday": "12:00"}, "dates": {"2026-12-28": []}}  # fmt: skip
    document = configuration.parse({"organisations": [{"key": "solvik", "name": "Solviks kommun", "hours": hours}]})
    office.store.sync_run(configuration.apply, document, NOW)
    found = office.in_force()
    opened = {day: found.is_open({}, at(day, 12)) for day in (22, 23, 24, 25, 28, 29)}
    assert opened == {22: True, 23: False, 24: False, 25: False, 28: False, 29: True}
    assert found.is_open({}, at(23, 9))
    assert found.opens_at(at(25, 12)) == datetime(2026, 12, 29, 7, 0, tzinfo=UTC)
    assert found.is_open({"week": {"thu": ["00:00-24:00"]}}, at(24, 12))


def wav(seconds: float = 1.0, loud: int = 9000, rate: int = 16000, channels: int = 1) -> bytes:
    count = int(seconds * rate) * channels
    samples = array.array("h", (int(loud * math.sin(n / 9)) for n in range(count)))
    kept = io.BytesIO()
    with wave.open(kept, "wb") as out:
        out.setparams((channels, 2, rate, 0, "NONE", ""))
        out.writeframes(samples.tobytes())
    return kept.getvalue()


def test_a_sound_file_is_read_to_its_end() -> None:
    assert menus_prompts.seconds_of(wav(1.5)) == pytest.approx(1.5, abs=0.01)
    assert menus_prompts.seconds_of(wav(1.5, rate=48000, channels=2)) == pytest.approx(1.5, abs=0.01)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "sound_format"), (b"RIFF", "sound_format"), (b"ID3\x04" * 900, "sound_format"),
        (wav()[:44], "sound_long"), (wav(0.1), "sound_long"), (wav(181, rate=8000), "sound_long"),
        (wav(loud=0), "sound_silent"), (wav(rate=4000), "sound_format"), (b"\0" * (37 * 1024 * 1024), "sound_long"),
    ],
)  # fmt: skip
def test_a_sound_file_that_cannot_be_played_is_refused(data: bytes, code: str) -> None:
    with pytest.raises(Refused) as refused:
        menus_prompts.seconds_of(data)
    assert refused.value.code == code


def test_the_newest_recording_in_the_callers_language_is_heard(office: Office) -> None:
    speech = Speech({"sv": "Hej.", "en": "Hello."}, "hello")

    def recorded(session: Session, sha: str, language: str = "sv") -> int:
        actor = solvik.actor(session, "alma")
        return menus_prompts.add(session, actor, "hello", language, sha, 1.0, "uploaded", NOW)

    def heard(language: str) -> str:
        sound = menus_prompts.sound_of(speech, language, office.in_force().recordings)
        assert sound
        return sound.sha256 or sound.text

    assert (heard("sv"), heard("en"), heard("fi")) == ("Hej.", "Hello.", "Hej.")
    office.store.sync_run(recorded, "a" * 64)
    office.store.sync_run(recorded, "b" * 64)
    assert (heard("sv"), heard("en"), heard("fi")) == ("b" * 64, "Hello.", "b" * 64)

    def back(session: Session) -> int:
        actor = solvik.actor(session, "alma")
        first = menus_prompts.every(session, actor)[-1]
        return menus_prompts.restore(session, actor, first.id, NOW)

    assert office.store.sync_run(back) == 3
    assert heard("sv") == "a" * 64
    office.store.sync_run(recorded, "")
    assert heard("sv") == "Hej."
