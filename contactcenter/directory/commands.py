"""The commands `contactcenter directory …`: import, and say line by line what changed or would change."""

import asyncio
import json
from collections.abc import Callable, Sequence
from pathlib import Path

from contactcenter.clock import utc_now
from contactcenter.directory import importing, ldap, sheet
from contactcenter.directory.importing import Plan
from contactcenter.directory.records import Fault, Record
from contactcenter.directory.settings import DirectorySettings
from contactcenter.errors import Misconfigured
from contactcenter.settings import Settings
from contactcenter.store import Store

Say = Callable[[str], object]
TEXTS = {
    "name": "there is no name", "number": "is not a telephone number", "email": "is not a mail address",
    "calendar_url": "is not an https address", "flag": "is neither yes nor no", "key_twice": "this person stands twice",
    "direct_twice": "somebody else has this number", "columns": "has not as many cells as the heading",
    "too_long": "is too long", "words": "cannot be read",
}  # fmt: skip


def import_file(
    store: Store, settings: Settings, file: Path, columns: Sequence[str], say: Say, *, dry_run: bool, force: bool
) -> int:
    """Import a CSV file; returns how many faults it has. Raises Refused, Misconfigured, OSError."""
    chosen = settings.group("directory", DirectorySettings)
    records, faults = sheet.read(file.read_bytes(), columns=chosen.columns | dict(_pair(one) for one in columns))
    share = 1.0 if force else chosen.most_gone
    return _import(store, chosen, "csv", (records, faults), say, dry_run=dry_run, most_gone=share)


def import_ldap(store: Store, settings: Settings, say: Say, *, dry_run: bool) -> int:
    """Read the directory server once."""
    chosen = settings.group("directory", DirectorySettings)
    if not chosen.ldap_url:
        raise Misconfigured("settings", "CC_DIRECTORY__LDAP_URL is not set")
    found = asyncio.run(ldap.fetch(chosen))
    return _import(store, chosen, "ldap", found, say, dry_run=dry_run, most_gone=chosen.most_gone)


def _import(
    store: Store, chosen: DirectorySettings, kind: str, found: tuple[list[Record], list[Fault]], say: Say,
    *, dry_run: bool, most_gone: float,
) -> int:  # fmt: skip
    records, faults = found
    place = store.sync_read(importing.organisation_of, chosen.organisation)
    if dry_run:
        plan = store.sync_read(importing.plan, kind, place.id, records, faults)
    else:
        plan = store.sync_run(importing.apply, kind, place.id, records, faults, utc_now(), most_gone=most_gone)
    _print(plan, say, "would be " if dry_run else "")
    return len(plan.faults)


def _print(plan: Plan, say: Say, would: str) -> None:
    for fault in plan.faults:
        say(f"line {fault.line}: {fault.field + ': ' if fault.field else ''}{TEXTS.get(fault.what, fault.what)}")
    for change in plan.changes:
        say(f"{change.action:<7} {change.name}")
        for field, values in change.fields.items():
            now, then = (json.dumps(value, ensure_ascii=False) for value in values)
            say(f"          {field}: {now} -> {then}")
    count = {action: sum(one.action == action for one in plan.changes) for action in ("add", "change", "gone", "back")}
    say(
        f"{count['add']} {would}added, {count['change']} {would}changed, {count['gone']} {would}marked gone, "
        f"{count['back']} {would}back, {plan.same} unchanged, {len(plan.faults)} errors."
    )


def _pair(text: str) -> tuple[str, str]:
    field, equals, heading = text.partition("=")
    if not equals:
        raise Misconfigured("settings", f"--column {text}: write FIELD=HEADING")
    return field.strip(), heading.strip()
