"""Macros in SPF records (RFC 7208 7)."""

import ipaddress
import re
from urllib.parse import quote

_MACRO = re.compile(r"%(?:([%_-])|\{([slodiphcrtv])(\d{1,3})?(r)?([.\-+,/_=]*)\}|(.?))", re.IGNORECASE)
_PLAIN = {"%": "%", "_": " ", "-": "%20"}
LONGEST_NAME = 253


def expanded(
    text: str, sender: str, domain: str, address: ipaddress.IPv4Address | ipaddress.IPv6Address, helo: str
) -> str:
    """`text` with its macros filled in. Raises ValueError for one that there is not."""
    local, _, of = sender.rpartition("@")
    values = {
        "s": sender,
        "l": local,
        "o": of,
        "d": domain,
        "i": _dotted(address),
        "p": "unknown",  # its use is discouraged (RFC 7208 7.2): never asked for
        "v": "in-addr" if address.version == 4 else "ip6",
        "h": helo,
    }

    def one(found: re.Match[str]) -> str:
        if found[1]:
            return _PLAIN[found[1]]
        letter = found[2]
        if not letter or letter.lower() not in values or found[3] == "0":
            raise ValueError("no such macro")
        made = _turned(values[letter.lower()], found[3], found[4], found[5])
        return quote(made, safe="") if letter.isupper() else made

    return _MACRO.sub(one, text)


def _turned(value: str, keep: str | None, turn: str | None, signs: str) -> str:
    parts = re.split(f"[{re.escape(signs or '.')}]", value)
    if turn:
        parts.reverse()
    if keep:
        parts = parts[-int(keep) :]
    return ".".join(parts)


def _dotted(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> str:
    if address.version == 4:
        return str(address)
    return ".".join(address.exploded.replace(":", ""))


def short(name: str) -> str:
    """A name no longer than names may be: labels are left out from the left (RFC 7208 7.3)."""
    while len(name) > LONGEST_NAME and "." in name:
        name = name.partition(".")[2]
    return name
