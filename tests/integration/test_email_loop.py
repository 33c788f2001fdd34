"""Two contact centres that acknowledge each other's mail, over SMTP, with all that says so taken away between them."""

import shutil
from collections.abc import Callable
from email import message_from_bytes
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import aiosmtplib
import pytest
from aiosmtpd.smtp import SMTP, Envelope
from aiosmtpd.smtp import Session as Peer

from contactcenter.files import FileStore
from contactcenter.store import Store
from tests import town as solvik
from tests.fixtures.store import NOW
from tests.integration.mail_house import BYGG, EVA, TOWN, MailHouse, SmartHost, mail, working
from tests.support import eventually

LIMIT = 3
STRIPPED = ("Auto-Submitted", "References", "In-Reply-To", "X-Auto-Response-Suppress", "Precedence", "List-Id")


async def passed_on(host: SmartHost, seen: int, house: MailHouse, sender: str, to: str) -> int:
    """Hand what one side sent to the other, as a careless relay does: no such fields, and a sender who is a person."""
    for _, _, raw in host.mails[seen:]:
        made = message_from_bytes(raw)
        for name in (*STRIPPED, "From", "Reply-To", "Subject", "To"):
            del made[name]
        made["From"], made["To"], made["Subject"] = sender, to, "Tack"
        await house.take(made.as_bytes(), to, sender)
    return len(host.mails)


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
async def test_two_systems_without_headers_fall_silent(
    store_url: str, migrated_sqlite: Path, files: FileStore, tmp_path: Path
) -> None:
    other_path = tmp_path / "other.sqlite3"
    shutil.copy(migrated_sqlite, other_path)
    stores = [Store(store_url), Store(f"sqlite:///{other_path}")]
    for store in stores:
        store.sync_run(solvik.build, NOW)
    folders = [tmp_path / "a", tmp_path / "b"]
    for folder in folders:
        folder.mkdir()
    options: dict[str, Any] = {"receipts": True, "receipts_per_day": LIMIT}
    first, second = SmartHost(), SmartHost()
    async with (
        first.open(), second.open(),
        working(stores[0], files, folders[0], first, **options) as ours,
        working(stores[1], files, folders[1], second, **options) as theirs,
    ):  # fmt: skip
        await ours.take(mail("Start", From="ticket+1@there.example"), BYGG, "ticket+1@there.example")
        seen = [0, 0]
        for turn in range(2, 3 * LIMIT):
            await eventually(lambda: len(first.mails) == len(ours.outgoing("receipt")), what="our receipts sent")
            seen[0] = await passed_on(first, seen[0], theirs, f"case+{turn}@here.example", TOWN)
            await eventually(lambda: len(second.mails) == len(theirs.outgoing("receipt")), what="their receipts sent")
            seen[1] = await passed_on(second, seen[1], ours, f"ticket+{turn}@there.example", BYGG)
        counts = [len(house.outgoing("receipt")) for house in (ours, theirs)]
        cases = [len(house.contacts()) for house in (ours, theirs)]
    assert counts == [LIMIT, LIMIT]
    assert cases == [LIMIT + 1, LIMIT], "nothing is lost, and it ended by itself"
    for store in stores:
        store.close()


class Answerer(SmartHost):
    """A mail server whose only user's answering machine answers everything, says nothing of being one, and is quick."""

    def __init__(self) -> None:
        super().__init__()
        self.to: Callable[[], int] = lambda: 0
        self.sent = 0

    async def handle_DATA(self, server: SMTP, peer: Peer, envelope: Envelope) -> str:  # noqa: N802
        answer = await super().handle_DATA(server, peer, envelope)
        came = message_from_bytes(self.mails[-1][2])
        made = EmailMessage()
        made["From"], made["To"], made["Subject"] = EVA, TOWN, f"Tack {self.sent}"
        made["Message-ID"] = f"<answer{self.sent}@citizen.example>"
        made.set_content(f"Tack för ditt mejl, som kom som nummer {self.sent}. {came['Date']}")
        self.sent += 1
        async with aiosmtplib.SMTP(hostname="127.0.0.1", port=self.to()) as client:
            await client.sendmail(EVA, [TOWN], made.as_bytes())
        return answer


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
async def test_an_answering_machine_without_any_header_is_left_alone_also_after_a_restart(
    town: Store, files: FileStore, tmp_path: Path
) -> None:
    host = Answerer()
    options: dict[str, Any] = {"receipts": True, "receipts_per_day": 10, "receipts_per_pair": LIMIT}
    async with host.open():
        async with working(town, files, tmp_path, host, **options) as house:
            host.to = lambda: house.port
            await house.send(mail("Start", From=EVA), TOWN)
            await eventually(lambda: len(house.contacts()) == LIMIT + 1, what="it falls silent")
            assert (len(house.outgoing("receipt")), host.sent) == (LIMIT, LIMIT)
        async with working(town, files, tmp_path, host, **options) as house:
            host.to = lambda: house.port
            await house.take(mail("Till dig igen", From=EVA), TOWN, EVA)
            assert len(house.outgoing("receipt")) == LIMIT, "who restarts has not forgotten"
            await house.take(mail("Till en annan", From=EVA), BYGG, EVA)
            await eventually(lambda: len(house.outgoing("receipt")) == LIMIT + 1, what="another mailbox answers")
