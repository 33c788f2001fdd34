"""What the REST API keeps to itself, how it fails, and that its description is true."""

from typing import Any

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator
from sqlmodel import select

from contactcenter.errors import Unavailable
from contactcenter.model import Event
from tests.integration.consoles import Site
from tests.integration.test_api import FORM, client, problem
from ui import api_v1, openapi

pytestmark = pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)


# what must not be seen


async def test_a_key_reaches_no_case_of_another_municipality(still: Site) -> None:
    case_id = (await still.mail()).case_id
    api = await client(still, organisation="granby")
    assert (await api.get("/api/v1/cases")).json()["cases"] == []
    await still.settled()
    assert (await api.get("/api/v1/queue")).json() == {"cases": [], "total": 0}
    assert {queue["name"] for queue in (await api.get("/api/v1/queues")).json()["queues"]} == {"Allmänt"}
    address, tag = f"/api/v1/cases/{case_id}", {"If-Match": '"1"'}
    assert problem(await api.get(address)) == (404, "no_such_case")
    assert problem(await api.patch(address, json={"priority": 1}, headers=tag)) == (404, "no_such_case")
    assert problem(await api.post(f"{address}/notes", json={"text": "x"})) == (404, "no_such_case")
    assert problem(await api.post(f"{address}/closure", json={"outcome": "answered"})) == (404, "no_such_case")


async def test_a_protected_identity_is_never_given_out(still: Site) -> None:
    case_id = (await still.mail(facts={"protected": True})).case_id
    await still.settled()
    api = await client(still)
    for path in ("/api/v1/cases", "/api/v1/queue", f"/api/v1/cases/{case_id}"):
        answer = await api.get(path)
        assert str(case_id) in answer.text
        for secret in ("Kim", "medborgare.example", "Fråga", "Hej!"):
            assert secret not in answer.text, path


# faults


async def test_a_database_that_is_away_is_a_503_that_says_when_to_try_again(
    still: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    api = await client(still)
    await api.get("/api/v1/cases")

    async def away(*_args: object, **_kwargs: object) -> None:
        raise Unavailable("database", "the database cannot take this now")

    monkeypatch.setattr(still.store, "run", away)
    answer = await api.post("/api/v1/contacts", json=FORM)
    assert problem(answer) == (503, "database")
    assert int(answer.headers["retry-after"]) > 0


@pytest.mark.parametrize(
    ("content", "kind", "expected"),
    [
        (b"{", "application/json", (400, "bad_json")),
        (b"{}", "text/plain", (415, "json_only")),
        (b'{"text":"' + b"x" * 600_000 + b'"}', "application/json", (413, "body_too_large")),
    ],
)
async def test_a_wrong_body_is_a_problem(still: Site, content: bytes, kind: str, expected: tuple[int, str]) -> None:
    api = await client(still)
    answer = await api.post("/api/v1/contacts", content=content, headers={"Content-Type": kind})
    assert problem(answer) == expected


async def test_what_the_api_does_is_journalled(still: Site) -> None:
    case_id, api = (await still.mail("bygg@solvik.example")).case_id, await client(still)
    await api.post(f"/api/v1/cases/{case_id}/closure", json={"outcome": "answered"})
    kinds = await still.store.read(lambda session: session.exec(select(Event.kind)).all())
    assert "case_closed" in kinds


# its description


async def test_the_description_follows_openapi_and_names_every_operation(still: Site) -> None:
    document = (await still.stranger().get("/api/v1/openapi.json")).json()
    OpenAPIV31SpecValidator(document).validate()
    described = {(method.upper(), path) for path, one in document["paths"].items() for method in one}
    ours = {(one.method, "/api/v1" + one.path) for one in api_v1.OPERATIONS}
    assert described == ours | {("POST", "/api/v1/handoff/{key}/status")}


async def test_answers_are_as_described(still: Site) -> None:
    document = openapi.document(api_v1.OPERATIONS, "/api/v1")
    api, case_id = await client(still), (await still.mail("bygg@solvik.example")).case_id
    await still.settled()
    bodies: dict[str, Any] = {
        "/cases/{id}/notes": {"text": "x"},
        "/cases/{id}/closure": {"outcome": "answered"},
        "/contacts": FORM,
        "/cases/{id}": {"priority": 1},
    }
    for operation in api_v1.OPERATIONS:
        path = "/api/v1" + operation.path.replace("{id}", str(case_id))
        headers = {"If-Match": '"1"'} if operation.method == "PATCH" else {}
        body = bodies.get(operation.path) if operation.body else None
        answer = await api.request(operation.method, path, json=body, headers=headers)
        assert answer.status_code == operation.status, answer.text
        schema = {"$ref": f"#/components/schemas/{operation.answer.__name__}", "components": document["components"]}
        Draft202012Validator(schema).validate(answer.json())
