"""The directory in the database: imports, who is found, absences, rights, who was sought. Once on each database."""

from datetime import timedelta
from typing import Any

import pytest
import yaml
from sqlmodel import Session, col, select

from channels.phone import place
from contactcenter import configuration, intake, mailout
from contactcenter.demo import municipality
from contactcenter.demo import staff as demo_staff
from contactcenter.directory import absence, calendars, importing, people, seeking, sheet
from contactcenter.directory.calendar_fetch import Fetched
from contactcenter.directory.importing import Plan
from contactcenter.directory.model import Absence, CalendarState, Person, Reason
from contactcenter.directory.people import Known, Lookup
from contactcenter.errors import NotFound, Refused
from contactcenter.model import Case, Event, OutgoingMail, Queue
from contactcenter.ports import InboundContact
from contactcenter.states import Channel, EventKind
from contactcenter.store import Store
from pbx.plan import Direct
from tests import town as solvik
from tests.fixtures.store import NOW

STALE = timedelta(hours=4)
HOUR = timedelta(hours=1)
STAFF = """Nyckel;Namn;Enhet;Sökord;Telefon;Direktnummer;E-post;Användarnamn;Skyddad;Kalender
1;Anna Ek;Bygg och miljö;bygglov;040-628 04 01;+46406280451;anna@solvik.example;anna;;https://cal.solvik.example/anna
2;Bo Lind;;;040-628 04 02;;bo@solvik.example;bo;;
3;Siv Alm;;;040-628 04 03;;siv@solvik.example;siv;;
4;Dan Skugga;Barn och utbildning;;040-628 04 04;+46406280454;;;ja;
"""


class Office:
    """Solvik with its staff; each step in a transaction of its own."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.lookup = Lookup()

    def bring(self, text: str, login: str = "alma", **options: Any) -> Plan:
        records, faults = sheet.read(text.encode())
        place = self.store.sync_read(lambda session: solvik.user(session, login).organisation_id)
        return self.store.sync_run(importing.apply, "csv", place, records, faults, NOW, **options)

    def do(self, login: str, function: Any, **options: Any) -> Any:
        return self.store.sync_run(lambda s: function(s, solvik.actor(s, login), NOW, **options))

    def id(self, name: str) -> int:
        return self.store.sync_read(lambda s: s.exec(select(Person.id).where(Person.name == name)).one())

    def find(self, query: str, login: str = "bo") -> list[str]:
        def found(session: Session) -> list[str]:
            ids = self.lookup.find(session, solvik.actor(session, login), query)
            return [one.person.name for one in people.known(session, ids, NOW, STALE)]

        return self.store.sync_read(found)

    def known(self, name: str, later: timedelta = timedelta()) -> Known:
        return self.store.sync_read(lambda s: people.known(s, [self.id(name)], NOW + later, STALE)[0])


@pytest.fixture
def office(town: Store) -> Office:
    made = Office(town)
    made.bring(STAFF)
    return made


def actions(plan: Plan) -> list[tuple[str, str]]:
    return [(change.action, change.name) for change in plan.changes]


def test_an_import_adds_changes_marks_gone_and_takes_back(office: Office) -> None:
    assert office.bring(STAFF).changes == []
    changed = STAFF.replace("040-628 04 02", "040-628 04 09").replace("\n3;Siv", "\n5;Siv")
    plan = office.bring(changed)
    assert sorted(actions(plan)) == [("add", "Siv Alm"), ("change", "Bo Lind"), ("gone", "Siv Alm")]
    assert office.store.sync_read(lambda s: len(s.exec(select(Person)).all())) == 5
    assert ("back", "Siv Alm") in actions(office.bring(STAFF))


def test_looking_changes_nothing(office: Office) -> None:
    records, faults = sheet.read(STAFF.replace("Bo Lind", "Bo Lund").encode())
    place = office.store.sync_read(lambda s: solvik.user(s, "alma").organisation_id)
    plan = office.store.sync_read(importing.plan, "csv", place, records, faults)
    assert actions(plan) == [("change", "Bo Lund")]
    assert office.find("lund") == []


def test_whose_row_cannot_be_read_is_not_gone(office: Office) -> None:
    plan = office.bring(STAFF.replace("2;Bo Lind;", "2;;"))
    assert (actions(plan), [fault.what for fault in plan.faults]) == ([], ["name"])
    assert office.bring(STAFF.replace("2;Bo Lind;;;", "2;Bo Lind;;")).changes == []
    assert office.find("bo lind") == ["Bo Lind"]


def test_a_cut_file_does_not_empty_the_directory(office: Office) -> None:
    rows = [f"{n};Person {n};;;;;;;;" for n in range(10, 40)]
    office.bring(STAFF + "\n".join(rows))
    with pytest.raises(Refused, match="disappear"):
        office.bring(STAFF, most_gone=0.3)
    assert office.find("person 39") == ["Person 39"]
    assert len(office.bring(STAFF).changes) == 30


def test_who_is_gone_leaves_no_number_calendar_or_absence(office: Office) -> None:
    office.do("siv", absence.set_absence, person_id=office.id("Anna Ek"), reason=Reason.SICK)
    office.bring("\n".join(line for line in STAFF.splitlines() if not line.startswith("1;")))
    gone = office.store.sync_read(lambda s: s.get_one(Person, office.id("Anna Ek")))
    assert (gone.direct, gone.calendar_url, gone.user_id, gone.name) == ("", "", None, "Anna Ek")
    assert office.find("anna") == []
    assert office.store.sync_read(lambda s: s.exec(select(Absence)).all()) == []


def test_a_number_of_somebody_else_is_no_direct_number(office: Office) -> None:
    plan = office.bring(STAFF.replace("040-628 04 02;;bo", "040-628 04 02;+46406280451;bo"))
    assert [(fault.line, fault.what) for fault in plan.faults] == [(3, "direct_twice")]


def test_search_sees_the_whole_municipality_and_no_other(office: Office) -> None:
    assert office.find("bygglov") == ["Anna Ek"]
    assert office.find("bygglov", "greta") == []
    assert office.find("40 628 04 02") == ["Bo Lind"]
    assert office.find("040-628 04 04", "siv") == []  # a protected number finds nobody


def test_protected_numbers_only_with_the_right(office: Office) -> None:
    def numbers(login: str) -> dict[str, str]:
        person = office.id("Dan Skugga")
        return office.store.sync_read(lambda s: people.numbers(s.get_one(Person, person), solvik.actor(s, login)))

    assert numbers("bo") == {}
    assert numbers("siv")["work"] == "+46406280404"


def test_what_wins_and_who_is_told(office: Office) -> None:
    office.do("bo", absence.set_absence, reason=Reason.SICK, until=NOW + HOUR)
    known = office.known("Bo Lind")
    assert (known.status.reason, known.status.back, known.presence) == (Reason.SICK, NOW + HOUR, "away")

    def seen(login: str) -> Reason | None:
        return office.store.sync_read(lambda s: people.shown_reason(known.status, known.person, solvik.actor(s, login)))

    assert (seen("anna"), seen("bo"), seen("siv")) == (Reason.AWAY, Reason.SICK, Reason.SICK)
    assert people.shown_reason(known.status, known.person, None) is Reason.AWAY
    office.do("bo", absence.clear_absence)
    assert office.known("Bo Lind").status.reason is None


def test_a_new_absence_takes_the_place_of_the_one_that_holds_and_leaves_the_planned(office: Office) -> None:
    office.do("bo", absence.set_absence, reason=Reason.LEAVE, begins_at=NOW + 24 * HOUR, until=NOW + 48 * HOUR)
    office.do("bo", absence.set_absence, reason=Reason.LUNCH, until=NOW + HOUR)
    office.do("bo", absence.set_absence, reason=Reason.MEETING, until=NOW + 2 * HOUR)
    assert office.known("Bo Lind").status.reason is Reason.MEETING
    assert office.known("Bo Lind", 3 * HOUR).status.next == NOW + 24 * HOUR
    assert office.known("Bo Lind", 25 * HOUR).status.reason is Reason.LEAVE
    assert office.store.sync_run(absence.forget_past, NOW + 72 * HOUR) == 2


@pytest.mark.parametrize(
    ("login", "wrong"),
    [
        ("anna", {"person_id": 2, "reason": Reason.LUNCH}),
        ("greta", {"person_id": 2, "reason": Reason.LUNCH}),
        ("alma", {"reason": Reason.LUNCH}),
        ("bo", {"reason": Reason.CLOSED}),
        ("bo", {"reason": Reason.LUNCH, "until": NOW - HOUR}),
        ("bo", {"reason": Reason.LUNCH, "until": NOW + 1000 * 24 * HOUR}),
        ("bo", {"reason": Reason.LUNCH, "begins_at": NOW + 2 * HOUR, "until": NOW + HOUR}),
    ],
)
def test_what_nobody_may(office: Office, login: str, wrong: dict[str, Any]) -> None:
    if "person_id" in wrong:
        wrong = wrong | {"person_id": office.id("Bo Lind")}
    with pytest.raises((Refused, NotFound)):
        office.do(login, absence.set_absence, **wrong)


def test_the_journal_knows_no_reason(office: Office) -> None:
    office.do("bo", absence.set_absence, reason=Reason.SICK)
    kinds = (EventKind.ABSENCE_SET, EventKind.DIRECTORY_CHANGED)
    told = office.store.sync_read(lambda s: s.exec(select(Event).where(col(Event.kind).in_(kinds))).all())
    assert "sick" not in str([event.data for event in told])
    assert "Bo" not in str([event.data for event in told])


def test_codes_are_counted_and_locked(office: Office) -> None:
    office.do("anna", absence.set_pin, pin="4711")
    assert office.store.sync_run(absence.attempt, "999", NOW) == (0, "")
    assert office.store.sync_run(absence.attempt, "202", NOW) == (0, "")
    for _ in range(absence.ATTEMPTS):
        person_id, code_hash = office.store.sync_run(absence.attempt, "201", NOW)
        assert (person_id, bool(code_hash)) == (office.id("Anna Ek"), True)
    assert office.store.sync_run(absence.attempt, "201", NOW) == (0, "")
    assert office.store.sync_run(absence.attempt, "201", NOW + absence.LOCKED + HOUR)[0]
    for easy in ("1111", "12", "abcd", "1234567890123"):
        with pytest.raises(Refused):
            office.do("anna", absence.set_pin, pin=easy)


def test_a_call_to_a_direct_number_goes_to_the_unit_and_names_whom_was_sought(office: Office) -> None:
    def called(session: Session, number: str) -> Case:
        inbound = InboundContact(Channel.PHONE, f"call-{number}", NOW, number, "+46701740605")
        received = intake.receive(session, seeking.sought(session, inbound), NOW)
        return session.get_one(Case, received.case_id)

    case = office.store.sync_run(called, "+46406280451")
    queue = office.store.sync_read(lambda s: s.exec(select(Case.queue_id).where(Case.id == case.id)).one())
    bygg = office.store.sync_read(lambda s: solvik_queue(s, "solvik.bygg"))
    assert (case.subject, queue) == ("Söker Anna Ek", bygg)
    # Her unit has no queue of its own: the municipality's. And no name of somebody protected.
    case = office.store.sync_run(called, "+46406280454")
    assert case.subject == "Söker en medarbetare"
    assert case.queue_id == office.store.sync_read(lambda s: solvik_queue(s, "solvik.allmant"))
    assert office.store.sync_run(called, "+46101234500").subject == ""


def solvik_queue(session: Session, key: str) -> int:
    return session.exec(select(Queue.id).where(Queue.key == key)).one()


def test_a_colleague_is_told_once(office: Office) -> None:
    mailout.use_composer(lambda **fields: fields["text"].encode())
    told = {"key": "k", "person_id": office.id("Anna Ek"), "number": "070-174 06 05", "text": "Gäller tomten"}
    first = office.do("bo", seeking.mail_colleague, **told)
    assert office.do("bo", seeking.mail_colleague, **told) == first
    [mail] = office.store.sync_read(lambda s: s.exec(select(OutgoingMail)).all())
    assert (mail.recipient, mail.sender) == ("anna@solvik.example", "kontaktcenter@solvik.example")
    assert "070-174 06 05" in mail.raw.decode()
    for login, person in (("greta", "Anna Ek"), ("bo", "Dan Skugga")):
        with pytest.raises(Refused):
            office.do(login, seeking.mail_colleague, key="x", person_id=office.id(person))


def test_calendars_fall_due_are_kept_and_grow_old(office: Office) -> None:
    pause = timedelta(minutes=10)
    [due] = office.store.sync_run(calendars.take_due, NOW, pause)
    assert (due.owner, due.etag) == ("anna@solvik.example", "")
    assert office.store.sync_run(calendars.take_due, NOW, pause) == []
    busy = [((NOW + HOUR).timestamp(), (NOW + 2 * HOUR).timestamp(), "busy")]
    office.store.sync_run(calendars.read, due, Fetched(b"", '"1"', ""), busy, NOW)
    known = office.known("Anna Ek", timedelta(minutes=90))
    assert (known.status.reason, known.status.back, known.status.layer) == (Reason.BUSY, NOW + 2 * HOUR, "calendar")
    assert known.calendar_stale is None
    [again] = office.store.sync_run(calendars.take_due, NOW + pause, pause)
    assert again.etag == '"1"'
    office.store.sync_run(calendars.failed, again, "calendar_unreachable", NOW + pause, pause)
    assert office.store.sync_run(calendars.take_due, NOW + 2 * pause, pause) == []
    assert office.known("Anna Ek", 5 * HOUR).calendar_stale == NOW
    office.do("anna", change_calendar)
    office.store.sync_run(calendars.read, again, Fetched(b"", "", ""), busy, NOW)
    assert office.store.sync_read(lambda s: s.exec(select(CalendarState)).all()) == []


def change_calendar(session: Session, actor: Any, now: Any) -> None:
    importing.set_calendar(session, absence.may_set(session, actor, None), "https://cal.solvik.example/new", now)


def test_one_of_thousands_is_found_at_once_after_an_import(office: Office) -> None:
    """How fast is measured by benchmarks/directory.py."""
    everybody = range(100, 3100)
    rows = [f"{n};Namn{n % 97} Efternamn{n};Enhet {n % 40};ord{n};040-628 04 {n % 100:02};;;;;" for n in everybody]
    office.bring(STAFF + "\n".join(rows))
    assert office.find("efternamn2999 enhet") == [f"Namn{2999 % 97} Efternamn2999"]


def test_the_demo_s_staff_is_whole(store: Store) -> None:
    """Every row is right, and its direct numbers lead to people."""
    records, faults = sheet.read(demo_staff.STAFF.read_bytes())
    assert (len(records), faults) == (15, [])
    document = configuration.parse(yaml.safe_load(municipality.TOWN.read_text("utf-8")))
    store.sync_run(configuration.apply, document, NOW)
    store.sync_run(demo_staff.employ, NOW)
    found = store.sync_read(people.at_number, "+46846500423")
    assert found
    known = store.sync_read(people.whereabouts, found, NOW, STALE)
    assert (found.name, known.status.reason, bool(found.user_id)) == ("Cilla Berg", Reason.MEETING, True)


def test_direct_numbers_are_rendered_with_the_telephone_and_the_hours_that_hold(office: Office) -> None:
    plan = office.store.sync_read(place.read_plan)
    point = plan.numbers[0].point
    assert plan.directs == (Direct("+46406280451", "201", point), Direct("+46406280454", "", point))
    office.bring("\n".join(line for line in STAFF.splitlines() if not line.startswith("4;")))
    assert len(office.store.sync_read(place.read_plan).directs) == 1
