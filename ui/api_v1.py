"""The REST API for other systems: nouns, problem+json, scoped keys. docs/api.md tells how to use it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, TypeVar
from uuid import uuid4

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from contactcenter.board import board
from ui import api_models as models
from ui import api_work, openapi
from ui.api_access import Answered, Caller, fingerprint, idempotency_key, once
from ui.app import NO_STORE, Site, answer, body, decoded, number, site_of
from ui.audience import encoder, masked
from ui.openapi import Operation
from ui.problem import Wrong
from ui.wire import CaseRow

PREFIX = "/api/v1"
T = TypeVar("T")


async def listed(request: Request, caller: Caller) -> Response:
    """GET /cases"""
    wanted = query(request, models.CaseQuery)
    return answer(await site_of(request).context.store.read(api_work.listed, caller, wanted))


async def queue(request: Request, caller: Caller) -> Response:
    """GET /queue"""
    site, wanted = site_of(request), query(request, models.QueueQuery)
    counted = site.order.waiting(site.hub.world, site.context.clock())
    asked = (caller.organisations, wanted)
    if asked not in counted.answers:
        counted.answers[asked] = encoder.encode(_first(counted.rows, caller, wanted))
    return Response(counted.answers[asked], 200, NO_STORE, "application/json")


def _first(rows: list[tuple[CaseRow, float]], caller: Caller, wanted: models.QueueQuery) -> models.WaitingCases:
    mine = [
        (row, used)
        for row, used in rows
        if row.organisation_id in caller.organisations
        and wanted.queue_id in (None, row.queue_id)
        and wanted.channel in (None, row.channel)
    ]
    names = [name for name in models.WaitingCase.__struct_fields__ if name != "used"]
    cases = []
    for row, used in mine[: wanted.limit]:
        shown = masked(row) if row.protected else row
        cases.append(models.WaitingCase(**{name: getattr(shown, name) for name in names}, used=round(used, 4)))
    return models.WaitingCases(cases, len(mine))


async def one(request: Request, caller: Caller) -> Response:
    """GET /cases/{id}"""
    found = await site_of(request).context.store.read(api_work.one, caller, number(request, "id"))
    tag = api_work.etag(found.case.version)
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=NO_STORE | {"ETag": tag})
    return answer(found, headers={"ETag": tag})


async def change(request: Request, caller: Caller) -> Response:
    """PATCH /cases/{id}"""
    version = api_work.version_of(request.headers.get("if-match", ""))
    if version is None:
        raise Wrong(428, "if_match_missing")
    site, wanted = site_of(request), await form(request, models.CaseChange)
    case_id, now = number(request, "id"), site.context.clock()
    changed = await site.context.store.run(api_work.change, caller, case_id, version, wanted[0], now)
    return answer(changed, headers={"ETag": api_work.etag(changed.version)})


async def note(request: Request, caller: Caller) -> Response:
    """POST /cases/{id}/notes"""
    wanted, raw = await form(request, models.NewNote)
    work = partial(_note, caller=caller, case_id=number(request, "id"), form=wanted)
    return await _write(request, caller, raw, 201, work)


async def closure(request: Request, caller: Caller) -> Response:
    """POST /cases/{id}/closure"""
    wanted, raw = await form(request, models.NewClosure)
    version = api_work.version_of(request.headers.get("if-match", ""))
    work = partial(_close, caller=caller, case_id=number(request, "id"), version=version, form=wanted)
    return await _write(request, caller, raw, 200, work)


async def contact(request: Request, caller: Caller) -> Response:
    """POST /contacts"""
    wanted, raw = await form(request, models.NewContact)
    work = partial(_contact, caller=caller, form=wanted)
    response = await _write(request, caller, raw, 201, work)
    made = msgspec.json.decode(bytes(response.body), type=models.CreatedContact)
    response.headers["Location"] = f"{PREFIX}/cases/{made.case_id}"
    return response


async def queues(request: Request, caller: Caller) -> Response:
    """GET /queues"""
    site, now = site_of(request), site_of(request).context.clock()
    figures = await site.context.store.read(board, caller.organisations, now)
    return answer(models.Queues(now, _by_queue(site, caller, figures["waiting"])))


async def description(_request: Request) -> Response:
    """GET /openapi.json"""
    return answer(openapi.document(OPERATIONS, PREFIX), headers={"Cache-Control": "public, max-age=300"})


def query(request: Request, model: type[T]) -> T:
    """The query as `model`. Raises Wrong (422) for a wrong or unknown parameter."""
    try:
        return msgspec.convert(dict(request.query_params), model, strict=False)
    except msgspec.ValidationError as error:
        raise Wrong(422, "arguments", str(error)) from error


async def form(request: Request, model: type[T]) -> tuple[T, bytes]:
    """The JSON body as `model`, and as it came."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise Wrong(415, "json_only")
    raw = await body(request)
    return decoded(raw, model), raw


async def _write(request: Request, caller: Caller, raw: bytes, status: int, work: Callable[..., Any]) -> Response:
    """Do `work` once for an Idempotency-Key, and answer."""
    site, key, now = site_of(request), idempotency_key(request), site_of(request).context.clock()
    doing = partial(work, key=key or str(uuid4()), now=now)
    answered: Answered = await site.context.store.run(once, caller, key, fingerprint(request, raw), now, status, doing)
    return Response(answered.body, answered.status, NO_STORE, "application/json")


def _note(session: Any, caller: Caller, case_id: int, form: models.NewNote, key: str, now: datetime) -> Any:
    return api_work.note(session, caller, case_id, form, key, now)


def _close(
    session: Any, caller: Caller, case_id: int, version: int | None, form: models.NewClosure, key: str, now: datetime
) -> Any:
    return api_work.close(session, caller, case_id, version, form, key, now)


def _contact(session: Any, caller: Caller, form: models.NewContact, key: str, now: datetime) -> Any:
    return api_work.contact(session, caller, form, key, now)


def _by_queue(site: Site, caller: Caller, waiting: list[dict[str, Any]]) -> list[models.QueueFigures]:
    mine = [row for row in site.hub.world.queues.values() if row.organisation_id in caller.organisations]
    figures = []
    for row in sorted(mine, key=lambda queue: queue.id):
        found = [one for one in waiting if one["queue_id"] == row.id]
        oldest = min((datetime.fromisoformat(one["oldest_at"]) for one in found), default=None)
        by_channel = {one["channel"]: one["count"] for one in found}
        figures.append(models.QueueFigures(row.id, row.name, by_channel, sum(by_channel.values()), oldest))
    return figures


Do = Callable[[Request, Caller], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Entry:
    """An operation and what does it."""

    operation: Operation
    do: Do


ENTRIES = [
    Entry(
        Operation("GET", "/cases", "cases:read", "Cases, the last opened first", models.Cases, query=models.CaseQuery),
        listed,
    ),
    Entry(Operation("GET", "/cases/{id}", "cases:read", "One case with its contacts", models.ApiCase, etag=True), one),
    Entry(
        Operation(
            "PATCH",
            "/cases/{id}",
            "cases:write",
            "Change subject, topic or priority",
            models.CaseSummary,
            body=models.CaseChange,
            etag=True,
            if_match="required",
        ),
        change,
    ),
    Entry(
        Operation(
            "POST",
            "/cases/{id}/notes",
            "cases:write",
            "Add an internal note",
            models.CreatedNote,
            body=models.NewNote,
            status=201,
            idempotent=True,
        ),
        note,
    ),
    Entry(
        Operation(
            "POST",
            "/cases/{id}/closure",
            "cases:write",
            "Close the case",
            models.CaseSummary,
            body=models.NewClosure,
            idempotent=True,
            if_match="optional",
        ),
        closure,
    ),
    Entry(
        Operation(
            "POST",
            "/contacts",
            "contacts:write",
            "A filled-in web form becomes a case",
            models.CreatedContact,
            body=models.NewContact,
            status=201,
            idempotent=True,
        ),
        contact,
    ),
    Entry(
        Operation(
            "GET",
            "/queue",
            "queues:read",
            "What waits, in the queue's order",
            models.WaitingCases,
            query=models.QueueQuery,
        ),
        queue,
    ),
    Entry(Operation("GET", "/queues", "queues:read", "How much waits in each queue", models.Queues), queues),
]
OPERATIONS = [entry.operation for entry in ENTRIES]


def routes() -> list[BaseRoute]:
    """The API's addresses."""
    made = [_route(entry) for entry in ENTRIES]
    return [*made, Route(f"{PREFIX}/openapi.json", description)]


def _route(entry: Entry) -> Route:
    async def endpoint(request: Request) -> Response:
        caller = await site_of(request).keys.caller(request, entry.operation.scope)
        return await entry.do(request, caller)

    path = PREFIX + entry.operation.path.replace("{id}", "{id:int}")
    return Route(path, endpoint, methods=[entry.operation.method], name=entry.operation.name)
