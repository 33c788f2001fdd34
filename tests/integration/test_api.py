"""The REST API as another system uses it: keys and scopes, lists, changes, idempotency, and its description."""

import asyncio
import re
from datetime import timedelta
from typing import Any

import httpx2
import msgspec
import pytest
from sqlmodel import Session, select

from contactcenter import accounts, calls, cases
from contactcenter.accounts import SCOPES
from contactcenter.clock import utc_now
from contactcenter.entry import ApiKey, IdempotentAnswer
from contactcenter.model import Case, Contact, Topic
from contactcenter.ports import InboundContact
from contactcenter.states import CaseState, Channel
from contactcenter.store import Store
from tests.integration.consoles import Site, running
from ui import api_models, api_v1, openapi

pytestmark = pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
Client = httpx2.AsyncClient


async def client(site: Site, *scopes: str, organisation: str = "solvik") -> Client:
    """Another system with a key."""
    token = await site.run(accounts.add_key, "E-tjänsten", organisation, list(scopes or SCOPES), utc_now())
    browser = site.stranger()
    browser.http.headers["Authorization"] = f"Bearer {token}"
    del browser.http.headers["Origin"]
    return browser.http


def problem(answer: httpx2.Response) -> tuple[int, str]:
    """Status and code of a problem that is written as RFC 9457 wants it."""
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    said = msgspec.json.decode(answer.content, type=api_models.ApiProblem)
    assert said.status == answer.status_code
    return said.status, said.code


# who calls


async def test_without_a_key_or_with_a_wrong_one_nothing_is_said(still: Site) -> None:
    nobody = still.stranger()
    for operation in api_v1.OPERATIONS:
        address = "/api/v1" + operation.path.replace("{id}", "1")
        for headers in ({}, {"Authorization": "Bearer kc_guess"}, {"Authorization": "Basic eDp5"}):
            answer = await nobody.http.request(operation.method, address, headers=headers)
            assert problem(answer) == (401, "unauthorized")
            assert answer.headers["www-authenticate"] == "Bearer"


async def test_a_console_s_cookie_is_no_key(still: Site) -> None:
    anna = await still.browser("anna")
    assert problem(await anna.get("/api/v1/cases")) == (401, "unauthorized")


@pytest.mark.parametrize("operation", api_v1.OPERATIONS, ids=lambda one: one.name)
async def test_every_operation_asks_for_its_scope(still: Site, operation: openapi.Operation) -> None:
    other = await client(still, *(scope for scope in SCOPES if scope != operation.scope))
    answer = await other.request(operation.method, "/api/v1" + operation.path.replace("{id}", "1"), json={})
    assert problem(answer) == (403, "scope")


async def test_a_revoked_key_is_no_key(still: Site) -> None:
    def revoke(session: Session) -> None:
        session.exec(select(ApiKey)).one().revoked_at = utc_now()

    api = await client(still)
    await still.run(revoke)
    assert problem(await api.get("/api/v1/cases")) == (401, "unauthorized")


async def test_only_the_hash_of_a_key_is_kept(still: Site) -> None:
    api = await client(still)
    token = api.headers["authorization"].partition(" ")[2]
    kept = await still.store.read(lambda session: session.exec(select(ApiKey)).one().model_dump_json())
    assert token not in kept


async def test_a_key_that_asks_too_often_is_told_to_wait(town: Store, tmp_path: Any) -> None:
    async with running(town, tmp_path, api_per_minute=60) as site:
        api = await client(site)
        answers = [await api.get("/api/v1/queues") for _ in range(8)]
        await site.close()
    assert [answer.status_code for answer in answers[:6]] == [200] * 6
    assert problem(answers[-1]) == (429, "too_many_requests")
    assert int(answers[-1].headers["retry-after"]) >= 1


# reading


async def test_cases_are_listed_newest_first_and_page_by_page(still: Site) -> None:
    ids = [(await still.mail()).case_id for _ in range(7)]
    api, seen, cursor = await client(still), [], ""
    while True:
        page = (await api.get("/api/v1/cases", params={"limit": 3} | ({"cursor": cursor} if cursor else {}))).json()
        seen += [case["id"] for case in page["cases"]]
        if not (cursor := page["next"]):
            break
    assert seen == list(reversed(ids))


async def test_cases_are_narrowed_by_what_is_asked_for(still: Site) -> None:
    one, other = await still.mail("bygg@solvik.example"), await still.mail()
    await still.run(_closed, other.case_id)
    api = await client(still)

    async def ids(**query: Any) -> list[int]:
        return [case["id"] for case in (await api.get("/api/v1/cases", params=query)).json()["cases"]]

    assert await ids(state="waiting") == [one.case_id]
    assert await ids(state="closed") == [other.case_id]
    assert await ids(topic_id=2) == [one.case_id]
    assert await ids(number=other.case_number) == [other.case_id]
    assert await ids(channel="post") == []
    assert await ids(changed_since=(utc_now() + timedelta(hours=1)).isoformat()) == []
    assert len(await ids(changed_since=(utc_now() - timedelta(hours=1)).isoformat())) == 2


def _closed(session: Session, case_id: int) -> None:
    session.get_one(Case, case_id).state = CaseState.CLOSED


@pytest.mark.parametrize(
    "query",
    ["limit=0", "limit=201", "limit=x", "state=nonsense", "cursor=nonsense", "cursor=aWQ6eA", "nonsense=1",
     "changed_since=2026-01-01T00:00:00", "changed_since=yesterday"],
)  # fmt: skip
async def test_a_wrong_query_is_refused(still: Site, query: str) -> None:
    assert problem(await (await client(still)).get(f"/api/v1/cases?{query}")) == (422, "arguments")


async def test_the_queue_is_given_in_the_order_it_is_worked(still: Site) -> None:
    late = await still.mail()
    urgent = await still.mail()
    await still.run(_priority, urgent.case_id)
    call = InboundContact(
        channel=Channel.PHONE, key="c", arrived_at=utc_now() - timedelta(seconds=30), address_point="+46101234500"
    )
    called = await still.run(calls.call_waiting, call, utc_now())
    await still.settled()
    found = (await (await client(still)).get("/api/v1/queue")).json()
    assert [case["id"] for case in found["cases"]] == [called.case_id, urgent.case_id, late.case_id]
    assert found["total"] == 3
    assert 0.4 < found["cases"][0]["used"] < 0.9


def _priority(session: Session, case_id: int) -> None:
    cases.change(session, cases.get(session, case_id), utc_now(), priority=2)


async def test_queue_figures(still: Site) -> None:
    await still.mail()
    await still.mail("bygg@solvik.example")
    await still.settled()
    found = (await (await client(still)).get("/api/v1/queues")).json()["queues"]
    assert [(queue["name"], queue["waiting"], queue["waiting_total"]) for queue in found] == [
        ("Allmänt", {"email": 1}, 1),
        ("Bygg", {"email": 1}, 1),
    ]
    assert all(queue["oldest_at"] for queue in found)


async def test_a_case_that_has_not_changed_is_not_sent_again(still: Site) -> None:
    case_id, api = (await still.mail()).case_id, await client(still)
    first = await api.get(f"/api/v1/cases/{case_id}")
    assert first.json()["contacts"][0]["text"] == "Hej!"
    again = await api.get(f"/api/v1/cases/{case_id}", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


# changing


async def test_a_case_is_changed_only_as_it_was_read(still: Site) -> None:
    case_id, api = (await still.mail()).case_id, await client(still)
    address = f"/api/v1/cases/{case_id}"
    tag = (await api.get(address)).headers["etag"]
    assert problem(await api.patch(address, json={"priority": 1})) == (428, "if_match_missing")
    changed = await api.patch(address, json={"priority": 1, "subject": "Altan"}, headers={"If-Match": tag})
    assert (changed.json()["priority"], changed.json()["subject"]) == (1, "Altan")
    stale = await api.patch(address, json={"priority": 2}, headers={"If-Match": tag})
    assert problem(stale) == (412, "changed_meanwhile")
    fresh = await api.patch(address, json={"priority": 2}, headers={"If-Match": changed.headers["etag"]})
    assert fresh.json()["priority"] == 2


async def test_two_who_change_the_same_version_one_is_told(still: Site) -> None:
    case_id, api = (await still.mail()).case_id, await client(still)
    tag = (await api.get(f"/api/v1/cases/{case_id}")).headers["etag"]
    tries = [api.patch(f"/api/v1/cases/{case_id}", json={"priority": n}, headers={"If-Match": tag}) for n in (1, 2)]
    assert sorted(answer.status_code for answer in await asyncio.gather(*tries)) == [200, 412]


async def test_a_note_of_another_system_is_in_the_timeline_and_shows_in_the_console(still: Site) -> None:
    case_id, api = (await still.mail()).case_id, await client(still)
    anna = await still.console_of("anna")
    await anna.ok("next_case")
    answer = await api.post(f"/api/v1/cases/{case_id}/notes", json={"text": "Betald."})
    assert answer.status_code == 201
    await anna.sees(lambda one: one.rows("cases")[str(case_id)]["unread"], "it is unread")
    detail = (await anna.browser.get(f"/api/console/cases/{case_id}")).json()
    assert (detail["contacts"][-1]["text"], detail["contacts"][-1]["sender_name"]) == ("Betald.", "E-tjänsten")


async def test_a_case_is_closed_from_where_it_is_and_only_once(still: Site) -> None:
    case_id, api = (await still.mail("bygg@solvik.example")).case_id, await client(still)
    address = f"/api/v1/cases/{case_id}/closure"
    closed = await api.post(address, json={"outcome": "self_service", "note": "Löst i e-tjänsten."})
    assert (closed.status_code, closed.json()["state"], closed.json()["outcome"]) == (200, "closed", "self_service")
    assert problem(await api.post(address, json={"outcome": "self_service"})) == (409, "case_moved_on")
    assert problem(await api.post(address, json={"outcome": "nonsense"})) == (422, "arguments")


async def test_a_case_that_is_offered_is_taken_back_when_it_is_closed(site: Site) -> None:
    bo = await site.console_of("bo")
    await bo.ok("set_presence", state="available")
    case_id = (await site.mail("bygg@solvik.example")).case_id
    await site.run(_no_skills)
    await bo.sees(lambda one: one.rows("offers"), "the offer")
    answer = await (await client(site)).post(f"/api/v1/cases/{case_id}/closure", json={"outcome": "answered"})
    assert answer.status_code == 200, answer.text
    await bo.sees(lambda one: not one.rows("offers") and not one.rows("cases"), "the offer is gone")


def _no_skills(session: Session) -> None:
    for topic in session.exec(select(Topic)).all():
        topic.skills = {}


async def test_a_web_form_becomes_a_case_like_any_other(still: Site) -> None:
    api, anna = await client(still, "contacts:write"), await still.console_of("anna")
    form = {
        "topic": "bygg.bygglov",
        "text": "Får jag bygga en altan?",
        "subject": "Altan",
        "name": "Kim Ask",
        "email": "Kim@Medborgare.example",
        "phone": "070-174 06 05",
        "fields": {"Fastighet": "Solvik 1:23"},
    }
    answer = await api.post("/api/v1/contacts", json=form)
    assert answer.status_code == 201, answer.text
    assert re.fullmatch(r"/api/v1/cases/\d+", answer.headers["location"])
    case_id = answer.json()["case_id"]
    await anna.sees(lambda one: str(case_id) in one.rows("cases"), "the case")
    row = anna.rows("cases")[str(case_id)]
    assert (row["channel"], row["subject"], row["sender"], row["queue_id"]) == ("web", "Altan", "Kim Ask", 2)
    detail = (await anna.browser.get(f"/api/console/cases/{case_id}")).json()
    assert detail["contacts"][0]["text"] == "Får jag bygga en altan?\n\nFastighet: Solvik 1:23"
    assert detail["contacts"][0]["sender"] == "kim@medborgare.example"


@pytest.mark.parametrize(
    ("form", "code"),
    [
        ({"topic": "granby.ovrigt", "text": "x"}, "no_such_topic"),
        ({"topic": "nowhere", "text": "x"}, "no_such_topic"),
        ({"topic": "bygg.bygglov", "text": ""}, "arguments"),
        ({"topic": "bygg.bygglov", "text": "x", "email": "not an address"}, "recipients"),
        ({"topic": "bygg.bygglov", "text": "x", "phone": "12"}, "number"),
        ({"topic": "bygg.bygglov", "text": "x", "surprise": 1}, "arguments"),
    ],
)
async def test_a_wrong_form_is_refused_and_leaves_nothing(still: Site, form: dict[str, Any], code: str) -> None:
    answer = await (await client(still)).post("/api/v1/contacts", json=form)
    assert problem(answer)[1] == code
    assert await still.store.read(lambda session: session.exec(select(Contact)).all()) == []


# once


FORM = {"topic": "bygg.bygglov", "text": "Får jag bygga?", "name": "Kim Ask"}


async def test_the_same_key_is_done_once_and_answered_alike(still: Site) -> None:
    api, headers = await client(still), {"Idempotency-Key": "form-17"}
    answers = await asyncio.gather(*(api.post("/api/v1/contacts", json=FORM, headers=headers) for _ in range(5)))
    assert len({answer.content for answer in answers}) == 1
    assert {answer.status_code for answer in answers} == {201}
    assert len(await still.store.read(lambda session: session.exec(select(Case)).all())) == 1


async def test_a_key_used_for_something_else_is_refused(still: Site) -> None:
    api, headers = await client(still), {"Idempotency-Key": "form-17"}
    await api.post("/api/v1/contacts", json=FORM, headers=headers)
    other = await api.post("/api/v1/contacts", json=FORM | {"text": "Annat."}, headers=headers)
    assert problem(other) == (422, "key_reused")
    long = await api.post("/api/v1/contacts", json=FORM, headers={"Idempotency-Key": "x" * 201})
    assert problem(long) == (422, "arguments")


async def test_a_refused_request_may_be_tried_again_with_its_key(still: Site) -> None:
    api, headers = await client(still), {"Idempotency-Key": "form-17"}
    assert problem(await api.post("/api/v1/contacts", json=FORM | {"phone": "1"}, headers=headers))[1] == "number"
    assert (await api.post("/api/v1/contacts", json=FORM, headers=headers)).status_code == 201


async def test_an_answer_is_kept_for_a_day(still: Site) -> None:
    api, headers = await client(still), {"Idempotency-Key": "form-17"}
    await api.post("/api/v1/contacts", json=FORM, headers=headers)

    def yesterday(session: Session) -> None:
        session.exec(select(IdempotentAnswer)).one().at = utc_now() - timedelta(hours=25)

    await still.run(yesterday)
    assert (await api.post("/api/v1/contacts", json=FORM, headers=headers)).status_code == 201
    assert len(await still.store.read(lambda session: session.exec(select(IdempotentAnswer)).all())) == 1


async def test_two_systems_keys_are_their_own(still: Site) -> None:
    one, other = await client(still), await client(still)
    for api in (one, other):
        await api.post("/api/v1/contacts", json=FORM, headers={"Idempotency-Key": "form-17"})
    assert len(await still.store.read(lambda session: session.exec(select(Case)).all())) == 2
