"""Killed without warning while it takes in what callers left: nothing is lost, and nothing is there twice."""

import os
import signal
import subprocess
import sys
import wave
from collections import Counter
from functools import partial
from pathlib import Path

from sqlmodel import Session, select

from contactcenter.clock import utc_now
from contactcenter.files import FileStore
from contactcenter.model import Contact, FileRecord
from contactcenter.states import Channel, ContactState
from contactcenter.store import Store
from tests.integration import phone_house
from tests.support import wait_until

ROOT = Path(__file__).parents[2]
NUMBER = "+46850000200"
EACH = 40
KILLS = 6


def leave(spool: Path) -> None:
    """Messages, wishes and traces of so many callers, as the exchange names them."""
    spool.mkdir()
    for number in range(EACH):
        for place, kind in enumerate(("message", "wish", "left")):
            caller = f"+4670174{number:02d}{place:02d}"
            name = f"{kind}~17637{number:05d}.{place:03d}~{NUMBER}~direkt~{caller}~~kc-{number}.{place}"
            if kind != "message":
                (spool / name).write_text("1")
                continue
            with wave.open(str(spool / f"{name}.wav"), "wb") as recording:
                recording.setnchannels(1)
                recording.setsampwidth(2)
                recording.setframerate(8000)
                recording.writeframes(bytes([number + 1, 0]) * 8000 * 3)


def _at_most(spool: Path, files: int) -> bool:
    return len(list(spool.iterdir())) <= files


def contacts(session: Session) -> list[Contact]:
    return list(session.exec(select(Contact)).all())


def test_killed_at_any_moment_everything_is_there_once(store: Store, tmp_path: Path) -> None:
    store.sync_run(phone_house.build, utc_now())
    spool = tmp_path / "spool"
    leave(spool)
    command = [sys.executable, "-m", "tests.integration.spool_process", store.url, str(tmp_path)]
    total = len(list(spool.iterdir()))
    for kill in range(1, KILLS + 1):
        process = subprocess.Popen(command, cwd=ROOT)
        try:
            wait_until(partial(_at_most, spool, total * (KILLS - kill) // KILLS), 60)
        finally:
            os.kill(process.pid, signal.SIGKILL)
            process.wait()
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE)
    assert process.stdout
    assert process.stdout.readline() == b"empty\n"
    process.kill()
    process.communicate()
    found = store.sync_read(contacts)
    assert Counter(one.channel for one in found) == {Channel.CALLBACK: 2 * EACH, Channel.PHONE: EACH}
    assert len({one.key for one in found}) == 3 * EACH
    assert all(one.state is ContactState.MISSED for one in found if one.channel is Channel.PHONE)
    kept = store.sync_read(lambda session: session.exec(select(FileRecord.sha256)).all())
    assert len(kept) == len(set(kept)) == EACH
    assert all(FileStore(tmp_path / "files").path(sha256).is_file() for sha256 in kept)
