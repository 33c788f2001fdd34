"""Failures as `application/problem+json` (RFC 9457): a code for programs, a sentence in the reader's language."""

import logging
from http import HTTPStatus
from typing import Any

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from contactcenter.errors import Conflict, ContactCenterError, NotFound, Refused, Unavailable
from ui import messages
from ui.records import Problem
from ui.session import TooMany

log = logging.getLogger(__name__)
MEDIA_TYPE = "application/problem+json"
_STATUS: dict[str, int] = {"credentials": 401, "not_allowed": 403, "overloaded": 503, "link_expired": 410}
_KINDS: list[tuple[type[ContactCenterError], int]] = [
    (NotFound, 404),
    (Conflict, 409),
    (TooMany, 429),
    (Refused, 422),
    (Unavailable, 503),
]


class Wrong(ContactCenterError):
    """What is wrong with a request itself, with the HTTP status that says so."""

    def __init__(self, status: int, code: str, text: str = "", headers: dict[str, str] | None = None) -> None:
        super().__init__(code, text)
        self.status, self.headers = status, headers or {}


def response(
    status: int, code: str, detail: str = "", language: str = "en", headers: dict[str, str] | None = None
) -> Response:
    """The answer for a failure."""
    problem = Problem(
        type=f"urn:contactcenter:problem:{code}",
        title=HTTPStatus(status).phrase,
        status=status,
        code=code,
        detail=messages.text(code, language, detail),
    )
    return Response(msgspec.json.encode(problem), status, {"Cache-Control": "no-store"} | (headers or {}), MEDIA_TYPE)


def status_of(error: ContactCenterError) -> int:
    """The HTTP status for a failure."""
    if isinstance(error, Wrong):
        return error.status
    if error.code in _STATUS:
        return _STATUS[error.code]
    return next((status for kind, status in _KINDS if isinstance(error, kind)), 500)


async def failed(request: Request, error: Any) -> Response:
    """Handler of our own failures."""
    status = status_of(error)
    headers = dict(error.headers) if isinstance(error, Wrong) else {}
    if isinstance(error, TooMany):
        headers["Retry-After"] = str(error.after)
    elif status == 503:
        headers["Retry-After"] = "2"
    if status == 500:
        log.error("action=request_failed path=%s code=%s", route_of(request), error.code)
    return response(status, error.code, error.text, language_of(request), headers)


async def http_failed(request: Request, error: Any) -> Response:
    """Handler of what the routes themselves refuse: no such page, method not allowed."""
    code = HTTPStatus(error.status_code).phrase.lower().replace(" ", "_")
    return response(error.status_code, code, "", language_of(request), dict(error.headers or {}))


async def broken(request: Request, error: Exception) -> Response:
    """Handler of defects: logged in full here, nothing of it outside."""
    log.error("action=request_broken path=%s", route_of(request), exc_info=error)
    return response(500, "internal_error", "", language_of(request))


def route_of(request: Request) -> str:
    """The route's pattern, which holds no ids and no tokens."""
    return str(getattr(request.scope.get("route"), "path", "?"))


def language_of(request: Request) -> str:
    """The user's language, else what the browser prefers of those we have."""
    if signed_in := getattr(request.state, "signed_in", None):
        return str(signed_in.me.language)
    return "en" if request.headers.get("accept-language", "").lower().startswith("en") else "sv"


HANDLERS = {ContactCenterError: failed, HTTPException: http_failed, Exception: broken}
