"""What holds for every request: known host, same origin for changes, headers that keep browsers in their place."""

import ipaddress
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ui import problem
from ui.settings import HttpSettings

PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; "
    "connect-src 'self'; media-src 'self' blob:; frame-src 'self'; manifest-src 'self'; worker-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'; object-src 'none'"
)
HEADERS = {
    "Content-Security-Policy": PAGE_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), payment=(), usb=(), microphone=(self)",
}
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
OWN_PROOF = ("/api/v1/", "/handoff/")
"""Paths where a request proves itself by key or signature, never by cookie; so another site gains nothing."""
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


class Origins:
    """The addresses under which browsers may reach us."""

    def __init__(self, public_url: str, settings: HttpSettings) -> None:
        self._named = {_origin(url) for url in (public_url, *settings.origins)}
        self._hosts = {urlsplit(origin).hostname or "" for origin in self._named} | LOOPBACK

    def knows_host(self, host: str) -> bool:
        """Whether a Host header may be ours. A name that somebody else's DNS leads to us is not."""
        name = urlsplit(f"//{host}").hostname or ""
        return name in self._hosts or _is_address(name)

    def allows(self, origin: str, host: str) -> bool:
        """Whether a page of `origin` may change something at `host`."""
        if not origin or origin == "null":
            return False
        if _origin(origin) in self._named:
            return True
        return self.knows_host(host) and urlsplit(origin).netloc.lower() == host.lower()


class Guard:
    """The outermost layer of the application."""

    def __init__(self, app: ASGIApp, origins: Origins) -> None:
        self._app, self._origins = app, origins

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        refused = self._refused(scope)
        if refused:
            return await problem.response(*refused)(scope, receive, with_headers)
        await self._app(scope, receive, with_headers)

    def _refused(self, scope: Scope) -> tuple[int, str] | None:
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        if not self._origins.knows_host(host):
            return 421, "unknown_host"
        if scope["method"] in SAFE_METHODS or scope["path"].startswith(OWN_PROOF):
            return None
        return None if self._origins.allows(headers.get("origin", ""), host) else (403, "origin")


def may_open(connection: HTTPConnection, origins: Origins) -> bool:
    """Whether a WebSocket comes from a page of ours."""
    headers = connection.headers
    return origins.allows(headers.get("origin", ""), headers.get("host", ""))


def _origin(url: str) -> str:
    parts = urlsplit(url.lower())
    return f"{parts.scheme}://{parts.netloc}"


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
