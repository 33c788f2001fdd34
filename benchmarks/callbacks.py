"""Whether callers who hung up and those on the line are served in the order they came: 10,000 simulated hours.

    python -m benchmarks.callbacks [hours]

A town with two queues and three teams, rush hours, callers who give up, calls back that nobody answers and that are
due again after a pause, agents who decline. In one queue the agent is rung first, in the other the citizen, who keeps
an agent waiting meanwhile. Every decision is `contactcenter.routing.decide`, on a simulated clock. At each service it
is asked whether somebody who had waited longer could have been given to that agent instead.
"""

import heapq
import random
import resource
import sys
import time
from dataclasses import dataclass, field
from itertools import count

from contactcenter.routing import FreeAgent, Rules, WaitingCase, Work, decide

HOURS = 10_000
RULES = Rules()
TEAMS = (frozenset({1}), frozenset({1, 2}), frozenset({2}))
AGENTS = 6
CALLS_AN_HOUR, LENGTH, PROMISE = 40.0, 480.0, 60.0
HANGS_UP, PATIENCE, UNREACHED, PAUSE, DECLINES = 0.4, 900.0, 0.15, 900.0, 0.02
"""Share who choose a call back, seconds until others give up, share not reached, the pause, share declined."""
CITIZEN_FIRST = frozenset({2})
"""Queues where the citizen is rung before the agent."""
ASKED, RESERVED, AGENT_RUNG = 20.0, 90.0, 45.0
"""Seconds that a citizen who is rung first takes to lift and press 1; that an agent is kept for one who does not; and
that one takes who rings in vain by themselves."""
RUSH = (0.5, 0.7, 1.6, 1.5, 1.2, 0.8, 0.7, 0.6)
"""Calls in each hour of the day, against the mean."""
WAITS_MOST = 86_400.0


@dataclass(slots=True)
class Wait:
    """Somebody who waits; `due` lies ahead after a try that was not answered."""

    id: int
    queue: int
    arrived: float
    hung_up: bool
    due: float
    tries: int = 0
    passed: frozenset[int] = frozenset()
    asked: float = 0.0

    @property
    def kind(self) -> str:
        return KINDS[0] if not self.hung_up else KINDS[2] if self.queue in CITIZEN_FIRST else KINDS[1]


KINDS = ("on the line", "hung up, agent rung first", "hung up, citizen rung first")


@dataclass(slots=True)
class Tally:
    served: int = 0
    called_back: int = 0
    first: int = 0
    wrong: int = 0
    gave_up: int = 0
    unreachable: int = 0
    waits: dict[str, list[float]] = field(default_factory=lambda: {name: [] for name in KINDS})


class Town:
    """Events in time order: a call comes, a caller gives up, a call back is due again, an agent is free."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        self.waits: dict[int, Wait] = {}
        self.free = {
            n: FreeAgent(n, TEAMS[n % len(TEAMS)], {}, 0.0, takes_calls=True, written_room=0) for n in range(AGENTS)
        }
        self.tally = Tally()
        self._ids, self._order = count(1), count()
        self._events: list[tuple[float, int, str, int]] = []

    def run(self, hours: int) -> Tally:
        end = hours * 3600.0
        self._at(0.0, "call", 0)
        while self._events:
            now, _, what, who = heapq.heappop(self._events)
            if now >= end:
                break
            getattr(self, f"_{what}")(now, who)
            self._serve(now)
        return self.tally

    def _at(self, when: float, what: str, who: int) -> None:
        heapq.heappush(self._events, (when, next(self._order), what, who))

    def _call(self, now: float, _: int) -> None:
        rate = CALLS_AN_HOUR * RUSH[int(now // 3600) % len(RUSH)]
        self._at(now + self.dice.expovariate(rate / 3600), "call", 0)
        id = next(self._ids)
        hangs_up = self.dice.random() < HANGS_UP
        self.waits[id] = Wait(id, self.dice.choice((1, 2)), now, hangs_up, now)
        if not hangs_up:
            self._at(now + self.dice.expovariate(1 / PATIENCE), "gone", id)

    def _gone(self, _: float, who: int) -> None:
        if self.waits.pop(who, None):
            self.tally.gave_up += 1

    def _due(self, now: float, who: int) -> None:
        """Nothing but a reason to look."""

    def _idle(self, now: float, who: int) -> None:
        self.free[who] = FreeAgent(who, TEAMS[who % len(TEAMS)], {}, now, takes_calls=True, written_room=0)

    def _serve(self, now: float) -> None:
        while self.free:
            cases = [_case(wait, now) for wait in self.waits.values() if wait.due <= now]
            found = decide(cases, self.free.values(), now, RULES) if cases else []
            for decision in found:
                self._offer(self.waits[decision.case_id], decision.agent_id, now)
            if not found:
                return

    def _offer(self, wait: Wait, agent: int, now: float) -> None:
        queues = self.free.pop(agent).queues
        if self.dice.random() < DECLINES:
            wait.passed, wait.asked = wait.passed | {agent}, now + 30
            self._at(now + 30, "idle", agent)
            return
        self._count(wait, agent, queues, now)
        if wait.hung_up and self.dice.random() < UNREACHED:
            self._not_reached(wait, agent, now)
            return
        del self.waits[wait.id]
        self.tally.served += 1
        self.tally.called_back += wait.hung_up
        self.tally.waits[wait.kind].append(now - wait.arrived)
        asked = ASKED if wait.kind == KINDS[2] else 0.0
        self._at(now + asked + self.dice.expovariate(1 / LENGTH), "idle", agent)

    def _count(self, wait: Wait, agent: int, queues: frozenset[int], now: float) -> None:
        longer = [
            other
            for other in self.waits.values()
            if other.arrived < wait.arrived and other.queue in queues and other.due <= now and agent not in other.passed
        ]
        self.tally.first += not longer
        self.tally.wrong += bool(longer)

    def _not_reached(self, wait: Wait, agent: int, now: float) -> None:
        wait.tries, wait.due = wait.tries + 1, now + PAUSE
        self._at(now + (RESERVED if wait.kind == KINDS[2] else AGENT_RUNG), "idle", agent)
        if wait.tries == 3:
            del self.waits[wait.id]
            self.tally.unreachable += 1
        else:
            self._at(wait.due, "due", wait.id)


def _case(wait: Wait, now: float) -> WaitingCase:
    used = (now - wait.arrived) / PROMISE
    return WaitingCase(wait.id, wait.queue, Work.CALL, used, 0, wait.arrived, (), None, 0.0, wait.passed, wait.asked)


def main(hours: int) -> int:
    begun = time.process_time()
    tally = Town(seed=20261123).run(hours)
    spent = time.process_time() - begun
    share = tally.first / max(1, tally.first + tally.wrong)
    print(f"{hours} simulated hours, {tally.served} served, {tally.called_back} of them called back")
    print(f"gave up {tally.gave_up}, unreachable {tally.unreachable}")
    for name in KINDS:
        waits = sorted(tally.waits[name]) or [0.0]
        p50, p99 = waits[len(waits) // 2], waits[len(waits) * 99 // 100]
        print(f"wait {name}, {len(waits)} people: p50 {p50:.0f} s, p99 {p99:.0f} s, longest {waits[-1]:.0f} s")
    print(f"longest-waiting first: {share:.4%} (at least 99.9 % wanted)")
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"{spent:.0f} s of CPU, {memory} MB")
    longest = max(max(waits, default=0.0) for waits in tally.waits.values())
    return 0 if share >= 0.999 and longest < WAITS_MOST else 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else HOURS))
