"""Two contact centres that acknowledge each other's mail, over SMTP, with all that says so taken away between them."""

import shutil
from email import message_from_bytes
from pathlib import Path
from typing import Any

import pytest

from contactcenter.files import FileStore
from contactcenter.store import Store
from tests import town as solvik
from tests.fixtures.store import NOW
from tests.integration.mail_house import BYGG, TOWN, MailHouse, SmartHost, mail, working
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
