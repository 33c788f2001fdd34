"""Following the journal: every event once, in order, from this process and from others."""

import asyncio

from contactcenter.store import Store
from contactcenter.tail import Tail
from tests.contract.test_store import tell
from tests.support import eventually


async def test_events_of_this_process_and_of_another_come_once_and_in_order(store: Store, store_url: str) -> None:
    other, tail = Store(store_url), Tail(store)
    await tail.start()
    subscription = tail.subscribe()
    following = asyncio.create_task(tail.run())
    seen: list[int] = []

    async def follow() -> None:
        async for events in subscription:
            seen.extend(event.id for event in events)

    reader = asyncio.create_task(follow())
    try:
        jobs = [one.run(tell, n) for n in range(30) for one in (store, other)]
        written = await asyncio.gather(*jobs)
        await store.run(tell, 99)  # wakes the tail, which then finds what the other process wrote
        await eventually(lambda: len(seen) == 61)
        assert seen == sorted(seen)
        assert set(seen) >= set(written)
    finally:
        reader.cancel()
        following.cancel()
        await asyncio.gather(reader, following, return_exceptions=True)
        await asyncio.to_thread(other.close)


async def test_a_reader_who_stops_reading_is_bounded_and_told(store: Store) -> None:
    tail = Tail(store)
    await tail.start()
    lazy, keen = tail.subscribe(limit=10), tail.subscribe(limit=1000)
    following = asyncio.create_task(tail.run())
    try:
        for n in range(40):
            await store.run(tell, n)
        await eventually(lambda: lazy.gapped)
        assert len(await lazy.take()) <= 10
        seen = 0
        while seen < 40:
            seen += len(await keen.take())
        assert not keen.gapped
    finally:
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)
