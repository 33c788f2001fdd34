"""History for supervisors: by half-hour, day, month, topic, channel and agent, as JSON or CSV."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import msgspec
from sqlmodel import Session, select
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import Response

from contactcenter import stats
from contactcenter.errors import Refused
from contactcenter.model import Topic
from contactcenter.ports import Actor
from contactcenter.rollups import ZONE
from contactcenter.sheet import csv_text
from ui import people, records, wire
from ui.app import NO_STORE, answer, signed_in, site_of
from ui.problem import Wrong, language_of
from ui.session import SignedIn

LONGEST = timedelta(days=3 * 366)
Wanted = tuple[date, date, stats.Only]
Found = list[stats.Row[Any]]

_SOURCES: dict[str, Callable[[Session, frozenset[int], Wanted], Found]] = {
    "half_hours": lambda session, scope, wanted: stats.by_half_hour(session, scope, wanted[0], wanted[2]),
    "days": lambda session, scope, wanted: stats.by_day(session, scope, *wanted),
    "topics": lambda session, scope, wanted: stats.by_topic(session, scope, *wanted),
    "channels": lambda session, scope, wanted: stats.by_channel(session, scope, *wanted),
    "agents": lambda session, scope, wanted: stats.by_agent(session, scope, *wanted),
}
_NAMES = {
    "key": "Nyckel",
    "label": "Namn",
    "offered": "Inkomna",
    "answered": "Besvarade",
    "in_time": "Inom utlovad tid",
    "abandoned": "Tappade",
    "short_abandoned": "Tappade inom 5 s",
    "called_back": "Uppringda",
    "wait_seconds": "Väntetid (s)",
    "talk_seconds": "Samtalstid (s)",
    "handle_seconds": "Handläggningstid (s)",
    "closed": "Avslutade",
    "first_contact": "Klara vid första kontakten",
    "handed_off": "Överlämnade",
    "replies": "Svar",
    "wait_max": "Längsta väntan (s)",
    "missed": "Tappade totalt",
    "service_level": "Servicenivå",
    "mean_wait": "Medelväntan (s)",
    "mean_handling": "Medelhandläggning (s)",
    "first_contact_share": "Andel klara vid första kontakten",
}
"""Column -> its Swedish heading; in English the column's own name."""


@signed_in
async def report(request: Request, found: SignedIn) -> Response:
    """GET /api/console/reports/{kind}?first=…&last=…&queue_id=&topic_id=&channel=&format=csv"""
    kind, wanted = request.path_params["kind"], _wanted(request.query_params)
    if kind not in (*_SOURCES, "months"):
        raise Wrong(404, "not_found")
    made = await site_of(request).context.store.read(make, found.actor, kind, wanted)
    if request.query_params.get("format") == "csv":
        return _csv(made, language_of(request))
    return answer(made)


def make(session: Session, actor: Actor, kind: str, wanted: Wanted) -> records.Report:
    """The report. Raises Refused for those who are not supervisors."""
    if not actor.is_supervisor:
        raise Refused("not_allowed", "this is for supervisors")
    first, last, only = wanted
    if kind == "months":
        months = stats.year_over_year(session, actor.scope, last.year, only)
        names = [f"{last.year}-{month.month:02d}" for month in months]
        rows = [
            records.ReportRow(name, name, _figures(month.this), _figures(month.before))
            for name, month in zip(names, months, strict=True)
        ]
        total = sum((month.this for month in months), stats.Figures())
    else:
        found = _SOURCES[kind](session, actor.scope, wanted)
        labels = _labels(session, kind, found)
        rows = [records.ReportRow(_key(row.key), labels.get(row.key) or "–", _figures(row.figures)) for row in found]
        total = stats.total(found)
    return records.Report(
        kind=kind,  # type: ignore[arg-type]
        first=first.isoformat(),
        last=last.isoformat(),
        rows=rows,
        total=_figures(total),
        formula=stats.FORMULA,
    )


def _csv(report: records.Report, language: str) -> Response:
    header = ["key", "label", *stats.COLUMNS]
    titles = header if language == "en" else [_NAMES[name] for name in header]
    rows = [[row.key, row.label, *msgspec.structs.astuple(row.figures)] for row in report.rows]
    name = f"{report.kind}-{report.first}-{report.last}.csv"
    headers = NO_STORE | {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(csv_text(titles, rows), 200, headers, "text/csv; charset=utf-8")


def _wanted(query: QueryParams) -> Wanted:
    try:
        first = date.fromisoformat(query["first"])
        last = date.fromisoformat(query.get("last", query["first"]))
        queue, topic = (int(query[name]) if query.get(name) else None for name in ("queue_id", "topic_id"))
    except (KeyError, ValueError) as error:
        raise Wrong(422, "arguments", "first and last are days (YYYY-MM-DD); ids are numbers") from error
    if not timedelta(0) <= last - first <= LONGEST:
        raise Wrong(422, "arguments", "last is not before first, and at most three years after it")
    return first, last, stats.Only(queue, topic, query.get("channel") or None)


def _figures(figures: stats.Figures) -> wire.Figures:
    return wire.Figures(**figures.data())


def _key(key: Any) -> str:
    return key.isoformat() if hasattr(key, "isoformat") else str(key)


def _labels(session: Session, kind: str, found: Found) -> dict[Any, str]:
    if kind == "agents":
        return dict(people.names(session, {row.key for row in found}))
    if kind == "topics":
        rows: Any = session.exec(select(Topic.id, Topic.name)).all()
        return dict(rows)
    if kind == "half_hours":
        return {row.key: row.key.astimezone(ZONE).strftime("%H:%M") for row in found}
    return {row.key: _key(row.key) for row in found}
