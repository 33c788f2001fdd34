"""`contactcenter mail import`: an import with its progress on the terminal."""

import asyncio
import time
from collections.abc import Callable
from pathlib import Path

from channels.email.importing import Importing, Progress
from channels.email.settings import EmailSettings
from contactcenter.files import FileStore
from contactcenter.settings import Settings
from contactcenter.store import Store

EVERY = 2.0
"""Seconds between two lines of progress."""


def run(
    store: Store, settings: Settings, path: Path, into: str, say: Callable[[str], None], *, leave_open: bool
) -> Progress:
    """Import, saying how far it is. Raises Misconfigured."""
    began = said = time.monotonic()

    def report(progress: Progress) -> None:
        nonlocal said
        if time.monotonic() - said >= EVERY:
            said = time.monotonic()
            say(line(progress, said - began))

    email = settings.group("email", EmailSettings)
    importing = Importing(store, FileStore(settings.data_dir / "files"), email, settings.secret_bytes(), report)
    done = asyncio.run(importing.run(path, into, leave_open=leave_open))
    say(line(done, time.monotonic() - began))
    for name in done.too_large:
        say(f"Too large, left where it is: {name}")
    return done


def line(progress: Progress, seconds: float) -> str:
    """How far an import is, in words."""
    done = progress.filed + progress.known
    rate = done / seconds if seconds else 0.0
    return (
        f"{done} of {progress.found} found · {rate:.0f} a second · {progress.known} were here already · "
        f"{progress.unreadable} unreadable, kept as they are"
    )
