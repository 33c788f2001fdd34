"""What is to be told of calls: in order for each call, and who begins to wait before what else goes on."""

import asyncio
from collections import Counter, deque
from collections.abc import Iterable
from itertools import islice

from pbx.calls import Change, ChangeKind

FEW = 6
"""So many changes are told together at least, and half of a greater crowd: who begins to wait then is next."""
_BEGINS_TO_WAIT = frozenset({ChangeKind.WAITING, ChangeKind.UNANSWERED})


class News:
    """A queue of changes with one taker, who says `done` before taking more.

    A caller who begins to wait is to be rung for at once. What else is there (telephones that ring, calls that were
    answered or have ended) can be some milliseconds later, when there is more of it than can be written at once.
    """

    def __init__(self) -> None:
        self._first: deque[Change] = deque()
        self._rest: deque[Change] = deque()
        self._in_rest: Counter[str] = Counter()
        self._others_turn = False
        self._some, self._nothing = asyncio.Event(), asyncio.Event()
        self._nothing.set()

    def put(self, changes: Iterable[Change]) -> None:
        for change in changes:
            if change.kind in _BEGINS_TO_WAIT and not self._in_rest[change.call.id]:
                self._first.append(change)
            else:
                self._rest.append(change)
                self._in_rest[change.call.id] += 1
            self._some.set()
            self._nothing.clear()

    async def take(self) -> list[Change]:
        """What is told next: all who begin to wait, then some of the others. Waits until there is something."""
        await self._some.wait()
        turn = (self._some_others, self._all_first) if self._others_turn else (self._all_first, self._some_others)
        taken = turn[0]() or turn[1]()
        if not self._first and not self._rest:
            self._some.clear()
        return taken

    def _all_first(self) -> list[Change]:
        taken = list(self._first)
        self._first.clear()
        self._others_turn = bool(self._rest)
        return taken

    def _some_others(self) -> list[Change]:
        """Not what came after a caller's beginning to wait that is still to be told."""
        later = {change.call.id for change in self._first}
        most = max(FEW, len(self._rest) // 2)
        taken = list(islice((change for change in self._rest if change.call.id not in later), most))
        self._others_turn = False
        gone = {id(change) for change in taken}
        self._rest = deque(change for change in self._rest if id(change) not in gone)
        for change in taken:
            self._in_rest[change.call.id] -= 1
            if not self._in_rest[change.call.id]:
                del self._in_rest[change.call.id]
        return taken

    def done(self) -> None:
        """What was taken last is safe."""
        if not self._some.is_set():
            self._nothing.set()

    async def join(self) -> None:
        """Wait until all that was put is told and safe."""
        await self._nothing.wait()
