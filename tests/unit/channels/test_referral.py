"""What is said of somebody absent, what a code means, and how direct numbers stand in the dialplan."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.phone.absence_line import asked_for, back_at
from channels.phone.menu_sounds import Shelf
from channels.phone.referral import Referral
from contactcenter.clock import utc_now
from contactcenter.context import Context
from contactcenter.directory.model import Person, Reason
from contactcenter.directory.people import Known
from contactcenter.directory.whereabouts import Status
from contactcenter.errors import Refused
from contactcenter.files import FileStore
from contactcenter.health import HealthBoard
from contactcenter.settings import Settings
from contactcenter.store import Store
from contactcenter.tail import Tail
from pbx import referral_prompts, referral_prompts_en
from pbx.directs import directory_file
from pbx.plan import Direct, Number, Plan
from pbx.settings import PhoneSettings

STOCKHOLM = ZoneInfo("Europe/Stockholm")
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("back", "said"),
    [
        (timedelta(hours=4), "till klockan 14 noll noll"),
        (timedelta(hours=4, minutes=5), "till klockan 14 noll 5"),
        (timedelta(hours=4, minutes=29, seconds=1), "till klockan 14 30"),
        (timedelta(days=1, hours=-2), "till i morgon klockan 8 noll noll"),
        (timedelta(days=4), "till fredag klockan 10 noll noll"),
        (timedelta(days=31), "till den tjugofjärde december"),
    ],
)
def test_when_somebody_is_back_is_said_as_people_say_it(back: timedelta, said: str) -> None:
    assert " ".join(referral_prompts.until(NOW + back, NOW, STOCKHOLM)) == said


@pytest.mark.parametrize(
    ("back", "said"),
    [
        (timedelta(hours=4), "until 2 p.m."),
        (timedelta(hours=2, minutes=5), "until 12 oh 5 p.m."),
        (timedelta(hours=4, minutes=29, seconds=1), "until 2 30 p.m."),
        (timedelta(days=1, hours=-2), "until tomorrow at 8 a.m."),
        (timedelta(days=1, hours=-10), "until tomorrow at 12 a.m."),
        (timedelta(days=4), "until Friday at 10 a.m."),
        (timedelta(days=31), "until December the 24th"),
        (timedelta(days=38), "until December the 31st"),
    ],
)
def test_the_same_in_english(back: timedelta, said: str) -> None:
    assert " ".join(referral_prompts_en.until(NOW + back, NOW, STOCKHOLM)) == said


def test_both_languages_know_the_same_reasons() -> None:
    assert referral_prompts_en.REASONS.keys() == referral_prompts.REASONS.keys()
    assert referral_prompts_en.NOT_REACHED.keys() == referral_prompts.NOT_REACHED.keys()


@given(st.datetimes(datetime(2026, 1, 1), datetime(2030, 1, 1)), st.integers(1, 400 * 24 * 60))  # noqa: DTZ001
def test_everything_that_is_said_is_one_of_few_pieces(moment: datetime, minutes: int) -> None:
    now = moment.replace(tzinfo=UTC)
    pieces = referral_prompts.until(now + timedelta(minutes=minutes), now, STOCKHOLM)
    assert all(one in referral_prompts.every_piece() or one.startswith("till den ") for one in pieces)
    english = referral_prompts_en.until(now + timedelta(minutes=minutes), now, STOCKHOLM)
    assert all(one in referral_prompts_en.every_piece() or " the " in one for one in english)


@pytest.mark.parametrize(
    ("dialled", "meaning"),
    [
        ("*21*2*1430#", (Reason.MEETING, "2026-11-23 14:30")),
        ("*21*1*0930", (Reason.LUNCH, "2026-11-24 09:30")),
        ("*21*6*12241300#", (Reason.LEAVE, "2026-12-24 13:00")),
        ("*21*6*01071300#", (Reason.LEAVE, "2027-01-07 13:00")),
        ("*21*7#", (Reason.SICK, None)),
        ("*21*0", (Reason.PRESENT, None)),
        ("*21", None),
        ("*21*x*1", None),
    ],
)
def test_what_a_code_means(dialled: str, meaning: tuple[Reason, str | None] | None) -> None:
    found = asked_for(dialled, NOW, STOCKHOLM)
    if meaning is None:
        assert found is None
        return
    assert found
    reason, back = found
    assert (reason, f"{back:%Y-%m-%d %H:%M}" if back else None) == meaning


@pytest.mark.parametrize("typed", ["9", "2561", "99", "13321200", "123", "14300"])
def test_a_time_that_is_none_is_refused(typed: str) -> None:
    with pytest.raises(Refused):
        back_at(typed, NOW, STOCKHOLM)


@pytest.fixture
def referral(tmp_path: Path) -> Referral:
    store = Store(f"sqlite:///{tmp_path}/none.sqlite3")
    files = FileStore(tmp_path / "files")
    context = Context(Settings(data_dir=tmp_path), store, Tail(store), files, utc_now, HealthBoard(utc_now))
    return Referral(context, Shelf(tmp_path, files, ()))


def known(reason: Reason, layer: str, *, stale: bool = False, protected: bool = False) -> Known:
    person = Person(
        organisation_id=1, source="csv:1", source_key="1", name="Anna Berg", protected=protected, changed_at=NOW
    )
    status = Status(reason, NOW + timedelta(hours=4), layer)
    return Known(person, status, "away", NOW - timedelta(hours=9) if stale else None)


def said(referral: Referral, of: Known, language: str = "sv") -> list[str]:
    return [sound.text for sound in referral._told(of, "", NOW, language)]


def test_in_english_all_but_the_name_is_spoken_in_english(referral: Referral) -> None:
    told = referral._told(known(Reason.MEETING, "hand"), "", NOW, "en")
    assert [one.text for one in told] == ["Anna Berg", "is in a meeting", "until", "2", "p.m."]
    assert [one.language for one in told] == ["sv", "en", "en", "en", "en"]
    referral._context.store.close()


def test_from_an_old_calendar_no_time_is_promised(referral: Referral) -> None:
    fresh = said(referral, known(Reason.BUSY, "calendar"))
    assert fresh == ["Anna Berg", "är upptagen", "till klockan", "14", "noll noll"]
    assert said(referral, known(Reason.BUSY, "calendar", stale=True)) == ["Anna Berg", "är upptagen"]
    assert len(said(referral, known(Reason.LUNCH, "hand", stale=True))) == 5
    referral._context.store.close()


def test_neither_illness_nor_a_protected_name_is_said(referral: Referral) -> None:
    for reason in (Reason.SICK, Reason.CHILD):
        assert referral._reason(known(reason, "hand"), "") == "away"
        assert said(referral, known(reason, "hand"))[1] == "är inte anträffbar"
        assert said(referral, known(reason, "hand"), "en")[1] == "cannot be reached"
    assert said(referral, known(Reason.LUNCH, "hand", protected=True))[0] == "Den du söker"
    assert said(referral, known(Reason.LUNCH, "hand", protected=True), "en")[0] == "The person you are looking for"
    referral._context.store.close()


def test_direct_numbers_lead_in_every_spelling_but_never_take_one_of_ours() -> None:
    ours = Number(1, "+46850000100", "Solvik")
    plan = Plan((ours,), (), (Direct("+46850000411", "2001", 1), Direct("+46850000100", "2002", 1)))
    text = directory_file(plan, PhoneSettings(absence_line_number="+46850000499"))
    for spelling in ("+46850000411", "46850000411", "0046850000411", "0850000411"):
        assert f"exten => {spelling},1,Goto(kc-direct,46850000411*2001*1,1)" in text
    assert "exten => 0850000499,1,Goto(kc-absence-line,s,1)" in text
    assert "46850000100" not in text
    assert "exten => _*21*!,1,Set(KC_CODE=${EXTEN})" in text
    assert "*21" not in directory_file(plan, PhoneSettings(absence_code=""))
