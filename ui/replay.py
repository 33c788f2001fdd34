"""The supervisor's replay: "the room between 10:14 and 10:31", from the journal of telephony; JSON or CSV."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlmodel import Session, col, select
from starlette.requests import Request
from starlette.responses import Response

from contactcenter.errors import Refused, Unavailable
from contactcenter.model import AddressPoint, Case, Contact, Topic, User
from contactcenter.ports import Actor
from contactcenter.sheet import csv_text
from contactcenter.states import Channel
from contactcenter.telephone_journal import PastCall, Replay, Stretch
from ui.app import NO_STORE, answer, signed_in, site_of
from ui.problem import Wrong, language_of
from ui.records_replay import ReplayCall, ReplayGap, ReplayRoom, ReplayStretch
from ui.session import SignedIn

MANY = 500
"""Ids in one question to the database."""
COLUMNS = {
    "call": "Samtal", "exchange": "Växel", "number": "Nummer", "topic": "Ämne", "case": "Ärende", "state": "Läge",
    "telephone": "Telefon", "agent": "Handläggare", "from": "Från", "to": "Till",
}  # fmt: skip


@signed_in
async def room(request: Request, found: SignedIn) -> Response:
    """GET /api/console/replay?begin=…&end=…&format=csv, times with their zone; at most four hours."""
    if not found.actor.is_supervisor:
        raise Refused("not_allowed", "this is for supervisors")
    context = site_of(request).context
    if context.telephony is None:
        raise Unavailable("no_telephony", "telephony is not connected")
    begin, end = _span(request)
    past = await context.telephony.replay(begin, end)
    shown = await context.store.read(seen_by, found.actor, past, begin, end)
    return _csv(shown, language_of(request)) if request.query_params.get("format") == "csv" else answer(shown)


def seen_by(session: Session, actor: Actor, past: Replay, begin: datetime, end: datetime) -> ReplayRoom:
    """The calls that `actor` may see: those of their organisations, with the case each became."""
    contacts = _cases(session, [call.id for call in past.calls])
    owners = _owners(session)
    agents, topics = _agents(session), dict(session.exec(select(Topic.key, Topic.name)).all())
    calls = []
    for call in past.calls:
        case = contacts.get(call.id)
        owner = case[2] if case else owners.get(call.number)
        if owner in actor.scope:
            calls.append(_shown(call, case, agents, topics))
    gaps = [ReplayGap(one.exchange, one.begin, one.end) for one in past.gaps]
    return ReplayRoom(begin, end, sorted(calls, key=lambda call: call.stretches[0].begin), gaps)


Of = tuple[int, str, int]
"""A case's id, number and organisation."""


def _cases(session: Session, ids: list[str]) -> dict[str, Of]:
    found: dict[str, Of] = {}
    for first in range(0, len(ids), MANY):
        rows = session.exec(
            select(Contact.key, Case.id, Case.number, Case.organisation_id)
            .join(Case, col(Case.id) == col(Contact.case_id))
            .where(Contact.channel == Channel.PHONE, col(Contact.key).in_(ids[first : first + MANY]))
        ).all()
        found |= {key: (case_id, number, owner) for key, case_id, number, owner in rows}
    return found


def _owners(session: Session) -> dict[str, int]:
    """Our number -> its organisation, for calls that never became a case."""
    return dict(session.exec(select(AddressPoint.address, AddressPoint.organisation_id)).all())


def _agents(session: Session) -> dict[str, str]:
    """Extension -> name, as it is now."""
    users = session.exec(select(User.extension, User.name).where(User.extension != "").order_by(col(User.id))).all()
    return dict(users)


def _shown(call: PastCall, case: Of | None, agents: Mapping[str, str], topics: Mapping[str, str]) -> ReplayCall:
    return ReplayCall(
        id=call.id,
        exchange=call.exchange,
        kind=call.kind,
        number=call.number,
        topic=topics.get(call.topic, call.topic),
        case_id=case[0] if case else 0,
        case_number=case[1] if case else "",
        stretches=[_stretch(one, agents) for one in call.stretches],
    )


def _stretch(one: Stretch, agents: Mapping[str, str]) -> ReplayStretch:
    return ReplayStretch(one.state, one.phone, agents.get(one.phone, ""), one.begin, one.end)


def _span(request: Request) -> tuple[datetime, datetime]:
    try:
        begin, end = (datetime.fromisoformat(request.query_params[name]) for name in ("begin", "end"))
    except (KeyError, ValueError) as error:
        raise Wrong(422, "arguments", "begin and end are times, such as 2026-11-23T10:14:00+01:00") from error
    if begin.tzinfo is None or end.tzinfo is None:
        raise Wrong(422, "arguments", "begin and end need their zone")
    return begin, end


def _csv(shown: ReplayRoom, language: str) -> Response:
    header = list(COLUMNS) if language == "en" else list(COLUMNS.values())
    name = f"replay-{shown.begin:%Y%m%dT%H%M}.csv"
    headers = NO_STORE | {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(csv_text(header, list(_rows(shown))), 200, headers, "text/csv; charset=utf-8")


def _rows(shown: ReplayRoom) -> Iterable[list[str]]:
    for call in shown.calls:
        what = [call.id, call.exchange, call.number, call.topic, call.case_number]
        for one in call.stretches:
            yield [*what, one.state, one.phone, one.agent, one.begin.isoformat(), one.end.isoformat()]
