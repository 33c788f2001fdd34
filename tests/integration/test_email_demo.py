"""The demo's citizens and its mail sink, over real SMTP."""

import asyncio
import contextlib
from pathlib import Path

import aiosmtplib
import pytest

from channels.email import sink as sinks
from channels.email.simulator import Writers
from channels.email.sink import Sink
from contactcenter.files import FileStore
from contactcenter.model import FileRecord, Inbox
from contactcenter.ports import Health
from contactcenter.states import InboxState
from contactcenter.store import Store
from tests.integration.mail_house import EVA, mail, working
from tests.support import eventually

one_database = pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
"""For what has nothing to do with the kind of database."""


@one_database
async def test_all_that_simulated_citizens_write_can_be_read(town: Store, files: FileStore, tmp_path: Path) -> None:
    async with working(town, files, tmp_path, parts=("email", "email_reader")) as house:
        writers = Writers("127.0.0.1", house.port, seed=7)
        taken = 0
        for _ in range(60):
            with contextlib.suppress(aiosmtplib.SMTPRecipientsRefused):  # the tests' town has fewer mailboxes
                await writers.send()
                taken += 1
        await eventually(lambda: all(row.state is InboxState.DONE for row in house.rows(Inbox)), 60, what="all read")
        found = house.contacts()
        kept = [file for file in house.rows(FileRecord) if file.role == "original"]
        joined = len(found) - len({contact.case_id for contact in found})
    assert taken > 20
    assert len(kept) == taken, "whoever says the same twice is one contact, with both mails"
    assert {contact.problem for contact in found} == {""}
    assert joined > 0, "some answered in a thread"
    assert any(contact.facts["automatic"] for contact in found)
    assert any(contact.html and "script" not in contact.html for contact in found)
    assert any("å" in contact.text + contact.subject for contact in found)


def test_the_same_seed_writes_the_same_mails() -> None:
    texts = [[Writers("x", 1, seed).write()[:2] for _ in range(5)] for seed in (3, 3, 4)]
    assert texts[0] == texts[1] != texts[2]


async def test_the_sink_keeps_the_last_mails_for_reading(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sinks, "MOST", 5)
    told: list[Health] = []
    sink = Sink(tmp_path / "sink", 0)
    task = asyncio.create_task(sink.run(told.append))
    await eventually(lambda: told, what="the sink listens")
    for number in range(8):
        made = mail(f"Svar {number}", "Hej på dig å\n")
        await aiosmtplib.send(made, sender=EVA, recipients=["x@y.example"], hostname="127.0.0.1", port=sink.port)
    await aiosmtplib.send(b"\xff\xfe", sender=EVA, recipients=["x@y.example"], hostname="127.0.0.1", port=sink.port)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    broken, *kept = await Sink(tmp_path / "sink", 0).messages()
    assert [one["subject"] for one in kept] == ["Svar 7", "Svar 6", "Svar 5", "Svar 4"]
    assert (kept[0]["to"], kept[0]["text"].strip()) == ("x@y.example", "Hej på dig å")
    assert broken["subject"] == ""
