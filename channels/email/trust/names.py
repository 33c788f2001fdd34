"""Questions to the DNS, with limits: the only door to dnspython.

An answer is kept as long as its TTL says, within bounds; a question takes at most some seconds, and no more than
`AT_ONCE` are under way.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import dns.asyncresolver
import dns.exception
import dns.name
import dns.resolver
import dns.reversename

MOST_KEPT = 5_000
LONGEST_KEPT = 3600.0
SHORTEST_KEPT = 5.0
NOTHING_KEPT = 300.0
"""Seconds for which a name without such records is remembered."""
AT_ONCE = 20


class NoAnswer(Exception):
    """The DNS could not be asked just now: says nothing about the name."""


class Names:
    """A resolver. `server` is `address` or `address:port`; empty: the system's."""

    def __init__(self, server: str = "", seconds: float = 3.0, clock: Callable[[], float] = time.monotonic) -> None:
        self._server, self._seconds, self._clock = server, seconds, clock
        self._kept: OrderedDict[tuple[str, str], tuple[float, tuple[str, ...]]] = OrderedDict()
        self._room = asyncio.Semaphore(AT_ONCE)
        self._resolver: dns.asyncresolver.Resolver | None = None

    async def txt(self, name: str) -> tuple[str, ...]:
        """TXT records, the strings of each joined (RFC 7208 3.3). Raises NoAnswer."""
        return await self._records(name, "TXT")

    async def addresses(self, name: str, *, v6: bool) -> tuple[str, ...]:
        """A or AAAA records. Raises NoAnswer."""
        return await self._records(name, "AAAA" if v6 else "A")

    async def exchangers(self, name: str) -> tuple[str, ...]:
        """Hosts of the MX records, without a last dot. Raises NoAnswer."""
        return await self._records(name, "MX")

    async def pointers(self, address: str) -> tuple[str, ...]:
        """Names of an IP address. Raises NoAnswer."""
        return await self._records(dns.reversename.from_address(address).to_text(), "PTR")

    async def _records(self, name: str, kind: str) -> tuple[str, ...]:
        key = (name.lower().rstrip("."), kind)
        known = self._kept.get(key)
        if known is not None and known[0] > self._clock():
            self._kept.move_to_end(key)
            return known[1]
        seconds, found = await self._asked(key[0], kind)
        self._kept[key] = (self._clock() + min(LONGEST_KEPT, max(SHORTEST_KEPT, seconds)), found)
        while len(self._kept) > MOST_KEPT:
            self._kept.popitem(last=False)
        return found

    async def _asked(self, name: str, kind: str) -> tuple[float, tuple[str, ...]]:
        async with self._room:
            try:
                answer = await self._ready().resolve(f"{name}.", kind, search=False, lifetime=self._seconds)
            except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer, dns.resolver.YXDOMAIN):
                return NOTHING_KEPT, ()
            except (dns.name.LabelTooLong, dns.name.NameTooLong, dns.name.EmptyLabel, dns.name.BadEscape, UnicodeError):
                return NOTHING_KEPT, ()  # no such name is possible
            except (dns.exception.DNSException, OSError, TimeoutError) as error:
                raise NoAnswer(kind) from error
        if answer.rrset is None:
            return NOTHING_KEPT, ()
        return float(answer.rrset.ttl), tuple(_written(one, kind) for one in answer.rrset)

    def _ready(self) -> dns.asyncresolver.Resolver:
        if self._resolver is None:
            try:
                self._resolver = dns.asyncresolver.Resolver(configure=not self._server)
            except dns.exception.DNSException as error:  # a system without a resolver
                raise NoAnswer("resolver") from error
            if self._server:
                host, port = _place(self._server)
                self._resolver.nameservers, self._resolver.port = [host], port
        return self._resolver


def _place(server: str) -> tuple[str, int]:
    """Address and port; an IPv6 address with a port stands in brackets."""
    if server.startswith("["):
        host, _, port = server[1:].partition("]")
        return host, int(port.lstrip(":") or 53)
    if server.count(":") == 1:
        host, _, port = server.partition(":")
        return host, int(port)
    return server, 53


def _written(record: Any, kind: str) -> str:
    if kind == "TXT":
        return b"".join(record.strings).decode("utf-8", "replace")
    if kind == "MX":
        return str(record.exchange.to_text(omit_final_dot=True))
    if kind == "PTR":
        return str(record.target.to_text(omit_final_dot=True))
    return str(record.address)
