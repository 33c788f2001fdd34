"""What the console reads over HTTP beside its socket: one case, search, files, uploads."""

import asyncio
import re
import tempfile
from typing import IO
from urllib.parse import quote, unquote

from starlette.requests import Request
from starlette.responses import FileResponse, Response

from contactcenter import desk, scanning
from contactcenter.errors import NotFound
from contactcenter.files import FileStore
from contactcenter.model import FileRecord
from contactcenter.ports import StoredFile
from ui import detail, lookup, mail_frame, records, uploads
from ui.app import NO_STORE, answer, chunks, form, number, signed_in, site_of
from ui.session import SignedIn

INLINE = frozenset({"application/pdf", "image/png", "image/jpeg", "audio/wav"})
"""Types that a browser may show; anything else is only downloaded."""
IMAGE_POLICY = "sandbox; default-src 'none'; img-src 'self' data:; style-src 'unsafe-inline'"
PDF_POLICY = "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'self'"
"""Chromium refuses to show a PDF in a sandbox; its viewer runs no script of the page."""
NO_PREFETCH = {"X-DNS-Prefetch-Control": "off"}
"""A browser looks up the hosts of links, and who runs their name server learns of it."""
IN_MEMORY = 1024 * 1024
MEDIA_TYPE = re.compile(r"[\w.+-]{1,64}/[\w.+-]{1,64}")


@signed_in
async def case(request: Request, found: SignedIn) -> Response:
    """GET /api/console/cases/{id}: everything about a case; reading it is journalled."""
    site, case_id = site_of(request), number(request, "id")
    if "again" not in request.query_params:
        await site.context.store.run(desk.view, found.actor, case_id, site.context.clock())
    return answer(await site.context.store.read(detail.detail, found.actor, case_id))


@signed_in
async def search(request: Request, found: SignedIn) -> Response:
    """POST /api/console/search"""
    wanted = await form(request, records.SearchForm)
    return answer(await site_of(request).context.store.read(lookup.cases, found.actor, wanted.q, wanted.before))


@signed_in
async def citizens(request: Request, found: SignedIn) -> Response:
    """POST /api/console/citizens"""
    wanted = await form(request, records.SearchForm)
    return answer(await site_of(request).context.store.read(lookup.people, found.actor, wanted.q))


@signed_in
async def citizen(request: Request, found: SignedIn) -> Response:
    """GET /api/console/citizens/{id}: who it is and their cases; reading it is journalled."""
    context = site_of(request).context
    shown = await context.store.read(lookup.citizen, found.actor, number(request, "id"))
    await context.store.run(desk.view_citizen, found.actor, number(request, "id"), context.clock())
    return answer(shown)


@signed_in
async def html(request: Request, found: SignedIn) -> Response:
    """GET /api/console/cases/{id}/contacts/{contact}/html: a mail's own page, in a frame that can do nothing."""
    context = site_of(request).context
    ids = number(request, "id"), number(request, "contact")
    text, images, allowed = await context.store.read(detail.html_for, found.actor, *ids)
    dark = request.query_params.get("theme") == "dark"
    page = await asyncio.to_thread(mail_frame.page, text, images, context.files, remote=allowed, dark=dark)
    policy = mail_frame.POLICY_WITH_IMAGES if allowed else mail_frame.POLICY
    headers = NO_STORE | {"Content-Security-Policy": policy, "Referrer-Policy": "no-referrer"} | NO_PREFETCH
    return Response(page, 200, headers, "text/html; charset=utf-8")


@signed_in
async def file(request: Request, found: SignedIn) -> Response:
    """GET /files/{id}"""
    context = site_of(request).context
    record = await context.store.read(detail.file_for, found.actor, number(request, "id"))
    scanning.may_fetch(record, found.actor, context.clock())
    return send(context.files, record)


def send(files: FileStore, record: FileRecord) -> Response:
    """A file: shown where that is safe, else downloaded."""
    path = files.path(record.sha256)
    if not path.exists():
        raise NotFound("no_such_file")
    shown = record.media_type in INLINE
    policy = PDF_POLICY if record.media_type == "application/pdf" else IMAGE_POLICY
    headers = {
        "Content-Disposition": disposition(record.name, "inline" if shown else "attachment"),
        "Content-Security-Policy": policy,
        "Cache-Control": "private, max-age=3600, immutable",
        "ETag": f'"{record.sha256}"',
    }
    return FileResponse(path, headers=headers, media_type=record.media_type if shown else "application/octet-stream")


def disposition(name: str, how: str) -> str:
    """Content-Disposition (RFC 6266) for any name."""
    plain = re.sub(r'[^\w. -]|["\\]', "_", name.encode("ascii", "replace").decode().replace("?", "_")) or "file"
    return f"{how}; filename=\"{plain[:100]}\"; filename*=UTF-8''{quote(name[:200], safe='', errors='replace')}"


@signed_in
async def upload(request: Request, found: SignedIn) -> Response:
    """POST /api/console/uploads: the raw file as body, its name percent-encoded in X-File-Name."""
    site = site_of(request)
    limit = int(site.settings.upload_megabytes * 1024 * 1024)
    name = unquote(request.headers.get("x-file-name", "")).replace("/", "_")[:200].strip() or "file"
    told = request.headers.get("content-type", "")
    media_type = told if MEDIA_TYPE.fullmatch(told) else "application/octet-stream"
    with tempfile.SpooledTemporaryFile(max_size=IN_MEMORY) as spool:
        async for chunk in chunks(request, limit, "file_too_large"):
            await _write(spool, chunk)
        spool.seek(0)
        sha256, size = await asyncio.to_thread(site.context.files.put_stream, spool)
    stored = StoredFile(sha256, size, name, media_type)
    secret, now = site.context.settings.secret_bytes(), site.context.clock()
    return answer(records.Upload(uploads.handle(stored, found.actor.user_id, secret, now), name, media_type, size), 201)


async def _write(spool: IO[bytes], chunk: bytes) -> None:
    if spool.tell() + len(chunk) > IN_MEMORY:  # on disk from here
        await asyncio.to_thread(spool.write, chunk)
    else:
        spool.write(chunk)
