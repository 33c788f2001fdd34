"""Bad scans and bad days: everything that was taken is there afterwards, and the queue goes on."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from channels.post import letters
from contactcenter.errors import Unavailable
from contactcenter.files import FileStore
from contactcenter.store import Store
from tests.integration.post_office import PostOffice, working
from tests.integration.scans import encrypted_pdf, huge_tiff, letter_image, pdf, sheet_image, spoiled_sheet
from tests.support import ROOT, eventually, wait_until

one_database = pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
"""For what has nothing to do with the kind of database."""


async def test_files_that_cannot_be_read_become_cases_with_the_reason(
    town: Store, files: FileStore, tmp_path: Path
) -> None:
    good = pdf(letter_image(1))
    bad = {
        "locked.pdf": (encrypted_pdf(), "encrypted"),
        "nothing.pdf": (b"", "empty_file"),
        "huge.tif": (huge_tiff(), "image_too_large"),
        "notes.docx": (b"PK\x03\x04 not a picture at all", "unknown_type"),
        "cut.pdf": (good[:600], "broken_file"),
        "torn.jpg": (b"\xff\xd8\xff\xe0" + b"\x00" * 400, "broken_file"),
        "sheets.pdf": (pdf(sheet_image("solvik")), "no_letter"),
    }
    async with working(town, files, tmp_path) as office:
        for name, (content, _) in bad.items():
            office.put(f"solvik/{name}", content)
        office.put("solvik/good.pdf", good)
        await office.settled(len(bad) + 1)
        assert not [path for path in office.scan.rglob("*") if path.is_file()]
    found = {contact.facts["file"]["name"]: contact for contact in office.letters()}
    assert {name: found[name].problem for name in bad} == {name: code for name, (_, code) in bad.items()}
    for name, (content, code) in bad.items():
        assert found[name].text == letters.PROBLEMS[code]
        (original,) = office.files_of(found[name])
        assert (original.role, files.read(original.sha256)) == ("original", content)
    assert found["good.pdf"].problem == ""


@one_database
async def test_a_file_that_is_still_being_written_is_left_alone(town: Store, files: FileStore, tmp_path: Path) -> None:
    content = pdf(letter_image(1))
    async with working(town, files, tmp_path, patience_seconds=0) as office:
        path = office.scan / "slow.pdf"
        with path.open("wb") as out:
            out.write(content)  # whole already, but the scanner has not let go of it
            out.flush()
            looks = len(office.said)
            await eventually(lambda: len(office.said) > looks + 6, what="some looks at the folder")
            assert path.exists()
            assert office.letters() == []
        (office.scan / "hidden.pdf.part").write_bytes(content)
        (office.scan / ".also-hidden.pdf").write_bytes(content)
        (letter,) = await office.settled(1)
        assert letter.problem == ""
        left = sorted(path.name for path in office.scan.iterdir())
    assert left == [".also-hidden.pdf", "hidden.pdf.part"]


@one_database
async def test_a_file_without_its_end_is_waited_for(town: Store, files: FileStore, tmp_path: Path) -> None:
    content = pdf(letter_image(1))
    async with working(town, files, tmp_path, patience_seconds=3600) as office:
        path = office.scan / "copied.pdf"
        path.write_bytes(content[: len(content) // 2])
        looks = len(office.said)
        await eventually(lambda: len(office.said) > looks + 6, what="some looks at the folder")
        assert office.letters() == []
        with path.open("ab") as out:
            out.write(content[len(content) // 2 :])
        (letter,) = await office.settled(1)
    assert letter.problem == ""


async def test_the_same_name_keeps_both_and_the_same_content_is_said(
    town: Store, files: FileStore, tmp_path: Path
) -> None:
    content = pdf(letter_image(1))
    async with working(town, files, tmp_path) as office:
        office.put("scan.pdf", content)
        (first,) = await office.settled(1)
        office.put("scan.pdf", pdf(letter_image(2)))
        await office.settled(2)
        office.put("again.pdf", content)
        _, second, third = await office.settled(3)
    assert first.text != second.text
    assert second.problem == ""
    number = office.case(first).number
    assert third.problem == "duplicate_file"
    assert number in third.text
    assert office.case(third).suggested_case_id == first.case_id


@one_database
async def test_a_doubtful_sheet_divides_and_goes_to_a_human(town: Store, files: FileStore, tmp_path: Path) -> None:
    stack = [sheet_image("solvik.bygg", "bygg.bygglov", 2), letter_image(1), spoiled_sheet(), letter_image(2)]
    stack += [sheet_image("solvik.finns-inte"), letter_image(3)]
    async with working(town, files, tmp_path) as office:
        office.put("solvik/stack.pdf", pdf(*stack))
        found = await office.settled(3)
    assert [contact.problem for contact in found] == ["page_count", "separator_unreadable", "separator_unknown"]
    assert [contact.facts["pages"] for contact in found] == [[2], [4], [6]]
    assert [office.unit(contact) for contact in found] == ["solvik.bygg", "solvik", "solvik"]


async def test_a_full_disk_and_a_lost_database_are_waited_out(
    town: Store, files: FileStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trouble = ["disk_full", "disk_full"]
    put = files.put_file

    def full(path: Path) -> tuple[str, int]:
        if trouble:
            raise Unavailable(trouble.pop())
        return put(path)

    monkeypatch.setattr(files, "put_file", full)
    async with working(town, files, tmp_path) as office:
        office.put("scan.pdf", pdf(letter_image(1)))
        await eventually(lambda: any(health.code == "disk_full" for health in office.said), what="trouble said")
        (letter,) = await office.settled(1)
        await eventually(lambda: office.said[-1].ok, what="well again")
    assert letter.problem == ""


@one_database
async def test_many_files_wait_in_the_folder_not_in_memory(town: Store, files: FileStore, tmp_path: Path) -> None:
    scan = tmp_path / "scan"
    scan.mkdir()
    for number in range(40):
        (scan / f"{number:03d}.txt").write_text(f"no scan {number}")
    async with working(town, files, tmp_path, queue_limit=5) as office:
        found = await office.settled(40)
    assert len(found) == 40
    assert max(health.facts["queue_length"] for health in office.said) <= 5
    names = [contact.facts["file"]["name"] for contact in found]
    assert sorted(names) == [f"{number:03d}.txt" for number in range(40)]


@one_database
async def test_progress_of_a_long_file_is_reported(town: Store, files: FileStore, tmp_path: Path) -> None:
    async with working(town, files, tmp_path) as office:
        office.put("long.pdf", pdf(*[letter_image(seed) for seed in (1, 2, 3)]))
        await office.settled(1)
    seen = [(h.facts["pages_done"], h.facts["pages_total"]) for h in office.said if h.facts.get("file") == "long.pdf"]
    assert [pair for pair in dict.fromkeys(seen) if pair[1]][-3:] == [(1, 3), (2, 3), (3, 3)]


async def test_killed_at_any_moment_nothing_is_lost(town: Store, files: FileStore, tmp_path: Path) -> None:
    scan = tmp_path / "scan"
    office = PostOffice(town, files, scan, tmp_path / "var")
    for seed in (1, 2):
        office.put(f"solvik/letter-{seed}.pdf", pdf(letter_image(seed)))
    office.put("solvik/batch.pdf", pdf(sheet_image("solvik"), letter_image(3), sheet_image("granby"), letter_image(4)))
    moments: list[Callable[[], object]] = [
        lambda: office.unread() > 0,
        lambda: not list(scan.rglob("*.pdf")),
        lambda: _running(str(office.data), "tesseract"),
        lambda: len(office.letters()) > 0,
    ]
    for moment in moments:
        _killed_at(moment, [town.url, str(office.data), str(scan)])
        wait_until(lambda: not _running(str(office.data), ""), 5, "what the killed process had started is gone too")
    async with working(town, files, tmp_path):
        found = await office.settled(4)
    assert len(found) == 4
    assert {contact.problem for contact in found} == {""}
    assert not list(scan.rglob("*.pdf"))


def _killed_at(moment: Callable[[], object], arguments: list[str]) -> None:
    """Start the channel as a process and kill it, without warning, when `moment` comes."""
    process = subprocess.Popen([sys.executable, "-m", "tests.integration.post_process", *arguments], cwd=ROOT)
    try:
        wait_until(moment, 90)
    finally:
        os.kill(process.pid, signal.SIGKILL)
        process.wait()


def _running(data: str, name: str) -> list[str]:
    """Programs whose scratch folder lies below `data`: reading processes and the tesseract they started."""
    found = []
    for process in Path("/proc").iterdir():
        if not re.fullmatch(r"\d+", process.name):
            continue
        try:
            environment = (process / "environ").read_bytes().decode("utf-8", "replace")
            program = (process / "comm").read_text().strip()
        except OSError:
            continue
        if f"TMPDIR={data}" in environment and program.startswith(name):
            found.append(program)
    return found
