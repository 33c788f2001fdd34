"""What the demo's case system keeps: cases by their key, their files, and what it still has to report. SQLite.

Nothing here is shared with the contact centre: it plays a foreign system, written from docs/handoff.md alone.
"""

import hashlib
import hmac
import json
import secrets
import sqlite3
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SCHEMA = """
CREATE TABLE IF NOT EXISTS cases (
    id INTEGER PRIMARY KEY, key TEXT UNIQUE NOT NULL, status TEXT NOT NULL DEFAULT 'received',
    requests INTEGER NOT NULL DEFAULT 1, received_at REAL NOT NULL, payload TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS files (
    case_id INTEGER NOT NULL, file_id INTEGER NOT NULL, name TEXT NOT NULL, media_type TEXT NOT NULL,
    url TEXT NOT NULL, sha256 TEXT NOT NULL, content BLOB, PRIMARY KEY (case_id, file_id));
CREATE TABLE IF NOT EXISTS reports (
    id INTEGER PRIMARY KEY, case_id INTEGER NOT NULL, url TEXT NOT NULL, body TEXT NOT NULL,
    answer INTEGER NOT NULL DEFAULT 0);
"""
WINDOW_SECONDS = 300


class NotGenuine(Exception):
    """The request was not signed with our secret, or too long ago."""


@dataclass(frozen=True, slots=True)
class Row:
    """A case as it is listed."""

    id: int
    key: str
    status: str
    requests: int
    payload: dict[str, Any]

    @property
    def reference(self) -> str:
        return f"VS-{self.id:05d}"


def verify(secret: bytes, header: str, body: bytes) -> None:
    """The check that docs/handoff.md describes. Raises NotGenuine."""
    fields = [part.strip().partition("=") for part in header.split(",")]
    stamp = next((value for name, _, value in fields if name == "t"), "")
    if not stamp.isdecimal() or abs(time.time() - int(stamp)) > WINDOW_SECONDS:
        raise NotGenuine
    expected = hmac.new(secret, stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    if not any(name == "v1" and hmac.compare_digest(value.encode(), expected.encode()) for name, _, value in fields):
        raise NotGenuine


def sign(secret: bytes, body: bytes) -> str:
    """The header for our own reports: the same scheme."""
    stamp = str(int(time.time()))
    return f"t={stamp},v1={hmac.new(secret, stamp.encode() + b'.' + body, hashlib.sha256).hexdigest()}"


class Ledger:
    """The database; every method is one transaction, and threads take turns."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(path, check_same_thread=False)
        self._connection.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;" + SCHEMA)

    def take(self, key: str, payload: dict[str, Any]) -> tuple[Row, bool]:
        """Keep the case, once for each key; the second value says whether it is new."""
        with self._lock, self._connection as database:
            known = database.execute("UPDATE cases SET requests = requests + 1 WHERE key = ?", (key,)).rowcount
            if not known:
                values = (key, time.time(), json.dumps(payload, ensure_ascii=False))
                found = database.execute("INSERT INTO cases (key, received_at, payload) VALUES (?, ?, ?)", values)
                files = [
                    (found.lastrowid, file["id"], file["name"], file["media_type"], file["url"], file["sha256"])
                    for contact in payload["contacts"]
                    for file in contact["files"]
                ]
                database.executemany(
                    "INSERT INTO files (case_id, file_id, name, media_type, url, sha256) VALUES (?, ?, ?, ?, ?, ?)",
                    files,
                )
            [row] = self._rows(database, "WHERE key = ?", key)
        if not known:
            self.report(row, "received")
        return row, not known

    def report(self, row: Row, status: str, **words: str) -> None:
        """Note a new status, to be reported."""
        told = {"status": status, "event_id": secrets.token_hex(8), "reference": row.reference, **words}
        values = (row.id, row.payload["callback"]["url"], json.dumps(told, ensure_ascii=False))
        with self._lock, self._connection as database:
            database.execute("UPDATE cases SET status = ? WHERE id = ?", (status, row.id))
            database.execute("INSERT INTO reports (case_id, url, body) VALUES (?, ?, ?)", values)

    def cases(self) -> list[Row]:
        """All cases, newest first."""
        with self._lock, self._connection as database:
            return self._rows(database, "ORDER BY id DESC")

    def case(self, case_id: int) -> Row | None:
        with self._lock, self._connection as database:
            found = self._rows(database, "WHERE id = ?", case_id)
        return found[0] if found else None

    def files(self, case_id: int) -> list[dict[str, Any]]:
        """The case's files; `content` is None until it has been fetched and its hash was right."""
        names = ("case_id", "file_id", "name", "media_type", "url", "sha256", "content")
        with self._lock, self._connection as database:
            found = database.execute(f"SELECT {', '.join(names)} FROM files WHERE case_id = ?", (case_id,))  # noqa: S608
            return [dict(zip(names, row, strict=True)) for row in found]

    def keep_file(self, case_id: int, file_id: int, content: bytes) -> None:
        with self._lock, self._connection as database:
            values = (content, case_id, file_id)
            database.execute("UPDATE files SET content = ? WHERE case_id = ? AND file_id = ?", values)

    def missing_files(self) -> list[dict[str, Any]]:
        """Files not yet fetched."""
        return [file for row in self.cases() for file in self.files(row.id) if file["content"] is None]

    def unreported(self) -> list[tuple[int, str, bytes]]:
        """(id, address, body) of the first report of each case that has not been taken yet; order matters."""
        with self._lock, self._connection as database:
            found = database.execute(
                "SELECT id, url, body FROM reports AS r WHERE answer = 0 AND NOT EXISTS "
                "(SELECT 1 FROM reports AS e WHERE e.case_id = r.case_id AND e.answer = 0 AND e.id < r.id) ORDER BY id"
            )
            return [(number, url, body.encode()) for number, url, body in found]

    def reported(self, report_id: int, answer: int) -> None:
        """The contact centre answered with this HTTP status."""
        with self._lock, self._connection as database:
            database.execute("UPDATE reports SET answer = ? WHERE id = ?", (answer, report_id))

    def answers(self, case_id: int) -> list[int]:
        """HTTP statuses that our reports got, in order; 0: not yet."""
        with self._lock, self._connection as database:
            found = database.execute("SELECT answer FROM reports WHERE case_id = ? ORDER BY id", (case_id,))
            return [answer for (answer,) in found]

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    def _rows(self, database: sqlite3.Connection, where: str, *values: Any) -> list[Row]:
        found = database.execute(f"SELECT id, key, status, requests, payload FROM cases {where}", values)  # noqa: S608
        return [Row(one, key, status, requests, json.loads(payload)) for one, key, status, requests, payload in found]
