"""What a newcomer sees: `contactcenter demo` is alive within two minutes, stops at Ctrl-C, and remembers."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.support import free_port, wait_until

pytestmark = [pytest.mark.asterisk, pytest.mark.slow]


class Demo:
    """The command, its doors and what it printed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.http, self.smtp, self.sink, self.case_system, self.trunk = (free_port() for _ in range(5))

    def environment(self) -> dict[str, str]:
        return os.environ | {
            "CC_DATA_DIR": str(self.folder / "var"),
            "CC_HTTP__PORT": str(self.http),
            "CC_PUBLIC_URL": f"http://127.0.0.1:{self.http}",
            "CC_EMAIL__PORT": str(self.smtp),
            "CC_EMAIL__SMARTHOST_PORT": str(self.sink),
            "CC_PHONE__SIP_PORT": "0",
            "CC_PHONE__AMI_PORT": "0",
            "CC_PHONE__TRUNK_URI": f"sip:127.0.0.1:{self.trunk}",
        }

    @contextmanager
    def running(self, *words: str) -> Iterator["subprocess.Popen[str]"]:
        """The demo; at the end Ctrl-C, which it must obey, leaving nothing behind."""
        log = self.folder / "log"
        with log.open("a") as out:
            process = subprocess.Popen(
                [
                    sys.executable,
                    "-m",
                    "contactcenter.main",
                    "demo",
                    "--case-system-port",
                    str(self.case_system),
                    *words,
                ],
                env=self.environment(),
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                text=True,
            )
        try:
            yield process
        finally:
            process.send_signal(signal.SIGINT)
            assert process.wait(40) == 0
            assert _left_behind(self.folder) == []

    def printed(self) -> str:
        return (self.folder / "log").read_text("utf-8", "replace")

    def waiting(self, client: httpx2.Client) -> dict[str, Any]:
        """How many wait, by channel, as the console's server counts them."""
        found = client.get(f"http://127.0.0.1:{self.http}/readyz", timeout=5)
        metrics = client.get(f"http://127.0.0.1:{self.http}/metrics", timeout=5).text
        return {"ready": found.json()["ready"], "metrics": metrics}


def _left_behind(folder: Path) -> list[str]:
    """Processes that still work in `folder`."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                words = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            except OSError:
                continue
            if str(folder) in words:
                found.append(words)
    return found


def channels_in(folder: Path) -> set[str]:
    """The channels that have arrived, from the database itself."""
    import sqlite3

    file = folder / "var" / "contactcenter.sqlite3"
    if not file.exists():
        return set()
    with sqlite3.connect(f"file:{file}?mode=ro", uri=True) as database:
        try:
            return {row[0] for row in database.execute("SELECT DISTINCT channel FROM contact WHERE direction = 'in'")}
        except sqlite3.OperationalError:
            return set()


def test_a_call_a_mail_and_a_letter_within_two_minutes_and_all_there_the_next_time(tmp_path: Path) -> None:
    demo = Demo(tmp_path)
    with demo.running("--trickle", "5"):
        wait_until(lambda: {"phone", "email", "post"} <= channels_in(tmp_path), 120, "a call, a mail and a letter")
        wait_until(lambda: "anna" in demo.printed() and f":{demo.http}/" in demo.printed(), 30, "the sign-ins")
        wait_until(lambda: "Asterisk answers" in demo.printed(), 60, "telephony")
    before = channels_in(tmp_path)
    assert "Traceback" not in demo.printed()
    with demo.running("--quiet"):
        wait_until(lambda: demo.printed().count("is open") == 2, 60, "open again")
        assert channels_in(tmp_path) == before


def test_without_an_exchange_the_rest_runs_and_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    demo = Demo(tmp_path)
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}")
    monkeypatch.setattr(
        demo, "environment", lambda: Demo.environment(demo) | {"CC_PHONE__ASTERISK_ROOT": str(tmp_path / "none")}
    )
    with demo.running("--quiet"):
        wait_until(lambda: "No telephony" in demo.printed(), 60, "the words about telephony")
        answer = httpx2.get(f"http://127.0.0.1:{demo.http}/readyz", timeout=5)
        assert answer.status_code == 200
        assert answer.json()["parts"]["phone"]["ok"] is False
