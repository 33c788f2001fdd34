"""The console as browsers use it: signing in, sockets, verbs, and what goes wrong on the way."""

import asyncio
import uuid
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlmodel import Session, select

from contactcenter import accounts
from contactcenter.clock import utc_now
from contactcenter.entry import SignIn
from contactcenter.model import Contact, User
from contactcenter.states import Channel
from contactcenter.store import Store
from tests.integration.consoles import PASSWORD, Screen, Site, give_passwords, running
from tests.support import eventually

pytestmark = pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)


async def available(site: Site, login: str) -> Screen:
    screen = await site.console_of(login)
    await screen.ok("set_presence", state="available")
    return screen


async def offered(screen: Screen) -> int:
    """Wait for an offer; its id."""
    await screen.sees(lambda one: one.rows("offers"), "an offer")
    return int(next(iter(screen.rows("offers"))))


# signing in


async def test_a_right_password_opens_a_session_in_a_protected_cookie(still: Site) -> None:
    browser = still.stranger()
    answer = await browser.post("/api/console/session", {"login": "anna", "password": PASSWORD})
    cookie = answer.headers["set-cookie"].lower()
    assert answer.json()["name"] == "Anna Ek"
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert (await browser.get("/api/console/me")).json()["login"] == "anna"


async def test_over_https_the_cookie_never_travels_in_clear(town: Store, tmp_path: Path) -> None:
    town.sync_run(give_passwords)
    async with running(town, tmp_path, public_url="https://kc.solvik.example") as site:
        browser = site.stranger()
        answer = await browser.post(
            "/api/console/session",
            {"login": "anna", "password": PASSWORD},
            headers={"Origin": "https://kc.solvik.example"},
        )
        await site.close()
    assert answer.headers["set-cookie"].startswith("__Host-kc=")
    assert "secure" in answer.headers["set-cookie"].lower()


@pytest.mark.parametrize(("login", "password"), [("anna", "fel lösenord"), ("nobody", PASSWORD)])
async def test_wrong_login_and_wrong_password_get_the_same_answer(still: Site, login: str, password: str) -> None:
    answer = await still.stranger().post("/api/console/session", {"login": login, "password": password})
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "credentials"
    assert answer.json()["detail"] == "Fel användarnamn eller lösenord."


async def test_an_unknown_login_costs_as_much_as_a_wrong_password(still: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    checked: list[bool] = []
    really = accounts.is_right

    def is_right(password_hash: str, password: str) -> bool:
        checked.append(bool(password_hash))
        return really(password_hash, password)

    monkeypatch.setattr(accounts, "is_right", is_right)
    for login in ("anna", "nobody"):
        await still.stranger().post("/api/console/session", {"login": login, "password": "fel"})
    assert checked == [True, False]


async def test_too_many_wrong_passwords_are_refused_for_a_while(still: Site) -> None:
    stranger = still.stranger()
    for _ in range(4):
        await stranger.post("/api/console/session", {"login": "anna", "password": "gissning"})
    answer = await stranger.post("/api/console/session", {"login": "anna", "password": PASSWORD})
    assert answer.status_code == 429
    assert 0 < int(answer.headers["retry-after"]) <= 301
    other = await stranger.post("/api/console/session", {"login": "bo", "password": PASSWORD})
    assert other.status_code == 200


async def test_tries_made_at_once_are_counted_too(still: Site) -> None:
    wrong = {"login": "anna", "password": "gissning"}
    tries = [still.stranger().post("/api/console/session", wrong) for _ in range(10)]
    statuses = sorted(answer.status_code for answer in await asyncio.gather(*tries))
    assert statuses == [401] * 4 + [429] * 6


async def test_a_user_who_is_no_longer_active_cannot_sign_in(still: Site) -> None:
    def dismiss(session: Session) -> None:
        session.exec(select(User).where(User.login == "bo")).one().active = False

    await still.run(dismiss)
    answer = await still.stranger().post("/api/console/session", {"login": "bo", "password": PASSWORD})
    assert answer.status_code == 401


async def test_only_the_hash_of_a_session_is_kept(still: Site) -> None:
    browser = await still.browser("anna")
    token = browser.cookie.partition("=")[2]
    kept = await still.store.read(lambda session: session.exec(select(SignIn.token_hash)).all())
    assert kept == [accounts.hashed(token)]


async def test_a_session_ends_with_its_time(town: Store, tmp_path: Path) -> None:
    town.sync_run(give_passwords)
    ahead = [0.0]

    def clock() -> datetime:
        return utc_now() + timedelta(seconds=ahead[0])

    async with running(town, tmp_path, clock=clock) as site:
        browser = await site.browser("anna")
        assert (await browser.get("/api/console/me")).status_code == 200
        ahead[0] = 61 * 60
        site.console.site.sessions.forget()
        assert (await browser.get("/api/console/me")).status_code == 401
        await site.close()


# sockets


async def test_a_socket_without_a_session_is_told_to_sign_in(still: Site) -> None:
    socket = await still.stranger().socket()
    await asyncio.wait_for(socket.wait_closed(), 5)
    assert socket.close_code == 4401


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:1"])
async def test_a_socket_from_another_origin_is_refused(still: Site, origin: str) -> None:
    browser = await still.browser("anna")
    socket = await browser.socket(origin=origin)
    await asyncio.wait_for(socket.wait_closed(), 5)
    assert socket.close_code == 4403


async def test_signing_out_closes_the_session_s_sockets_at_once_and_no_others(still: Site) -> None:
    browser = await still.browser("anna")
    first, second = await browser.connect(), await browser.connect()
    elsewhere = await still.console_of("anna")
    assert (await browser.delete("/api/console/session")).status_code == 204
    await eventually(lambda: first.close_code == second.close_code == 4401, what="both are closed")
    await elsewhere.ping()
    assert (await browser.get("/api/console/me")).status_code == 401


async def test_an_agent_who_signs_out_is_no_longer_available(site: Site) -> None:
    anna, siv = await available(site, "anna"), await site.console_of("siv")
    await anna.browser.delete("/api/console/session")
    await siv.sees(lambda one: one.rows("agents")["1"]["state"] == "signed_out", "Anna is signed out")


async def test_a_new_password_ends_the_sessions(still: Site) -> None:
    anna, alma = await still.console_of("anna"), await still.browser("alma")
    row = next(one for one in (await alma.get("/api/console/users")).json()["users"] if one["login"] == "anna")
    form = {key: value for key, value in row.items() if key not in ("id", "has_password")}
    answer = await alma.http.put(f"/api/console/users/{row['id']}", json=form | {"password": "ett helt nytt lösenord"})
    assert answer.status_code == 200, answer.text
    await anna.sees(lambda one: one.close_code == 4401, "the socket is closed")


@pytest.mark.parametrize(
    "message", ["not json", "[]", '{"t":"nonsense"}', '{"t":"verb","id":1,"verb":"close"}', '{"t":"ping","extra":1}']
)
async def test_a_socket_that_speaks_nonsense_is_closed(still: Site, message: str) -> None:
    screen = await still.console_of("anna")
    await screen.socket.send(message)
    await screen.sees(lambda one: one.close_code == 1007, "it is closed")


async def test_a_message_that_is_too_large_closes_only_its_own_socket(still: Site) -> None:
    screen, other = await still.console_of("anna"), await still.console_of("bo")
    await screen.socket.send("x" * (2 * 1024 * 1024))
    await screen.sees(lambda one: one.close_code == 1009, "it is closed")
    await other.ping()


# verbs


async def test_written_work_is_offered_accepted_and_closed(site: Site) -> None:
    anna = await available(site, "anna")
    received = await site.mail("bygg@solvik.example")
    case_id = await anna.ok("accept", offer_id=await offered(anna))
    assert case_id == received.case_id
    await anna.ok("close", case_id=case_id, outcome="answered")
    await anna.sees(lambda one: str(case_id) not in one.rows("cases"), "the case is gone from the queue")


async def test_two_agents_who_want_the_same_case_one_gets_it_the_other_is_told(still: Site) -> None:
    def may_pick(session: Session) -> None:
        for user in session.exec(select(User)).all():
            user.may_pick = True

    await still.run(may_pick)
    anna, bo = await still.console_of("anna"), await still.console_of("bo")
    case_id = (await still.mail()).case_id
    answers = await asyncio.gather(anna.do("pick", case_id=case_id), bo.do("pick", case_id=case_id))
    assert sorted(answer["t"] for answer in answers) == ["ok", "refused"]
    refused = next(answer for answer in answers if answer["t"] == "refused")
    assert refused["code"] == "case_moved_on"
    assert refused["text"] == "Någon annan hann före."
    winner = 1 if answers[0]["t"] == "ok" else 2
    for screen in (anna, bo):
        await screen.sees(lambda one: one.rows("cases")[str(case_id)]["agent_id"] == winner, "who has it")


async def test_a_refusal_is_said_in_the_user_s_language(still: Site) -> None:
    anna = await still.console_of("anna")
    assert (await anna.do("next_case"))["text"] == "Inget väntar på dig."
    await anna.ok("set_language", language="en")
    await anna.sees(lambda one: one.me["language"] == "en", "the new language")
    assert (await anna.do("next_case"))["text"] == "Nothing waits for you."


async def test_a_verb_sent_again_with_its_key_is_done_once(still: Site) -> None:
    anna = await still.console_of("anna")
    case_id, key = (await still.mail()).case_id, str(uuid.uuid4())
    first = await anna.do("note", key=key, case_id=case_id, text="Ringde tillbaka.")
    await anna.leave()
    again = await (await anna.browser.connect()).do("note", key=key, case_id=case_id, text="Ringde tillbaka.")
    assert first["result"] == again["result"]
    assert await still.store.read(_notes, case_id) == 1


async def test_the_same_verb_sent_twice_at_once_is_done_once(still: Site) -> None:
    browser = await still.browser("anna")
    one, two = await browser.connect(), await browser.connect()
    case_id, key = (await still.mail()).case_id, str(uuid.uuid4())
    answers = await asyncio.gather(
        *(screen.do("note", key=key, case_id=case_id, text="En gång.") for screen in (one, two))
    )
    assert len({answer["result"] for answer in answers}) == 1
    assert await still.store.read(_notes, case_id) == 1


async def test_a_key_is_its_owner_s_alone(still: Site) -> None:
    anna, bo = await still.console_of("anna"), await still.console_of("bo")
    case_id, key = (await still.mail()).case_id, str(uuid.uuid4())
    await anna.do("note", key=key, case_id=case_id, text="Annas.")
    await bo.do("note", key=key, case_id=case_id, text="Bos.")
    assert await still.store.read(_notes, case_id) == 2


def _notes(session: Session, case_id: int) -> int:
    return len(session.exec(select(Contact).where(Contact.case_id == case_id, Contact.channel == Channel.NOTE)).all())


@pytest.mark.parametrize(
    ("verb", "args"),
    [
        ("nonsense", {}),
        ("note", {"case_id": 1}),
        ("note", {"case_id": "one", "text": "x"}),
        ("note", {"case_id": 1, "text": "x", "user_id": 2}),
        ("note", {"case_id": 1, "text": "x" * 100_001}),
        ("park", {"case_id": 1, "until": "2026-12-01T10:00:00"}),
        ("set_presence", {"state": "dancing"}),
    ],
)
async def test_a_verb_with_wrong_arguments_is_refused(still: Site, verb: str, args: dict[str, object]) -> None:
    anna = await still.console_of("anna")
    assert await anna.refused(verb, **args) in ("arguments", "unknown_verb")
    await anna.ping()


async def test_without_telephony_a_call_back_is_refused_with_the_reason(still: Site) -> None:
    anna = await still.console_of("anna")
    await still.mail(marks=(("phone", "+46701740605"),))
    await anna.ok("next_case")
    answer = await anna.do("call_back", case_id=1, number="070-174 06 05")
    assert answer["code"] == "no_telephony"
