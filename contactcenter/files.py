"""The file store: bytes under their SHA-256, written once, never changed."""

import errno
import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, BinaryIO

from contactcenter.errors import NotFound, Unavailable

CHUNK = 1 << 20


class FileStore:
    """A folder of files named by content. A file that `put` has returned from survives a power cut.

    Raises `Unavailable` (`disk_full`) when the disk is full; nothing half-written is left under a hash.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        root.mkdir(parents=True, exist_ok=True)

    def put(self, data: bytes) -> tuple[str, int]:
        """Keep `data`; return its SHA-256 (hex) and size in bytes."""
        sha256 = hashlib.sha256(data).hexdigest()
        if not self.path(sha256).exists():
            with self._writing() as (out, keep):
                out.write(data)
                keep(sha256)
        return sha256, len(data)

    def put_file(self, source: Path) -> tuple[str, int]:
        """Keep a copy of the file `source`; return its SHA-256 and size."""
        with source.open("rb") as stream:
            return self.put_stream(stream)

    def put_stream(self, stream: BinaryIO | IO[bytes]) -> tuple[str, int]:
        """Keep what `stream` gives until its end."""
        digest, size = hashlib.sha256(), 0
        with self._writing() as (out, keep):
            while chunk := stream.read(CHUNK):
                digest.update(chunk)
                size += len(chunk)
                out.write(chunk)
            keep(digest.hexdigest())
        return digest.hexdigest(), size

    def path(self, sha256: str) -> Path:
        """Where the file with this hash lies, whether it is there or not."""
        if len(sha256) != 64 or not sha256.isalnum():
            raise NotFound("no_such_file")
        return self.root / sha256[:2] / sha256

    def read(self, sha256: str) -> bytes:
        """The file's bytes. Raises NotFound."""
        try:
            return self.path(sha256).read_bytes()
        except FileNotFoundError as missing:
            raise NotFound("no_such_file") from missing

    @contextmanager
    def _writing(self) -> "Iterator[tuple[IO[bytes], Keep]]":
        name = ""
        try:
            with tempfile.NamedTemporaryFile(dir=self.root, prefix=".new-", delete=False) as out:
                name = out.name
                keep = Keep(self, out)
                yield out, keep
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise Unavailable("disk_full", "the disk is full") from error
            raise
        finally:
            if name:
                Path(name).unlink(missing_ok=True)


class Keep:
    """Moves the written file to its place under the hash, durably."""

    def __init__(self, store: FileStore, out: IO[bytes]) -> None:
        self._store, self._out = store, out

    def __call__(self, sha256: str) -> None:
        self._out.flush()
        os.fsync(self._out.fileno())
        target = self._store.path(sha256)
        target.parent.mkdir(exist_ok=True)
        Path(self._out.name).replace(target)
        folder = os.open(target.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
