"""Nobody learns anything of another municipality, nor of a protected identity without the right: by no way there is."""

from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from sqlmodel import Session, select

from contactcenter import citizens
from contactcenter.clock import utc_now
from contactcenter.model import Case, Contact, Delivery, Event, FileRecord, User
from contactcenter.ports import StoredFile
from contactcenter.states import CaseState, EventKind
from tests.integration.consoles import Screen, Site
from ui.routes import routes

SECRETS = ("Kim Ask", "kim@medborgare.example", "Hemlig", "+46701740605", "hemligt.pdf")
"""What must not be seen by those who may not."""

pytestmark = pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)


async def secret_case(site: Site, **fields: Any) -> int:
    """A case full of what others must not see, worked by Anna and linked to a citizen."""
    sha256, size = site.context.files.put(b"%PDF-1.7 hemligt")
    file = StoredFile(sha256, size, "hemligt.pdf", "application/pdf")
    received = await site.mail(
        subject="Hemlig fråga",
        text="Hemligt innehåll",
        html="<p>Hemligt innehåll</p>",
        files=(file,),
        marks=(("phone", "+46701740605"), ("email", "kim@medborgare.example")),
        **fields,
    )
    await site.run(_link, received.case_id, bool(fields.get("facts", {}).get("protected")))
    return received.case_id


def _link(session: Session, case_id: int, protected: bool) -> None:
    marks = [("phone", "+46701740605"), ("email", "kim@medborgare.example")]
    citizen = citizens.create(session, 1, "Kim Ask", marks, utc_now(), protected=protected)
    case = session.exec(select(Case).where(Case.id == case_id)).one()
    case.citizen_id = citizen.id
    session.add(
        Delivery(case_id=case_id, connector="webhook", idempotency_key="k", next_at=utc_now(), created_at=utc_now())
    )


def said(value: Any) -> Iterator[str]:
    """The secrets that stand anywhere in `value`."""
    text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
    return (secret for secret in SECRETS if secret in text)


# another municipality


async def test_nothing_of_another_municipality_is_in_snapshot_or_events(still: Site) -> None:
    greta = await still.console_of("greta")
    before = len(greta.events)
    case_id = await secret_case(still)
    anna = await still.console_of("anna")
    await anna.ok("next_case")
    await anna.ok("note", case_id=case_id, text="Hemlig anteckning")
    await still.settled(greta)
    later = await (await still.browser("greta")).connect()
    for screen in (greta, later):
        assert screen.rows("cases") == {}
        assert [row["name"] for row in screen.rows("agents").values()] == ["Greta Holm"]
        assert {row["organisation_id"] for row in screen.rows("queues").values()} == {greta.me["organisation_id"]}
        assert not list(said(screen.state))
    told = [event for event in greta.events[before:] if event["kind"] not in ("health", "board")]
    assert told == []


VERBS_ON_A_CASE: list[tuple[str, dict[str, Any]]] = [
    ("pick", {}),
    ("release", {}),
    ("park", {"until": "2027-01-02T10:00:00Z"}),
    ("resume", {}),
    ("transfer", {"queue_id": 3}),
    ("merge", {"into_id": 1}),
    ("close", {"outcome": "answered"}),
    ("reopen", {}),
    ("hand_off", {}),
    ("note", {"text": "x"}),
    ("change", {"subject": "x"}),
    ("dismiss_suggestion", {}),
    ("save_draft", {"kind": "note", "text": "x"}),
    ("link_citizen", {"name": "x"}),
    ("unlink_citizen", {}),
    ("reply", {"to": ["x@y.example"], "subject": "x", "text": "x"}),
    ("call_back", {"number": "+46701740605"}),
]


@pytest.mark.parametrize(("verb", "args"), VERBS_ON_A_CASE)
async def test_no_verb_reaches_a_case_of_another_municipality(still: Site, verb: str, args: dict[str, Any]) -> None:
    case_id = await secret_case(still)
    before = await still.store.read(lambda session: session.get_one(Case, case_id).model_dump())
    greta = await still.console_of("greta")
    answer = await greta.do(verb, case_id=case_id, **args)
    missing = await greta.do(verb, case_id=999_999, **args)
    assert answer["code"] == missing["code"] == "no_such_case", answer
    assert answer["text"] == missing["text"]
    assert await still.store.read(lambda session: session.get_one(Case, case_id).model_dump()) == before


@pytest.mark.parametrize(
    ("verb", "args"),
    [
        ("accept", {"offer_id": 1}),
        ("decline", {"offer_id": 1}),
        ("hang_up", {"contact_id": 1}),
        ("resend", {"delivery_id": 1}),
    ],
)
async def test_no_verb_reaches_other_things_of_another_municipality(
    still: Site, verb: str, args: dict[str, Any]
) -> None:
    await secret_case(still)
    greta = await still.console_of("greta")
    assert (await greta.refused(verb, **args)).startswith("no_such_")


async def test_a_case_cannot_be_sent_to_another_municipality_nor_merged_with_one_of_theirs(still: Site) -> None:
    anna = await still.console_of("anna")
    mine, theirs = await secret_case(still), (await still.mail("kommun@granby.example")).case_id
    await anna.ok("next_case")
    granby = await still.store.read(_granby)
    assert await anna.refused("transfer", case_id=mine, queue_id=granby["queue"]) == "no_such_queue"
    assert await anna.refused("transfer", case_id=mine, agent_id=granby["agent"]) == "no_such_user"
    assert await anna.refused("change", case_id=mine, topic_id=granby["topic"]) == "no_such_topic"
    assert await anna.refused("register", topic_id=granby["topic"], text="x") == "no_such_topic"
    assert await anna.refused("merge", case_id=mine, into_id=theirs) == "no_such_case"


def _granby(session: Session) -> dict[str, int]:
    from contactcenter.model import Queue, Topic, User

    def only(table: Any, condition: Any) -> int:
        return int(session.exec(select(table.id).where(condition)).one())

    return {
        "queue": only(Queue, Queue.key == "granby.allmant"),
        "topic": only(Topic, Topic.key == "granby.ovrigt"),
        "agent": only(User, User.login == "greta"),
    }


async def test_nothing_of_another_municipality_is_found_or_fetched(still: Site) -> None:
    case_id = await secret_case(still)
    greta, nobody = await still.browser("greta"), still.stranger()
    file_id = await still.store.read(lambda session: session.exec(select(FileRecord.id)).one())
    contact_id = await still.store.read(lambda session: session.exec(select(Contact.id)).one())
    addresses = [
        f"/api/console/cases/{case_id}",
        f"/api/console/cases/{case_id}?again=1",
        f"/api/console/cases/{case_id}/contacts/{contact_id}/html",
        f"/files/{file_id}",
    ]
    for address in addresses:
        answer = await greta.get(address)
        assert answer.status_code == 404, address
        assert not list(said(answer.text))
        assert (await nobody.get(address)).status_code == 401
    for query in ("Hemlig", "kim@medborgare.example", "KC-2026-000001", "Kim Ask", "0701740605"):
        assert (await greta.post("/api/console/search", {"q": query})).json()["cases"] == []
        assert (await greta.post("/api/console/citizens", {"q": query})).json()["citizens"] == []
    assert (await greta.get("/api/console/citizens/1")).status_code == 404


async def test_a_contact_is_only_shown_under_its_own_case(still: Site) -> None:
    own = (await still.mail("kommun@granby.example")).case_id
    await secret_case(still)
    contact_id = await still.store.read(
        lambda session: session.exec(select(Contact.id).where(Contact.html != "")).one()
    )
    greta = await still.browser("greta")
    assert (await greta.get(f"/api/console/cases/{own}/contacts/{contact_id}/html")).status_code == 404


async def test_every_address_of_the_console_asks_who_one_is(still: Site) -> None:
    nobody = still.stranger()
    for route in routes():
        path, methods = getattr(route, "path", ""), getattr(route, "methods", None) or set()
        if not path.startswith("/api/console/") and path != "/files/{id:int}":
            continue
        if path.endswith(("/session", "/welcome")) and "DELETE" not in methods:
            continue
        address = path.replace("{id:int}", "1").replace("{contact:int}", "1").replace("{kind}", "days")
        for method in methods - {"HEAD"}:
            answer = await nobody.http.request(method, address, json={})
            assert answer.status_code == 401, (method, path)


# rights


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/api/console/users", None),
        ("POST", "/api/console/users", {"login": "x", "name": "X", "organisation_id": 1}),
        ("PUT", "/api/console/users/1", {"login": "anna", "name": "X", "organisation_id": 1, "role": "administrator"}),
        ("GET", "/api/console/configuration", None),
        ("POST", "/api/console/configuration", {"yaml": "{}", "dry_run": False}),
        ("GET", "/api/console/reports/days?first=2026-11-01&last=2026-11-23", None),
    ],
)
async def test_an_agent_may_not_do_what_supervisors_and_administrators_do(
    still: Site, method: str, path: str, body: dict[str, Any] | None
) -> None:
    anna = await still.browser("anna")
    answer = await anna.http.request(method, path, json=body)
    assert answer.status_code == 403, answer.text
    assert answer.json()["code"] == "not_allowed"


async def test_an_administrator_cannot_touch_users_of_another_municipality(still: Site) -> None:
    alma, granby = await still.browser("alma"), await still.store.read(_granby)
    seen = (await alma.get("/api/console/users")).json()["users"]
    assert "greta" not in {user["login"] for user in seen}
    form = {"login": "greta", "name": "G", "organisation_id": 1}
    assert (await alma.http.put(f"/api/console/users/{granby['agent']}", json=form)).status_code == 404
    elsewhere = {"login": "ny", "name": "Ny", "organisation_id": 4}
    assert (await alma.post("/api/console/users", elsewhere)).status_code == 404


async def test_an_administrator_cannot_lock_themselves_out(still: Site) -> None:
    alma = await still.browser("alma")
    me = next(user for user in (await alma.get("/api/console/users")).json()["users"] if user["login"] == "alma")
    form = {key: value for key, value in me.items() if key not in ("id", "has_password")}
    for change in ({"role": "agent"}, {"active": False}):
        answer = await alma.http.put(f"/api/console/users/{me['id']}", json=form | change)
        assert answer.json()["code"] == "yourself"


# protected identities


async def test_a_protected_identity_is_masked_for_those_without_the_right(still: Site) -> None:
    anna, siv = await still.console_of("anna"), await still.console_of("siv")
    case_id = await secret_case(still, facts={"protected": True})
    await still.settled(anna, siv)
    assert siv.rows("cases")[str(case_id)]["sender"] == "Kim Ask"
    await anna.ok("next_case")
    await anna.ok("note", case_id=case_id, text="Min egen anteckning.")
    await still.settled(anna)
    assert anna.rows("cases")[str(case_id)]["protected"] is True
    assert not list(said(anna.state))
    assert not list(said(anna.events))
    await _masked_over_http(anna, case_id)
    detail = (await siv.browser.get(f"/api/console/cases/{case_id}")).json()
    assert detail["contacts"][0]["text"] == "Hemligt innehåll"
    assert (await siv.browser.get(detail["contacts"][0]["files"][0]["url"])).status_code == 200
    about = (await siv.browser.get("/api/console/citizens/1")).json()
    assert (about["citizen"]["name"], [case["id"] for case in about["cases"]]) == ("Kim Ask", [case_id])
    assert await still.run(_readers_of_citizens) == [("siv", 1)]


def _readers_of_citizens(session: Session) -> list[tuple[str, int]]:
    seen = session.exec(select(Event).where(Event.kind == EventKind.CITIZEN_VIEWED)).all()
    return [(session.get_one(User, event.user_id).login, event.data["citizen_id"]) for event in seen]


async def _masked_over_http(anna: Screen, case_id: int) -> None:
    answer = await anna.browser.get(f"/api/console/cases/{case_id}")
    detail = answer.json()
    assert detail["masked"] is True
    assert not list(said(answer.text))
    assert [contact["text"] for contact in detail["contacts"]] == ["", "Min egen anteckning."]
    assert (await anna.browser.get("/files/1")).status_code == 404
    html = f"/api/console/cases/{case_id}/contacts/{detail['contacts'][0]['id']}/html"
    assert (await anna.browser.get(html)).status_code == 404
    for query in ("Hemlig", "Kim Ask", "0701740605"):
        assert (await anna.browser.post("/api/console/search", {"q": query})).json()["cases"] == []
        assert (await anna.browser.post("/api/console/citizens", {"q": query})).json()["citizens"] == []
    assert (await anna.browser.get("/api/console/citizens/1")).status_code == 404
    numbered = (await anna.browser.post("/api/console/search", {"q": "KC-2026-000001"})).json()["cases"]
    assert [(case["subject"], case["sender"], case["excerpt"]) for case in numbered] == [("", "", "")]


async def test_a_case_that_becomes_protected_is_masked_at_once(still: Site) -> None:
    anna, siv = await still.console_of("anna"), await still.console_of("siv")
    case_id = await secret_case(still)
    await anna.sees(lambda one: one.rows("cases").get(str(case_id), {}).get("sender") == "Kim Ask")
    await siv.ok("link_citizen", case_id=case_id, citizen_id=1, protected=True)
    await anna.sees(lambda one: one.rows("cases")[str(case_id)]["sender"] == "", "it is masked")


# reading is journalled


async def test_reading_a_colleague_s_case_is_journalled_and_one_s_own_is_not(still: Site) -> None:
    anna, bo = await still.console_of("anna"), await still.browser("bo")
    case_id = await secret_case(still)
    await anna.ok("next_case")
    await anna.browser.get(f"/api/console/cases/{case_id}")
    await bo.get(f"/api/console/cases/{case_id}")
    events = (await bo.get(f"/api/console/cases/{case_id}?again=1")).json()["events"]
    assert [event["user"] for event in events if event["kind"] == "case_viewed"] == ["Bo Lind"]
    assert await still.store.read(lambda session: session.get_one(Case, case_id).state) is CaseState.WORKING
