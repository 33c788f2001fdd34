"""The scanner's folder: which files lie there whole, and taking them so that none is lost.

Nothing but looking is used (no inotify), so network shares do. A file is taken when it has not changed for some
looks, nobody has it open for writing, and its end is there. It leaves the folder only after its bytes are in the
file store and its row is committed.
"""

import errno
import fcntl
import os
import shutil
import signal
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from channels.post.kinds import looks_whole
from contactcenter.files import FileStore

IGNORED_ENDS = (".part", ".partial", ".filepart", ".crdownload", ".tmp", ".temp", ".swp", ".lock", ".writing")
IGNORED_NAMES = frozenset({"thumbs.db", "desktop.ini", "ehthumbs.db"})
DEEPEST = 4


@dataclass(frozen=True, slots=True)
class Arrival:
    """A file in the scanner's folder. `identity` tells this very file from another with the same name and content."""

    path: Path
    box: str
    size: int
    mtime_ns: int
    ctime_ns: int
    inode: int

    @property
    def identity(self) -> list[int | str]:
        return [self.box, self.path.name, self.size, self.mtime_ns, self.ctime_ns, self.inode]


@dataclass(slots=True)
class _Seen:
    arrival: Arrival
    since: float
    looks: int = 0


@dataclass(slots=True)
class Folder:
    """Remembers what was seen, look by look. Not thread-safe; one look at a time."""

    root: Path
    box: str
    stable_looks: int
    patience: float
    _seen: dict[Path, _Seen] = field(default_factory=dict)

    @property
    def present(self) -> int:
        """How many files lay there at the last look."""
        return len(self._seen)

    def look(self, now: float, most: int) -> list[Arrival]:
        """At most `most` files that may be taken, oldest first. `now` in seconds of a steady clock.

        Raises OSError when the folder cannot be read.
        """
        known, self._seen = self._seen, {}
        for arrival in _listed(self.root, self.box):
            before = known.get(arrival.path)
            if before is None or before.arrival != arrival:
                self._seen[arrival.path] = _Seen(arrival, now)
            else:
                before.looks += 1
                self._seen[arrival.path] = before
        stable = [seen for seen in self._seen.values() if seen.looks >= self.stable_looks]
        stable.sort(key=lambda seen: (seen.arrival.mtime_ns, seen.arrival.path.name))
        return self._ready(stable, now, most)

    def _ready(self, stable: list[_Seen], now: float, most: int) -> list[Arrival]:
        ready: list[Arrival] = []
        for seen in stable:
            if len(ready) >= most:
                break
            path = seen.arrival.path
            patient = now - seen.since >= self.patience
            try:
                if not is_being_written(path) and (patient or looks_whole(path)):
                    ready.append(seen.arrival)
            except FileNotFoundError:
                continue
        return ready


def is_ignored(name: str) -> bool:
    """Names of hidden, unfinished and system files."""
    lower = name.lower()
    return lower.startswith((".", "~$")) or lower.endswith(IGNORED_ENDS) or lower in IGNORED_NAMES


def is_being_written(path: Path) -> bool:
    """Whether any process of this machine has the file open for writing; False where that cannot be known.

    A read lease (fcntl(2), F_SETLEASE) is given only when there is no writer. It is returned at once; should a
    writer come in that instant, the signal about it is one that is ignored by default.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW)
    try:
        fcntl.fcntl(descriptor, fcntl.F_SETSIG, signal.SIGURG)
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_RDLCK)
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    except OSError as error:
        return error.errno in (errno.EAGAIN, errno.EBUSY)
    finally:
        os.close(descriptor)
    return False


def copy(arrival: Arrival, files: FileStore) -> str:
    """Put the file into the store; return its SHA-256, or "" when it changed meanwhile or is gone.

    Raises Unavailable (`disk_full`), OSError when it cannot be read.
    """
    try:
        sha256, _ = files.put_file(arrival.path)
        return sha256 if _arrival(arrival.path, arrival.path.lstat(), arrival.box) == arrival else ""
    except FileNotFoundError:
        return ""


def move(arrival: Arrival, taken: Path, row_id: int) -> None:
    """Take the file out of the scanner's folder. Another file that has come under its name meanwhile stays."""
    try:
        if _arrival(arrival.path, arrival.path.lstat(), arrival.box) != arrival:
            return
        target = taken / f"{row_id}-{arrival.path.name}"[:200]
        try:
            arrival.path.replace(target)
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
            shutil.copyfile(arrival.path, target)
            arrival.path.unlink()
    except FileNotFoundError:
        return


def discard(taken: Path, row_id: int) -> None:
    """Forget the taken file of a row that is done: its bytes are in the file store."""
    for path in taken.glob(f"{row_id}-*"):
        path.unlink(missing_ok=True)


def _listed(root: Path, box: str) -> Iterator[Arrival]:
    for entry in _entries(root):
        if entry.is_dir(follow_symlinks=False):
            yield from _below(Path(entry.path), entry.name, 1)
        else:
            yield from _file(entry, box)


def _below(folder: Path, box: str, depth: int) -> Iterator[Arrival]:
    for entry in _entries(folder):
        if not entry.is_dir(follow_symlinks=False):
            yield from _file(entry, box)
        elif depth < DEEPEST:
            yield from _below(Path(entry.path), box, depth + 1)


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    with os.scandir(folder) as entries:
        return [entry for entry in entries if not is_ignored(entry.name)]


def _file(entry: os.DirEntry[str], box: str) -> Iterator[Arrival]:
    try:
        if entry.is_file(follow_symlinks=False):
            yield _arrival(Path(entry.path), entry.stat(follow_symlinks=False), box)
    except FileNotFoundError:
        return


def _arrival(path: Path, stat: os.stat_result, box: str) -> Arrival:
    return Arrival(path, box, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_ino)
