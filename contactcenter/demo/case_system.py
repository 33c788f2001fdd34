"""A small case-management system that plays the other side of the hand-off over real HTTP. For the demo and the tests.

    CASE_SYSTEM_SECRET=… python -m contactcenter.demo.case_system --port 8090 --data var/case-system

It takes signed web hooks at `/cases`, once for each Idempotency-Key, fetches the files behind the links and checks
their hashes, and reports back with signed callbacks: `received` by itself, the rest when somebody presses a button on
its page at `/`. Reports are kept until they were taken, so it may be started before the contact centre.
"""

import argparse
import hashlib
import json
import os
import signal
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from contactcenter.demo import case_pages
from contactcenter.demo.case_ledger import Ledger, NotGenuine, Row, sign, verify

LARGEST = 32 * 1024 * 1024
"""Bytes of a request, and of a file that is fetched."""
TIMEOUT = 10
PAUSE = 0.5
"""Seconds between two tries to report or fetch."""
ACTIONS = {"take-up": ("in_progress", ""), "answer": ("answered", "text"), "return": ("returned", "reason")}
"""What can be pressed: button -> (status, field with the words)."""
_web = urllib.request.build_opener(urllib.request.ProxyHandler({}))
"""Straight to the contact centre, whatever proxy the environment names."""
POLICY = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'"


class CaseSystem(ThreadingHTTPServer):
    """The server, its ledger and the thread that fetches and reports."""

    daemon_threads = True

    def __init__(self, address: tuple[str, int], data: Path, secret: bytes) -> None:
        data.mkdir(parents=True, exist_ok=True)
        super().__init__(address, Handler)
        self.ledger = Ledger(data / "cases.sqlite3")
        self.secret = secret
        self.wake, self.ending = threading.Event(), False
        self._work = threading.Thread(target=self._fetch_and_report, name="reports", daemon=True)
        self._work.start()

    @property
    def url(self) -> str:
        return f"http://{self.server_address[0]!s}:{self.server_address[1]}"

    def end(self) -> None:
        """Stop the thread and close what was opened; a report under way is not waited for, it will be made again."""
        self.ending = True
        self.wake.set()
        self._work.join(1)
        self.server_close()
        if not self._work.is_alive():
            self.ledger.close()

    def _fetch_and_report(self) -> None:
        while not self.ending:
            self.wake.clear()
            for file in self.ledger.missing_files():
                self._fetch(file)
            for number, url, body in self.ledger.unreported():
                self.ledger.reported(number, self._post(url, body))
            self.wake.wait(PAUSE)

    def _fetch(self, file: dict[str, Any]) -> None:
        try:
            with _web.open(file["url"], timeout=TIMEOUT) as answer:
                content = answer.read(LARGEST)
        except (OSError, ValueError):
            return
        if hashlib.sha256(content).hexdigest() == file["sha256"]:
            self.ledger.keep_file(file["case_id"], file["file_id"], content)

    def _post(self, url: str, body: bytes) -> int:
        """The status that the report was answered with; 0: not at all, or by a server that is to be asked again."""
        headers = {"Content-Type": "application/json", "X-KC-Signature": sign(self.secret, body)}
        try:
            request = urllib.request.Request(url, body, headers)  # noqa: S310
            with _web.open(request, timeout=TIMEOUT) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            error.close()
            return error.code if error.code < 500 else 0
        except (OSError, ValueError):
            return 0


class Handler(BaseHTTPRequestHandler):
    """The pages, the hook, and a list for programs."""

    server: CaseSystem
    server_version = "CaseSystem"
    timeout = TIMEOUT

    def do_GET(self) -> None:
        ledger, path = self.server.ledger, urlsplit(self.path).path
        if path == "/":
            return self._html(case_pages.listing(ledger.cases()))
        if path == "/api/cases":
            return self._json(200, [self._listed(row) for row in ledger.cases()])
        row = self._case(path.removeprefix("/cases/"))
        if row is None:
            return self._json(404, {"title": "Not found"})
        return self._html(case_pages.detail(row, ledger.files(row.id)))

    def do_POST(self) -> None:
        path, body = urlsplit(self.path).path, self._body()
        if body is None:
            return self._json(413, {"title": "Too large, or no length given"})
        return self._hook(body) if path == "/cases" else self._press(path, body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Nothing: requests are seen in the list."""

    def _hook(self, body: bytes) -> None:
        try:
            verify(self.server.secret, self.headers.get("X-KC-Signature", ""), body)
        except NotGenuine:
            return self._json(401, {"title": "The signature is not right"})
        key = self.headers.get("Idempotency-Key", "")
        try:
            row, new = self.server.ledger.take(key, json.loads(body))
        except (ValueError, KeyError, TypeError):
            return self._json(422, {"title": "This is not a case"})
        self.server.wake.set()
        return self._json(201 if new else 200, {"reference": row.reference})

    def _press(self, path: str, body: bytes) -> None:
        number, _, action = path.removeprefix("/cases/").partition("/")
        row = self._case(number)
        if row is None or action not in ACTIONS or not self._own_page():
            return self._json(404, {"title": "Not found"})
        status, field = ACTIONS[action]
        words = parse_qs(body.decode("utf-8", "replace")).get(field, [""])[0]
        self.server.ledger.report(row, status, **({field: words} if field else {}), by="Verksamhetssystemet")
        self.server.wake.set()
        self.send_response(303)
        self.send_header("Location", f"/cases/{row.id}")
        self.send_header("Content-Length", "0")
        return self.end_headers()

    def _own_page(self) -> bool:
        """Whether a browser sends this from our own page: others may not press our buttons."""
        origin = self.headers.get("Origin")
        return origin is None or urlsplit(origin).netloc == self.headers.get("Host")

    def _case(self, number: str) -> Row | None:
        return self.server.ledger.case(int(number)) if number.isdecimal() and len(number) < 10 else None

    def _listed(self, row: Row) -> dict[str, Any]:
        ledger = self.server.ledger
        return {
            "id": row.id,
            "key": row.key,
            "number": row.payload["case"]["number"],
            "status": row.status,
            "requests": row.requests,
            "files": [file["content"] is not None for file in ledger.files(row.id)],
            "answers": ledger.answers(row.id),
        }

    def _body(self) -> bytes | None:
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal() or int(length) > LARGEST:
            return None
        return self.rfile.read(int(length))

    def _json(self, status: int, value: Any) -> None:
        self._send(status, "application/json", json.dumps(value, ensure_ascii=False))

    def _html(self, page: str) -> None:
        self._send(200, "text/html; charset=utf-8", page)

    def _send(self, status: int, media_type: str, text: str) -> None:
        content = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Content-Security-Policy", POLICY)
        self.end_headers()
        self.wfile.write(content)


def main(arguments: Sequence[str] | None = None) -> None:
    """Serve until SIGTERM or SIGINT; the address is printed once requests are taken."""
    parser = argparse.ArgumentParser(prog="case-system", description="A case-management system for the demo")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0: any free one")
    parser.add_argument("--data", type=Path, required=True, help="folder for its database")
    parser.add_argument("--with-parent", action="store_true", help="end when standard input does")
    chosen = parser.parse_args(arguments)
    secret = os.environ.get("CASE_SYSTEM_SECRET", "").encode()
    if not secret:
        parser.error("CASE_SYSTEM_SECRET is not set")
    system = CaseSystem((chosen.host, chosen.port), chosen.data, secret)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: threading.Thread(target=system.shutdown).start())
    if chosen.with_parent:
        threading.Thread(target=_end_with_parent, args=(system,), daemon=True).start()
    sys.stdout.write(f"{system.url}\n")
    sys.stdout.flush()
    system.serve_forever(poll_interval=0.1)
    system.end()


def _end_with_parent(system: CaseSystem) -> None:
    sys.stdin.read()
    system.shutdown()


if __name__ == "__main__":
    main()
