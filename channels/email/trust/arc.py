"""ARC (RFC 8617): what hosts that passed a mail on say that they saw, each under seal."""

from dataclasses import dataclass

from channels.email.trust import canonical, dkim
from channels.email.trust.canonical import Field
from channels.email.trust.dkim import Bodies, Lookup, Wrong

MOST_SETS = 50
"""RFC 8617 4.2.1."""
MOST_CHECKED = 10
"""Longer chains are not followed: each seal is a question to the DNS."""
_RESULTS, _MESSAGE, _SEAL = b"arc-authentication-results", b"arc-message-signature", b"arc-seal"


@dataclass(frozen=True, slots=True)
class Chain:
    """What became of the chain."""

    result: str = "none"
    """`none`, `pass` or `fail`."""
    sealers: tuple[str, ...] = ()
    """Domains of those who sealed, first to last."""
    said: tuple[str, ...] = ()
    """What each says that it found: the value of its ARC-Authentication-Results."""


async def verify(raw: bytes, lookup: Lookup, known: Bodies | None = None) -> Chain:
    """Follow the chain (RFC 8617 5.2). Never raises. `known`: as for `dkim.verify`."""
    fields, _ = canonical.apart(raw)
    known = dkim.bodies(raw) if known is None else known
    try:
        sets = _sets(fields)
        if not sets:
            return Chain()
        await _message_holds(fields, sets[-1], known, lookup)
        for last in range(len(sets), 0, -1):
            await _seal_holds(fields, sets[:last], lookup)
    except Wrong:
        return Chain("fail")
    seals = [dkim.read(fields[one[_SEAL]][1], "i a b d s cv") for one in sets]
    said = tuple(fields[one[_RESULTS]][1].decode("utf-8", "replace").partition(";")[2] for one in sets)
    return Chain("pass", tuple(one["d"].lower() for one in seals), said)


def _sets(fields: list[Field]) -> list[dict[bytes, int]]:
    """Where the three fields of each instance stand, in order. Raises Wrong when one is missing or comes twice."""
    found: dict[int, dict[bytes, int]] = {}
    for at, (name, value) in enumerate(fields):
        kind = name.strip().lower()
        if kind not in (_RESULTS, _MESSAGE, _SEAL):
            continue
        own = found.setdefault(_instance(value), {})
        if kind in own:
            raise Wrong(dkim.Result.FAIL, "twice")
        own[kind] = at
    if len(found) > MOST_CHECKED or sorted(found) != list(range(1, len(found) + 1)):
        raise Wrong(dkim.Result.FAIL, "gap")
    if any(len(one) != 3 for one in found.values()):
        raise Wrong(dkim.Result.FAIL, "missing")
    return [found[number] for number in sorted(found)]


def _instance(value: bytes) -> int:
    """The number of the set that a field belongs to."""
    for one in value.decode("utf-8", "replace").split(";")[:60]:
        name, _, number = one.partition("=")
        if name.strip().lower() == "i" and number.strip().isdigit() and len(number.strip()) < 3:
            return int(number)
    raise Wrong(dkim.Result.FAIL, "no_instance")


async def _message_holds(fields: list[Field], last: dict[bytes, int], known: Bodies, lookup: Lookup) -> None:
    """The newest signature over the mail; older ones may be broken by changes on the way."""
    found = dkim.read(fields[last[_MESSAGE]][1], "i a b bh d h s")
    if _SEAL.decode() in dkim.signed_names(found):
        raise Wrong(dkim.Result.FAIL, "signs_a_seal")
    dkim.check_body(found, known)
    await dkim.check_fields(found, fields, last[_MESSAGE], lookup)


async def _seal_holds(fields: list[Field], sets: list[dict[bytes, int]], lookup: Lookup) -> None:
    """The seal of the last of `sets`, over all of them (RFC 8617 5.1.1)."""
    last = sets[-1][_SEAL]
    found = dkim.read(fields[last][1], "i a b d s cv")
    if "h" in found or found["cv"].lower() != ("none" if len(sets) == 1 else "pass"):
        raise Wrong(dkim.Result.FAIL, "chain_said_to_be_broken")
    signed: list[bytes] = []
    for one in sets:
        for kind in (_RESULTS, _MESSAGE, _SEAL):
            name, value = fields[one[kind]]
            bare = dkim.without_signature(value) if one[kind] == last else value
            signed.append(canonical.field(name, bare, relaxed=True))
    await dkim.check_signature(found, b"".join(signed).removesuffix(b"\r\n"), lookup)
