"""A letter of ours, printed into a real folder, comes back through the scanner with the real readers."""

import asyncio
import contextlib
import io
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pypdfium2
import pytest
import zxingcpp
from PIL import Image
from sqlmodel import Session

from channels.post import generate, letterpaper
from channels.post.letterpaper import Paper
from channels.post.outgoing import LetterSender
from channels.post.settings import PostSettings
from contactcenter import intake, offers
from contactcenter.files import FileStore
from contactcenter.letters import marks, writing
from contactcenter.letters.model import LetterState, OutgoingLetter, Way
from contactcenter.letters.outbox import Sheet
from contactcenter.model import Case
from contactcenter.ports import Health, InboundContact
from contactcenter.states import Channel
from contactcenter.store import Store
from tests import town as solvik
from tests.contract.test_letters import NUMBER, a_letter_came, linked, write
from tests.fixtures.store import NOW
from tests.integration.post_office import context, settings, working
from tests.integration.scans import DPI, letter_image
from tests.support import eventually


@contextlib.asynccontextmanager
async def sending(town: Store, files: FileStore, folder: Path, **post: object) -> AsyncIterator[list[Health]]:
    """The sender of letters at work, with `folder`/var as its data folder."""
    chosen = settings(folder / "var", town.url, folder / "scan", **post)
    told: list[Health] = []
    about = context(town, files, chosen)
    await about.tail.start()
    sender = LetterSender(about, chosen.group("post", PostSettings))
    tasks = [asyncio.create_task(about.tail.run()), asyncio.create_task(sender.run(told.append))]
    try:
        yield told
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def state(town: Store, contact_id: int) -> LetterState:
    return town.sync_read(lambda session: writing.of_contact(session, contact_id).state)


def pictures(pdf: bytes, dpi: int = DPI) -> list[Image.Image]:
    """The pages as a scanner gives them back."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        return [page.render(scale=dpi / 72, grayscale=True).to_pil() for page in document]
    finally:
        document.close()


def text(pdf: bytes, page: int) -> str:
    return str(pypdfium2.PdfDocument(pdf)[page].get_textpage().get_text_range())


async def printed(town: Store, files: FileStore, folder: Path, contact_id: int) -> bytes:
    """What the print folder got."""
    async with sending(town, files, folder):
        await eventually(lambda: state(town, contact_id) is LetterState.HANDED_OVER, 30)
    (made,) = (folder / "var" / "print").iterdir()
    return made.read_bytes()


async def test_printed_and_scanned_back_it_joins_its_case_however_the_papers_lie(
    town: Store, files: FileStore, tmp_path: Path
) -> None:
    case_id = town.sync_run(a_letter_came)
    contact_id = town.sync_run(write, case_id, slip=True)
    pdf = await printed(town, files, tmp_path, contact_id)
    first, slip = pictures(pdf)
    stack = [letter_image(5), slip.rotate(180, fillcolor=255), letter_image(6)]
    async with working(town, files, tmp_path) as office:
        (office.scan / "solvik").mkdir()
        office.put("solvik/svar.pdf", generate.as_pdf(stack, DPI))
        answer = (await office.settled(3))[-1]
        office.put("solvik/hel.pdf", generate.as_pdf([first.resize((first.width, first.height))], DPI))
        whole = (await office.settled(4))[-1]
    assert answer.case_id == whole.case_id == case_id
    assert answer.facts["answers"] == [contact_id]
    assert answer.facts["pages"] == [1, 2, 3]


async def test_papers_of_two_citizens_in_one_envelope_are_not_mixed_up(
    town: Store, files: FileStore, tmp_path: Path
) -> None:
    case_id = town.sync_run(a_letter_came)
    contact_id = town.sync_run(write, case_id, slip=True)
    slip = pictures(await printed(town, files, tmp_path, contact_id))[1]
    other = town.sync_run(_another)
    foreign = town.sync_run(write, other, key="letter:2", slip=True)
    for old in (tmp_path / "var" / "print").iterdir():
        old.unlink()
    second = pictures(await printed(town, files, tmp_path, foreign))[1]
    async with working(town, files, tmp_path) as office:
        before = len(office.letters())
        office.put("solvik/blandat.pdf", generate.as_pdf([slip, letter_image(5), second], DPI))
        came = (await office.settled(before + 3))[before:]
    assert {contact.case_id for contact in came} >= {case_id, other}
    (loose,) = [contact for contact in came if contact.case_id not in (case_id, other)]
    assert loose.facts["pages"] == [2]
    assert "mixed_letters" in loose.facts["problems"]


def _another(session: Session) -> int:
    came = intake.receive(session, InboundContact(Channel.POST, "brev-2", NOW, address_point="solvik"), NOW)
    offers.give(session, session.get_one(Case, came.case_id), solvik.user(session, "siv").id, "take", NOW)
    return came.case_id


async def test_the_tax_agency_gets_it_for_a_protected_identity(town: Store, files: FileStore, tmp_path: Path) -> None:
    case_id = town.sync_run(a_letter_came)
    town.sync_run(linked, case_id, True)
    pdf = await printed(town, files, tmp_path, town.sync_run(write, case_id))
    cover, letter = text(pdf, 0), text(pdf, 1)
    assert "Skatteverket" in cover
    assert f"{NUMBER[:8]}-{NUMBER[8:]}" in cover
    assert "Hej Eva" not in cover
    assert "Eva Berg" in letter
    assert NUMBER[8:] not in letter
    assert "Storgatan" not in cover + letter


async def test_the_operator_answers_and_what_it_refuses_is_printed(
    town: Store, files: FileStore, tmp_path: Path
) -> None:
    case_id = town.sync_run(a_letter_came)
    town.sync_run(linked, case_id, False)
    operator = tmp_path / "operator"
    kept, unwanted = (town.sync_run(write, case_id, key=f"letter:{one}", digital=True) for one in (1, 2))
    async with sending(town, files, tmp_path, digital_folder=operator):
        await eventually(lambda: len(list(operator.glob("*.json"))) == 2, 30)
        about = json.loads(next(operator.glob(f"*-{kept}.json")).read_text())
        assert about["recipient"] == NUMBER
        assert (operator / about["file"]).read_bytes().startswith(b"%PDF")
        stem = about["file"].removesuffix(".pdf").removesuffix(f"-{kept}")
        (operator / f"{stem}-{kept}.receipt.json").write_text('{"status": "delivered"}')
        (operator / f"{stem}-{unwanted}.receipt.json").write_text('{"status": "refused", "reason": "no mailbox"}')
        await eventually(lambda: state(town, kept) is LetterState.DELIVERED, 30)
        await eventually(
            lambda: (state(town, unwanted), way(town, unwanted)) == (LetterState.HANDED_OVER, Way.PRINT), 30
        )
        assert not list(operator.glob("*.receipt.json"))
    (made,) = (tmp_path / "var" / "print").iterdir()
    assert made.name.endswith(f"-{unwanted}.pdf")


def way(town: Store, contact_id: int) -> Way:
    return town.sync_read(lambda session: writing.of_contact(session, contact_id).way)


async def test_a_folder_that_cannot_be_written_is_told_and_nothing_is_lost(
    town: Store, files: FileStore, tmp_path: Path
) -> None:
    in_the_way = tmp_path / "print"
    in_the_way.write_bytes(b"")
    contact_id = town.sync_run(write, town.sync_run(a_letter_came))
    async with sending(town, files, tmp_path, print_folder=in_the_way) as told:
        await eventually(lambda: any(one.code == "print_folder" for one in told), 30)
        row = town.sync_read(lambda session: writing.of_contact(session, contact_id))
        assert (row.state, row.last_error) == (LetterState.QUEUED, "print_folder")
        in_the_way.unlink()
        town.sync_run(_at_once, contact_id)
        await eventually(lambda: state(town, contact_id) is LetterState.HANDED_OVER, 30)
        await eventually(lambda: told[-1].ok, 30)
    assert len(list(in_the_way.iterdir())) == 1


def _at_once(session: Session, contact_id: int) -> None:
    row: OutgoingLetter = writing.of_contact(session, contact_id)
    row.next_at = row.created_at
    session.add(row)


@pytest.mark.parametrize("said", ["", "{", "[]", '{"status": 1}', "x" * 20_000])
async def test_an_answer_that_nobody_understands_harms_nobody(
    town: Store, files: FileStore, tmp_path: Path, said: str
) -> None:
    operator = tmp_path / "operator"
    operator.mkdir()
    (operator / "KC-2026-000001-99999.receipt.json").write_text(said)
    contact_id = town.sync_run(write, town.sync_run(a_letter_came))
    async with sending(town, files, tmp_path, digital_folder=operator):
        await eventually(lambda: state(town, contact_id) is LetterState.HANDED_OVER, 30)


def test_a_code_is_read_from_a_bad_picture(town: Store) -> None:
    sheet = Sheet(
        "KC-2026-000123", 123456, ("Eva Berg",), False, "", "Altan", "Hej", "Anna",
        datetime(2026, 11, 23, tzinfo=UTC), "sv", False, {},
    )  # fmt: skip
    (page,) = pictures(letterpaper.build(sheet, Paper()), 150)
    faded = page.point(lambda value: 90 + value * 0.6).rotate(4, fillcolor=240)
    out = io.BytesIO()
    faded.save(out, "JPEG", quality=40)
    codes = [one.text for one in zxingcpp.read_barcodes(Image.open(out))]
    assert [marks.parse(code) for code in codes] == [marks.LetterMark("KC-2026-000123", 123456)]
