"""The contact centre is killed with 200 callers waiting: how many are lost, in which order they are found, how soon.

    python -m benchmarks.restart [--callers 200]

A real Asterisk with SIPp's callers in the waiting room, a whole `contactcenter serve` killed with SIGKILL and started
again. Ready: the console can be used, the exchange is mirrored and hears our heartbeat. Beside it the same start with
nobody waiting. Afterwards one agent signs in, and is rung for the callers in the order in which they came.
"""

import argparse
import asyncio
import json
import sys
import time
import urllib.request

from sqlmodel import Session, col, select

from benchmarks import phone_bench
from benchmarks.phone_bench import OURS, Bench, Crowd, Phones
from contactcenter import agents
from contactcenter.clock import utc_now
from contactcenter.model import Contact, User
from contactcenter.states import AgentState, Channel, ContactState
from contactcenter.store import Store
from pbx.configure import free_port
from tests.support import eventually

LIMIT_SECONDS = 5.0
SERVED = 10
"""So many are served in the end, to see the order."""


def waiting(session: Session) -> list[str]:
    """The calls that wait, the longest first."""
    wanted = select(Contact.key).where(Contact.channel == Channel.PHONE, Contact.state == ContactState.WAITING)
    return list(session.exec(wanted.order_by(col(Contact.arrived_at))).all())


def callers(session: Session) -> list[str]:
    """Everybody who ever called, in order."""
    return list(session.exec(select(Contact.sender).where(Contact.channel == Channel.PHONE)
                             .order_by(col(Contact.arrived_at))).all())  # fmt: skip


def _nobody_there(session: Session) -> None:
    for user in session.exec(select(User)).all():
        agents.set_state(session, user, AgentState.SIGNED_OUT, utc_now())


def _ready(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=1) as answer:
            said = json.load(answer)
    except OSError:
        return False
    return bool(said["ready"] and said["parts"].get("phone", {}).get("ok"))


async def _mirrored(bench: Bench, since: float) -> bool:
    """The dialplan has heard our heartbeat since then, which is told when the mirror is true."""
    told = await bench.exchange.command("dialplan show globals")
    beats = [line.split("=")[1] for line in told.splitlines() if "KC_ALIVE=" in line]
    return bool(beats) and int(beats[0]) >= int(since)


async def _until_ready(bench: Bench, port: int, since: float) -> float:
    """Seconds from `since` (the clock's) until it can be worked with."""
    await eventually(lambda: asyncio.to_thread(_ready, port), 30, "ready")
    await eventually(lambda: _mirrored(bench, since), 30, "the exchange is mirrored")
    return time.time() - since


async def run(count: int) -> bool:
    async with phone_bench.exchange(1) as bench:
        rendered = bench.exchange.rendered
        phone_bench.furnish(bench, utc_now())
        store = Store(bench.database)
        store.sync_run(_nobody_there)
        port = free_port("127.0.0.1", 0)
        begun = time.time()
        with phone_bench.contact_centre(bench, port) as process:
            print(f"start with nobody waiting    ready in {await _until_ready(bench, port, begun):.1f} s", flush=True)
            crowd = await Crowd(rendered.host, rendered.sip_port, dialled=OURS, caller="+46701[call_number]",
                                crowd=count, rate=20).call()  # fmt: skip
            await eventually(lambda: len(store.sync_read(waiting)) == count, 60, "everybody waits")
            before = store.sync_read(waiting)
            process.kill()
            process.wait()
        begun = time.time()
        with phone_bench.contact_centre(bench, port):
            taken = await _until_ready(bench, port, begun)
            after = store.sync_read(waiting)
            lost = len(set(before) - set(after))
            print(f"start with {count} waiting       ready in {taken:.1f} s, {lost} lost", flush=True)
            in_order = after == before and await _served_in_order(bench, store)
        await crowd.stop()
        store.close()
    good = {"none lost": lost == 0, "order kept": in_order, f"ready in {LIMIT_SECONDS:g} s": taken < LIMIT_SECONDS}
    for what, kept in good.items():
        print(f"{what}: {'kept' if kept else 'MISSED'}")
    return all(good.values())


async def _served_in_order(bench: Bench, store: Store) -> bool:
    """One agent takes some: they are those who came first."""
    rendered = bench.exchange.rendered
    phones = Phones(rendered.host, rendered.sip_port, passwords=rendered.phone_secrets, ring=0.05, talk=0.1)
    await phones.plug_in()
    phone_bench.all_free(bench)
    try:
        await eventually(lambda: len(phones.rung()) >= SERVED, 60, "callers are served")
        rung = sorted(phones.rung().items(), key=lambda pair: pair[1])
    finally:
        await phones.stop()
    wanted = store.sync_read(callers)[:SERVED]
    print(f"served first: {'the first ' + str(SERVED) if [one for one, _ in rung][:SERVED] == wanted else 'others'}")
    return [one for one, _ in rung][:SERVED] == wanted


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--callers", type=int, default=200)
    return int(not asyncio.run(run(parser.parse_args().callers)))


if __name__ == "__main__":
    sys.exit(main())
