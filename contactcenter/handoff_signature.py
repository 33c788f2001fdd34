"""The signature on web hooks, both ways: HMAC-SHA256 over `<time>.<body>`, with the time beside it.

`X-KC-Signature: t=1793437200,v1=5257a8…`. The time is part of what is signed, so an old message cannot be sent again
with a new time; whoever verifies refuses times too far from their own clock. Several `v1` may stand there while a
secret is being changed: one that fits is enough.
"""

import hashlib
import hmac
from collections.abc import Iterable
from datetime import datetime

from contactcenter.errors import Refused

HEADER = "X-KC-Signature"
WINDOW_SECONDS = 300
"""How far the time of a message may be from our clock, either way."""


def sign(secret: bytes, body: bytes, now: datetime) -> str:
    """The header's value for `body` sent at `now`."""
    stamp = int(now.timestamp())
    return f"t={stamp},v1={_digest(secret, stamp, body)}"


def verify(secrets: Iterable[bytes], header: str, body: bytes, now: datetime) -> None:
    """Raises Refused (`signature`, `signature_too_old`) unless one of `secrets` made `header` for `body` just now."""
    stamp, given = _parts(header)
    fits = [hmac.compare_digest(_digest(secret, stamp, body), one) for secret in secrets for one in given]
    if not any(fits):
        raise Refused("signature", "the signature is not right")
    if abs(now.timestamp() - stamp) > WINDOW_SECONDS:
        raise Refused("signature_too_old", "the signature's time is too far from ours")


def _digest(secret: bytes, stamp: int, body: bytes) -> str:
    return hmac.new(secret, b"%d." % stamp + body, hashlib.sha256).hexdigest()


def _parts(header: str) -> tuple[int, list[str]]:
    stamp, given = "", []
    for part in header.split(",")[:10]:
        name, _, value = part.strip().partition("=")
        if name == "t":
            stamp = value
        elif name == "v1" and value.isascii():
            given.append(value.lower())
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) < 13 and given):
        raise Refused("signature", "the signature is missing or malformed")
    return int(stamp), given
