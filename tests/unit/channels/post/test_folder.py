"""Whether the end of a file is there: a cut file is told from a whole one wherever it is cut."""

from pathlib import Path

import pytest
from PIL import Image

from channels.post import generate
from channels.post.folder import is_being_written, is_ignored
from channels.post.kinds import looks_whole

SMALL = Image.effect_noise((120, 90), 60)
WHOLE = {
    "pdf": generate.as_pdf([SMALL, SMALL]),
    "tif": generate.as_tiff([SMALL, SMALL]),
    "jpg": generate.as_image(SMALL, "JPEG"),
    "png": generate.as_image(SMALL, "PNG"),
}


@pytest.mark.parametrize("kind", WHOLE)
def test_a_whole_file_is_whole_and_a_cut_one_is_not(kind: str, tmp_path: Path) -> None:
    path = tmp_path / f"scan.{kind}"
    path.write_bytes(WHOLE[kind])
    assert looks_whole(path)
    for share in (0.2, 0.5, 0.8, 0.95):
        path.write_bytes(WHOLE[kind][: int(len(WHOLE[kind]) * share)])
        assert not looks_whole(path), share


def test_an_empty_file_is_not_whole_and_an_unknown_one_is(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"")
    assert not looks_whole(path)
    path.write_bytes(b"anything")
    assert looks_whole(path)


def test_an_endless_chain_of_directories_ends(tmp_path: Path) -> None:
    path = tmp_path / "loop.tif"
    path.write_bytes(b"II*\x00\x08\x00\x00\x00" + b"\x00\x00" + b"\x08\x00\x00\x00")
    assert looks_whole(path)


def test_a_writer_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "scan.pdf"
    with path.open("wb") as out:
        out.write(b"x")
        assert is_being_written(path)
    assert not is_being_written(path)
    with path.open("rb"):
        assert not is_being_written(path)


@pytest.mark.parametrize("name", [".x.pdf", "x.pdf.part", "X.TMP", "~$x.docx", "Thumbs.db", "x.filepart"])
def test_unfinished_and_system_files_are_ignored(name: str) -> None:
    assert is_ignored(name)


@pytest.mark.parametrize("name", ["x.pdf", "brev.TIF", "part.pdf", "utan ändelse"])
def test_others_are_not(name: str) -> None:
    assert not is_ignored(name)
