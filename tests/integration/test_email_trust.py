"""Who sent it and what may be dangerous, through the real door: verdicts, warnings, quarantine, signatures."""

from pathlib import Path
from typing import Any

import pytest

from channels.email.trust import dkim, sealing
from contactcenter import quarantine
from contactcenter.errors import Conflict, NotFound, Refused
from contactcenter.files import FileStore
from contactcenter.model import Case, Inbox
from contactcenter.ports import Actor
from contactcenter.quarantine import HeldMail, HeldState
from contactcenter.states import EventKind, InboxState, Role
from contactcenter.store import Store
from tests.fixtures.names import name_server, text
from tests.integration.mail_house import BYGG, MailHouse, SmartHost, mail, working
from tests.integration.test_email_outbox import reply
from tests.support import eventually

one_database = pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
GATEWAY: dict[str, Any] = {"trusted_gateways": ["127.0.0.0/8"], "trusted_authserv_ids": ["mx.solvik.example"]}
FILTER = GATEWAY | {"spam_headers": ["X-Spam-Flag: YES", "X-MS-Exchange-Organization-SCL >= 5"]}
OUT = "from out.citizen.example (out.citizen.example [{address}]) by mx.solvik.example; Mon, 2 Nov 2026 09:00:00 +0100"


@one_database
async def test_what_our_own_mail_server_found_is_told(town: Store, files: FileStore, tmp_path: Path) -> None:
    async with working(town, files, tmp_path, **GATEWAY) as house:
        said = "mx.solvik.example; dmarc=pass header.from=citizen.example"
        contact = await house.take(mail(Authentication_Results=said))
        assert contact.facts["trust"]["verdict"] == "confirmed"
        other = await house.take(mail("Other", Authentication_Results=said.replace("solvik", "forger")))
    assert "trust" not in other.facts
    assert "warnings" not in contact.facts


@one_database
@pytest.mark.parametrize(
    ("address", "verdict"), [("198.51.100.7", "confirmed"), ("203.0.113.9", "forged"), ("127.0.0.1", "unconfirmed")]
)
async def test_a_sender_is_checked_with_the_dns(
    town: Store, files: FileStore, tmp_path: Path, address: str, verdict: str
) -> None:
    zone = {
        ("citizen.example", "TXT"): [text("v=spf1 ip4:198.51.100.0/24 -all")],
        ("_dmarc.citizen.example", "TXT"): [text("v=DMARC1; p=quarantine")],
    }
    async with name_server(zone) as server:
        chosen = GATEWAY | {"check_senders": "own", "dns_server": server.place}
        async with working(town, files, tmp_path, **chosen) as house:
            contact = await house.take(mail(Received=OUT.format(address=address)))
    assert (contact.facts["trust"]["verdict"], contact.facts["trust"]["by"]) == (verdict, "own")


@one_database
async def test_a_mail_that_pretends_is_warned_of(town: Store, files: FileStore, tmp_path: Path) -> None:
    async with working(town, files, tmp_path) as house:
        contact = await house.take(mail(From="bygg@solvik.example <chef@so1vik.example>", Reply_To="x@forger.example"))
    assert [one["code"] for one in contact.facts["warnings"]] == ["domain_like", "name_has_address", "reply_elsewhere"]


def actor(house: MailHouse, role: Role = Role.SUPERVISOR, scope: frozenset[int] | None = None) -> Actor:
    everywhere = frozenset(case.organisation_id for case in house.rows(HeldMail)) if scope is None else scope
    user = house.store.sync_read(_anybody)
    return Actor(user, "Siv", role, 1, everywhere)


def _anybody(session: Any) -> int:
    from sqlmodel import select

    from contactcenter.model import User

    return int(session.exec(select(User.id)).first())


async def held_mails(house: MailHouse, count: int) -> list[HeldMail]:
    await eventually(lambda: len(house.rows(HeldMail)) >= count and house.waiting() == 0, what="held mails")
    return house.rows(HeldMail)


@pytest.mark.parametrize(
    "field", [{"X_Spam_Flag": "YES"}, {"X_MS_Exchange_Organization_SCL": "6"}], ids=lambda one: next(iter(one))
)
async def test_spam_makes_no_case_until_a_human_lets_it_in(
    town: Store, files: FileStore, tmp_path: Path, field: dict[str, str]
) -> None:
    async with SmartHost().open() as host, working(town, files, tmp_path, host, receipts=True, **FILTER) as house:
        await house.send(mail("Win", **field))
        (held,) = await held_mails(house, 1)
        (row,) = house.rows(Inbox)
        assert (held.subject, held.state, row.state) == ("Win", HeldState.HELD, InboxState.HELD)
        assert (house.contacts(), house.rows(Case), house.outgoing()) == ([], [], [])
        seen = await house.store.read(quarantine.waiting, actor(house))
        assert (seen.count, seen.oldest) == (1, row.received_at)
        await house.store.run(quarantine.release, actor(house), held.id, house.clock())
        (contact,) = await house.settled(1)
        assert (contact.arrived_at, contact.subject) == (row.received_at, "Win")
        assert house.case(contact).arrived_at == row.received_at
        await eventually(lambda: len(host.mails) == 1, what="the receipt, as for any mail")
        with pytest.raises(Conflict):
            await house.store.run(quarantine.mark_spam, actor(house), held.id, house.clock())
        assert [one.kind for one in house.events(EventKind.MAIL_HELD, EventKind.MAIL_RELEASED)] == [
            EventKind.MAIL_HELD,
            EventKind.MAIL_RELEASED,
        ]
        assert [row.state for row in house.rows(Inbox)] == [InboxState.DONE] * 2


async def test_spam_is_kept(town: Store, files: FileStore, tmp_path: Path) -> None:
    async with working(town, files, tmp_path, **FILTER) as house:
        await house.send(mail("Win", X_Spam_Flag="YES"))
        (held,) = await held_mails(house, 1)
        for wrong, error in (
            (actor(house, Role.AGENT), Refused),
            (actor(house, scope=frozenset()), NotFound),
        ):
            with pytest.raises(error):
                await house.store.run(quarantine.mark_spam, wrong, held.id, house.clock())
        await house.store.run(quarantine.mark_spam, actor(house), held.id, house.clock())
        (row,) = house.rows(Inbox)
        assert b"Subject: Win" in row.raw
        assert (await house.store.read(quarantine.waiting, actor(house))).count == 0
        (event,) = house.events(EventKind.MAIL_SPAM)
        assert (event.user_id, event.data) == (actor(house).user_id, {"held_id": held.id})


@one_database
async def test_only_a_filter_of_ours_can_call_a_mail_spam(town: Store, files: FileStore, tmp_path: Path) -> None:
    async with working(town, files, tmp_path, **FILTER | {"trusted_gateways": ["192.0.2.1/32"]}) as house:
        assert (await house.take(mail(X_Spam_Flag="YES"))).subject == "Altan"
    assert not house.rows(HeldMail)


@one_database
async def test_answers_are_signed(town: Store, files: FileStore, tmp_path: Path) -> None:
    key = sealing.make("solvik.example", "kc", "rsa", tmp_path / "key.pem")
    chosen = {"dkim_keys": {"solvik.example": str(tmp_path / "key.pem")}}
    async with SmartHost().open() as host, working(town, files, tmp_path, host, **chosen) as house:
        await reply(house)
        await eventually(lambda: len(host.mails) == 1, what="the answer")
        now = house.clock().timestamp()

    async def lookup(name: str) -> tuple[str, ...]:
        return (key.record,) if name == key.place else ()

    (found,) = await dkim.verify(host.mails[0][2], lookup, now)
    assert (found.result, found.domain) == (dkim.Result.PASS, BYGG.partition("@")[2])
