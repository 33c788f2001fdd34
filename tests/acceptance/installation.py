"""A whole contact centre as a newcomer would run it: the command itself, real Asterisk, real mail, real Tesseract."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import yaml

from tests.support import ROOT, free_port, wait_until

UNDO_SECONDS = "0"
"""Answers go at once, but where undoing is tried."""
SWITCHBOARD = "+46846500400"
PASSWORD = "ett långt lösenord"
SECRET = "the acceptance test's own secret"
PLACE = {"organisation": "solvik", "queue": "solvik.allmant"}


def town(case_system: str) -> dict[str, Any]:
    """Solvik with one of everything; every written topic can be handed off."""
    handoff = {"connector": "webhook", "url": f"{case_system}cases", "secret": "test"}
    return {
        "organisations": [
            {"key": "solvik", "name": "Solviks kommun", "mail_from": "kontaktcenter@solvik.example"},
        ],
        "queues": [{"key": "solvik.allmant", "name": "Allmänt", "organisation": "solvik"}],
        "topics": [
            {"key": "bygglov", "name": "Bygglov", "handoff": handoff, "wrap_up_seconds": 0, **PLACE},
            {"key": "ovrigt", "name": "Övrigt", **PLACE},
        ],
        "address_points": [
            {"kind": "phone", "address": SWITCHBOARD, "topic": "ovrigt", "menu": {"1": "bygglov"}, **PLACE},
            {"kind": "email", "address": "kontaktcenter@solvik.example", **PLACE},
            {"kind": "post", "address": "solvik", **PLACE},
        ],
        "users": [
            {"login": "anna", "name": "Anna Ek", "organisation": "solvik", "extension": "201"},
            {"login": "bo", "name": "Bo Lind", "organisation": "solvik", "extension": "202"},
            {"login": "siv", "name": "Siv Alm", "organisation": "solvik", "role": "supervisor"},
            {"login": "alma", "name": "Alma Rask", "organisation": "solvik", "role": "administrator"},
        ],
    }


@dataclass
class Installation:
    """A running contact centre and where its doors are."""

    folder: Path
    http_port: int
    smtp_port: int
    sink_port: int
    case_system: str

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.http_port}/"

    @property
    def data_dir(self) -> Path:
        return self.folder / "var"

    @property
    def scan_folder(self) -> Path:
        return self.data_dir / "scan" / "solvik"

    def environment(self) -> dict[str, str]:
        settings = {
            "CC_DATA_DIR": str(self.data_dir),
            "CC_PUBLIC_URL": self.url.rstrip("/"),
            "CC_HTTP__PORT": str(self.http_port),
            "CC_EMAIL__PORT": str(self.smtp_port),
            "CC_EMAIL__SMARTHOST_PORT": str(self.sink_port),
            "CC_EMAIL__FIRST_PAUSE_SECONDS": "1",
            "CC_UNDO_SECONDS": UNDO_SECONDS,
            "CC_EMAIL__TRUSTED_GATEWAYS": '["127.0.0.0/8"]',
            "CC_EMAIL__TRUSTED_AUTHSERV_IDS": '["mx.solvik.example"]',
            "CC_EMAIL__SPAM_HEADERS": '["X-Spam-Flag: YES"]',
            "CC_PHONE__SIP_PORT": "0",
            "CC_PHONE__AMI_PORT": "0",
            "CC_PHONE__WS_PORT": "0",
            "CC_POST__POLL_SECONDS": "0.2",
            "CC_POST__WORKERS": "1",
            "CC_HANDOFF__SECRETS": json.dumps({"test": SECRET}),
        }
        return os.environ | settings

    def command(self, *words: str) -> str:
        """Run `contactcenter …` on this installation and return what it printed."""
        done = subprocess.run(
            [sys.executable, "-m", "contactcenter.main", *words],
            env=self.environment() | {"CONTACTCENTER_PASSWORD": PASSWORD},
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def ready(self) -> dict[str, Any]:
        """What /readyz says; empty while nobody answers."""
        try:
            found: dict[str, Any] = httpx2.get(f"{self.url}readyz", timeout=2).json()
        except httpx2.TransportError:
            return {}
        return found

    def is_up(self, *parts: str) -> bool:
        """Whether these parts are well."""
        found = self.ready().get("parts", {})
        return all(found.get(part, {}).get("ok") for part in parts)

    def cases_on_the_other_side(self) -> list[dict[str, Any]]:
        """What the case-management system has received."""
        found: list[dict[str, Any]] = httpx2.get(f"{self.case_system}api/cases", timeout=5).json()
        return found

    def press(self, case: int, action: str, **words: str) -> None:
        """Press a button on the other side's page."""
        answer = httpx2.post(f"{self.case_system}cases/{case}/{action}", data=words, timeout=5)
        assert answer.status_code == 303, answer.text


@contextmanager
def running(folder: Path) -> Iterator[Installation]:
    """Install, configure and start; stopped at the end by SIGTERM, which must take no more than some seconds."""
    with _case_system(folder / "other-side") as address:
        made = Installation(folder, free_port(), free_port(), free_port(), address)
        file = folder / "solvik.yaml"
        file.write_text(yaml.safe_dump(town(address), allow_unicode=True), encoding="utf-8")
        made.command("configuration", "apply", str(file))
        for login in ("anna", "bo", "siv", "alma"):
            made.command("user", "password", login)
        with started(made):
            yield made


@contextmanager
def started(made: Installation) -> Iterator["subprocess.Popen[bytes]"]:
    """`contactcenter serve`, ready."""
    log = (made.folder / "serve.log").open("ab")
    process = subprocess.Popen(
        [sys.executable, "-m", "contactcenter.main", "serve"],
        env=made.environment(),
        cwd=made.folder,
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
    )
    try:
        wait_until(lambda: process.poll() is not None or made.is_up("console", "email", "post", "phone"), 90, "ready")
        assert process.poll() is None, (made.folder / "serve.log").read_text(errors="replace")[-3000:]
        yield process
    finally:
        process.terminate()
        begun = time.monotonic()
        process.wait(30)
        assert time.monotonic() - begun < 30
        log.close()


@contextmanager
def _case_system(folder: Path) -> Iterator[str]:
    process = subprocess.Popen(
        [sys.executable, "-m", "contactcenter.demo.case_system", "--data", str(folder)],
        env=os.environ | {"CASE_SYSTEM_SECRET": SECRET},
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        yield address if address.endswith("/") else f"{address}/"
    finally:
        process.terminate()
        process.wait(10)
        assert process.stdout is not None
        process.stdout.close()
