"""Who is offered which case: one order over all channels, and the agent who has been idle longest.

Pure: values in, decisions out; the clock is a parameter. The law in words stands in docs/routing.md.

Sets of agents are integers with one bit for each agent, the longest idle in the lowest bit, so that "who of these
is free and has been idle longest" is one operation however many agents there are.
"""

import math
from bisect import bisect_left, insort
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Any

from contactcenter.errors import Misconfigured


class Work(StrEnum):
    """A live call, or anything that waits without a person on the line (a callback too)."""

    CALL = "call"
    WRITTEN = "written"


@dataclass(frozen=True, slots=True)
class WaitingCase:
    """A case that nobody has. Times are seconds since 1970."""

    id: int
    queue_id: int
    work: Work
    used: float
    """Share of the promised time that is used up; 1.0: all of it."""
    priority: int
    arrived_at: float
    needs: "Needs" = ()
    """Skills and the level of each (1..5) that the topic asks for."""
    preferred_agent: int | None = None
    preferred_until: float = 0.0
    """Until then the case is kept for that agent. In the past when that agent is not there to take it."""
    passed: frozenset[int] = frozenset()
    """Agents who declined this case or let the offer lapse."""
    ask_again_from: float = 0.0
    """Those are not asked again before then, even when there is nobody else."""
    helped_by: frozenset[int] = frozenset()
    """Other queues whose agents help out with this one."""


@dataclass(frozen=True, slots=True)
class FreeAgent:
    """An agent who can be offered something now."""

    id: int
    queues: frozenset[int]
    skills: Mapping[str, int]
    idle_since: float
    takes_calls: bool
    """Has a telephone, is not on a call, has no open offer."""
    written_room: int
    """How many more written cases fit; 0: none now."""


@dataclass(frozen=True, slots=True)
class Rules:
    """The numbers of the law. Raises Misconfigured for impossible ones."""

    relax_every: float = 0.5
    """One skill level is given up for each such share of the promised time used; `math.inf`: never."""
    band: float = 0.1
    """Cases whose used shares lie in the same band count as equally urgent: priority decides."""
    ceiling: float = 5.0
    """From this share on only arrival counts, so nothing that comes later gets ahead any more."""

    def __post_init__(self) -> None:
        if not self.relax_every > 0:
            raise Misconfigured("routing.relax_every", "routing.relax_every must be greater than 0")
        if not 0.001 <= self.band <= 1:
            raise Misconfigured("routing.band", "routing.band must lie between 0.001 and 1")
        if not self.band <= self.ceiling <= 1000:
            raise Misconfigured("routing.ceiling", "routing.ceiling must lie between routing.band and 1000")

    def top(self) -> int:
        """The band of all who have used `ceiling` or more."""
        return math.ceil(self.ceiling / self.band)

    def band_of(self, used: float) -> int:
        """The band that a used share lies in, from 0 to `top()`."""
        if not used < self.ceiling:
            return self.top()
        return int(used / self.band) if used > 0 else 0

    def relaxed(self, used: float) -> int:
        """How many skill levels are given up at this share."""
        if used <= 0 or self.relax_every == math.inf:
            return 0
        return int(min(used, 1000.0) / self.relax_every)


@dataclass(frozen=True, slots=True)
class Why:
    """Why this case is next for this agent, as data. No personal data."""

    used: float
    band: int
    """The band it stands in; the highest comes first."""
    at_ceiling: bool
    """So late that only arrival counts any more."""
    priority: int
    arrived_at: float
    place: int
    """Place in the one order, 1 is first."""
    waiting_before: int
    """How many stand before it and still wait, because this agent may not or cannot take them."""
    skills_relaxed: tuple[tuple[str, int, int], ...]
    """(skill, level asked for, level the agent has) where the long wait made less do."""
    preferred: bool
    """The case is kept for this agent."""
    offered_again: bool
    """The agent passed on it before, and there is nobody else."""

    def data(self) -> dict[str, Any]:
        """As JSON-ready data, for the offer and the console."""
        return asdict(self) | {"used": round(min(self.used, 1e6), 4)}


@dataclass(frozen=True, slots=True)
class Decision:
    """Offer this case to this agent."""

    case_id: int
    agent_id: int
    why: Why


Rank = tuple[int, int]
Needs = tuple[tuple[str, int], ...]


def rank(case: WaitingCase, rules: Rules) -> Rank:
    """How urgent, lowest first: the band, then the priority; at the ceiling priority no longer counts."""
    band = rules.band_of(case.used)
    return (-band, 0 if band == rules.top() else -case.priority)


def order_key(case: WaitingCase, rules: Rules) -> tuple[int, int, float, int]:
    """The place in the one order: band, priority, arrival, id; lowest first."""
    return (*rank(case, rules), case.arrived_at, case.id)


def may_take(case: WaitingCase, agent: FreeAgent, now: float, rules: Rules) -> bool:
    """The law for one case and one agent. Having passed on the case puts the agent last, and off for a while."""
    if agent.id in case.passed and now < case.ask_again_from:
        return False
    if not (agent.takes_calls if case.work is Work.CALL else agent.written_room > 0):
        return False
    if is_kept(case, now):
        return agent.id == case.preferred_agent
    relaxed = rules.relaxed(case.used)
    serves = case.queue_id in agent.queues or not case.helped_by.isdisjoint(agent.queues)
    return serves and all(agent.skills.get(skill, 0) >= level - relaxed for skill, level in case.needs)


def is_kept(case: WaitingCase, now: float) -> bool:
    """Whether the case is kept for its preferred agent, who then needs neither its queue nor its skills."""
    preferred = case.preferred_agent
    return preferred is not None and now < case.preferred_until and preferred not in case.passed


def decide(cases: Sequence[WaitingCase], agents: Iterable[FreeAgent], now: float, rules: Rules) -> list[Decision]:
    """The offers to make now: in the order of the cases, each to the longest idle agent who may take it.

    An agent who passed on a case is offered everything else first. Nobody gets two cases and no case goes to two.
    """
    return _Round(cases, _Roster(agents), now, rules).decide()


def first_for(cases: Sequence[WaitingCase], agent: FreeAgent, now: float, rules: Rules) -> Decision | None:
    """What `next` gives this agent: the first case in the order that they may take, at once also one passed on."""
    asked = [replace(case, ask_again_from=0.0) if agent.id in case.passed else case for case in cases]
    found = decide(asked, [agent], now, rules)
    return found[0] if found else None


def _serving(serving: Mapping[int, int], case: WaitingCase) -> int:
    """Who serves the case's queue or helps out."""
    may = serving.get(case.queue_id, 0)
    for queue in case.helped_by:
        may |= serving.get(queue, 0)
    return may


class _Roster:
    """The free agents as bits, and who of them fits what."""

    def __init__(self, agents: Iterable[FreeAgent]) -> None:
        self.agents = sorted(agents, key=lambda agent: (agent.idle_since, agent.id))
        self.bits = {agent.id: 1 << place for place, agent in enumerate(self.agents)}
        self.everybody = (1 << len(self.agents)) - 1
        self.calls = self.written = 0
        self.calls_of: dict[int, int] = {}
        """Queue -> who may be given its calls."""
        self.written_of: dict[int, int] = {}
        self._levels: dict[str, list[tuple[int, int]]] = {}
        self._skilled: dict[tuple[str, int], int] = {}
        for agent in self.agents:
            self._enter(agent, self.bits[agent.id])

    def _enter(self, agent: FreeAgent, bit: int) -> None:
        if agent.takes_calls:
            self.calls |= bit
            for queue in agent.queues:
                self.calls_of[queue] = self.calls_of.get(queue, 0) | bit
        if agent.written_room > 0:
            self.written |= bit
            for queue in agent.queues:
                self.written_of[queue] = self.written_of.get(queue, 0) | bit
        for skill, level in agent.skills.items():
            self._levels.setdefault(skill, []).append((level, bit))

    def skilled(self, needs: Needs, relaxed: int) -> int:
        """Everybody who has the skills when `relaxed` levels are given up."""
        fit = self.everybody
        for skill, level in needs:
            if level > relaxed:
                fit &= self._with(skill, level - relaxed)
        return fit

    def of(self, agent_ids: Iterable[int]) -> int:
        """These agents as bits; those who are not free have none."""
        found = 0
        for agent_id in agent_ids:
            found |= self.bits.get(agent_id, 0)
        return found

    def _with(self, skill: str, level: int) -> int:
        if skill not in self._levels:
            return 0
        found = self._skilled.get((skill, level))
        if found is None:
            found = 0
            for has, bit in self._levels[skill]:
                found |= bit if has >= level else 0
            self._skilled[skill, level] = found
        return found


class _Round:
    """One walk down the order, and a second one for those who had passed.

    Ranks are looked at one by one and sorted only when somebody free may take something of them.
    """

    def __init__(self, cases: Sequence[WaitingCase], roster: _Roster, now: float, rules: Rules) -> None:
        self._roster, self._now, self._rules = roster, now, rules
        self._ranks = _by_rank(cases, rules) if roster.agents else {}
        self._free = roster.everybody
        self._skilled: dict[int, dict[Needs, int]] = {}
        self._given: set[int] = set()
        self._passed_over = False
        self._places: list[int] = []
        self._decisions: list[Decision] = []

    def decide(self) -> list[Decision]:
        self._walk(again=False)
        if self._passed_over and self._free:
            self._walk(again=True)
        return self._decisions

    def _walk(self, *, again: bool) -> None:
        before = 0
        for place in sorted(self._ranks):
            cases = self._ranks[place]
            takers = self._takers(cases)
            if any(takers):
                self._give(cases, takers, before, again=again)
                if not self._free:
                    return
            before += len(cases)

    def _takers(self, cases: list[WaitingCase]) -> list[int]:
        """For each case, who of the free may take it, whether they have passed on it or not."""
        roster, free, now = self._roster, self._free, self._now
        calls, written, call = roster.calls_of, roster.written_of, Work.CALL
        every, skilled = self._rules.relax_every, self._skilled
        takers = []
        for case in cases:
            if case.preferred_agent is not None and is_kept(case, now):
                room = roster.calls if case.work is call else roster.written
                takers.append(free & room & roster.bits.get(case.preferred_agent, 0))
                continue
            serving = calls if case.work is call else written
            may = free & _serving(serving, case)
            if may and (needs := case.needs):
                used = case.used
                relaxed = 0 if used < every else int(min(used, 1000.0) / every)
                known = skilled.setdefault(relaxed, {})
                fit = known.get(needs)
                if fit is None:
                    fit = known[needs] = roster.skilled(needs, relaxed)
                may &= fit
            takers.append(may)
        return takers

    def _give(self, cases: list[WaitingCase], takers: list[int], before: int, *, again: bool) -> None:
        keys = [(case.arrived_at, case.id) for case in cases]
        for place, index in enumerate(sorted(range(len(cases)), key=keys.__getitem__), before + 1):
            may, case = takers[index] & self._free, cases[index]
            if may and case.passed:
                passed = may & self._roster.of(case.passed)
                self._passed_over = self._passed_over or bool(passed)
                may = (passed if self._now >= case.ask_again_from else 0) if again else may & ~passed
            elif again:
                continue
            if may and case.id not in self._given:
                self._decide(case, may & -may, place, again=again)
                if not self._free:
                    return

    def _decide(self, case: WaitingCase, bit: int, place: int, *, again: bool) -> None:
        agent = self._roster.agents[bit.bit_length() - 1]
        why = self._why(case, agent, place, again=again)
        self._free ^= bit
        self._given.add(case.id)
        insort(self._places, place)
        self._decisions.append(Decision(case.id, agent.id, why))

    def _why(self, case: WaitingCase, agent: FreeAgent, place: int, *, again: bool) -> Why:
        kept = is_kept(case, self._now)
        lacking = tuple(
            (skill, level, agent.skills.get(skill, 0))
            for skill, level in case.needs
            if agent.skills.get(skill, 0) < level and not kept
        )
        band = self._rules.band_of(case.used)
        return Why(
            used=case.used,
            band=band,
            at_ceiling=band == self._rules.top(),
            priority=case.priority,
            arrived_at=case.arrived_at,
            place=place,
            waiting_before=place - 1 - bisect_left(self._places, place),
            skills_relaxed=lacking,
            preferred=kept,
            offered_again=again,
        )


def _by_rank(cases: Sequence[WaitingCase], rules: Rules) -> dict[Rank, list[WaitingCase]]:
    """Every case under its rank; `rank` written out, as this runs for every case at every decision."""
    ranks: dict[Rank, list[WaitingCase]] = {}
    top, ceiling, width = rules.top(), rules.ceiling, rules.band
    for case in cases:
        used = case.used
        band = (int(used / width) if used > 0 else 0) if used < ceiling else top
        place = (-band, 0 if band == top else -case.priority)
        ranks.setdefault(place, []).append(case)
    return ranks
