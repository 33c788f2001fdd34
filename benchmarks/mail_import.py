"""An import of old mail with full parsing: `contactcenter mail import` of an mbox of 10,000 mails.

    python -m benchmarks.mail_import [--mails 10000]

Every second mail has HTML beside its text, every fourth a file of 20 kB. The baseline in the same run is the least that
an import could be: each mail parsed by the standard library and kept as one row, with the same commits.
"""

import argparse
import asyncio
import email
import mailbox
import sqlite3
import sys
import tempfile
import time
from email import policy
from email.message import EmailMessage
from pathlib import Path

from sqlmodel import Session, func, select

from benchmarks.databases import KINDS, fresh
from channels.email.importing import TOGETHER, Importing, Progress, mails
from channels.email.settings import EmailSettings
from contactcenter import configuration
from contactcenter.clock import utc_now
from contactcenter.files import FileStore
from contactcenter.model import Contact
from contactcenter.store import Store

WANTED = 200.0
BOX = "bygg@solvik.example"
QUEUE = {"organisation": "solvik", "queue": "solvik.allmant"}
TOWN = {
    "organisations": [{"key": "solvik", "name": "Solvik"}],
    "queues": [{"key": "solvik.allmant", "name": "Allmänt", "organisation": "solvik"}],
    "address_points": [{"kind": "email", "address": BOX, **QUEUE}],
}
QUESTION = "Hej!\n\nBehöver jag bygglov för en altan på baksidan av huset? Den blir 20 kvadratmeter.\n\nMvh\nMaj-Lis\n"


def an_mbox(path: Path, count: int) -> None:
    """Invented mails, each of another citizen."""
    box = mailbox.mbox(path)
    for number in range(count):
        mail = EmailMessage()
        mail["From"], mail["To"] = f"Maj-Lis {number} <maj-lis.{number}@citizen.example>", BOX
        mail["Subject"], mail["Date"] = f"Fråga {number} om bygglov", "Mon, 04 Mar 2019 09:15:00 +0100"
        mail["Message-ID"] = f"<old-{number}@citizen.example>"
        mail.set_content(QUESTION * 3)
        if number % 2:
            mail.add_alternative(f"<p>{QUESTION}</p>" * 3, subtype="html")
        if number % 4 == 0:
            mail.add_attachment(bytes([number % 251]) * 20_000, "application", "pdf", filename="ritning.pdf")
        box.add(mail.as_bytes())
    box.close()


def bare(path: Path, folder: Path) -> float:
    """Seconds for parsing and one row each."""
    database = sqlite3.connect(folder / "bare.sqlite3")
    database.execute("PRAGMA journal_mode=WAL")
    database.execute("CREATE TABLE mail (subject TEXT, text TEXT, raw BLOB)")
    begun = time.perf_counter()
    for number, old in enumerate(mails(path), 1):
        parsed = email.message_from_bytes(old.raw, policy=policy.default)
        body = parsed.get_body(("plain", "html"))
        text = body.get_content() if body else ""
        database.execute("INSERT INTO mail VALUES (?, ?, ?)", (str(parsed["Subject"]), text, old.raw))
        if number % TOGETHER == 0:
            database.commit()
    database.commit()
    seconds = time.perf_counter() - begun
    database.close()
    return seconds


def count(session: Session) -> int:
    return session.exec(select(func.count()).select_from(Contact)).one()


def ours(store: Store, path: Path, folder: Path) -> tuple[float, Progress]:
    """Seconds for the import, and what it did."""
    store.sync_run(lambda session: configuration.apply(session, configuration.parse(TOWN), utc_now()))
    importing = Importing(store, FileStore(folder / f"files-{store.kind}"), EmailSettings(), b"benchmark" * 4)
    begun = time.perf_counter()
    done = asyncio.run(importing.run(path, BOX))
    return time.perf_counter() - begun, done


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--mails", type=int, default=10_000)
    asked = parser.parse_args()
    missed = False
    with tempfile.TemporaryDirectory(prefix="contactcenter-bench-") as made:
        folder = Path(made)
        an_mbox(folder / "old.mbox", asked.mails)
        seconds = bare(folder / "old.mbox", folder)
        print(f"parsed by the standard library, one row each: {asked.mails / seconds:.0f} mails/s")
        for kind in KINDS:
            with fresh(kind) as store:
                seconds, done = ours(store, folder / "old.mbox", folder)
                rate = asked.mails / seconds
                whole = done.filed == store.sync_read(count) == asked.mails
                missed = missed or rate < WANTED or not whole
                print(
                    f"contactcenter mail import, {kind}: {rate:.0f} mails/s (wanted {WANTED:.0f}), all there: {whole}"
                )
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
