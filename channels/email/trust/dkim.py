"""DKIM (RFC 6376, 8301, 8463): whether a domain has signed a mail."""

import base64
import binascii
import hashlib
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, padding, rsa

from channels.email.trust import canonical, tags
from channels.email.trust.canonical import Field
from channels.email.trust.names import NoAnswer

MOST_SIGNATURES = 5
"""Signatures of one mail that are looked at."""
SHORTEST_KEY = 1024
"""Bits of an RSA key (RFC 8301 3.2)."""
CLOCKS_APART = 300
"""Seconds by which a signer's clock may be ahead of ours."""
_B = re.compile(rb"(?<![A-Za-z0-9_])(b[ \t\r\n]*=)[^;]*")
Lookup = Callable[[str], Awaitable[tuple[str, ...]]]
"""TXT records of a name; raises NoAnswer."""
Bodies = dict[str, str]
"""Form and length of the body -> its digest: see `bodies`."""


class Result(StrEnum):
    """As in RFC 8601 2.7.1."""

    NONE = "none"
    PASS = "pass"  # noqa: S105
    FAIL = "fail"
    POLICY = "policy"
    NEUTRAL = "neutral"
    TEMPERROR = "temperror"
    PERMERROR = "permerror"


@dataclass(frozen=True, slots=True)
class Signed:
    """What became of one signature."""

    result: Result
    domain: str = ""
    selector: str = ""
    why: str = ""


class Wrong(Exception):
    """The signature does not hold; `result` says in which way."""

    def __init__(self, result: Result, why: str) -> None:
        super().__init__(why)
        self.result, self.why = result, why


async def verify(raw: bytes, lookup: Lookup, now: float, known: Bodies | None = None) -> list[Signed]:
    """Every signature of the mail, at most `MOST_SIGNATURES`. `now` is in seconds since 1970. Never raises.

    `known`: what `bodies` found; then `raw` need hold no more than the header.
    """
    fields, _ = canonical.apart(raw)
    known = bodies(raw) if known is None else known
    found = [at for at, (name, _) in enumerate(fields) if name.strip().lower() == b"dkim-signature"]
    return [await _one(fields, at, known, lookup, now) for at in found[:MOST_SIGNATURES]]


def bodies(raw: bytes) -> Bodies:
    """The digests of the body that the mail's signatures ask for. It goes through the whole mail: slow for a large one,
    so it is done where mails are read."""
    if b"-signature" not in raw[: 1 << 20].lower():
        return {}
    fields, body = canonical.apart(raw)
    made: Bodies = {}
    for name, value in fields:
        if name.strip().lower() not in (b"dkim-signature", b"arc-message-signature") or len(made) >= MOST_SIGNATURES:
            continue
        try:
            found = read(value, "c" if b"c=" in value else "bh")
            made.setdefault(_body_key(found), _digest(found, body))
        except Wrong:
            continue
    return made


def _body_key(found: dict[str, str]) -> str:
    return f"{'relaxed' if _forms(found)[1] else 'simple'}:{found.get('l', '')}"


def _digest(found: dict[str, str], body: bytes) -> str:
    """The digest in base64, or `!` and why there is none.

    A mail that is only signed in part (`l=`) passes only when nothing has been put behind it: what
    stands there could be anybody's (RFC 6376 8.2).
    """
    content = canonical.body(body, relaxed=_forms(found)[1])
    if "l" in found:
        length = int(_number(found, "l", -1))
        if not 0 <= length <= len(content):
            return "!length"
        if content[length:].strip():
            return "!signed_in_part"
        content = content[:length]
    return base64.b64encode(hashlib.sha256(content).digest()).decode()


async def _one(fields: list[Field], at: int, known: Bodies, lookup: Lookup, now: float) -> Signed:
    domain = selector = ""
    try:
        found = read(fields[at][1])
        domain, selector = found["d"].lower().rstrip("."), found["s"]
        _in_order(found, now)
        check_body(found, known)
        await check_fields(found, fields, at, lookup)
    except Wrong as wrong:
        return Signed(wrong.result, domain, selector, wrong.why)
    return Signed(Result.PASS, domain, selector)


def read(value: bytes, needed: str = "v a b bh d h s") -> dict[str, str]:
    """The tags of a signature. Raises Wrong."""
    try:
        found = tags.read(value.decode("utf-8"))
    except ValueError as error:
        raise Wrong(Result.PERMERROR, "unreadable") from error
    if missing := [name for name in needed.split() if not found.get(name)]:
        raise Wrong(Result.PERMERROR, f"no_{missing[0]}")
    return found


def _in_order(found: dict[str, str], now: float) -> None:
    domain = found["d"].lower().rstrip(".")
    identity = found.get("i", f"@{domain}").rpartition("@")[2].lower().rstrip(".")
    if found["v"] != "1" or not _below(identity, domain):
        raise Wrong(Result.PERMERROR, "unreadable")
    if "from" not in signed_names(found):
        raise Wrong(Result.PERMERROR, "from_not_signed")
    if _number(found, "x", now) < now:
        raise Wrong(Result.FAIL, "expired")
    if _number(found, "t", now) > now + CLOCKS_APART:
        raise Wrong(Result.FAIL, "from_the_future")


def _below(name: str, domain: str) -> bool:
    return name == domain or name.endswith(f".{domain}")


def _number(found: dict[str, str], name: str, default: float) -> float:
    value = found.get(name, "")
    return float(value[:15]) if value.isascii() and value.isdigit() else default


def signed_names(found: dict[str, str]) -> list[str]:
    return [tags.joined(one).lower() for one in found["h"].split(":")]


def _forms(found: dict[str, str]) -> tuple[bool, bool]:
    """Whether header and body are in the relaxed form."""
    head, _, body = found.get("c", "simple/simple").lower().partition("/")
    if head not in ("simple", "relaxed") or body not in ("", "simple", "relaxed"):
        raise Wrong(Result.PERMERROR, "unknown_form")
    return head == "relaxed", body == "relaxed"


def check_body(found: dict[str, str], known: Bodies) -> None:
    """Raises Wrong when the body is not the one that was signed."""
    _algorithm(found)
    digest = known.get(_body_key(found), "!unknown")
    if digest == "!signed_in_part":
        raise Wrong(Result.POLICY, "signed_in_part")
    if digest.startswith("!"):
        raise Wrong(Result.PERMERROR, digest[1:])
    if digest != tags.joined(found["bh"]):
        raise Wrong(Result.FAIL, "body_changed")


async def check_fields(found: dict[str, str], fields: list[Field], at: int, lookup: Lookup) -> None:
    """Raises Wrong when the fields are not those that were signed, or the key is not to be had."""
    signed = chosen(fields, signed_names(found), _forms(found)[0])
    name, value = fields[at]
    own = canonical.field(name, without_signature(value), relaxed=_forms(found)[0]).removesuffix(b"\r\n")
    await check_signature(found, signed + own, lookup)


def without_signature(value: bytes) -> bytes:
    """A signature field as it is signed: with nothing in `b=` (RFC 6376 3.7)."""
    return _B.sub(rb"\1", value, count=1)


def chosen(fields: list[Field], names: list[str], relaxed: bool) -> bytes:
    """Fields as they are signed: of several with one name the last ones first (RFC 6376 5.4.2)."""
    left: dict[bytes, list[Field]] = {}
    for name, value in fields:
        left.setdefault(name.strip().lower(), []).append((name, value))
    made: list[bytes] = []
    for one in names:
        same = left.get(one.encode("utf-8", "replace"))
        if same:
            made.append(canonical.field(*same.pop(), relaxed=relaxed))
    return b"".join(made)


async def check_signature(found: dict[str, str], signed: bytes, lookup: Lookup) -> None:
    """Raises Wrong unless `signed` bears the signature of the key that the domain publishes."""
    algorithm = _algorithm(found)
    try:
        records = await lookup(f"{found['s']}._domainkey.{found['d'].rstrip('.')}")
    except NoAnswer as error:
        raise Wrong(Result.TEMPERROR, "no_answer") from error
    keys = [record for record in records if "p=" in record.replace(" ", "")]
    if not keys:
        raise Wrong(Result.PERMERROR, "no_key")
    _holds(_key(keys[0], algorithm, found), _bytes(found["b"]), signed)


def _algorithm(found: dict[str, str]) -> str:
    """RSA or Ed25519. SHA-1 proves nothing any more (RFC 8301 3.1)."""
    kind, _, digest = found["a"].lower().partition("-")
    if kind not in ("rsa", "ed25519") or digest != "sha256":
        raise Wrong(Result.PERMERROR, "unknown_algorithm")
    return kind


def _key(record: str, algorithm: str, signature: dict[str, str]) -> rsa.RSAPublicKey | ed25519.Ed25519PublicKey:
    try:
        found = tags.read(record)
    except ValueError as error:
        raise Wrong(Result.PERMERROR, "key_unreadable") from error
    flags = [one.strip() for one in found.get("t", "").split(":")]
    services = [one.strip() for one in found.get("s", "*").split(":")]
    digests = [one.strip() for one in found.get("h", "sha256").split(":")]
    if not found.get("p"):
        raise Wrong(Result.PERMERROR, "key_revoked")
    if found.get("v", "DKIM1") != "DKIM1" or found.get("k", "rsa") != algorithm or "sha256" not in digests:
        raise Wrong(Result.PERMERROR, "key_of_another_kind")
    if not {"*", "email"} & set(services):
        raise Wrong(Result.PERMERROR, "key_for_something_else")
    identity = signature.get("i", "").rpartition("@")[2].lower()
    if "s" in flags and identity and identity != signature["d"].lower():
        raise Wrong(Result.PERMERROR, "key_for_the_very_domain")
    return _public(_bytes(found["p"]), algorithm)


def _public(data: bytes, algorithm: str) -> rsa.RSAPublicKey | ed25519.Ed25519PublicKey:
    try:
        if algorithm == "ed25519":
            return ed25519.Ed25519PublicKey.from_public_bytes(data)
        key = serialization.load_der_public_key(data)
    except Exception as error:
        raise Wrong(Result.PERMERROR, "key_unreadable") from error
    if not isinstance(key, rsa.RSAPublicKey):
        raise Wrong(Result.PERMERROR, "key_of_another_kind")
    if key.key_size < SHORTEST_KEY:
        raise Wrong(Result.POLICY, "key_too_short")
    return key


def _holds(key: rsa.RSAPublicKey | ed25519.Ed25519PublicKey, signature: bytes, signed: bytes) -> None:
    try:
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(signature, signed, padding.PKCS1v15(), hashes.SHA256())
        else:
            key.verify(signature, hashlib.sha256(signed).digest())  # RFC 8463 3
    except InvalidSignature as error:
        raise Wrong(Result.FAIL, "signature") from error


def _bytes(value: str) -> bytes:
    try:
        return base64.b64decode(tags.joined(value), validate=True)
    except (binascii.Error, ValueError) as error:
        raise Wrong(Result.PERMERROR, "unreadable") from error
