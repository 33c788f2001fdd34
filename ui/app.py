"""What every endpoint is given, and the few steps they share: who is it, what did they send, what do they get."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeVar, cast

import msgspec
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response

from contactcenter.context import Context
from ui.answers import Answers
from ui.api_access import Keys
from ui.audience import encoder
from ui.guard import Origins
from ui.hub import Hub
from ui.order import Order
from ui.problem import Wrong
from ui.session import Sessions, SignedIn
from ui.settings import HttpSettings
from ui.sip_leads import Leads

T = TypeVar("T")
Endpoint = Callable[[Request], Awaitable[Response]]
NO_STORE = {"Cache-Control": "no-store"}
DRAINED = 8
"""Times the limit that is read on of a body that is too large, …"""
PATIENCE = 10.0
"""… and for so many seconds."""


@dataclass(frozen=True, slots=True)
class Site:
    """The parts of the web server."""

    context: Context
    settings: HttpSettings
    sessions: Sessions
    hub: Hub
    origins: Origins
    answers: Answers
    keys: Keys
    order: Order
    leads: Leads

    @property
    def is_https(self) -> bool:
        return self.context.settings.public_url.startswith("https:")

    @property
    def cookie(self) -> str:
        """The session cookie's name. `__Host-` keeps other hosts of the same domain from setting it."""
        return "__Host-kc" if self.is_https else "kc"


def site_of(connection: HTTPConnection) -> Site:
    site = connection.app.state.site
    return cast("Site", site)


async def who(connection: HTTPConnection) -> SignedIn | None:
    """Who is signed in, by the cookie."""
    site = site_of(connection)
    return await site.sessions.who(connection.cookies.get(site.cookie, ""))


def signed_in(endpoint: Callable[[Request, SignedIn], Awaitable[Response]]) -> Endpoint:
    """An endpoint for those who are signed in."""

    async def checked(request: Request) -> Response:
        found = await who(request)
        if found is None:
            raise Wrong(401, "unauthorized")
        request.state.signed_in = found
        return await endpoint(request, found)

    return checked


async def chunks(request: Request, limit: int, code: str = "body_too_large") -> AsyncIterator[bytes]:
    """The body, piece by piece. Raises Wrong (413) as soon as it is longer than `limit` bytes."""
    told = request.headers.get("content-length", "0")
    size = limit + 1 if told.isdigit() and int(told) > limit else 0
    stream = request.stream()
    async for chunk in stream:
        size += len(chunk)
        if size > limit:
            await _pour_away(stream, DRAINED * limit)
            raise Wrong(413, code, headers={"Connection": "close"})
        yield chunk


async def _pour_away(stream: AsyncIterator[bytes], most: int) -> None:
    """Read on for a while: a client that is cut off in the middle of sending never sees why."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(PATIENCE):
            async for chunk in stream:
                most -= len(chunk)
                if most < 0:
                    return


async def body(request: Request) -> bytes:
    """The whole of a small body."""
    limit = site_of(request).settings.body_kilobytes * 1024
    return b"".join([chunk async for chunk in chunks(request, limit)])


async def form(request: Request, model: type[T]) -> T:
    """The JSON body as `model`. Raises Wrong: 415 not JSON, 413 too large, 400 no JSON, 422 not what was asked for."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise Wrong(415, "json_only")
    return decoded(await body(request), model)


def decoded(raw: bytes, model: type[T]) -> T:
    """Bytes of JSON as `model`."""
    try:
        return msgspec.json.decode(raw, type=model)
    except msgspec.ValidationError as error:
        raise Wrong(422, "arguments", str(error)) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Wrong(400, "bad_json", str(error)) from error


def answer(value: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """A JSON answer that no cache keeps."""
    return Response(encoder.encode(value), status, NO_STORE | (headers or {}), "application/json")


def number(request: Request, name: str) -> int:
    """A whole number in the path."""
    return int(request.path_params[name])
