"""Lists of `name=value;` in signatures and records (RFC 6376 3.2)."""

import re

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
MOST = 60


def read(value: str) -> dict[str, str]:
    """The tags, names in lower case. Raises ValueError when it is no such list, or a name comes twice."""
    found: dict[str, str] = {}
    for one in value.split(";")[:MOST]:
        if not one.strip():
            continue
        name, sign, content = one.partition("=")
        key = name.strip().lower()
        if not sign or not _NAME.fullmatch(key) or key in found:
            raise ValueError("no tag list")
        found[key] = content.strip()
    return found


def joined(value: str) -> str:
    """A value without the gaps that folding left in it."""
    return "".join(value.split())
