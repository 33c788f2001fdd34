"""Fetching a calendar from an address that somebody gave us: https only, nowhere inside, not too much, not for long.

The name is looked up once and the connection made to the very address that was checked: a name that means something
else the second time (DNS rebinding) leads nowhere. Redirects are followed a few times, each checked like the first.
Blocking: run it in a thread.
"""

import http.client
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urljoin, urlsplit

from contactcenter.directory.records import calendar_url
from contactcenter.errors import Refused, Unavailable

REDIRECTS = 3
CHUNK = 64 * 1024
_MOVED = (301, 302, 303, 307, 308)


@dataclass(frozen=True, slots=True)
class Limits:
    """What one fetching may take. `networks`: private ones that are allowed."""

    seconds: float
    size: int
    networks: tuple[str, ...] = ()
    ca_file: Path | None = None


@dataclass(frozen=True, slots=True)
class Fetched:
    """`data` None: it has not changed since `etag` or `modified`."""

    data: bytes | None
    etag: str = ""
    modified: str = ""


def fetch(url: str, limits: Limits, etag: str = "", modified: str = "") -> Fetched:
    """Get what is there. Raises Refused (`calendar_address`, `calendar_too_large`, `calendar_gone`) or Unavailable."""
    until = time.monotonic() + limits.seconds
    headers = {"Accept": "text/calendar", "User-Agent": "kontaktcenter", "Connection": "close"}
    headers |= {"If-None-Match": etag} if etag else {"If-Modified-Since": modified} if modified else {}
    for _ in range(REDIRECTS + 1):
        try:
            answer = _ask(url, headers, limits, until)
        except (OSError, http.client.HTTPException, ValueError) as cause:
            raise Unavailable("calendar_unreachable", "the calendar's server cannot be reached") from cause
        if isinstance(answer, Fetched):
            return answer
        url = answer
    raise Refused("calendar_address", "the calendar's server leads from place to place")


def _ask(url: str, headers: dict[str, str], limits: Limits, until: float) -> Fetched | str:
    """The calendar, or where it has moved to."""
    if not calendar_url(url):
        raise Refused("calendar_address", "a calendar's address begins with https://")
    parts = urlsplit(url)
    host, port = str(parts.hostname), parts.port or 443
    context = ssl.create_default_context(cafile=str(limits.ca_file) if limits.ca_file else None)
    connection = http.client.HTTPSConnection(host, port)
    raw = _connected(_allowed(host, port, limits.networks), until)
    # Whoever sends a byte now and then never meets a time limit of the socket's.
    spare = raw.dup()
    end = threading.Timer(_left(until), _cut, [spare])
    end.daemon = True
    end.start()
    try:
        connection.sock = context.wrap_socket(raw, server_hostname=host, suppress_ragged_eofs=False)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request("GET", target, headers=headers)
        with connection.getresponse() as response:
            return _read(response, url, limits)
    finally:
        end.cancel()
        connection.close()
        raw.close()
        spare.close()


def _cut(spare: socket.socket) -> None:
    with suppress(OSError):
        spare.shutdown(socket.SHUT_RDWR)


def _connected(addresses: Sequence[tuple[str, int]], until: float) -> socket.socket:
    failure: OSError = OSError("no address")
    for address in addresses[:4]:
        try:
            return socket.create_connection(address, timeout=_left(until))
        except OSError as error:
            failure = error
    raise failure


def _allowed(host: str, port: int, networks: tuple[str, ...]) -> list[tuple[str, int]]:
    """The addresses of a host that may be asked. Raises Refused when one of them is inside: then none is."""
    found = {str(row[4][0]) for row in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)}
    for address in found:
        if not may_ask(address, networks):
            raise Refused("calendar_address", "that address is on the inside; see CC_DIRECTORY__CALENDAR_NETWORKS")
    return [(address, port) for address in sorted(found)]


def may_ask(address: str, networks: tuple[str, ...]) -> bool:
    """Whether a calendar may be fetched from an IP address: public ones, and those of networks that are allowed."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    mapped = getattr(ip, "ipv4_mapped", None) or getattr(ip, "sixtofour", None)
    if any(one in ipaddress.ip_network(network) for one in (ip, mapped) if one for network in networks):
        return True
    return ip.is_global and not ip.is_multicast and (mapped is None or mapped.is_global)


def _read(response: http.client.HTTPResponse, url: str, limits: Limits) -> Fetched | str:
    if response.status in _MOVED:
        return urljoin(url, response.getheader("Location", ""))
    if response.status == http.client.NOT_MODIFIED:
        return Fetched(None)
    if response.status in (401, 403, 404, 410):
        raise Refused("calendar_gone", "the calendar is not there (any more)")
    if response.status != http.client.OK:
        raise Unavailable("calendar_unreachable", "the calendar's server answers with an error")
    data = bytearray()
    while chunk := response.read1(CHUNK):
        data += chunk
        if len(data) > limits.size:
            raise Refused("calendar_too_large", "the calendar is too large")
    if response.length:  # of a part nobody can say what is missing
        raise http.client.IncompleteRead(b"", response.length)
    return Fetched(bytes(data), response.getheader("ETag", "")[:300], response.getheader("Last-Modified", "")[:100])


def _left(until: float) -> float:
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left
