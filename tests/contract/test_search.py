"""Search finds the same cases on both databases, only those one may see, and takes any text for a query."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlmodel import Session

from contactcenter import agents, desk, intake, migrate, search, tokens
from contactcenter.model import Case
from contactcenter.ports import InboundContact
from contactcenter.search import Hit
from contactcenter.search_words import SNIPPET
from contactcenter.states import Channel
from contactcenter.store import Store
from tests import town as solvik
from tests.fixtures.store import NOW

SOLVIK, GRANBY = "kontaktcenter@solvik.example", "kommun@granby.example"


def mail(number: int, text: str, to: str = SOLVIK, **changes: object) -> InboundContact:
    usual = InboundContact(
        channel=Channel.EMAIL,
        key=f"<{number}@citizen.example>",
        arrived_at=NOW,
        address_point=to,
        sender=f"person{number}@citizen.example",
        text=text,
    )
    return replace(usual, **changes)  # type: ignore[arg-type]


def receive(session: Session, inbound: InboundContact) -> int:
    return intake.receive(session, inbound, NOW).case_id


def file(town: Store, text: str, number: int = 0, **changes: object) -> int:
    """A case with this text; returns its id."""
    return town.sync_run(receive, mail(number or abs(hash(text)), text, **changes))  # type: ignore[arg-type]


def scope_of(session: Session, login: str) -> frozenset[int]:
    return agents.scope(session, solvik.user(session, login).organisation_id)


def find(town: Store, query: str, who: str = "anna", **how: object) -> list[Hit]:
    scope = town.sync_read(scope_of, who)
    return town.sync_read(search.find, query, scope, **how)  # type: ignore[arg-type]


def found(town: Store, query: str, who: str = "anna", **how: object) -> list[int]:
    return [hit.case_id for hit in find(town, query, who, **how)]


def set_protected(session: Session, case_id: int) -> None:
    case = session.get_one(Case, case_id)
    case.protected = True
    session.add(case)


def number_of(town: Store, case_id: int) -> str:
    return town.sync_read(lambda session: session.get_one(Case, case_id).number)


def test_newest_first_and_page_by_page(town: Store) -> None:
    ids = [file(town, f"Fråga {number} om altan", number) for number in range(1, 8)]
    newest_first = list(reversed(ids))
    assert found(town, "altan") == newest_first
    assert found(town, "altan", limit=3) == newest_first[:3]
    assert found(town, "altan", limit=3, before=newest_first[2]) == newest_first[3:6]
    assert found(town, "altan", before=ids[0]) == []


def test_every_word_must_be_there_and_may_be_a_beginning(town: Store) -> None:
    both = file(town, "Bygglovet för min altan")
    file(town, "Bygglovet för mitt garage")
    assert found(town, "altan bygglov") == [both]
    assert found(town, "by al") == [both]
    assert found(town, "byg alt") == [both]
    assert found(town, "altan simhall") == []


def test_words_in_quotes_are_whole(town: Store) -> None:
    whole, longer = file(town, "ett lov att bygga"), file(town, "skolans lovschema")
    assert found(town, "lov") == [longer, whole]
    assert found(town, '"lov"') == [whole]


def test_the_swedish_letters_are_letters_of_their_own(town: Store) -> None:
    malmo = file(town, "Tåget till MALMÖ över Åmål")
    ide = file(town, "En idé om återvinning och Andrés förslag")
    assert found(town, "malmö") == found(town, "Åmål") == [malmo]
    assert found(town, "malmo") == found(town, "amal") == []
    assert found(town, "ide andre") == found(town, "idé") == [ide]
    assert found(town, "A\u030amål") == [malmo], "the same letter, written in two"


def test_a_case_number_finds_its_case_first(town: Store) -> None:
    case = file(town, "angående snöröjningen")
    number = number_of(town, case)
    mentions = file(town, f"angående mitt ärende {number}")
    digits = number[3:]
    for query in (number, f"kc{digits}", f"KC {digits}", f" {number.lower()} ", f"angående {number}"):
        assert found(town, query) == [case, mentions], query


def test_a_telephone_number_is_found_however_it_is_written(town: Store) -> None:
    written = ("070-123 45 67", "0701234567", "+46 70 123 45 67", "+46 (0)70-123 45 67", "Tel:070/1234567.")
    ids = [file(town, f"Ring mig på {one}, helst efter fem") for one in written]
    file(town, "Ring mig på 070-765 43 21")
    for asked in ("070-1234567", "070 123 45 67", "+46701234567", "0046701234567", "070-123 45", "(070) 123"):
        assert found(town, asked) == ids[::-1], asked


def test_a_personal_number_is_found_however_it_is_written(town: Store) -> None:
    written = ("19890102-9802", "890102-9802", "8901029802", "890102 9802", "198901029802", "890102+9802")
    ids = [file(town, f"Mitt personnummer är {one}.") for one in written]
    file(town, "Mitt personnummer är 19890103-9801.")
    for asked in ("890102-9802", "198901029802", "19890102 9802", "890102+9802", "890102-98"):
        assert found(town, asked) == ids[::-1], asked


def test_a_mail_address_is_found_whole_or_in_part(town: Store) -> None:
    case = file(town, "hej", sender="eva.ek@citizen.example")
    other = file(town, "hejsan", sender="eva.eriksson@citizen.example", marks=(("email", "eva.ekman@other.example"),))
    for asked in ("Eva.Ek@Citizen.Example", "eva.ek@citizen"):
        assert found(town, asked) == [case], asked
    for asked in ("eva.ek", "citizen.example eva", "eva"):
        assert found(town, asked) == [other, case], asked


def test_a_later_contact_finds_the_case_too(town: Store) -> None:
    case = file(town, "Snö på gatan", 1)
    token = tokens.verified(tokens.subject_token(number_of(town, case)))
    assert file(town, "Nu är det is också", 2, certain_cases=tuple(token)) == case
    assert found(town, "snö is") == [case]


def test_only_cases_of_ones_own_organisations(town: Store) -> None:
    ours, theirs = file(town, "fiber på landet"), file(town, "fiber i stan", to=GRANBY)
    assert found(town, "fiber") == [ours]
    assert found(town, "fiber", "greta") == [theirs]
    assert found(town, number_of(town, theirs)) == []
    assert town.sync_read(search.find, "fiber", frozenset()) == []
    assert town.sync_read(search.find, "fiber", frozenset({10_000})) == []
    everybody = town.sync_read(scope_of, "anna") | town.sync_read(scope_of, "greta")
    assert [hit.case_id for hit in town.sync_read(search.find, "fiber", everybody)] == [theirs, ours]


def test_a_department_sees_its_own_and_a_moved_case_follows(town: Store) -> None:
    def department(session: Session) -> int:
        return next(one.organisation_id for one in [session.get_one(Case, building)])

    building = file(town, "altan i trä", to="bygg@solvik.example")
    file(town, "altan i betong")
    own = frozenset({town.sync_read(department)})
    assert [hit.case_id for hit in town.sync_read(search.find, "altan", own)] == [building]

    def move(session: Session) -> None:
        session.get_one(Case, building).organisation_id = solvik.user(session, "anna").organisation_id

    town.sync_run(move)
    assert town.sync_read(search.find, "altan", own) == []


def test_protected_cases_are_found_only_by_those_with_the_right(town: Store) -> None:
    case = file(town, "Jag heter Hemma Hemlig och bor på Gömda gatan 1", sender="hemma@citizen.example")
    town.sync_run(set_protected, case)
    for query in ("hemlig", "gömda", "hemma@citizen.example", "hem"):
        assert found(town, query) == []
        assert found(town, query, best=True) == []
        assert found(town, query, sees_protected=True) == [case]
    number = number_of(town, case)
    assert find(town, number) == [Hit(case, "")], "the number alone says nothing about the person"
    assert find(town, f"{number} hemlig") == [Hit(case, "")]
    assert "Hemlig" in find(town, number, sees_protected=True)[0].snippet


def test_the_snippet_is_round_what_was_looked_for(town: Store) -> None:
    file(town, "inledning " * 100 + "\nså frågan om bergvärme\n" + "avslutning " * 100)
    (hit,) = find(town, "bergvärme")
    assert "frågan om bergvärme avslutning" in hit.snippet
    assert hit.snippet.startswith("…")
    assert hit.snippet.endswith("…")
    assert len(hit.snippet) <= SNIPPET + 2


def test_best_puts_the_words_as_they_stand_first(town: Store) -> None:
    exact = file(town, "riva en mur")
    beginning = file(town, "murarens rivningslov")
    assert found(town, "riv mur") == [beginning, exact]
    assert found(town, "riva en mur", best=True) == [exact]
    scattered = file(town, "mur att riva, en gammal")
    assert found(town, "riva en mur") == [scattered, exact]
    assert found(town, "riva en mur", best=True) == [exact, scattered]


def test_replace_merge_and_remove(town: Store) -> None:
    first, second = file(town, "sophämtning"), file(town, "latrin")

    def change(session: Session) -> None:
        case = session.get_one(Case, first)
        search.replace(session, first, case.organisation_id, "kompost")
        search.merge(session, second, first, case.organisation_id)

    town.sync_run(change)
    assert found(town, "sophämtning") == []
    assert found(town, "kompost latrin") == [first]
    town.sync_run(search.remove, first)
    town.sync_run(search.remove, first)
    assert found(town, "kompost") == []


def test_a_merged_case_is_found_as_the_one_it_went_into(town: Store) -> None:
    case, into = file(town, "hål i vägen"), file(town, "trasig asfalt")

    def merge(session: Session) -> None:
        desk.merge(session, solvik.actor(session, "anna"), case, into, NOW)

    number = number_of(town, case)
    town.sync_run(merge)
    assert found(town, number) == [into]
    assert found(town, "hål asfalt") == [into]
    assert found(town, "hål") == [into]


def test_rebuild_finds_the_same(town: Store) -> None:
    ids = [file(town, f"vägbelysning trasig {number}", number) for number in range(1, 5)]
    queries = ("vägbelysning", "vä", "citizen.example", "2026")
    before = [find(town, query) for query in queries]
    assert town.sync_run(search.rebuild) == len(ids)
    assert [find(town, query) for query in queries] == before
    assert found(town, "vägbelysning") == ids[::-1]


def test_many_words_and_huge_texts_are_cut_not_refused(town: Store) -> None:
    case = file(town, "ö" * 500 + " " + " ".join(f"ord{number}" for number in range(60_000)))
    assert found(town, "ö" * 500) == [case]
    assert found(town, "ord17") == [case]
    assert found(town, " ".join(["ord17"] * 1000)) == [case]


def test_an_older_match_is_found_beyond_the_newest_thousand(town: Store) -> None:
    def many(session: Session) -> None:
        organisation = solvik.user(session, "anna").organisation_id
        for number in range(700):
            case = intake.receive(session, mail(number + 10, "dagis"), NOW)
            search.replace(session, case.case_id, organisation, "dagis" if number % 60 else "dagis sällan")

    rare = file(town, "dagis och en önskan", 1)
    town.sync_run(many)
    assert found(town, "önskan dagis") == [rare]
    assert len(found(town, "dagis", limit=30)) == 30
    assert found(town, "sällan", limit=12)[-1] == rare + 1, "beyond the first look, walked for"


# any text is a query


@pytest.fixture(scope="module")
def both(
    migrated_sqlite: Path,
    migrated_postgres: str,
    new_postgres_database: object,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[list[Store]]:
    """The same cases in a database of each kind."""
    path = tmp_path_factory.mktemp("search") / "store.sqlite3"
    path.write_bytes(migrated_sqlite.read_bytes())
    stores = [Store(f"sqlite:///{path}"), Store(new_postgres_database(migrated_postgres))]  # type: ignore[operator]
    for store in stores:
        migrate.upgrade(store.engine)
        store.sync_run(solvik.build, NOW)
        for number, text in enumerate(TEXTS, 1):
            store.sync_run(receive, mail(number, text, to=GRANBY if number % 5 == 0 else SOLVIK))
    yield stores
    for store in stores:
        store.close()


TEXTS = [
    "Bygglov för altan, ring 070-123 45 67",
    "bygglovets avgift och or and not near",
    "Personnummer 19890102-9802, eva@citizen.example",
    "Återvinning på Ålgatan: 'citat' och \\bakstreck\\ :* & | ! ( )",
    "fel kommun",
    'Sa han "hej" till e.p@citizen.example? KC-2026-000003',
    "日本語 и русский текст ² ½ ﬁn",
    "o'hara@citizen.example x" + "y" * 100,
]
pieces = st.sampled_from(
    [
        *"'\"\\()*:&|!<->^~%_-+@.,;#\x00\ud800\u0301 \n", "OR", "AND", "NOT", "NEAR", "bygg", "lov", "å", "070", "1989",
        "kc-2026-000003", "eva@citizen.example", "o'hara@", "rus", "日", "fi", "--", "/*", "search_index", "yyyy",
    ]
)  # fmt: skip
queries = st.one_of(st.text(max_size=60), st.lists(pieces, max_size=8).map("".join), st.lists(pieces).map(" ".join))


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(query=queries, best=st.booleans(), who=st.sampled_from(["anna", "greta"]))
@example(query='"', best=False, who="anna")
@example(query="bygg* OR (", best=False, who="anna")
@example(query="a'b\\c:*", best=True, who="anna")
def test_no_query_raises_and_both_databases_find_the_same(both: list[Store], query: str, best: bool, who: str) -> None:
    sqlite, postgres = (find(store, query, who, best=best) for store in both)
    assert sqlite == postgres


def test_the_texts_above_are_found(both: list[Store]) -> None:
    for store in both:
        assert len(found(store, "bygg")) == 2
        assert len(found(store, "русск")) == 1
        assert len(found(store, "日本")) == 1
        assert len(found(store, "o'hara@citizen.example")) == 1
        assert len(found(store, "kommun", "greta")) == 1


def test_an_answered_case_is_found_by_what_was_written_later(town: Store) -> None:
    case = file(town, "Hur dags öppnar badet?")
    later = NOW + timedelta(hours=1)
    town.sync_run(
        lambda session: search.add(
            session, case, session.get_one(Case, case).organisation_id, f"Klockan tio {later.year}"
        )
    )
    assert found(town, "badet tio") == [case]
