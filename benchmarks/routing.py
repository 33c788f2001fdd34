"""How long one routing decision takes: 300 agents, 5,000 waiting cases, ordinary and worst cases.

    python -m benchmarks.routing

Beside each figure stands the plain way in the same run: sort everything, ask the law for every case and agent.
"""

import random
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial

from contactcenter.routing import FreeAgent, Rules, WaitingCase, Work, decide, may_take, order_key

AGENTS, CASES, RUNS, LIMIT_MS = 300, 5_000, 60, 10.0
NOW = 1_800_000_000.0
RULES = Rules()
Scene = tuple[list[WaitingCase], list[FreeAgent]]


def plain(cases: Sequence[WaitingCase], agents: Sequence[FreeAgent], now: float, rules: Rules) -> list[tuple[int, int]]:
    """The baseline: the law read literally."""
    free = sorted(agents, key=lambda agent: (agent.idle_since, agent.id))
    given = []
    for case in sorted(cases, key=lambda case: order_key(case, rules)):
        for agent in free:
            if agent.id not in case.passed and may_take(case, agent, now, rules):
                given.append((case.id, agent.id))
                free.remove(agent)
                break
    return given


def people(dice: random.Random, *, room: int = 2) -> list[FreeAgent]:
    return [
        FreeAgent(
            id=number,
            queues=frozenset(dice.sample(range(40), 8)),
            skills={f"skill{dice.randrange(30)}": dice.randint(1, 5) for _ in range(6)},
            idle_since=NOW - dice.random() * 3600,
            takes_calls=dice.random() < 0.8,
            written_room=room,
        )
        for number in range(AGENTS)
    ]


def waiting(dice: random.Random, **changes: object) -> list[WaitingCase]:
    return [_case(dice, number, changes) for number in range(CASES)]


def _case(dice: random.Random, number: int, changes: dict[str, object]) -> WaitingCase:
    needs = tuple((f"skill{dice.randrange(30)}", dice.randint(1, 5)) for _ in range(dice.randrange(3)))
    made: dict[str, object] = {
        "id": number,
        "queue_id": dice.randrange(40),
        "work": Work.CALL if dice.random() < 0.3 else Work.WRITTEN,
        "used": dice.expovariate(1.0),
        "priority": dice.choice((0, 0, 0, 0, 1, -1, 2)),
        "arrived_at": NOW - dice.random() * 86_400,
        "needs": needs,
    }
    made |= {name: value(number, dice) if callable(value) else value for name, value in changes.items()}
    return WaitingCase(**made)  # type: ignore[arg-type]


def _many(number: int, _: random.Random) -> tuple[tuple[str, int], ...]:
    return tuple((f"skill{(number * 7 + step) % 30}", number % 5 + 1) for step in range(1 + number % 5))


def scenes() -> dict[str, Callable[[], Scene]]:
    dice = random.Random(7)
    return {
        "ordinary": lambda: (waiting(dice), people(dice)),
        "nobody eligible (queues nobody serves)": lambda: (waiting(dice, queue_id=99), people(dice)),
        "nobody eligible (no room)": lambda: (waiting(dice, work=Work.WRITTEN), people(dice, room=0)),
        "all kept for absent agents": lambda: (
            waiting(dice, preferred_agent=10_000, preferred_until=NOW + 30),
            people(dice),
        ),
        "5,000 different needs": lambda: (
            waiting(dice, needs=lambda number, _: ((f"only{number}", 3), ("skill1", number % 5 + 1)), used=0.1),
            people(dice),
        ),
        "long lists of needs": lambda: (waiting(dice, needs=_many, used=0.2), people(dice)),
        "all in one band, all passed by ten": lambda: (
            waiting(dice, used=0.55, passed=lambda _, dice: frozenset(dice.sample(range(AGENTS), 10))),
            people(dice),
        ),
        "all at the ceiling": lambda: (waiting(dice, used=9.0), people(dice)),
    }


def timed(work: Callable[[], object], runs: int) -> tuple[list[float], list[float]]:
    """Milliseconds on the clock and of processor time of each run, sorted."""
    clock, processor = [], []
    for _ in range(runs):
        start, used = time.perf_counter(), time.process_time()
        work()
        processor.append((time.process_time() - used) * 1000)
        clock.append((time.perf_counter() - start) * 1000)
    return sorted(clock), sorted(processor)


def main() -> int:
    print(f"{AGENTS} agents, {CASES} waiting cases, one decision; milliseconds, {RUNS} runs")
    print(f"{'':40}{'processor':>16}{'clock':>16}{'plain way':>12}")
    print(f"{'':40}{'p50':>8}{'p95':>8}{'p50':>8}{'p95':>8}{'p50':>12}")
    slow = False
    for name, scene in scenes().items():
        cases, agents = scene()
        clock, processor = timed(partial(decide, cases, agents, NOW, RULES), RUNS)
        _, theirs = timed(partial(plain, cases, agents, NOW, RULES), 3)
        p95 = [figures[int(RUNS * 0.95)] for figures in (processor, clock)]
        slow = slow or p95[0] >= LIMIT_MS
        ours = f"{statistics.median(processor):8.2f}{p95[0]:8.2f}{statistics.median(clock):8.2f}{p95[1]:8.2f}"
        print(f"{name:40}{ours}{statistics.median(theirs):12.1f}")
    # The decision is arithmetic alone, so on a machine that does nothing else the two are the same.
    print(f"limit: p95 of processor time under {LIMIT_MS:.0f} ms: {'MISSED' if slow else 'kept'}")
    return int(slow)


if __name__ == "__main__":
    sys.exit(main())
