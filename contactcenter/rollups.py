"""The statistics' tables: figures added up beforehand, so that ten million contacts are a few thousand rows.

Three tables have the same figures by half-hour, day and month, keyed by organisation, queue, topic and channel; one
has them by day and agent. Agents are not followed by half-hour or topic: that would be watching people, and no
question asked of this system needs it. The organisation comes first in every key, since nobody sees all of them.

Days, months and agents are also added up over all organisations (`EVERYBODY`), for those who see them all.

Days and months are local (`zone`), half-hours are counted since 1970. A missing topic, queue or agent is 0.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from sqlalchemy import BigInteger, Column, Integer, Table, Text
from sqlmodel import SQLModel

HALF_HOUR = 1800
ZONE = ZoneInfo("Europe/Stockholm")
"""Whose days and months the figures are kept by. Changing it asks for `stats.rebuild`."""

ADDED = (
    "offered",
    "answered",
    "in_time",
    "abandoned",
    "short_abandoned",
    "called_back",
    "wait_seconds",
    "talk_seconds",
    "handle_seconds",
    "closed",
    "first_contact",
    "handed_off",
    "replies",
)
"""Figures that are summed; docs/statistics.md says what each means."""
HIGHEST = ("wait_max",)
"""Figures of which the highest is kept."""
FIGURES = (*ADDED, *HIGHEST)

EVERYBODY = 0
"""In place of an organisation: the sum of all of them, without queue and topic."""
EVERYBODY_BY_TOPIC = -1
"""The sum of all of them for each topic, without queue and channel; days only."""
PLACE = ("organisation_id", "queue_id", "topic_id", "channel")
AGENT = ("organisation_id", "queue_id", "channel", "agent_id")


def _table(name: str, period: str, key: Sequence[str]) -> Table:
    """The key in the order it is asked for: organisation, period, the rest. SQLite keeps the rows in that order."""
    ordered = (key[0], period, *key[1:])
    columns = [
        Column(
            one,
            Text if one == "channel" else Integer if one == period else BigInteger,
            primary_key=True,
            autoincrement=False,
        )
        for one in ordered
    ]
    figures = [Column(one, BigInteger, nullable=False, server_default="0") for one in FIGURES]
    return Table(name, SQLModel.metadata, *columns, *figures, sqlite_with_rowid=False)


half_hours = _table("rollup_half_hour", "half_hour", PLACE)
days = _table("rollup_day", "day", PLACE)
months = _table("rollup_month", "month", PLACE)
agent_days = _table("rollup_agent_day", "day", AGENT)
ALL = (half_hours, days, months, agent_days)

cursor = Table(
    "rollup_cursor",
    SQLModel.metadata,
    Column("name", Text, primary_key=True),
    Column("last_event_id", BigInteger, nullable=False),
)
"""How far the journal has been added up; moved in the same transaction as the figures."""


def half_hour_of(at: datetime) -> int:
    """The half-hour of a moment: half-hours since 1970, UTC."""
    return int(at.timestamp()) // HALF_HOUR


@lru_cache(maxsize=65536)
def day_of(half_hour: int) -> int:
    """The local day of a half-hour, as in `date.toordinal`."""
    return datetime.fromtimestamp(half_hour * HALF_HOUR, ZONE).date().toordinal()


@lru_cache(maxsize=8192)
def month_of(day: int) -> int:
    """The month of a day, as year * 12 + month - 1."""
    found = date.fromordinal(day)
    return found.year * 12 + found.month - 1


def half_hours_of(day: date) -> range:
    """The half-hours of a local day: 48 of them, 46 or 50 when the clock is changed."""
    first = datetime(day.year, day.month, day.day, tzinfo=ZONE)
    after = day + timedelta(days=1)
    last = datetime(after.year, after.month, after.day, tzinfo=ZONE)
    return range(half_hour_of(first), half_hour_of(last))
