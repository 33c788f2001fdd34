"""`contactcenter check`: is each part well, and if not, what mends it?"""

import asyncio
import shutil
import smtplib
import socket
import subprocess
from collections.abc import Callable

from sqlmodel import Session, func, select

from contactcenter import migrate, serving
from contactcenter.errors import ContactCenterError
from contactcenter.health import Health
from contactcenter.model import AddressPoint, Queue, User
from contactcenter.settings import Settings
from contactcenter.store import Store

LANGUAGES = ("swe", "eng", "osd")
FREE_SPACE = 1 << 30
"""Bytes; less is said."""

Check = Callable[[Settings], str]
"""Gives words about what is well; raises one of our failures when it is not."""


async def check(settings: Settings) -> list[Health]:
    """Look at every part; none hides another."""
    checks: dict[str, Check] = {
        "data folder": _folder,
        "database": _database,
        "configuration": _configuration,
        "asterisk": _asterisk,
        "mail in": _mail_in,
        "mail out": _mail_out,
        "tesseract": _tesseract,
        "console": _console,
    }
    return [await asyncio.to_thread(_look, name, look, settings) for name, look in checks.items()]


def _look(name: str, look: Check, settings: Settings) -> Health:
    try:
        return Health(name, ok=True, hint=look(settings))
    except ContactCenterError as error:
        return Health(name, ok=False, code=error.code, hint=error.text)
    except (OSError, smtplib.SMTPException, subprocess.SubprocessError) as error:
        return Health(name, ok=False, code="failed", hint=f"{type(error).__name__}: {error}")


def _folder(settings: Settings) -> str:
    serving.prepare_folder(settings)
    free = shutil.disk_usage(settings.data_dir).free
    if free < FREE_SPACE:
        raise ContactCenterError("disk", f"only {free >> 20} MiB are free in {settings.data_dir}")
    return f"{settings.data_dir}, {free >> 30} GiB free"


def _database(settings: Settings) -> str:
    store = Store(settings.url())
    try:
        if store.kind == "sqlite":
            migrate.upgrade(store.engine)
        store.sync_read(lambda session: session.exec(select(1)).one())
        if not migrate.is_current(store.engine):
            raise ContactCenterError("schema", "the schema is not this version's; run: contactcenter migrate")
        return f"{store.kind}, revision {migrate.newest()}"
    finally:
        store.close()


def _configuration(settings: Settings) -> str:
    store = Store(settings.url())
    try:
        counts = store.sync_read(_counts)
    finally:
        store.close()
    missing = [name for name, count in counts.items() if not count]
    if missing:
        raise ContactCenterError("empty", f"there are no {' and no '.join(missing)}; see contactcenter configuration")
    return ", ".join(f"{count} {name}" for name, count in counts.items())


def _counts(session: Session) -> dict[str, int]:
    tables = {"queues": Queue, "address points": AddressPoint, "users": User}
    return {name: session.exec(select(func.count()).select_from(table)).one() for name, table in tables.items()}


def _asterisk(settings: Settings) -> str:
    from pbx.exchange import find_asterisk  # noqa: PLC0415
    from pbx.settings import PhoneSettings  # noqa: PLC0415

    phone = settings.group("phone", PhoneSettings)
    if phone.exchange == "none":
        return "switched off (CC_PHONE__EXCHANGE)"
    if phone.exchange == "bundled":
        find_asterisk(phone.asterisk_root)
        return "ours, started by contactcenter serve"
    with socket.create_connection((phone.ami_host, phone.ami_port), 5) as link:
        link.settimeout(5)
        return link.recv(100).decode("ascii", "replace").strip()


def _mail_in(settings: Settings) -> str:
    from channels.email.settings import EmailSettings  # noqa: PLC0415

    email = settings.group("email", EmailSettings)
    return _bindable(email.host, email.port, "CC_EMAIL__PORT")


def _mail_out(settings: Settings) -> str:
    from channels.email.settings import EmailSettings  # noqa: PLC0415

    email = settings.group("email", EmailSettings)
    with smtplib.SMTP(email.smarthost_host, email.smarthost_port, timeout=5) as smtp:
        smtp.noop()
    return f"{email.smarthost_host}:{email.smarthost_port} answers"


def _tesseract(_: Settings) -> str:
    found = subprocess.run(["tesseract", "--list-langs"], capture_output=True, text=True, timeout=20, check=True)
    missing = [language for language in LANGUAGES if language not in found.stdout.split()]
    if missing:
        packages = " ".join(f"tesseract-ocr-{language}" for language in missing)
        raise ContactCenterError("language", f"missing {', '.join(missing)}; run: apt-get install {packages}")
    return "languages " + ", ".join(LANGUAGES)


def _console(settings: Settings) -> str:
    from ui.settings import HttpSettings  # noqa: PLC0415

    http = settings.group("http", HttpSettings)
    return _bindable(http.host, http.port, "CC_HTTP__PORT")


def _bindable(host: str, port: int, setting: str) -> str:
    """Either we serve there already, or we could."""
    with socket.socket() as probe:
        probe.settimeout(2)
        if probe.connect_ex((host, port)) == 0:
            return f"{host}:{port} answers"
    try:
        with socket.create_server((host, port)):
            return f"{host}:{port} is free"
    except OSError as error:
        raise ContactCenterError("port", f"{host}:{port} cannot be used ({error.strerror}); see {setting}") from error
