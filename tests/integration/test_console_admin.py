"""What supervisors, administrators and those who run the installation ask of the server over HTTP."""

import asyncio
from typing import Any

import pytest
import yaml
from sqlmodel import Session, select

from contactcenter import configuration, intake
from contactcenter.errors import Misconfigured
from contactcenter.model import Case, OutgoingMail, User
from contactcenter.ports import Health
from contactcenter.states import MailState
from contactcenter.store import Store
from tests.contract.contacts import MAIL
from tests.integration.consoles import Site, running

pytestmark = pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)


# reports


@pytest.mark.parametrize("kind", ["half_hours", "days", "topics", "channels", "agents", "months"])
async def test_every_report_is_there_as_json_and_as_csv(still: Site, kind: str) -> None:
    siv = await still.browser("siv")
    address = f"/api/console/reports/{kind}?first=2026-11-01&last=2026-11-23"
    report = (await siv.get(address)).json()
    assert report["kind"] == kind
    assert {"half_hours": 48, "days": 23, "months": 12}.get(kind, 0) == len(report["rows"])
    answer = await siv.get(address + "&format=csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"] == f'attachment; filename="{kind}-2026-11-01-2026-11-23.csv"'
    lines = answer.text.removeprefix("\ufeff").split("\r\n")
    assert lines[0].startswith("Nyckel;Namn;Inkomna;")
    assert len(lines) - 2 == len(report["rows"])


@pytest.mark.parametrize(
    "query", ["", "first=yesterday", "first=2026-11-02&last=2026-11-01", "first=2000-01-01&last=2026-01-01"]
)
async def test_a_report_of_impossible_days_is_refused(still: Site, query: str) -> None:
    answer = await (await still.browser("siv")).get(f"/api/console/reports/days?{query}")
    assert (answer.status_code, answer.json()["code"]) == (422, "arguments")


# administration


async def test_an_administrator_adds_a_user_who_can_sign_in(still: Site) -> None:
    alma = await still.browser("alma")
    form = {
        "login": "disa",
        "name": "Disa Berg",
        "organisation_id": 1,
        "password": "ett nytt lösenord",
        "language": "en",
    }
    answer = await alma.post("/api/console/users", form)
    assert answer.status_code == 201, answer.text
    assert "password" not in answer.text.replace("has_password", "")
    found = await still.browser("disa", "ett nytt lösenord")
    assert (await found.get("/api/console/me")).json()["language"] == "en"
    again = await alma.post("/api/console/users", form)
    assert (again.status_code, again.json()["code"]) == (422, "login_taken")
    short = await alma.post("/api/console/users", form | {"login": "e", "password": "kort"})
    assert short.json()["code"] == "password"
    assert await still.store.read(lambda session: session.exec(select(User).where(User.login == "e")).first()) is None


async def test_an_administrator_reads_and_writes_their_own_part_of_the_configuration(still: Site) -> None:
    alma = await still.browser("alma")
    text = (await alma.get("/api/console/configuration")).text
    assert "granby" not in text
    changed = text.replace("Bygglov", "Bygglov och mer")
    dry = (await alma.post("/api/console/configuration", {"yaml": changed})).json()["changes"]
    fields = {"name": ["Bygglov", "Bygglov och mer"]}
    assert dry == [{"action": "change", "kind": "topic", "name": "bygg.bygglov", "fields": fields}]
    assert (await alma.get("/api/console/configuration")).text == text
    await alma.post("/api/console/configuration", {"yaml": changed, "dry_run": False})
    assert (await alma.get("/api/console/configuration")).text == changed


TAKEN_OVER = [
    {"organisations": [{"key": "granby", "name": "Vår"}]},
    {"organisations": [{"key": "ny", "name": "Ny kommun"}]},
    {"organisations": [{"key": "ny", "name": "Ny", "parent": "granby"}]},
    {"organisations": [{"key": "solvik.bygg", "name": "Bygg", "kind": "department", "parent": "granby"}]},
    {"queues": [{"key": "granby.allmant", "name": "Allmänt", "organisation": "solvik"}]},
    {"queues": [{"key": "ny", "name": "Ny", "organisation": "granby"}]},
    {"topics": [{"key": "ny", "name": "Ny", "organisation": "solvik", "queue": "granby.allmant"}]},
    {"topics": [{"key": "granby.ovrigt", "name": "Vårt", "organisation": "solvik"}]},
    {
        "address_points": [
            {
                "kind": "email",
                "address": "kommun@granby.example",
                "organisation": "solvik",
                "queue": "solvik.allmant",
            }
        ]
    },
    {"users": [{"login": "greta", "name": "Greta", "organisation": "solvik"}]},
    {"users": [{"login": "anna", "name": "Anna", "organisation": "granby"}]},
    {"users": [{"login": "anna", "name": "Anna", "organisation": "solvik", "queues": ["granby.allmant"]}]},
]


@pytest.mark.parametrize("document", TAKEN_OVER, ids=range(len(TAKEN_OVER)))
@pytest.mark.parametrize("dry_run", [True, False])
async def test_nobody_configures_another_municipality(still: Site, document: dict[str, Any], dry_run: bool) -> None:
    before = await still.store.read(configuration.export)
    alma = await still.browser("alma")
    answer = await alma.post("/api/console/configuration", {"yaml": yaml.safe_dump(document), "dry_run": dry_run})
    assert (answer.status_code, answer.json()["code"]) == (422, "not_yours_to_configure"), answer.text
    assert await still.store.read(configuration.export) == before


async def test_new_units_below_one_s_own_are_one_s_own(still: Site) -> None:
    document = {
        "organisations": [
            {"key": "solvik.ny.enhet", "name": "Enhet", "kind": "unit", "parent": "solvik.ny"},
            {"key": "solvik.ny", "name": "Ny", "kind": "department", "parent": "solvik"},
        ],
        "queues": [{"key": "solvik.ny", "name": "Ny kö", "organisation": "solvik.ny.enhet"}],
        "topics": [{"key": "ny", "name": "Ny", "organisation": "solvik.ny", "queue": "solvik.ny"}],
    }
    alma = await still.browser("alma")
    answer = await alma.post("/api/console/configuration", {"yaml": yaml.safe_dump(document), "dry_run": False})
    assert len(answer.json()["changes"]) == 4, answer.text


@pytest.mark.parametrize("text", ["[", "a: [b", "topics: 7", "nonsense: []", "&a [*a]", "!!python/object:os.system {}"])
async def test_a_wrong_configuration_says_where(still: Site, text: str) -> None:
    answer = await (await still.browser("alma")).post("/api/console/configuration", {"yaml": text})
    assert (answer.status_code, answer.json()["code"]) == (422, "configuration"), answer.text


# for those who run it


async def test_health_readiness_and_metrics_tell_nothing_personal(still: Site) -> None:
    await still.mail()
    still.context.health.report(Health("telephony", ok=False, code="exchange_away"))
    stranger = still.stranger()
    assert (await stranger.get("/healthz")).text == "ok"
    ready = (await stranger.get("/readyz")).json()
    assert ready["ready"] is True
    assert ready["parts"]["telephony"] == {"ok": False, "code": "exchange_away"}
    metrics = (await stranger.get("/metrics")).text
    assert 'contactcenter_part_up{part="telephony"} 0' in metrics
    await still.settled()
    assert 'contactcenter_open_cases{state="waiting"} 1' in (await stranger.get("/metrics")).text
    assert "Kim" not in metrics


async def test_metrics_ask_for_the_token_where_there_is_one(town: Store, tmp_path: Any) -> None:
    async with running(town, tmp_path, metrics_token="en hemlighet") as site:
        stranger = site.stranger()
        assert (await stranger.get("/metrics")).status_code == 401
        assert (await stranger.get("/metrics", headers={"Authorization": "Bearer fel"})).status_code == 401
        answer = await stranger.get("/metrics", headers={"Authorization": b"Bearer en hemlighet"})
        assert answer.status_code == 200
        await site.close()


async def test_a_port_that_is_taken_is_named(town: Store, tmp_path: Any) -> None:
    async with running(town, tmp_path) as site:
        port = int(site.url.rpartition(":")[2])
        with pytest.raises(Misconfigured, match=f"CC_HTTP__PORT: port {port} is taken"):
            async with running(town, tmp_path / "other", port=port):
                pass


async def test_the_demo_shows_its_accounts_and_its_mails_and_others_show_neither(still: Site) -> None:
    stranger = still.stranger()
    assert (await stranger.get("/sink")).status_code == 404
    assert (await stranger.get("/api/console/welcome")).json()["accounts"] == []

    async def caught() -> list[dict[str, Any]]:
        return [
            {
                "id": 1,
                "from": "kontaktcenter@solvik.example",
                "to": "kim@x.example",
                "subject": "<b>Svar",
                "text": "Hej",
            }
        ]

    still.context.sink = caught
    page = await stranger.get("/sink")
    assert "&lt;b&gt;Svar" in page.text
    assert "script" not in page.headers["content-security-policy"]


async def test_requests_are_answered_while_a_password_is_checked(still: Site) -> None:
    anna = await still.browser("anna")
    tries = [still.stranger().post("/api/console/session", {"login": f"x{n}", "password": "y"}) for n in range(8)]
    checking = asyncio.gather(*tries)
    for _ in range(5):
        assert (await anna.get("/api/console/me")).status_code == 200
    await checking


async def test_reading_a_case_clears_unread(still: Site) -> None:
    anna = await still.console_of("anna")
    case_id = (await still.mail()).case_id
    await anna.ok("next_case")

    def stir(session: Session) -> None:
        session.get_one(Case, case_id).unread = True

    await still.run(stir)
    await anna.browser.get(f"/api/console/cases/{case_id}")
    await anna.sees(lambda one: one.rows("cases")[str(case_id)]["unread"] is False)


# mail


async def test_addresses_that_cannot_be_reached_are_listed_for_those_who_lead(still: Site) -> None:
    def fail(session: Session) -> None:
        at = still.context.clock()
        case_id = intake.receive(session, MAIL, at).case_id
        session.add(
            OutgoingMail(
                recipient="borta@citizen.example", kind="reply", case_id=case_id, state=MailState.FAILED,
                last_error="bounced 5.1.1", created_at=at, next_at=at, message_id="<b@solvik.example>",
                sender="bygg@solvik.example", raw=b"x",
            )
        )  # fmt: skip

    await still.store.run(fail)
    (row,) = (await (await still.browser("siv")).get("/api/console/unreachable")).json()
    assert (row["address"], row["reason"]) == ("borta@citizen.example", "bounced 5.1.1")
    answer = await (await still.browser("anna")).get("/api/console/unreachable")
    assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")
