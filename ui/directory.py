"""The staff directory over HTTP: search as one types, one's own entry, import by administrators."""

import asyncio
from datetime import timedelta

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from contactcenter.context import Context
from contactcenter.directory import importing, sheet
from contactcenter.directory.settings import DirectorySettings
from ui import directory_rows
from ui.app import answer, chunks, form, number, signed_in, site_of
from ui.records_directory import DirectoryForm
from ui.session import SignedIn

CODE = "*21"


def settings_of(context: Context) -> DirectorySettings:
    return context.settings.group("directory", DirectorySettings)


def stale_after(context: Context) -> timedelta:
    return timedelta(hours=settings_of(context).calendar_stale_hours)


@signed_in
async def search(request: Request, found: SignedIn) -> Response:
    """POST /api/console/directory: the page, and the picker of a transfer."""
    context = site_of(request).context
    wanted = await form(request, DirectoryForm)
    lookup = directory_rows.lookup_of(context.store)
    now, stale = context.clock(), stale_after(context)
    return answer(
        await context.store.read(
            directory_rows.search, found.actor, lookup, wanted.q, wanted.ids, wanted.most, now, stale
        )
    )


@signed_in
async def own(request: Request, found: SignedIn) -> Response:
    """GET /api/console/directory/own"""
    return await _entry(request, found, None)


@signed_in
async def entry(request: Request, found: SignedIn) -> Response:
    """GET /api/console/directory/{id}"""
    return await _entry(request, found, number(request, "id"))


async def _entry(request: Request, found: SignedIn, person_id: int | None) -> Response:
    context = site_of(request).context
    now, stale = context.clock(), stale_after(context)
    code = str(context.settings.groups.get("phone", {}).get("absence_code", CODE))
    return answer(await context.store.read(directory_rows.entry, found.actor, person_id, now, stale, code))


@signed_in
async def bring_in(request: Request, found: SignedIn) -> Response:
    """POST …/directory/import: a CSV file as the body; with `?write=1` it is written, else only looked at."""
    directory_rows.check_administrator(found.actor)
    context = site_of(request).context
    data = b"".join([chunk async for chunk in chunks(request, sheet.LARGEST, "file_too_large")])
    chosen = settings_of(context)
    records, faults = await asyncio.to_thread(sheet.read, data, columns=chosen.columns)
    place = found.actor.organisation_id
    if request.query_params.get("write") == "1":
        share = 1.0 if request.query_params.get("force") == "1" else chosen.most_gone
        plan = await context.store.run(
            importing.apply, "csv", place, records, faults, context.clock(), most_gone=share,
            user_id=found.actor.user_id,
        )  # fmt: skip
    else:
        plan = await context.store.read(importing.plan, "csv", place, records, faults)
    return answer(directory_rows.imported(plan))


def routes(prefix: str) -> list[Route]:
    return [
        Route(f"{prefix}/directory", search, methods=["POST"]),
        Route(f"{prefix}/directory/own", own),
        Route(f"{prefix}/directory/import", bring_in, methods=["POST"]),
        Route(f"{prefix}/directory/{{id:int}}", entry),
    ]
