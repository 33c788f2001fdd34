"""Authentication-Results (RFC 8601): what the mail server before us found."""

import re
from collections.abc import Iterable

from channels.email.trust.canonical import Field

_TOKENS = re.compile(r'"(?:[^"\\]|\\.)*"|[;=]|[^\s;="()]+|[()]')
_ID = re.compile(r"[\w.:-]{1,255}")
MOST_TOKENS = 2_000
METHODS = ("spf", "dkim", "dmarc", "arc", "compauth")
Found = dict[str, list[dict[str, str]]]
"""Method -> its results: `result`, and properties such as `header.d`, `smtp.mailfrom`, `policy.p`."""


def read(value: str) -> tuple[str, Found]:
    """The authserv-id and what it says; comments are passed over. Never raises."""
    tokens = _tokens(value)
    head: list[str] = []
    while tokens and tokens[0] != ";":
        head.append(tokens.pop(0))
    found: Found = {}
    for part in _parts(tokens):
        if len(part) < 3 or part[1] != "=":
            continue
        method = part[0].lower().partition("/")[0]
        if method in METHODS:
            found.setdefault(method, []).append(_properties(part))
    name = head[0].strip('"').lower() if head else ""
    return (name if _ID.fullmatch(name) else ""), found


def _tokens(value: str) -> list[str]:
    depth, kept = 0, list[str]()
    for one in _TOKENS.findall(value)[:MOST_TOKENS]:
        if one in "()":
            depth = max(0, depth + (1 if one == "(" else -1))
        elif not depth:
            kept.append(one)
    return kept


def _parts(tokens: list[str]) -> Iterable[list[str]]:
    part: list[str] = []
    for one in tokens:
        if one == ";":
            yield part
            part = []
        else:
            part.append(one)
    yield part


def _properties(part: list[str]) -> dict[str, str]:
    made = {"result": part[2].strip('"').lower()}
    for at in range(3, len(part) - 2):
        if part[at + 1] == "=":
            made.setdefault(part[at].lower(), part[at + 2].strip('"').lower())
    return made


def trusted(fields: list[Field], ids: frozenset[str]) -> Found:
    """What the server before us wrote: its fields stand on top, in one block, before anything that came from outside.

    Of each method the first field counts. Fields of other names, and any farther down, may be anybody's.
    """
    found: Found = {}
    begun = False
    for name, value in fields[:100]:
        if name.strip().lower() != b"authentication-results":
            if begun:
                break
            continue
        who, said = read(value.decode("utf-8", "replace"))
        if who not in ids:
            if begun:
                break
            continue
        begun = True
        for method, results in said.items():
            found.setdefault(method, results)
    return found
