"""Changes are told once, in order for each call, and who begins to wait never waits behind a crowd."""

import asyncio
from collections import defaultdict
from datetime import UTC, datetime

from hypothesis import example, given
from hypothesis import strategies as st

from pbx.calls import Call, CallKind, CallState, Change, ChangeKind
from pbx.news import FEW, News

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
KINDS = (ChangeKind.WAITING, ChangeKind.RINGING, ChangeKind.UNANSWERED, ChangeKind.ANSWERED, ChangeKind.ENDED)


def change(call: int, kind: ChangeKind, mark: str = "") -> Change:
    citizen = Call(f"kc-{call}", "", CallKind.CITIZEN, CallState.WAITING, "+46101234500", "", "", NOW, "")
    return Change(kind, citizen, mark)


CROWD = st.lists(st.tuples(st.integers(0, 5), st.sampled_from(KINDS)), max_size=60)


@example([(0, KINDS[0]), (0, KINDS[0]), (0, KINDS[1]), (1, KINDS[0]), (1, KINDS[1])], [3])
@given(CROWD, st.lists(st.integers(1, 8), max_size=20))
def test_each_call_is_told_in_its_own_order_and_nothing_twice(
    happened: list[tuple[int, ChangeKind]], pauses: list[int]
) -> None:
    news, told = News(), list[Change]()
    put = [change(call, kind, str(number)) for number, (call, kind) in enumerate(happened)]

    async def take() -> None:
        told.extend(await news.take())
        news.done()

    async def play() -> None:
        left = list(put)
        for pause in pauses:
            news.put(left[:pause])
            left = left[pause:]
            if len(told) < len(put) - len(left):
                await take()
        news.put(left)
        while len(told) < len(put):
            await take()
        await asyncio.wait_for(news.join(), 1)

    asyncio.run(play())
    assert sorted(told, key=lambda one: int(one.detail)) == put
    assert by_call(told) == by_call(put)


def by_call(changes: list[Change]) -> dict[str, list[Change]]:
    found = defaultdict(list)
    for one in changes:
        found[one.call.id].append(one)
    return dict(found)


async def test_who_begins_to_wait_comes_before_the_rest_of_a_crowd_and_the_crowd_is_not_forgotten() -> None:
    news = News()
    news.put(change(call, ChangeKind.ENDED) for call in range(100, 150))
    assert len(await news.take()) == 25  # half of it, so that whoever comes now does not wait for all of it
    news.put([change(1, ChangeKind.WAITING), change(2, ChangeKind.RINGING), change(3, ChangeKind.UNANSWERED)])
    assert ids(await news.take()) == ["kc-1", "kc-3"]
    news.put([change(4, ChangeKind.WAITING)])
    assert ids(await news.take()) == [f"kc-{call}" for call in range(125, 138)]  # agents must become free, too
    assert ids(await news.take()) == ["kc-4"]


async def test_a_small_crowd_is_told_in_one_go() -> None:
    news = News()
    news.put(change(call, ChangeKind.ENDED) for call in range(FEW))
    assert len(await news.take()) == FEW


def ids(changes: list[Change]) -> list[str]:
    return [one.call.id for one in changes]


async def test_all_is_safe_only_when_the_last_that_was_taken_is() -> None:
    news = News()
    await asyncio.wait_for(news.join(), 1)
    news.put([change(1, ChangeKind.WAITING), change(1, ChangeKind.RINGING)])
    joined = asyncio.create_task(news.join())
    for kind in (ChangeKind.WAITING, ChangeKind.RINGING):
        assert [one.kind for one in await news.take()] == [kind]
        await asyncio.sleep(0)
        assert not joined.done()
        news.done()
    await asyncio.wait_for(joined, 1)
