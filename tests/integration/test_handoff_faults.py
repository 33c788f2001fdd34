"""The sender is killed at the worst moments; restarted, it sends the same key again and the other side has it once."""

import asyncio
import contextlib
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from contactcenter import handoff
from contactcenter.clock import utc_now
from contactcenter.model import Delivery
from contactcenter.states import DeliveryState
from contactcenter.store import Store
from tests import handing
from tests.integration.case_systems import Listener, Request, case_system, listening
from tests.support import ROOT, eventually


@contextlib.contextmanager
def sender(store_url: str, folder: Path, lease: float = 1) -> Iterator["subprocess.Popen[bytes]"]:
    """A hand-off sender as a process of its own."""
    command = [sys.executable, "-m", "tests.integration.handoff_process", store_url, str(folder), str(lease)]
    process = subprocess.Popen(command, cwd=ROOT)
    try:
        yield process
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()


async def delivered(store: Store, delivery: Delivery) -> Delivery:
    """Wait until it is."""

    async def look() -> Delivery | None:
        found = await store.read(handoff.get, delivery.id)
        return found if found.state is DeliveryState.DELIVERED else None

    found = await eventually(look, 30, "it is delivered")
    assert found is not None
    return found


async def aimed(store: Store, listener: Listener) -> Delivery:
    await store.run(handing.aim, {"connector": "webhook", "url": listener.url, "secret": "demo"})
    return await store.run(handing.handed_off, utc_now())


@pytest.mark.parametrize("moment", ["before it is passed on", "after it is passed on"])
async def test_killed_between_sending_and_noting_it(town: Store, store_url: str, tmp_path: Path, moment: str) -> None:
    """A gate before the case system kills the first sender with the request in its hands."""
    killed = asyncio.Event()

    async with case_system(tmp_path / "case-system") as system, httpx2.AsyncClient(trust_env=False) as client:

        async def gate(request: Request, writer: asyncio.StreamWriter) -> None:
            if moment.startswith("after") or killed.is_set():
                await client.post(f"{system.url}/cases", content=request.body, headers=_passed_on(request))
            if not killed.is_set():
                killed.set()
                return first.send_signal(signal.SIGKILL)
            body = b'{"reference": "VS-00001"}'
            writer.write(b"HTTP/1.1 201 Created\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))
            return await writer.drain()

        async with listening(gate) as listener:
            delivery = await aimed(town, listener)
            with sender(store_url, tmp_path) as first:
                await eventually(lambda: first.poll() is not None, 30, "the first sender is killed")
            assert (await town.read(handoff.get, delivery.id)).state is DeliveryState.SENDING
            with sender(store_url, tmp_path):
                await delivered(town, delivery)
        [case] = await system.cases()
    assert [request.headers["idempotency-key"] for request in listener.requests] == [delivery.idempotency_key] * 2
    assert case["requests"] == (2 if moment.startswith("after") else 1)
    kinds = await town.read(handing.kinds, delivery.case_id)
    assert kinds.count("delivery_succeeded") == 1


async def test_two_senders_on_one_database_send_each_case_once(town: Store, store_url: str, tmp_path: Path) -> None:
    async with case_system(tmp_path / "case-system") as system:
        await town.run(handing.aim, system.target)
        deliveries = [
            await town.run(lambda session, n=n: handing.handed_off(session, utc_now(), key=f"<{n}@mail.example>"))  # type: ignore[misc]
            for n in range(12)
        ]
        with sender(store_url, tmp_path, lease=60), sender(store_url, tmp_path, lease=60):
            for delivery in deliveries:
                await delivered(town, delivery)
        cases = await system.cases()
    assert sorted(case["key"] for case in cases) == sorted(delivery.idempotency_key for delivery in deliveries)
    assert {case["requests"] for case in cases} == {1}


def _passed_on(request: Request) -> dict[str, str]:
    return {name: request.headers[name] for name in ("idempotency-key", "x-kc-signature", "content-type")}
