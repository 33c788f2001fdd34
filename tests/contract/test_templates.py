"""Texts that are written often, on both databases: by unit, topic and language; nothing unfilled is sent."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import Session, select

from channels.email.compose import compose
from contactcenter import configuration, desk, mailout, templates
from contactcenter.errors import Misconfigured, NotFound, Refused
from contactcenter.model import Case, Topic
from contactcenter.store import Store
from contactcenter.templates import Template
from tests import town as solvik
from tests.contract.test_answering import answer, taken
from tests.contract.test_intake import MAIL, receive
from tests.fixtures.store import NOW

ZONE = "Europe/Stockholm"
TEXTS = {
    "templates": [
        {"key": "tack", "name": "Tack", "organisation": "solvik", "text": "Hej {citizen}! Ditt ärende är {case}."},
        {"key": "thanks", "name": "Thanks", "organisation": "solvik", "language": "en", "text": "Case {case}"},
        {
            "key": "bygg",
            "name": "Ritning",
            "organisation": "solvik",
            "topic": "bygg.bygglov",
            "text": "{topic} {today}",
        },
        {"key": "granby", "name": "Granby", "organisation": "granby", "text": "Hej"},
    ]
}  # fmt: skip


def furnish(session: Session) -> None:
    configuration.apply(session, configuration.parse(TEXTS), NOW)


@pytest.fixture
def case_id(town: Store) -> int:
    mailout.use_composer(compose)
    town.sync_run(furnish)
    receive(town, MAIL)
    return town.sync_run(taken)


def offered(session: Session, case_id: int) -> list[str]:
    return [one.key for one in templates.offered(session, session.get_one(Case, case_id))]


def filled(session: Session, case_id: int, key: str) -> str:
    template = session.exec(select(Template).where(Template.key == key)).one()
    return templates.fill(session, solvik.actor(session, "anna"), case_id, template.id, NOW, ZONE)


def of(session: Session, case_id: int, topic: str, language: str) -> None:
    case = session.get_one(Case, case_id)
    case.topic_id = session.exec(select(Topic.id).where(Topic.key == topic)).one()
    case.language = language
    session.add(case)


def test_those_for_the_topic_and_in_the_language_come_first(town: Store, case_id: int) -> None:
    town.sync_run(of, case_id, "solvik.ovrigt", "")
    assert town.sync_read(offered, case_id) == ["bygg", "tack", "thanks"]  # none of the neighbour's; by name
    town.sync_run(of, case_id, "bygg.bygglov", "en")
    assert town.sync_read(offered, case_id) == ["thanks", "bygg", "tack"]


def test_places_are_filled_and_what_is_not_known_is_marked(town: Store, case_id: int) -> None:
    number = town.sync_read(lambda session: session.get_one(Case, case_id).number)
    text = town.sync_read(filled, case_id, "tack")
    assert text == f"Hej ⟦citizen⟧! Ditt ärende är {number}."
    with pytest.raises(Refused) as refused:
        town.sync_run(answer, case_id, text=text)
    assert refused.value.code == "unfilled"
    town.sync_run(link, case_id, False)
    assert town.sync_read(filled, case_id, "tack").startswith("Hej Eva Berg!")
    town.sync_run(of, case_id, "bygg.bygglov", "")
    assert town.sync_read(filled, case_id, "bygg") == "Bygglov 2026-11-23"


def link(session: Session, case_id: int, protected: bool) -> None:
    siv = solvik.actor(session, "siv")
    desk.link_citizen(session, siv, case_id, NOW, name="Eva Berg", protected=protected)


def test_a_protected_identity_is_never_filled_in(town: Store, case_id: int) -> None:
    town.sync_run(link, case_id, True)
    assert "Eva" not in town.sync_read(filled, case_id, "tack")


def test_the_neighbours_text_is_not_to_be_had(town: Store, case_id: int) -> None:
    with pytest.raises(NotFound):
        town.sync_read(filled, case_id, "granby")


def test_an_unknown_place_is_refused_when_it_is_written() -> None:
    wrong = {"templates": [TEXTS["templates"][0] | {"text": "Hej {namn}"}]}
    with pytest.raises(Misconfigured, match="namn"):
        configuration.parse(wrong)


def test_they_come_out_as_they_went_in(town: Store) -> None:
    town.sync_run(furnish)
    document = town.sync_read(configuration.export)
    assert {one.key: one.text for one in document.templates} == {one["key"]: one["text"] for one in TEXTS["templates"]}
    assert town.sync_read(configuration.plan, document) == []


@given(st.text(), st.text())
def test_what_is_filled_in_is_never_looked_through_for_places(name: str, rest: str) -> None:
    known = {"citizen": name, "case": "KC-2026-000001"}
    assert templates.render("{citizen}|{case}", known) == f"{name or '⟦citizen⟧'}|KC-2026-000001"
    assert templates.render(rest.replace("{", "").replace("}", ""), known) == rest.replace("{", "").replace("}", "")
