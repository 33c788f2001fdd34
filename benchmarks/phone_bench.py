"""What the telephone's benchmarks share: a real Asterisk, a whole contact centre beside it, crowds made by SIPp."""

import asyncio
import contextlib
import os
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlmodel import Session, select

from contactcenter import agents, configuration, migrate
from contactcenter.clock import utc_now
from contactcenter.errors import Unavailable
from contactcenter.model import User
from contactcenter.states import AgentState
from contactcenter.store import Store
from pbx.ami import AmiLink, Door, Item, Packet
from pbx.configure import free_port
from pbx.exchange import Exchange
from pbx.plan import Number, Phone, Plan
from pbx.settings import PhoneSettings
from pbx.sipp import Citizen, DeskPhone
from tests.support import eventually

OURS, BARE = "+46850000901", "+46850000902"
FIRST = 3001
TALKING = re.compile(r"<nop><action><exec rtp_stream=[^\n]*</action></nop>")
STAMP = re.compile(r"^-{20,} (\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d\.\d+)")
CALLER = re.compile(r"^From:.*?sip:([+0-9]+)@", re.MULTILINE)
BENCH = """
[from-trunk](+)
exten => {ours},1,Gosub(kc-arrive,s,1({ours},1))
 same => n,Set(KC_TOPIC=allt)
 same => n,Set(KC_TOLD=1)
 same => n,UserEvent(BenchEntered,Caller: ${{KC_CALLER}},At: ${{STRFTIME(,,%s.%6q)}})
 same => n,Goto(kc-wait,s,1)
exten => {bare},1,Gosub(kc-arrive,s,1({bare},1))
 same => n,UserEvent(BenchEntered,Caller: ${{KC_CALLER}},At: ${{STRFTIME(,,%s.%6q)}})
 same => n,Queue(bench,n)
 same => n,Hangup()
"""
QUEUE = """
[bench]
musicclass = kc
strategy = leastrecent
timeout = 20
retry = 1
wrapuptime = 0
joinempty = yes
leavewhenempty = no
ringinuse = no
"""


@dataclass
class Bench:
    """An Asterisk with our dialplan, and beside ours a plain queue with the same telephones."""

    exchange: Exchange
    folder: Path
    phones: list[str]
    entered: dict[str, float] = field(default_factory=dict)
    """Caller -> when the call entered the queue, seconds since 1970."""
    events: int = 0

    def settings(self) -> dict[str, str]:
        """Environment of a contact centre that uses it."""
        rendered = self.exchange.rendered
        return {
            "CC_DATA_DIR": str(self.folder / "var"), "CC_PHONE__EXCHANGE": "external",
            "CC_PHONE__AMI_HOST": rendered.ami_host, "CC_PHONE__AMI_PORT": str(rendered.ami_port),
            "CC_PHONE__AMI_SECRET": rendered.ami_secret, "CC_EMAIL__ENABLED": "false", "CC_POST__ENABLED": "false",
            "CC_LOG_LEVEL": "WARNING",
        }  # fmt: skip

    @property
    def database(self) -> str:
        return f"sqlite:///{self.folder / 'var' / 'contactcenter.sqlite3'}"

    async def heard(self, item: Item) -> None:
        if isinstance(item, Packet):
            self.events += 1
            if item.get("userevent") == "BenchEntered":
                self.entered[item.get("caller")] = float(item.get("at"))

    @contextlib.asynccontextmanager
    async def observed(self) -> AsyncIterator[AmiLink]:
        """Note when each caller enters."""
        rendered = self.exchange.rendered
        link = AmiLink(Door(rendered.ami_host, rendered.ami_port, rendered.ami_user, rendered.ami_secret), self.heard)
        task = asyncio.create_task(link.run())
        try:
            await eventually(lambda: link.state.connected)
            yield link
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


@contextlib.asynccontextmanager
async def exchange(phones: int) -> AsyncIterator[Bench]:
    """Configured, started, and stopped with the block."""
    with tempfile.TemporaryDirectory(prefix="kc-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        extensions = [str(FIRST + number) for number in range(phones)]
        plan = Plan((Number(1, OURS, "Allt"),), tuple(Phone(one, "") for one in extensions))
        chosen = PhoneSettings(
            sip_port=0, ami_port=0, prompt_command=("espeak-ng", "-v", "sv", "-s", "450", "-w", "{file}", "{text}"),
            rtp_first=20000, rtp_last=29999,
        )  # fmt: skip
        made = await asyncio.to_thread(Exchange.prepare, folder / "pbx", plan, chosen)
        etc = made.rendered.folder / "etc"
        with (etc / "extensions.conf").open("a") as file:
            file.write(BENCH.format(ours=OURS, bare=BARE))
        with (etc / "queues.conf").open("a") as file:
            file.write(QUEUE + "".join(f"member => PJSIP/{one}\n" for one in extensions))
        async with made:
            yield Bench(made, folder, extensions)


def furnish(bench: Bench, when: datetime) -> None:
    """A municipality with one queue and an agent for every telephone, all there and free."""
    (bench.folder / "var").mkdir(exist_ok=True)
    store = Store(bench.database)
    migrate.upgrade(store.engine)
    where = {"organisation": "solvik", "queue": "solvik.allt"}
    town: dict[str, Any] = {
        "organisations": [{"key": "solvik", "name": "Solviks kommun"}],
        "queues": [{"key": "solvik.allt", "name": "Allt", "organisation": "solvik"}],
        "topics": [{"key": "allt", "name": "Allt", "wrap_up_seconds": 0, **where}],
        "address_points": [{"kind": "phone", "address": OURS, "topic": "allt", **where}],
        "users": [
            {"login": f"agent{one}", "name": f"Agent {one}", "organisation": "solvik", "extension": one}
            for one in bench.phones
        ],
    }
    store.sync_run(configuration.apply, configuration.parse(town), when)
    store.sync_run(_all_there, when)
    store.close()


def _all_there(session: Session, when: datetime) -> None:
    for user in session.exec(select(User)).all():
        user.heartbeat_at = when + timedelta(days=1)  # nobody sits at a console and says so every few seconds
        agents.set_state(session, user, AgentState.AVAILABLE, when)


def all_free(bench: Bench) -> None:
    """Everybody is there again, whatever became of the calls before."""
    store = Store(bench.database)
    for _ in range(30):  # the contact centre may hold the database for some seconds after too much at once
        with contextlib.suppress(Unavailable):
            store.sync_run(_all_there, utc_now())
            break
    store.close()


@contextlib.contextmanager
def contact_centre(bench: Bench, port: int) -> Any:
    """`contactcenter serve` as a process of its own, ended in good order unless it was killed before."""
    command = [sys.executable, "-m", "contactcenter.main", "serve"]
    log = (bench.folder / "serve.log").open("ab")
    process = subprocess.Popen(
        command, env=os.environ | bench.settings() | {"CC_HTTP__PORT": str(port)}, stdout=log, stderr=log
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=30)
        log.close()


class Phones(DeskPhone):
    """Telephones that write down every message with its time, and say nothing."""

    def scenario(self) -> str:
        return TALKING.sub("", super().scenario())

    async def play(self, scenario: str, *words: str) -> None:
        await super().play(scenario, *words, "-trace_msg", "-message_file", self.messages)

    async def stop(self) -> None:
        await super().stop()
        await asyncio.to_thread(Path(self.messages).unlink, missing_ok=True)

    @property
    def messages(self) -> str:
        return f"/tmp/kc-bench-{os.getpid()}-{self.own_port}.log"  # noqa: S108 (SIPp's own folder goes with it)

    def rung(self) -> dict[str, float]:
        """Caller -> when the first INVITE for them arrived at a telephone, seconds since 1970."""
        found: dict[str, float] = {}
        when = 0.0
        block: list[str] = []
        with Path(self.messages).open(errors="replace") as lines:
            for line in lines:
                if match := STAMP.match(line):
                    _note(found, when, block)
                    when, block = datetime.fromisoformat(match[1]).timestamp(), []
                else:
                    block.append(line)
        _note(found, when, block)
        return found


def _note(found: dict[str, float], when: float, block: list[str]) -> None:
    text = "".join(block)
    if "message received" in text and "\nINVITE " in text and (caller := CALLER.search(text)):
        found.setdefault(caller[1], when)


@dataclass(slots=True, eq=False)
class Crowd(Citizen):
    """Callers with a number each, so many a second, who say nothing."""

    rate: float = 1.0

    def scenario(self) -> str:
        return TALKING.sub("", super(Crowd, self).scenario())

    async def call(self) -> "Crowd":
        self.own_port = free_port(self.host, 0)
        own = ("-p", str(self.own_port), "-cid_str", self._call_id("%u"))
        speed = ("-r", str(self.rate), "-rp", "1000", "-l", "2000")
        await self.play(self.scenario(), "-s", self.dialled, "-m", str(self.crowd), *speed, *own)
        return self
