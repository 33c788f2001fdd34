"""SPF (RFC 7208): whether a host may send for a domain."""

import ipaddress
import re
from dataclasses import dataclass
from enum import StrEnum

from channels.email.trust import macros
from channels.email.trust.names import Names, NoAnswer

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
MOST_QUESTIONS = 10
"""Terms that ask the DNS (RFC 7208 4.6.4)."""
MOST_VOID = 2
"""Questions of them that may find nothing."""
MOST_NAMES = 10
"""Hosts of one `mx`, and names of one `ptr`."""
_TERM = re.compile(r"([+?~-]?)([A-Za-z][A-Za-z0-9_.-]*)(?:([:=/])(.*))?")
_SIGNS = {"": "pass", "+": "pass", "-": "fail", "~": "softfail", "?": "neutral"}
_MASKS = re.compile(r"(.*?)(?:/(\d{1,3}))?(?://(\d{1,3}))?")
_MECHANISMS = ("all", "include", "a", "mx", "ptr", "ip4", "ip6", "exists")


class Result(StrEnum):
    """RFC 7208 2.6."""

    NONE = "none"
    NEUTRAL = "neutral"
    PASS = "pass"  # noqa: S105
    FAIL = "fail"
    SOFTFAIL = "softfail"
    TEMPERROR = "temperror"
    PERMERROR = "permerror"


class _Permanent(Exception):
    """The record cannot be followed."""


@dataclass(slots=True)
class _Check:
    """One evaluation, with what it may still ask."""

    names: Names
    address: Address
    sender: str
    helo: str
    questions: int = MOST_QUESTIONS
    void: int = MOST_VOID

    def question(self) -> None:
        self.questions -= 1
        if self.questions < 0:
            raise _Permanent("too many questions")

    def found(self, records: tuple[str, ...]) -> tuple[str, ...]:
        """Count an answer without records."""
        self.void -= not records
        if self.void < 0:
            raise _Permanent("too many questions without an answer")
        return records

    async def at(self, name: str) -> tuple[str, ...]:
        return self.found(await self.names.addresses(name, v6=self.address.version == 6))


async def check(address: str, sender: str, helo: str, names: Names) -> tuple[Result, str]:
    """Whether `address` may send mail from `sender`, and the domain asked. Never raises.

    `sender` is the envelope's; when it is empty the HELO name counts.
    """
    domain = sender.rpartition("@")[2] or helo
    mailbox = sender if "@" in sender else f"postmaster@{domain}"
    domain = domain.lower().rstrip(".")
    try:
        peer: Address = ipaddress.ip_address(address)
    except ValueError:
        return Result.NONE, domain
    if isinstance(peer, ipaddress.IPv6Address) and peer.ipv4_mapped:
        peer = peer.ipv4_mapped
    if "." not in domain or len(domain) > 253:
        return Result.NONE, domain
    try:
        return Result(await _host(_Check(names, peer, mailbox, helo), domain)), domain
    except NoAnswer:
        return Result.TEMPERROR, domain
    except _Permanent:
        return Result.PERMERROR, domain


async def _host(check: _Check, domain: str) -> str:
    """check_host() of RFC 7208 4."""
    records = [one for one in await check.names.txt(domain) if one.lower() == "v=spf1" or one[:7].lower() == "v=spf1 "]
    if not records:
        return "none"
    if len(records) > 1:
        raise _Permanent("several records")
    directives, redirect = _terms(records[0])
    for sign, name, value in directives:
        if await _matches(check, domain, name, value):
            return _SIGNS[sign]
    if not redirect:
        return "neutral"
    check.question()
    result = await _host(check, _expanded(check, redirect, domain))
    if result == "none":
        raise _Permanent("redirected to nothing")
    return result


def _terms(record: str) -> tuple[list[tuple[str, str, str]], str]:
    """Mechanisms (sign, name, value with its first sign) and the redirection. Raises _Permanent for any fault."""
    directives: list[tuple[str, str, str]] = []
    modifiers: dict[str, str] = {}
    for term in record.split(" ")[1:]:
        if not term:
            continue
        one = _TERM.fullmatch(term)
        if one is None:
            raise _Permanent("syntax")
        sign, name, how, value = one[1], one[2].lower(), one[3] or "", one[4] or ""
        if how == "=" and not sign:
            if name in modifiers and name in ("redirect", "exp"):
                raise _Permanent("twice")
            modifiers[name] = value
        elif name in _MECHANISMS and how != "=":
            directives.append((sign, name, how + value))
        else:
            raise _Permanent("syntax")
    if "redirect" in modifiers and not modifiers["redirect"]:
        raise _Permanent("syntax")
    return directives, modifiers.get("redirect", "")


async def _matches(check: _Check, domain: str, name: str, value: str) -> bool:
    if name == "all":
        if value:
            raise _Permanent("syntax")
        return True
    if name in ("ip4", "ip6"):
        return _within(check.address, value, 4 if name == "ip4" else 6)
    check.question()
    if name in ("include", "exists"):
        if not value.startswith(":") or len(value) == 1:
            raise _Permanent("syntax")
        target = _expanded(check, value[1:], domain)
        if name == "exists":
            return bool(check.found(await check.names.addresses(target, v6=False)))
        return await _included(check, target)
    return await _by_name(check, domain, name, value)


async def _included(check: _Check, target: str) -> bool:
    result = await _host(check, target)
    if result == "none":
        raise _Permanent("included nothing")
    return result == "pass"


async def _by_name(check: _Check, domain: str, name: str, value: str) -> bool:
    """`a`, `mx` and `ptr`."""
    masks = _MASKS.fullmatch(value) if name != "ptr" else re.fullmatch("(.*)()()", value)
    assert masks is not None  # noqa: S101 (both match anything)
    named = masks[1]
    if named and not (named.startswith(":") and len(named) > 1):
        raise _Permanent("syntax")
    target = _expanded(check, named[1:], domain) if named else domain
    if name == "ptr":
        return await _pointed(check, target)
    hosts: tuple[str, ...] = (target,)
    if name == "mx":
        hosts = check.found(await check.names.exchangers(target))
        if len(hosts) > MOST_NAMES:
            raise _Permanent("too many exchangers")
    mask = _mask(masks[2], 32) if check.address.version == 4 else _mask(masks[3], 128)
    for host in hosts:
        found = await (check.at(host) if name == "a" else check.names.addresses(host, v6=check.address.version == 6))
        if any(check.address in ipaddress.ip_network(f"{one}/{mask}", strict=False) for one in found):
            return True
    return False


async def _pointed(check: _Check, target: str) -> bool:
    try:
        names = await check.names.pointers(str(check.address))
    except NoAnswer:
        return False  # RFC 7208 5.5
    for name in names[:MOST_NAMES]:
        lower = name.lower()
        if lower == target or lower.endswith(f".{target}"):
            found = await check.names.addresses(name, v6=check.address.version == 6)
            if any(ipaddress.ip_address(one) == check.address for one in found):
                return True
    return False


def _mask(value: str | None, most: int) -> int:
    if value is None:
        return most
    if int(value) > most:
        raise _Permanent("mask")
    return int(value)


def _within(address: Address, value: str, version: int) -> bool:
    try:
        network = ipaddress.ip_network(value.removeprefix(":"), strict=False)
    except ValueError as error:
        raise _Permanent("network") from error
    if network.version != version or not value.startswith(":"):
        raise _Permanent("network")
    return address.version == version and address in network


def _expanded(check: _Check, text: str, domain: str) -> str:
    try:
        made = macros.expanded(text, check.sender, domain, check.address, check.helo)
    except ValueError as error:
        raise _Permanent("macro") from error
    return macros.short(made).lower().rstrip(".")
