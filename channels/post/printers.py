"""Where letters go: a folder that is printed from, a CUPS queue, or the folder of a digital mailbox's operator.

A folder gets whole files only (written beside and renamed). The operator's folder gets a PDF and, beside it, a JSON
file with whom it is to; its answer is a file `<name>.receipt.json` with `{"status": "delivered"}` or
`{"status": "refused", "reason": …}`, which is taken away when it has been read.
"""

import asyncio
import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from contactcenter.errors import Misconfigured, Unavailable
from contactcenter.letters.outbox import Claimed

SECONDS = 60.0
"""Longest time for handing over one letter."""
RECEIPT = re.compile(r"^(?P<case>KC-\d{4}-\d{6,9})-(?P<contact>\d{1,18})\.receipt\.json$")
RECEIPT_BYTES = 10_000
QUEUE = re.compile(r"[\w.-]{1,127}")


class Printer(Protocol):
    """Takes a letter. Raises Unavailable (try again), Misconfigured (somebody must mend a setting), Refused (never)."""

    async def take(self, letter: Claimed, pdf: bytes) -> None: ...


def file_name(letter: Claimed) -> str:
    """The same letter has the same name, however often it is handed over."""
    return f"{letter.sheet.case_number}-{letter.sheet.contact_id}.pdf"


@dataclass(frozen=True, slots=True)
class FolderPrinter:
    """A folder that somebody, or a print server, prints from."""

    folder: Path

    async def take(self, letter: Claimed, pdf: bytes) -> None:
        await asyncio.to_thread(_put, self.folder, file_name(letter), pdf)


@dataclass(frozen=True, slots=True)
class CupsPrinter:
    """A queue of CUPS, by its own command `lp`; the job has the letter's name."""

    queue: str

    async def take(self, letter: Claimed, pdf: bytes) -> None:
        if not QUEUE.fullmatch(self.queue):
            raise Misconfigured("print_queue", "CC_POST__PRINT_QUEUE is no name of a print queue")
        command = ("lp", "-d", self.queue, "-t", file_name(letter), "-")
        try:
            process = await asyncio.create_subprocess_exec(
                *command, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.DEVNULL,
            )  # fmt: skip
        except OSError as error:
            raise Misconfigured("print_command", "the command lp is not there; install cups-client") from error
        try:
            async with asyncio.timeout(SECONDS):
                await process.communicate(pdf)
        except TimeoutError as error:
            process.kill()
            await process.wait()
            raise Unavailable("print_timeout", "the print queue does not answer") from error
        if process.returncode:
            raise Unavailable("print_refused", "the print queue did not take the letter")


@dataclass(frozen=True, slots=True)
class DigitalFolder:
    """The folder of a digital mailbox's operator, or of the service that leads to several."""

    folder: Path

    async def take(self, letter: Claimed, pdf: bytes) -> None:
        sheet = letter.sheet
        about = {
            "version": 1,
            "recipient": sheet.personal_number,
            "subject": sheet.subject,
            "case": sheet.case_number,
            "file": file_name(letter),
        }
        name = file_name(letter)
        await asyncio.to_thread(_put, self.folder, name, pdf)
        # Last, as the operator begins when it is there.
        await asyncio.to_thread(_put, self.folder, f"{name[:-4]}.json", json.dumps(about, ensure_ascii=False).encode())

    def receipts(self) -> Iterator[tuple[Path, int, dict[str, Any]]]:
        """(file, contact id, what it says) of the operator's answers; blocking."""
        try:
            paths = sorted(self.folder.iterdir())[:10_000]
        except FileNotFoundError:
            return
        except OSError as error:
            raise Unavailable("digital_folder", f"the operator's folder cannot be read: {error.strerror}") from error
        for path in paths:
            if match := RECEIPT.match(path.name):
                said = _said(path)
                if said is not None:
                    yield path, int(match["contact"]), said


def _said(path: Path) -> dict[str, Any] | None:
    """None while it is still being written, or when it is not to be understood."""
    try:
        if path.stat().st_size > RECEIPT_BYTES:
            return None
        said = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return None
    return said if isinstance(said, dict) else None


def _put(folder: Path, name: str, data: bytes) -> None:
    """Whole or not at all, and on the disk."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        part = folder / f".{name}.part"
        with part.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        part.rename(folder / name)
    except OSError as error:
        raise Unavailable("print_folder", f"the folder cannot be written: {error.strerror}") from error
