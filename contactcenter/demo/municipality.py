"""Solvik come to life: the whole contact centre with simulated citizens, telephones and a case system beside it."""

import asyncio
import logging
import os
import secrets
import sys
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml
from sqlmodel import Session, select

from channels.email.settings import EmailSettings
from channels.email.sink import Sink
from contactcenter import accounts, configuration, serving
from contactcenter.context import Context
from contactcenter.demo import staff
from contactcenter.demo.citizens import Crowd
from contactcenter.demo.telephones import Telephones
from contactcenter.errors import Unavailable
from contactcenter.model import Organisation, User
from contactcenter.ports import Adapter, Health
from contactcenter.settings import Settings
from ui.settings import HttpSettings

log = logging.getLogger(__name__)
TOWN = Path(__file__).parent / "solvik.yaml"
PASSWORD = "solvik-demo"  # noqa: S105 (printed for everybody; the demo listens on this machine only)
CASE_SYSTEM_PORT = 8090
SINK_PORT = 2526
CALLED_BACK_PORT = 5090
"""Where citizens who are called back are: the demo's trunk leads there."""


def defaults() -> dict[str, Any]:
    """What the demo sets unless the environment says otherwise."""
    return {
        "email": {"smarthost_port": SINK_PORT, "first_pause_seconds": 5},
        "phone": {"trunk_uri": f"sip:127.0.0.1:{CALLED_BACK_PORT}"},
        "handoff": {"secrets": {"demo": "the demo's own secret, known to everybody"}},
    }


async def run(settings: Settings, *, trickle: float, quiet: bool, case_system_port: int = CASE_SYSTEM_PORT) -> None:
    """Run until Ctrl-C. What has happened is there again next time."""

    def extra(context: Context) -> Sequence[Adapter]:
        town = Town(context, case_system_port)
        sink = Sink(settings.data_dir / "sink", settings.group("email", EmailSettings).smarthost_port)
        context.sink = sink.messages
        crowd: list[Adapter] = [] if quiet else [Crowd(context, trickle)]
        greeter = Greeter(context, town.accounts, case_system_port)
        return [sink, CaseSystem(context, case_system_port), Telephones(context), greeter, *crowd]

    await serving.serve(settings, extra)


class Town:
    """The municipality's configuration and its people, made on the first start and left alone after that."""

    def __init__(self, context: Context, case_system_port: int) -> None:
        if not context.store.sync_read(_is_configured):
            context.store.sync_run(_configure, case_system_port, context.clock())
        self.accounts = context.store.sync_read(_accounts)
        context.demo["accounts"] = self.accounts


def _is_configured(session: Session) -> bool:
    return session.exec(select(Organisation.id)).first() is not None


def _configure(session: Session, case_system_port: int, now: datetime) -> None:
    text = TOWN.read_text("utf-8").replace(f":{CASE_SYSTEM_PORT}/", f":{case_system_port}/")
    document = configuration.parse(yaml.safe_load(text))
    configuration.apply(session, document, now)
    staff.employ(session, now)
    for login in [user.login for user in document.users]:
        accounts.set_password(session, login, PASSWORD)


def _accounts(session: Session) -> list[dict[str, str]]:
    """The demo's sign-ins whose password is still the printed one."""
    known = [entry["login"] for entry in yaml.safe_load(TOWN.read_text("utf-8"))["users"]]
    users = [user for user in session.exec(select(User)).all() if user.login in known]
    return [
        {"login": user.login, "password": PASSWORD, "name": user.name, "role": user.role.value}
        for user in sorted(users, key=lambda user: known.index(user.login))
        if accounts.is_right(user.password_hash, PASSWORD)
    ]


class Greeter:
    """Says where to go, once the console answers, and what is missing."""

    name = "demo"

    def __init__(self, context: Context, people: list[dict[str, str]], case_system_port: int) -> None:
        self._context, self._people, self._case_system_port = context, people, case_system_port

    async def run(self, report: Callable[[Health], None]) -> None:
        report(Health(self.name, ok=True))
        while not ((console := self._context.health.get("console")) and console.ok):
            await asyncio.sleep(0.5)
        sys.stdout.write(self._words())
        sys.stdout.flush()
        await self._say_when_telephony_is_there()

    def _words(self) -> str:
        settings = self._context.settings
        http = settings.group("http", HttpSettings)
        address = f"http://{http.host}:{http.port}/"
        people = "".join(f"    {one['login']:<8} {PASSWORD:<14} {one['name']}, {one['role']}\n" for one in self._people)
        return (
            f"\nSolviks kontaktcenter is open: {address}\n\n"
            f"    login    password\n{people}\n"
            f"    Wallboard   {address}wallboard\n"
            f"    Sent mail   {address}sink\n"
            f"    Case system http://127.0.0.1:{self._case_system_port}/\n"
            f"    Scan folder {settings.data_dir / 'scan'}\n\n"
            "Simulated citizens phone, mail and write. Ctrl-C stops everything; the data stay.\n\n"
        )

    async def _say_when_telephony_is_there(self) -> None:
        said = ""
        while True:
            phone = self._context.health.get("phone")
            word = "" if phone is None or phone.code == "starting" else "ok" if phone.ok else phone.hint or phone.code
            if word and word != said:
                said = word
                news = "Asterisk answers; the telephone works." if phone and phone.ok else f"No telephony: {word}"
                sys.stdout.write(f"{news}\n")
                sys.stdout.flush()
            await asyncio.sleep(1)


class CaseSystem:
    """The case-management system on the other side, as a process of its own."""

    name = "demo_case_system"

    def __init__(self, context: Context, port: int) -> None:
        self._context, self._port = context, port

    async def run(self, report: Callable[[Health], None]) -> None:
        secret = self._context.settings.handoff.secrets.get("demo")
        environment = os.environ | {
            "CASE_SYSTEM_SECRET": secret.get_secret_value() if secret else secrets.token_hex(16)
        }
        folder = self._context.settings.data_dir / "case-system"
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *(
                "-m",
                "contactcenter.demo.case_system",
                "--port",
                str(self._port),
                "--data",
                str(folder),
                "--with-parent",
            ),
            env=environment,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            if process.stdout is not None and await process.stdout.readline():
                report(Health(self.name, ok=True))
            code = await process.wait()
            raise Unavailable("case_system", f"the demo's case system ended ({code}); is port {self._port} taken?")
        finally:
            if process.returncode is None:
                process.terminate()
                await process.wait()
