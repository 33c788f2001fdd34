"""Old mail brought in: every container, true dates, once however often, no notices."""

import mailbox
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlmodel import Session, select

from channels.email.importing import Importing, Progress
from channels.email.settings import EmailSettings
from contactcenter.errors import Misconfigured
from contactcenter.files import FileStore
from contactcenter.model import Case, Contact, OutgoingMail
from contactcenter.states import CaseState
from contactcenter.store import Store
from tests.fixtures.store import SECRET
from tests.integration.mail_house import BYGG, mail

DATE = "Mon, 04 Mar 2019 09:15:00 +0100"
one_database = pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)


def old(number: int) -> bytes:
    return mail(f"Gammalt {number}", Date=DATE, Message_ID=f"<old{number}@citizen.example>").as_bytes()


async def bring_in(
    store: Store, files: FileStore, path: Path, into: str = BYGG, *, leave_open: bool = False
) -> Progress:
    importing = Importing(store, files, EmailSettings(), SECRET)
    return await importing.run(path, into, leave_open=leave_open)


def all_cases(session: Session) -> list[Case]:
    return list(session.exec(select(Case)).all())


def an_mbox(path: Path, count: int) -> Path:
    box = mailbox.mbox(path / "old.mbox")
    for number in range(count):
        box.add(old(number))
    box.add(b"From: a@citizen.example\nSubject: sitat\n\n>From now on\n\nFrom the start\n")
    box.close()
    return path / "old.mbox"


async def test_an_mbox_comes_in_with_its_dates_closed_and_without_a_word(
    town: Store, files: FileStore, tmp_path: Path
) -> None:
    done = await bring_in(town, files, an_mbox(tmp_path, 60))
    assert (done.found, done.filed, done.known, done.unreadable) == (61, 61, 0, 0)
    found = town.sync_read(all_cases)
    assert {case.state for case in found} == {CaseState.CLOSED}
    dated = {case.arrived_at for case in found if case.subject.startswith("Gammalt")}
    assert dated == {datetime(2019, 3, 4, 8, 15, tzinfo=UTC)}
    assert town.sync_read(lambda session: session.exec(select(OutgoingMail)).all()) == []


async def test_again_it_changes_nothing(town: Store, files: FileStore, tmp_path: Path) -> None:
    path = an_mbox(tmp_path, 5)
    await bring_in(town, files, path)
    box = mailbox.mbox(path)
    box.add(old(99))
    box.close()
    done = await bring_in(town, files, path)
    assert (done.found, done.filed, done.known) == (7, 1, 6)
    assert len(town.sync_read(all_cases)) == 7


@one_database
async def test_a_folder_of_files_and_a_maildir_with_folders(town: Store, files: FileStore, tmp_path: Path) -> None:
    for number in range(3):
        (tmp_path / "eml" / str(number)).mkdir(parents=True)
        (tmp_path / "eml" / str(number) / "mail.EML").write_bytes(old(number))
    (tmp_path / "eml" / "readme.txt").write_text("no mail")
    assert (await bring_in(town, files, tmp_path / "eml")).filed == 3
    maildir = mailbox.Maildir(tmp_path / "maildir")
    maildir.add(old(10))
    maildir.add_folder("Arkiv").add(old(11))
    done = await bring_in(town, files, tmp_path / "maildir", leave_open=True)
    assert (done.found, done.filed) == (2, 2)
    states = [case.state for case in town.sync_read(all_cases)]
    assert (states.count(CaseState.CLOSED), states.count(CaseState.WAITING)) == (3, 2)


@one_database
async def test_what_cannot_be_read_is_kept_and_what_is_nothing_is_said(
    town: Store, files: FileStore, tmp_path: Path
) -> None:
    (tmp_path / "broken.eml").write_bytes(b"\x00\xff" * 500)
    done = await bring_in(town, files, tmp_path / "broken.eml")
    assert done.filed == 1
    (contact,) = town.sync_read(lambda session: session.exec(select(Contact)).all())
    assert contact.channel.value == "email"
    (tmp_path / "empty").mkdir()
    for path, into in ((tmp_path / "empty", BYGG), (tmp_path / "broken.eml", "nobody@solvik.example")):
        with pytest.raises(Misconfigured):
            await bring_in(town, files, path, into)
