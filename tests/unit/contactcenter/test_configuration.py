"""The configuration document: what is wrong is named, what is written is read back the same."""

import copy
from typing import Any

import pytest

from contactcenter import configuration
from contactcenter.errors import Misconfigured
from contactcenter.store import Store
from tests import town as solvik
from tests.fixtures.store import NOW


def changed(section: str, index: int, **fields: Any) -> dict[str, Any]:
    raw: dict[str, Any] = copy.deepcopy(solvik.SOLVIK)
    raw[section][index] |= fields
    return raw


def test_what_is_written_is_read_back(town: Store) -> None:
    exported = town.sync_read(configuration.export)
    again = configuration.parse(exported.model_dump(mode="json"))
    assert town.sync_read(configuration.plan, again) == []


def test_a_dry_run_says_what_would_change_and_changes_nothing(town: Store) -> None:
    document = configuration.parse(changed("queues", 1, name="Bygglov och tillsyn"))
    plan = town.sync_read(configuration.plan, document)
    assert plan == [configuration.Change("change", "queue", "solvik.bygg", {"name": ("Bygg", "Bygglov och tillsyn")})]
    assert town.sync_read(configuration.plan, document) == plan


def test_children_may_stand_before_parents(store: Store) -> None:
    raw = {**solvik.SOLVIK, "organisations": solvik.SOLVIK["organisations"][::-1]}
    store.sync_run(configuration.apply, configuration.parse(raw), NOW)
    assert store.sync_read(configuration.plan, configuration.parse(solvik.SOLVIK)) == []


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        ({"organisations": [{"key": "a"}]}, "organisations.0.name"),
        ({"organisation": []}, "organisation"),
        ({"users": [{"login": "x", "name": "X", "organisation": "a", "role": "boss"}]}, "users.0.role"),
        ({"organisations": [{"key": "a", "name": "A"}, {"key": "a", "name": "B"}]}, "stands twice"),
        ([], "must be a mapping"),
    ],
)
def test_a_wrong_document_is_refused_by_place(raw: Any, says: str) -> None:
    with pytest.raises(Misconfigured) as caught:
        configuration.parse(raw)
    assert says in caught.value.text


def test_a_key_that_leads_nowhere_is_named(store: Store) -> None:
    document = configuration.parse(changed("topics", 1, queue="solvik.okand"))
    with pytest.raises(Misconfigured) as caught:
        store.sync_run(configuration.apply, document, NOW)
    assert "solvik.okand" in caught.value.text
    assert store.sync_read(configuration.export).organisations == []


def test_parents_in_a_ring_are_refused(store: Store) -> None:
    ring = [{"key": "a", "name": "A", "parent": "b"}, {"key": "b", "name": "B", "parent": "a"}]
    with pytest.raises(Misconfigured):
        store.sync_run(configuration.apply, configuration.parse({"organisations": ring}), NOW)
