"""The wallboard: what waits now, who is there, and how today has gone. Plain data, ready for JSON."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlmodel import Session

from contactcenter import stats
from contactcenter.model import Case, Queue, User
from contactcenter.rollups import ZONE
from contactcenter.states import AgentState, CaseState, Channel, Role

_WAITS = (CaseState.WAITING, CaseState.OFFERED)
_K: Any = Case.__table__.c  # type: ignore[attr-defined]
_Q: Any = Queue.__table__.c  # type: ignore[attr-defined]
_S: Any = User.__table__.c  # type: ignore[attr-defined]


def board(session: Session, scope: Collection[int], now: datetime) -> dict[str, Any]:
    """The figures of the organisations in `scope`.

    - `waiting`: for each queue and channel `{queue_id, queue, channel, count, oldest_at, longest_wait}`; `oldest_at`
      is when the one that has waited longest began (ISO), so that a screen can count on by itself; seconds
    - `waiting_by_channel`, `waiting_total`, `callbacks_waiting`, `longest_call_wait`, `longest_wait`
    - `agents`: number in each presence; `away`: reason -> number
    - `today`: the day's figures (docs/statistics.md), `today_by_channel`: the same for each channel
    - `service_level`: share (0..1) or null of calls, `service_level_all` of every channel, `formula` in `sv` and `en`
    """
    waiting = _waiting(session, scope, now)
    today = now.astimezone(ZONE).date()
    channels = {row.key: row.figures for row in stats.by_channel(session, scope, today, today)}
    everything = sum(channels.values(), stats.Figures())
    calls = channels.get(Channel.PHONE.value, stats.Figures())
    return {
        "day": today.isoformat(),
        **_summed(waiting),
        "waiting": waiting,
        **_agents(session, scope),
        "today": everything.data(),
        "today_by_channel": {channel: figures.data() for channel, figures in channels.items()},
        "answered": everything.answered,
        "abandoned": calls.abandoned,
        "called_back": everything.called_back,
        "service_level": calls.service_level,
        "service_level_all": everything.service_level,
        "formula": stats.FORMULA,
    }


def _waiting(session: Session, scope: Collection[int], now: datetime) -> list[dict[str, Any]]:
    rows = session.execute(
        select(_K.queue_id, _Q.name, _K.channel, func.count(), func.min(_K.arrived_at))
        .join(_Q.id.table, _Q.id == _K.queue_id)
        .where(_K.state.in_(_WAITS), _K.organisation_id.in_(sorted(scope)))
        .group_by(_K.queue_id, _Q.name, _K.channel)
        .order_by(_Q.name, _K.queue_id, _K.channel)
    )
    return [
        {
            "queue_id": queue_id,
            "queue": name,
            "channel": Channel(channel).value,
            "count": count,
            "oldest_at": oldest.isoformat(),
            "longest_wait": max(0, int((now - oldest).total_seconds())),
        }
        for queue_id, name, channel, count, oldest in rows
    ]


def _summed(waiting: list[dict[str, Any]]) -> dict[str, Any]:
    by_channel: dict[str, int] = {}
    for row in waiting:
        by_channel[row["channel"]] = by_channel.get(row["channel"], 0) + row["count"]
    calls = [row["longest_wait"] for row in waiting if row["channel"] == Channel.PHONE]
    return {
        "waiting_total": sum(by_channel.values()),
        "waiting_by_channel": by_channel,
        "callbacks_waiting": by_channel.get(Channel.CALLBACK.value, 0),
        "longest_call_wait": max(calls, default=0),
        "longest_wait": max((row["longest_wait"] for row in waiting), default=0),
    }


def _agents(session: Session, scope: Collection[int]) -> dict[str, Any]:
    """Who answers: agents always, others only while they are signed in."""
    rows = session.execute(
        select(_S.state, _S.reason, func.count())
        .where(_S.active, _S.organisation_id.in_(sorted(scope)))
        .where((_S.role == Role.AGENT) | (_S.state != AgentState.SIGNED_OUT))
        .group_by(_S.state, _S.reason)
    ).all()
    states = dict.fromkeys((state.value for state in AgentState), 0)
    away: dict[str, int] = {}
    for state, reason, count in rows:
        states[AgentState(state).value] += count
        if state == AgentState.AWAY:
            away[reason] = away.get(reason, 0) + count
    return {"agents": states, "away": away}
