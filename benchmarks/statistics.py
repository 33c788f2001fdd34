"""The supervisor's figures on 10,000,000 contacts, on both databases.

    python -m benchmarks.statistics [--contacts 10000000] [--only sqlite|postgresql]

Ten million contacts are made inside the database by arithmetic on their number, one row each in `bench_contact`, and
added up from there into the rolled-up tables by `INSERT … SELECT … GROUP BY`, as writing forty million events first
would take an hour. That this gives what the program's own counting gives is checked first: the events of some
thousand of the same contacts are written to a journal, counted by `stats.rebuild`, and the tables compared.

The baseline in the same run is the same question asked of `bench_contact`, with an index.
"""

import argparse
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import insert, select, text
from sqlmodel import Session

from benchmarks.databases import KINDS, fresh
from contactcenter import rollups, stats
from contactcenter.model import Event, Organisation, Queue, Topic
from contactcenter.states import OrganisationKind
from contactcenter.store import Store

LIMIT_MS, TRIES, CHECKED = 50.0, 60, 3_000
MUNICIPALITIES, DEPARTMENTS, TOPICS, AGENTS = 25, 4, 5, 300
FIRST, LAST = date(2024, 1, 1), date(2026, 12, 31)
PLACES = MUNICIPALITIES * DEPARTMENTS
PROMISE = {"phone": 60, "email": 600, "post": 600}
PRIME = 2_147_483_647
DRAWS = {
    name: f"((n * {factor} + {7919 * place}) % {PRIME})"
    for place, (name, factor) in enumerate(
        [("d", 48271), ("h", 69621), ("o", 16807), ("t", 39373), ("a", 62089911), ("c", 742938285), ("f", 950706376),
         ("w", 1226874159), ("k", 1343714438), ("x", 630360016), ("s", 397204094)]
    )
}  # fmt: skip
"""Independent draws for the contact with number `n`, the same on both databases."""

CONTACTS = f"""
    SELECT half_hour, day, month, municipality * {DEPARTMENTS + 1} + department + 2 AS organisation_id,
        place + 1 AS queue_id, place * {TOPICS} + t % {TOPICS} + 1 AS topic_id,
        (place * 3 + a % 24) % {AGENTS} + 1 AS agent_id, s % 600 AS second,
        CASE WHEN c % 20 < 14 THEN 'phone' WHEN c % 20 < 19 THEN 'email' ELSE 'post' END AS channel,
        CASE WHEN c % 20 >= 14 THEN CASE WHEN f % 100 < 70 THEN 'replied' ELSE 'closed' END
             WHEN f % 100 < 88 THEN 'talked' WHEN f % 100 < 97 THEN 'left' ELSE 'left_at_once' END AS fate,
        CASE WHEN c % 20 >= 14 THEN w % 1190 WHEN f % 100 < 88 THEN w % 150
             WHEN f % 100 < 97 THEN 5 + w % 200 ELSE w % 5 END AS wait,
        30 + k % 600 AS talk, x % 10 AS ending
    FROM (SELECT place, place / {DEPARTMENTS} AS municipality, place % {DEPARTMENTS} AS department,
            t, a, s, c, f, w, k, x, b.half_hour + h % 17 AS half_hour, b.day, b.month
        FROM (SELECT o % {PLACES} AS place, d, h, t, a, s, c, f, w, k, x
            FROM (SELECT {", ".join(f"{draw} AS {name}" for name, draw in DRAWS.items())} FROM numbers) drawn) placed
        JOIN bench_day b ON b.number = d % :days) dated"""  # noqa: S608
NUMBERS = {
    "sqlite": "WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < :contacts)",
    "postgresql": "WITH numbers AS (SELECT n FROM generate_series(1, CAST(:contacts AS bigint)) n)",
}
FIGURES = {
    "offered": "count(*)",
    "answered": "sum(CASE WHEN fate IN ('talked', 'replied', 'closed') THEN 1 ELSE 0 END)",
    "in_time": "sum(CASE WHEN (fate = 'talked' AND wait <= 60) OR (fate IN ('replied', 'closed') AND wait <= 600)"
    " THEN 1 ELSE 0 END)",
    "abandoned": "sum(CASE WHEN fate = 'left' THEN 1 ELSE 0 END)",
    "short_abandoned": "sum(CASE WHEN fate = 'left_at_once' THEN 1 ELSE 0 END)",
    "called_back": "0",
    "wait_seconds": "sum(CASE WHEN fate IN ('talked', 'replied', 'closed') THEN wait ELSE 0 END)",
    "talk_seconds": "sum(CASE WHEN fate = 'talked' THEN talk ELSE 0 END)",
    "handle_seconds": "sum(CASE WHEN fate NOT IN ('left', 'left_at_once') AND ending < 9 THEN talk ELSE 0 END)",
    "closed": "sum(CASE WHEN fate NOT IN ('left', 'left_at_once') AND ending < 9 THEN 1 ELSE 0 END)",
    "first_contact": "sum(CASE WHEN fate NOT IN ('left', 'left_at_once') AND ending < 6 THEN 1 ELSE 0 END)",
    "handed_off": "sum(CASE WHEN fate NOT IN ('left', 'left_at_once') AND ending = 9 THEN 1 ELSE 0 END)",
    "replies": "sum(CASE WHEN fate = 'replied' OR (fate = 'closed' AND ending = 9) THEN 1 ELSE 0 END)",
    "wait_max": "max(wait)",
}
"""How a figure is added up from contacts."""


def fill(store: Store, contacts: int) -> None:
    """The contacts, and the rolled-up tables from them."""
    with store.engine.connect() as connection:
        store_organisations(Session(connection))
        connection.execute(text("CREATE TABLE bench_day (number int PRIMARY KEY, half_hour int, day int, month int)"))
        days = list(_days())
        connection.execute(text("INSERT INTO bench_day VALUES (:number, :half_hour, :day, :month)"), days)
        made = f"{NUMBERS[store.kind]} {CONTACTS}"
        connection.execute(text(f"CREATE TABLE bench_contact AS {_inlined(made, contacts, len(days))}"))
        for table, period, key in (
            (rollups.half_hours, "half_hour", rollups.PLACE),
            (rollups.days, "day", rollups.PLACE),
            (rollups.months, "month", rollups.PLACE),
            (rollups.agent_days, "day", rollups.AGENT),
        ):
            connection.execute(text(_added_up(table.name, period, key)))
            if table is not rollups.half_hours:
                connection.execute(text(_everybody(table.name, period, key)))
            if table is rollups.days:
                connection.execute(text(_by_topic()))
        connection.commit()


def _inlined(statement: str, contacts: int, days: int) -> str:
    """Neither database takes parameters where a table is made."""
    return statement.replace(":contacts", str(contacts)).replace(":days", str(days))


def _added_up(table: str, period: str, key: tuple[str, ...]) -> str:
    columns = ", ".join((period, *key))
    figures = dict(FIGURES)
    where = ""
    if "agent_id" in key:
        figures |= {"offered": "0", "abandoned": "0", "short_abandoned": "0"}
        where = "WHERE fate NOT IN ('left', 'left_at_once')"
    wanted = ", ".join(figures.values())
    added = f"SELECT {columns}, {wanted} FROM bench_contact {where} GROUP BY {columns}"  # noqa: S608
    return f"INSERT INTO {table} ({columns}, {', '.join(figures)}) {added}"


def _everybody(table: str, period: str, key: tuple[str, ...]) -> str:
    """The rows over all organisations, from those of each."""
    kept = [one for one in key if one not in ("organisation_id", "queue_id", "topic_id")]
    dropped = [one for one in key if one not in kept]
    columns = ", ".join((period, *kept, *dropped, *rollups.FIGURES))
    sums = [f"sum({one})" for one in rollups.ADDED] + [f"max({one})" for one in rollups.HIGHEST]
    wanted = ", ".join([period, *kept, *("0" for _ in dropped), *sums])
    grouped = ", ".join((period, *kept))
    added = f"SELECT {wanted} FROM {table} WHERE organisation_id > 0 GROUP BY {grouped}"  # noqa: S608
    return f"INSERT INTO {table} ({columns}) {added}"


def _by_topic() -> str:
    """The rows over all organisations for each topic and day."""
    columns = ", ".join(("day", "topic_id", "organisation_id", "queue_id", "channel", *rollups.FIGURES))
    sums = [f"sum({one})" for one in rollups.ADDED] + [f"max({one})" for one in rollups.HIGHEST]
    wanted = ", ".join(["day", "topic_id", str(rollups.EVERYBODY_BY_TOPIC), "0", "''", *sums])
    added = f"SELECT {wanted} FROM rollup_day WHERE organisation_id > 0 GROUP BY day, topic_id"  # noqa: S608
    return f"INSERT INTO rollup_day ({columns}) {added}"


def _days() -> Iterator[dict[str, int]]:
    day, number = FIRST, 0
    while day <= LAST:
        if day.weekday() < 5:
            first = rollups.half_hours_of(day)[16]  # eight o'clock
            month = rollups.month_of(day.toordinal())
            yield {"number": number, "half_hour": first, "day": day.toordinal(), "month": month}
            number += 1
        day += timedelta(days=1)


def store_organisations(session: Session) -> None:
    """Municipalities and departments with the ids that the arithmetic gives."""
    for one in range(MUNICIPALITIES):
        above = one * (DEPARTMENTS + 1) + 1
        session.add(Organisation(id=above, key=f"m{one}"))
        session.flush()
        for two in range(DEPARTMENTS):
            place = one * DEPARTMENTS + two
            below = above + 1 + two
            kind = OrganisationKind.DEPARTMENT
            session.add(Organisation(id=below, key=f"m{one}.{two}", parent_id=above, kind=kind))
            session.flush()
            session.add(Queue(id=place + 1, organisation_id=below, key=f"q{place}"))
            session.flush()
            for topic in range(place * TOPICS + 1, (place + 1) * TOPICS + 1):
                session.add(Topic(id=topic, organisation_id=below, key=f"t{topic}", queue_id=place + 1))
    session.flush()


# the same contacts through the journal


def events_of(contact: Any) -> Iterator[dict[str, Any]]:
    """What the program would have written in its journal about a contact."""
    at = datetime.fromtimestamp(contact.half_hour * rollups.HALF_HOUR + contact.second, UTC)
    answered = at + timedelta(seconds=contact.wait)
    place = {"channel": contact.channel, "queue_id": contact.queue_id, "topic_id": contact.topic_id}
    waited = place | {"waited": contact.wait, "promised": PROMISE[contact.channel]}
    agent = contact.agent_id

    def line(kind: str, when: datetime, data: dict[str, Any], who: int | None = None) -> dict[str, Any]:
        return {
            "kind": kind,
            "at": when,
            "organisation_id": contact.organisation_id,
            "agent_id": who,
            "user_id": who,
            "data": data,
        }

    yield line("case_opened", at, place)
    if contact.fate in ("left", "left_at_once"):
        yield line("call_missed", answered, waited)
        return
    if contact.fate == "talked":
        yield line("call_answered", answered, waited | {"direction": "in"}, agent)
        answered += timedelta(seconds=contact.talk)
        yield line("call_ended", answered, place | {"direction": "in", "talked": contact.talk}, agent)
    if contact.fate == "replied":
        yield line("reply_queued", answered, waited | {"first": True}, agent)
    first = contact.fate == "closed"
    if contact.ending == 9:
        # Handed off instead of closed, so the answer was a reply after all.
        if first:
            yield line("reply_queued", answered, waited | {"first": True}, agent)
        yield line("case_handed_off", answered, place, agent)
        return
    done = {"handled": contact.talk, "first": first, "first_contact": contact.ending < 6}
    yield line("case_closed", answered, waited | done, agent)


def check(kind: str) -> None:
    """Fail unless the fast way and the program's own counting fill the tables alike."""
    with fresh(kind) as store:
        fill(store, CHECKED)
        fast = store.sync_read(_tables)
        store.sync_run(_write_journal)
        store.sync_run(stats.rebuild)
        slow = store.sync_read(_tables)
    if fast != slow:
        raise AssertionError("adding up contacts and counting events gave different figures")


def _write_journal(session: Session) -> None:
    contacts = session.connection().execute(text("SELECT * FROM bench_contact")).all()
    session.execute(insert(Event), [event for contact in contacts for event in events_of(contact)])


def _tables(session: Session) -> list[list[tuple[Any, ...]]]:
    return [sorted(tuple(row) for row in session.execute(select(table))) for table in rollups.ALL]


# asking


def questions(scope: frozenset[int]) -> dict[str, Callable[[Session], object]]:
    today, month = date(2026, 11, 23), (date(2026, 10, 25), date(2026, 11, 23))
    return {
        "today by half-hour": lambda session: stats.by_half_hour(session, scope, today),
        "30 days by day": lambda session: stats.by_day(session, scope, *month),
        "30 days by topic": lambda session: stats.by_topic(session, scope, *month),
        "30 days by channel": lambda session: stats.by_channel(session, scope, *month),
        "30 days by agent": lambda session: stats.by_agent(session, scope, *month),
        "year over year": lambda session: stats.year_over_year(session, scope, 2026),
    }


def plainly() -> dict[str, str]:
    """The first, third and last question asked of the contacts themselves."""
    first, last = date(2026, 10, 25).toordinal(), date(2026, 11, 23).toordinal()
    return {
        "today by half-hour": _plain("half_hour", last, last),
        "30 days by topic": _plain("topic_id", first, last),
        "year over year": _plain("month", date(2025, 1, 1).toordinal(), LAST.toordinal()),
    }


def _plain(by: str, first: int, last: int) -> str:
    sums = ", ".join(FIGURES.values())
    return f"SELECT {by}, {sums} FROM bench_contact WHERE day BETWEEN {first} AND {last} GROUP BY {by}"  # noqa: S608


def _rows(session: Session, statement: str) -> object:
    return session.connection().execute(text(statement)).all()


def timed(store: Store, work: Callable[[Session], object], tries: int) -> list[float]:
    def once(session: Session) -> float:
        start = time.perf_counter()
        work(session)
        return (time.perf_counter() - start) * 1000

    return sorted(store.sync_read(once) for _ in range(tries))


def measure(kind: str, contacts: int) -> bool:
    slow = []
    check(kind)
    print(f"\n{kind}: adding up and counting agree on {CHECKED:,} contacts")
    with fresh(kind) as store:
        start = time.perf_counter()
        fill(store, contacts)
        settle(store)
        sizes = {table.name: store.sync_read(_count, table.name) for table in rollups.ALL}
        print(f"{contacts:,} contacts in {time.perf_counter() - start:.0f} s: {sizes}")
        everybody = frozenset(range(1, MUNICIPALITIES * (DEPARTMENTS + 1) + 1))
        print(f"{'milliseconds':22}{'all organisations':>24}{'one municipality':>24}{'plain SQL over contacts':>28}")
        plain = plainly()
        for name in questions(everybody):
            line = f"{name:22}"
            for scope in (everybody, frozenset(range(1, DEPARTMENTS + 2))):
                taken = timed(store, questions(scope)[name], TRIES)
                p95 = taken[int(len(taken) * 0.95)]
                line += f"{'p50':>8}{statistics.median(taken):7.1f} p95{p95:6.1f}"
                slow += [name] if p95 >= LIMIT_MS else []
            if name in plain:
                line += f"{timed(store, partial(_rows, statement=plain[name]), 3)[1]:28.0f}"
            print(line, flush=True)
    print(f"limit: p95 under {LIMIT_MS:.0f} ms: {'MISSED by ' + ', '.join(slow) if slow else 'kept by each'}")
    return bool(slow)


def _count(session: Session, table: str) -> int:
    return int(session.connection().execute(text(f"SELECT count(*) FROM {table}")).scalar_one())  # noqa: S608


def settle(store: Store) -> None:
    """The index of the baseline, and what a database does by itself in time."""
    with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("CREATE INDEX ix_bench_contact_day ON bench_contact (day)"))
        connection.execute(text("ANALYZE" if store.kind == "sqlite" else "VACUUM ANALYZE"))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--contacts", type=int, default=10_000_000)
    parser.add_argument("--only", choices=KINDS)
    arguments = parser.parse_args()
    kinds = [arguments.only] if arguments.only else KINDS
    return sum(measure(kind, arguments.contacts) for kind in kinds)


if __name__ == "__main__":
    sys.exit(main())
