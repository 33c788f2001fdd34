"""What consoles are sent without asking: presence, colleagues, health, the wallboard; and readers who are slow."""

import asyncio
from pathlib import Path

import pytest
from sqlmodel import Session, select

from contactcenter import configuration
from contactcenter.clock import utc_now
from contactcenter.model import User
from contactcenter.ports import Health
from contactcenter.store import Store
from tests.integration.consoles import Screen, Site, differences, give_passwords, running
from tests.support import eventually
from ui import pulse

pytestmark = pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)


async def available(site: Site, login: str) -> Screen:
    screen = await site.console_of(login)
    await screen.ok("set_presence", state="available")
    return screen


async def offered(screen: Screen) -> int:
    """Wait for an offer; its id."""
    await screen.sees(lambda one: one.rows("offers"), "an offer")
    return int(next(iter(screen.rows("offers"))))


# pushing


async def test_an_open_socket_is_the_heartbeat(still: Site) -> None:
    anna = await still.console_of("anna")
    before = await still.store.read(_heartbeat)
    await pulse.beat(still.hub, 30)
    after = await still.store.read(_heartbeat)
    assert after
    assert after != before
    await anna.leave()


def _heartbeat(session: Session) -> object:
    return session.exec(select(User.heartbeat_at).where(User.login == "anna")).one()


async def test_who_is_looking_is_shown_to_colleagues_and_ends_with_the_socket(still: Site) -> None:
    anna, bo, greta = [await still.console_of(login) for login in ("anna", "bo", "greta")]
    case_id = (await still.mail()).case_id
    await anna.send({"t": "looking", "case_id": case_id})
    await bo.sees(lambda one: one.rows("looking") == {str(case_id): {"id": case_id, "user_ids": [1]}}, "Anna looks")
    await still.settled(greta)
    assert greta.rows("looking") == {}
    await anna.leave()
    await bo.sees(lambda one: one.rows("looking") == {}, "nobody looks")


async def test_one_may_not_look_at_a_case_of_another_municipality(still: Site) -> None:
    greta, anna = await still.console_of("greta"), await still.console_of("anna")
    await greta.send({"t": "looking", "case_id": (await still.mail()).case_id})
    await still.settled(greta, anna)
    assert anna.rows("looking") == {}


async def test_health_is_pushed(still: Site) -> None:
    anna = await still.console_of("anna")
    still.context.health.report(Health("telephony", ok=False, code="exchange_away", hint="start Asterisk"))
    await anna.sees(lambda one: one.rows("health").get("telephony", {}).get("code") == "exchange_away", "it is shown")


async def test_the_wallboard_is_for_supervisors_and_counts_on(still: Site) -> None:
    siv, anna = await still.console_of("siv"), await still.console_of("anna")
    await siv.sees(lambda one: one.rows("board"), "the board")
    await still.mail()
    await siv.sees(lambda one: one.rows("board")["today"]["waiting_total"] == 1, "one waits")
    assert anna.rows("board") == {}


async def test_a_gap_is_mended_by_a_snapshot(still: Site) -> None:
    anna = await still.console_of("anna")
    await still.mail()
    await still.settled(anna)
    assert anna.state is not None
    anna.state["cases"].clear()
    anna.seq -= 1
    await anna.send({"t": "resync"})
    await anna.sees(lambda one: len(one.rows("cases")) == 1, "the case is back")
    assert anna.snapshots == 2


async def test_events_that_were_lost_on_the_way_are_followed_by_new_snapshots(still: Site) -> None:
    anna = await still.console_of("anna")
    subscription = still.hub._subscription
    subscription.gapped = True
    await still.mail()
    await anna.sees(lambda one: len(one.rows("cases")) == 1, "the case")
    assert anna.snapshots == 2
    assert not subscription.gapped


async def test_changed_configuration_reaches_everybody(still: Site) -> None:
    anna = await still.console_of("anna")
    document = {"topics": [{"key": "ny", "name": "Ny sak", "organisation": "solvik", "queue": "solvik.allmant"}]}
    await still.run(configuration.apply, configuration.parse(document), utc_now())
    await anna.sees(lambda one: "Ny sak" in {row["name"] for row in one.rows("topics").values()}, "the new topic")


async def test_a_right_that_is_given_shows_at_once(still: Site) -> None:
    anna, alma = await still.console_of("anna"), await still.browser("alma")
    await still.mail(facts={"protected": True})
    await still.settled(anna)
    assert next(iter(anna.rows("cases").values()))["sender"] == ""
    form = {"login": "anna", "name": "Anna Ek", "organisation_id": 1, "extension": "201", "sees_protected": True}
    assert (await alma.http.put("/api/console/users/1", json=form)).status_code == 200
    await anna.sees(lambda one: next(iter(one.rows("cases").values()))["sender"] == "Kim Ask", "the name")
    assert anna.me["sees_protected"] is True


# the slow


async def test_a_stalled_browser_disturbs_nobody_and_catches_up(still: Site) -> None:
    for number in range(150):
        await still.mail(subject=f"Ärende {number} " + "å" * 400)
    stalled, anna = await still.console_of("bo"), await still.console_of("anna")
    link = next(link for link in still.hub.links() if link.user_id == 2)
    stalled.hold()
    for _ in range(40):
        await stalled.send({"t": "resync"})
    await eventually(lambda: link.behind_since is not None, what="Bo is behind")
    buffered = link._socket.buffered
    for number in range(50):
        loop = asyncio.get_running_loop()
        started = loop.time()
        await anna.ok("change", case_id=number + 1, priority=2)
        await still.settled(anna)
        assert loop.time() - started < 1
    assert link._socket.buffered <= buffered
    stalled.go_on()
    await stalled.sees(lambda one: all(row["priority"] == 2 for id, row in one.rows("cases").items() if int(id) <= 50))
    await still.settled(stalled)
    assert stalled.state is not None
    assert anna.state is not None
    assert not list(differences(stalled.state["cases"], anna.state["cases"]))


async def test_one_who_never_reads_is_cut_off(still: Site) -> None:
    for number in range(150):
        await still.mail(subject=f"Ärende {number} " + "å" * 400)
    stalled = await still.console_of("bo")
    link = next(iter(still.hub.links()))
    stalled.hold()
    for _ in range(40):
        await stalled.send({"t": "resync"})
    await eventually(lambda: link.behind_since is not None, what="Bo is behind")
    await pulse.beat(still.hub, slow_seconds=0.0)
    await eventually(lambda: not list(still.hub.links()), what="Bo is gone")
    stalled.go_on()
    await stalled.sees(lambda one: one.close_code is not None, "the socket is closed")


async def test_nobody_s_address_is_in_the_log(still: Site, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    anna = await still.console_of("anna")
    await anna.browser.post("/api/console/search", {"q": "Kim Ask"})
    await still.mail()
    await anna.ok("next_case")
    said = " ".join(record.getMessage() for record in caplog.records if not record.name.startswith("httpx"))
    assert "127.0.0.1" not in said
    assert "Kim" not in said


async def test_the_console_comes_back_after_a_restart_of_the_server(town: Store, tmp_path: Path) -> None:
    town.sync_run(give_passwords)
    async with running(town, tmp_path) as site:
        anna = await site.console_of("anna")
        cookie = anna.browser.cookie
    await anna.sees(lambda one: one.close_code is not None, "the server is gone")
    assert anna.close_code == 1012
    async with running(town, tmp_path) as site:
        browser = site.stranger()
        browser.http.headers["Cookie"] = cookie
        assert (await browser.get("/api/console/me")).json()["login"] == "anna"
        await site.close()
    await anna.browser.close()


async def test_a_fault_in_the_hub_ends_in_a_new_start_and_consoles_that_come_back(
    still: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The supervisor starts the console again; nothing of the old one is left behind, and nothing is missing."""
    anna, old = await still.console_of("anna"), still.url

    async def fails(*_args: object) -> None:
        monkeypatch.undo()
        raise RuntimeError("a defect")

    monkeypatch.setattr(still.hub, "_publish", fails)
    await still.mail()
    await anna.sees(lambda one: one.close_code == 1012, "the socket is closed")
    assert list(still.hub.links()) == []
    again = asyncio.create_task(still.console.run(still.context.health.report))
    await eventually(lambda: still.url != old, what="it listens again")
    browser = still.stranger()
    browser.http.cookies.set("kc", anna.browser.cookie.partition("=")[2])
    back = await browser.connect()
    assert len(back.rows("cases")) == 1
    await still.mail()
    await back.sees(lambda one: len(one.rows("cases")) == 2, "the next case")
    await back.leave()
    again.cancel()
    await asyncio.gather(again, return_exceptions=True)
