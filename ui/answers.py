"""Answers to verbs, kept for a while: a verb sent again after a reconnect is done once and answered alike."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Coroutine
from typing import Any

from ui import wire

REMEMBER = 600.0
"""Seconds that an answer is remembered."""
REMEMBERED = 20_000

Answer = wire.Ok | wire.Refusal


class Answers:
    """Answers by (user, key)."""

    def __init__(self) -> None:
        self._known: OrderedDict[tuple[int, str], tuple[float, asyncio.Task[Answer]]] = OrderedDict()

    async def once(self, who: tuple[int, str], work: Callable[[], Coroutine[Any, Any, Answer]]) -> Answer:
        """The answer of `work()`, or that of an earlier one with the same key. A refusal may be asked for again."""
        now = asyncio.get_running_loop().time()
        self._forget(now)
        if who not in self._known:
            self._known[who] = (now, asyncio.create_task(work()))
        # Shielded: a console that goes away in the middle does not undo what it asked for.
        answer = await asyncio.shield(self._known[who][1])
        if isinstance(answer, wire.Refusal):
            self._known.pop(who, None)
        return answer

    def _forget(self, now: float) -> None:
        while self._known:
            key, (at, task) = next(iter(self._known.items()))
            if now - at < REMEMBER and len(self._known) < REMEMBERED:
                return
            if not task.done():
                return
            del self._known[key]
