"""The file store keeps bytes whole or not at all."""

import errno
import io
from pathlib import Path
from typing import IO

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from contactcenter.errors import NotFound, Unavailable
from contactcenter.files import FileStore


@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(st.binary(max_size=5000))
def test_what_was_put_is_read_again(files: FileStore, data: bytes) -> None:
    sha256, size = files.put(data)
    assert files.read(sha256) == data
    assert size == len(data)
    assert files.put_stream(io.BytesIO(data)) == (sha256, size)


@pytest.mark.parametrize("name", ["", "../../etc/passwd", "a" * 63, "/" * 64])
def test_a_name_that_is_no_hash_leads_nowhere(files: FileStore, name: str) -> None:
    with pytest.raises(NotFound):
        files.read(name)


def test_an_unknown_hash_is_not_found(files: FileStore) -> None:
    with pytest.raises(NotFound):
        files.read("0" * 64)


def test_a_full_disk_leaves_nothing_half_written(files: FileStore, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("contactcenter.files.os.fsync", full)
    with pytest.raises(Unavailable) as caught:
        files.put(b"a letter")
    assert caught.value.code == "disk_full"
    assert list(files.root.iterdir()) in ([], [files.root / "c"]) or not _whole_files(files.root)


def _whole_files(root: Path) -> list[Path]:
    return [path for path in root.rglob("*") if path.is_file()]


def test_a_stream_is_read_in_pieces(files: FileStore) -> None:
    class Slow(io.RawIOBase):
        def __init__(self) -> None:
            self.left = [b"one", b"two", b""]

        def read(self, _size: int = -1) -> bytes:
            return self.left.pop(0)

    stream: IO[bytes] = Slow()  # type: ignore[assignment]
    sha256, size = files.put_stream(stream)
    assert (files.read(sha256), size) == (b"onetwo", 6)
