"""A caller enters the queue: how soon an agent's telephone rings, beside a bare `app_queue` of the same Asterisk.

    python -m benchmarks.telephone [--seconds 60] [--rates 1 10 50] [--phones 80]

From the dialplan's step into the queue (Asterisk's clock) to the INVITE at a SIPp telephone (SIPp's clock, the same
machine). Members, telephones, Asterisk and load are the same for both; ours is a whole `contactcenter serve` on SQLite
with every write on the disk. A rate that the machine does not carry for `app_queue` either is said, not judged.
"""

import argparse
import asyncio
import sys
from dataclasses import dataclass

from benchmarks import phone_bench
from benchmarks.console_bench import percentile
from benchmarks.phone_bench import BARE, OURS, Bench, Crowd, Phones
from contactcenter.clock import utc_now
from pbx.configure import free_port
from tests.support import eventually

LIMIT_MS = 30.0
"""Ours may be so much later than app_queue, p95."""
RING, TALK = 0.05, 0.3
SETTLE = 15.0


@dataclass(frozen=True, slots=True)
class Found:
    offered: int
    taken: list[float]

    def row(self) -> str:
        if not self.taken:
            return f"{self.offered:8}{0:8}"
        figures = "".join(f"{percentile(self.taken, share):9.1f}" for share in (0.5, 0.95, 0.99))
        return f"{self.offered:8}{len(self.taken):8}{figures}"


async def measure(bench: Bench, phones: Phones, dialled: str, rate: float, seconds: float) -> Found:
    """Offer calls at that rate for so long; milliseconds from queue to ring for each that was rung."""
    bench.entered.clear()
    before = set(phones.rung())
    rendered = bench.exchange.rendered
    calls = max(1, round(rate * seconds))
    prefix = f"+4670{len(before) % 90 + 10}"
    crowd = Crowd(
        rendered.host, rendered.sip_port, dialled=dialled, caller=f"{prefix}[call_number]", crowd=calls, rate=rate
    )
    await crowd.call()
    try:
        async with asyncio.timeout(seconds + SETTLE):
            await crowd.wait()
    except TimeoutError:
        await crowd.stop()
    rung = phones.rung()
    taken = [(rung[caller] - at) * 1000 for caller, at in bench.entered.items() if caller in rung]
    return Found(calls, taken)


async def run(rates: list[float], seconds: float, count: int) -> bool:
    kept = True
    async with phone_bench.exchange(count) as bench, bench.observed():
        rendered = bench.exchange.rendered
        passwords = {one: rendered.phone_secrets[one] for one in bench.phones}
        phones = Phones(rendered.host, rendered.sip_port, passwords=passwords, ring=RING, talk=TALK)
        await phones.plug_in()
        phone_bench.furnish(bench, utc_now())
        try:
            with phone_bench.contact_centre(bench, free_port("127.0.0.1", 0)):
                await eventually(lambda: _alive(bench), 30, "the contact centre's heartbeat")
                for dialled in (BARE, OURS):  # the first call of all finds nothing loaded
                    await measure(bench, phones, dialled, 2, 1)
                    await _quiet(bench)
                for rate in rates:
                    kept &= await _beside(bench, phones, rate, seconds)
        finally:
            await phones.stop()
    return kept


async def _alive(bench: Bench) -> bool:
    return "KC_ALIVE=" in await bench.exchange.command("dialplan show globals")


async def _beside(bench: Bench, phones: Phones, rate: float, seconds: float) -> bool:
    bare = await measure(bench, phones, BARE, rate, seconds)
    await _quiet(bench)
    phone_bench.all_free(bench)
    ours = await measure(bench, phones, OURS, rate, seconds)
    await _quiet(bench)
    print(f"{rate:6g}/s app_queue {bare.row()}")
    print(f"{rate:6g}/s ours      {ours.row()}", flush=True)
    if len(bare.taken) < bare.offered:
        print("         the machine does not carry this rate: not judged")
        return True
    late = percentile(ours.taken, 0.95) - percentile(bare.taken, 0.95) if ours.taken else float("inf")
    good = late < LIMIT_MS and len(ours.taken) == ours.offered
    print(f"         ours is {late:+.1f} ms at p95 (limit {LIMIT_MS:.0f}): {'kept' if good else 'MISSED'}", flush=True)
    return good


async def _quiet(bench: Bench) -> None:
    await bench.exchange.command("channel request hangup all")

    async def quiet() -> bool:
        return "0 active channels" in await bench.exchange.command("core show channels count")

    await eventually(quiet, 30)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--rates", type=float, nargs="+", default=[1, 10, 50])
    parser.add_argument("--phones", type=int, default=80)
    chosen = parser.parse_args()
    print(f"{chosen.phones} telephones, {chosen.seconds:g} s each; from entering the queue to INVITE, milliseconds")
    print(f"{'':18}{'offered':>8}{'rung':>8}{'p50':>9}{'p95':>9}{'p99':>9}", flush=True)
    return int(not asyncio.run(run(chosen.rates, chosen.seconds, chosen.phones)))


if __name__ == "__main__":
    sys.exit(main())
