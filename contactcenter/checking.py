"""`contactcenter check`: is each part well, and if not, what mends it?"""

import asyncio
import contextlib
import shutil
import smtplib
import socket
import subprocess
from collections.abc import Callable
from typing import Any

from sqlmodel import Session, func, select

from contactcenter import handoff, handoff_connectors, migrate, serving
from contactcenter.clock import utc_now
from contactcenter.context import Context
from contactcenter.errors import ContactCenterError
from contactcenter.files import FileStore
from contactcenter.health import Health, HealthBoard
from contactcenter.model import AddressPoint, Queue, User
from contactcenter.settings import Settings
from contactcenter.store import Store
from contactcenter.tail import Tail

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
        "hand-off": _handoff,
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
    from pbx.exchange import find_asterisk, running  # noqa: PLC0415
    from pbx.settings import PhoneSettings  # noqa: PLC0415

    phone = settings.group("phone", PhoneSettings)
    if phone.exchange == "none":
        return "switched off (CC_PHONE__EXCHANGE)"
    if phone.exchange == "bundled":
        find_asterisk(phone.asterisk_root)
        return "running" if running(settings.data_dir / "pbx") else "found; contactcenter serve starts it"
    return _signs_in(phone)


def _signs_in(phone: Any) -> str:
    """Sign in at the manager interface of an exchange that somebody else runs."""
    secret = phone.ami_secret.get_secret_value()
    lines = ["Action: Login", f"Username: {phone.ami_user}", f"Secret: {secret}", "Events: off", "", ""]
    with socket.create_connection((phone.ami_host, phone.ami_port), 5) as plain:
        tls = phone.tls()
        link = tls.wrap_socket(plain, server_hostname=phone.ami_host) if tls else plain
        link.settimeout(5)
        greeting = link.recv(200).decode("ascii", "replace").strip()
        link.sendall("\r\n".join(lines).encode())
        answer = link.recv(2000).decode("ascii", "replace")
        link.sendall(b"Action: Logoff\r\n\r\n")
    if "Response: Success" not in answer:
        raise ContactCenterError("ami_login", "Asterisk refuses CC_PHONE__AMI_USER with CC_PHONE__AMI_SECRET")
    return str(greeting)


def _mail_in(settings: Settings) -> str:
    from channels.email.settings import EmailSettings  # noqa: PLC0415

    email = settings.group("email", EmailSettings)
    if not email.enabled:
        return "switched off (CC_EMAIL__ENABLED)"
    return _ours_or_free(email.host, email.port, "CC_EMAIL__PORT", lambda: email.hostname in _greeting(email))


def _greeting(email: Any) -> str:
    with socket.create_connection((email.host, email.port), 5) as link:
        link.settimeout(5)
        return str(link.recv(500).decode("ascii", "replace"))


def _mail_out(settings: Settings) -> str:
    from channels.email.settings import EmailSettings  # noqa: PLC0415

    email = settings.group("email", EmailSettings)
    place = f"{email.smarthost_host}:{email.smarthost_port}"
    try:
        with smtplib.SMTP(email.smarthost_host, email.smarthost_port, timeout=5) as smtp:
            smtp.noop()
    except (OSError, smtplib.SMTPException) as error:
        raise ContactCenterError(
            "smarthost", f"{place} does not answer; name your mail server in CC_EMAIL__SMARTHOST_HOST and _PORT"
        ) from error
    return f"{place} answers"


def _tesseract(settings: Settings) -> str:
    from channels.post.settings import PostSettings  # noqa: PLC0415

    post = settings.group("post", PostSettings)
    wanted = [language for language in (post.language, post.second_language, "osd") if language]
    found = subprocess.run(["tesseract", "--list-langs"], capture_output=True, text=True, timeout=20, check=True)
    missing = [language for language in wanted if language not in found.stdout.split()]
    if missing:
        packages = " ".join(f"tesseract-ocr-{language}" for language in missing)
        raise ContactCenterError("language", f"missing {', '.join(missing)}; run: apt-get install {packages}")
    return "languages " + ", ".join(wanted)


def _handoff(settings: Settings) -> str:
    """Every topic's target, as its connector understands it; nothing is sent."""
    store = Store(settings.url())
    try:
        targets = store.sync_read(handoff.targets)
        files = FileStore(settings.data_dir / "files")
        context = Context(settings, store, Tail(store), files, utc_now, HealthBoard(utc_now))
        wrong = [f"{key}: {reason}" for key, target in targets.items() if (reason := _unfit(context, target))]
    finally:
        store.close()
    if wrong:
        raise ContactCenterError("handoff", "; ".join(wrong))
    return f"{len(targets)} topics have a place to go"


def _unfit(context: Context, target: dict[str, Any]) -> str:
    try:
        handoff_connectors.module(target["connector"]).build(context).check(target)
    except (ContactCenterError, KeyError) as error:
        return error.text if isinstance(error, ContactCenterError) else f"no {error}"
    return ""


def _console(settings: Settings) -> str:
    from ui.settings import HttpSettings  # noqa: PLC0415

    http = settings.group("http", HttpSettings)
    return _ours_or_free(http.host, http.port, "CC_HTTP__PORT", lambda: _is_healthy(http))


def _is_healthy(http: Any) -> bool:
    with socket.create_connection((http.host, http.port), 5) as link:
        link.settimeout(5)
        link.sendall(b"GET /healthz HTTP/1.0\r\nHost: localhost\r\n\r\n")
        return link.recv(2000).startswith(b"HTTP/1.1 200")


def _ours_or_free(host: str, port: int, setting: str, is_ours: Callable[[], bool]) -> str:
    """Either we serve there already, or we could; another program there is a fault."""
    with socket.socket() as probe:
        probe.settimeout(2)
        taken = probe.connect_ex((host, port)) == 0
    with contextlib.suppress(OSError):
        if taken and is_ours():
            return f"{host}:{port} answers"
    try:
        with socket.create_server((host, port)):
            return f"{host}:{port} is free"
    except OSError as error:
        raise ContactCenterError("port", f"{host}:{port} cannot be used ({error.strerror}); see {setting}") from error
