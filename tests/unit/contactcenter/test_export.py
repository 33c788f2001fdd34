"""A case as a ZIP: everything in it, whatever people name their files. On both databases."""

import hashlib
import io
import json
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
from sqlmodel import Session

from contactcenter import desk, export
from contactcenter.errors import NotFound
from contactcenter.files import FileStore
from contactcenter.model import Case
from contactcenter.ports import StoredFile
from contactcenter.settings import Settings
from contactcenter.store import Store
from tests import handing
from tests import town as solvik
from tests.fixtures.store import NOW

DRAWING = b"%PDF-1.7 a drawing"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return handing.settings(tmp_path)


def stored(files: FileStore, name: str, content: bytes = DRAWING) -> StoredFile:
    sha256, size = files.put(content)
    return StoredFile(sha256, size, name, "application/pdf")


def opened(content: bytes) -> tuple[zipfile.ZipFile, dict[str, Any]]:
    archive = zipfile.ZipFile(io.BytesIO(content))
    assert archive.testzip() is None
    return archive, json.loads(archive.read("case.json"))


def test_everything_is_in_it(town: Store, files: FileStore) -> None:
    drawing = stored(files, "ritning över altan.pdf")
    delivery = town.sync_run(lambda session: handing.handed_off(session, NOW, files=(drawing,)))
    content = town.sync_read(export.export_case, files, delivery.case_id, "Europe/Stockholm", NOW)
    archive, document = opened(content)
    assert document["format"] == export.FORMAT
    assert document["case"]["subject"] == "Altan utan bygglov?"
    assert document["state"] == "handed_off"
    assert [line["kind"] for line in document["journal"]] == town.sync_read(handing.kinds, delivery.case_id)
    assert document["deliveries"][0]["idempotency_key"] == delivery.idempotency_key
    [file] = document["contacts"][0]["files"]
    place = document["files"][str(file["id"])]
    assert place.endswith("ritning över altan.pdf")
    assert hashlib.sha256(archive.read(place)).hexdigest() == file["sha256"]
    assert archive.read("case.pdf").startswith(b"%PDF-")


def test_a_file_that_is_gone_is_said_to_be(town: Store, files: FileStore) -> None:
    drawing = stored(files, "ritning.pdf")
    case = town.sync_run(lambda session: handing.written(session, NOW, files=(drawing,)))
    files.path(drawing.sha256).unlink()
    archive, document = opened(town.sync_read(export.export_case, files, case.id, "Europe/Stockholm", NOW))
    assert list(document["files"].values()) == [None]
    assert sorted(archive.namelist()) == ["case.json", "case.pdf"]


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "/etc/passwd", "a\\..\\b", "..", "", "x" * 500 + ".pdf", "nul\x07l"]
)
def test_no_name_leads_out_of_the_folder(town: Store, files: FileStore, name: str) -> None:
    twice = (stored(files, name), stored(files, name, b"another"))
    case = town.sync_run(lambda session: handing.written(session, NOW, files=twice))
    archive, _ = opened(town.sync_read(export.export_case, files, case.id, "Europe/Stockholm", NOW))
    places = [PurePosixPath(place) for place in archive.namelist() if place.startswith("files/")]
    assert len(set(places)) == 2
    for place in places:
        assert len(place.parts) == 3
        assert ".." not in place.parts
        assert len(place.name) < 150


def two_days(session: Session) -> list[Case]:
    first = handing.written(session, NOW, key="<1@mail.example>")
    return [first, handing.written(session, NOW + timedelta(days=1), key="<2@mail.example>")]


def numbers(folder: Path) -> list[str]:
    return sorted(path.stem for path in folder.iterdir())


def test_all_some_and_those_since(town: Store, settings: Settings, tmp_path: Path) -> None:
    first, second = town.sync_run(two_days)
    assert export.export_all(town, settings, tmp_path / "all") == 2
    assert numbers(tmp_path / "all") == [first.number, second.number]
    assert export.export_all(town, settings, tmp_path / "some", numbers=[first.number.lower(), first.number]) == 1
    assert numbers(tmp_path / "some") == [first.number]
    midnight = datetime(2026, 11, 24)  # noqa: DTZ001 - as the command line gives it
    assert export.export_all(town, settings, tmp_path / "since", since=midnight) == 1
    assert numbers(tmp_path / "since") == [second.number]
    assert export.export_all(town, settings, tmp_path / "later", since=datetime(2026, 11, 25, tzinfo=UTC)) == 0


def test_written_again_it_replaces_what_was_there(town: Store, settings: Settings, tmp_path: Path) -> None:
    [first, _] = town.sync_run(two_days)
    path = tmp_path / "out" / f"{first.number}.zip"
    export.export_all(town, settings, tmp_path / "out")
    path.write_bytes(b"old")
    export.export_all(town, settings, tmp_path / "out")
    assert zipfile.is_zipfile(path)
    assert path.stat().st_mode & 0o077 == 0


def test_an_unknown_number_is_named_and_nothing_is_written(town: Store, settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="KC-2026-999999"):
        export.export_all(town, settings, tmp_path / "out", numbers=["KC-2026-999999"])
    assert numbers(tmp_path / "out") == []


def test_a_merged_case_is_where_it_went(town: Store, settings: Settings, tmp_path: Path) -> None:
    first, second = town.sync_run(two_days)
    town.sync_run(lambda session: desk.merge(session, solvik.actor(session, "anna"), first.id, second.id, NOW))
    assert export.export_all(town, settings, tmp_path / "all") == 1
    assert export.export_all(town, settings, tmp_path / "named", numbers=[first.number]) == 1
    assert numbers(tmp_path / "all") == numbers(tmp_path / "named") == [second.number]
