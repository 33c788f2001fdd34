"""Links that carry their own permission: signed, for one thing, until a time. Nothing personal stands in them.

Two uses: `file` leads a case system to one file of a hand-off, `receipt` leads a person who got a hand-off by mail to
the page where they say what became of it.
"""

import base64
import binascii
import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from contactcenter.errors import NotFound, Refused

_MARK = 16
"""Bytes of the HMAC that stand in the link: 128 bits."""


class LinkUse(StrEnum):
    FILE = "file"
    RECEIPT = "receipt"


@dataclass(frozen=True, slots=True)
class Link:
    """What a link permits. `file_id` is 0 for a receipt."""

    use: LinkUse
    delivery_id: int
    file_id: int
    expires: int
    """Seconds since 1970."""


def sign(secret: bytes, use: LinkUse, delivery_id: int, expires: datetime, file_id: int = 0) -> str:
    """The token that stands in the link."""
    body = f"{use.value}.{delivery_id}.{file_id}.{int(expires.timestamp())}".encode()
    return base64.urlsafe_b64encode(_mark(secret, body) + body).rstrip(b"=").decode()


def verify(secret: bytes, use: LinkUse, token: str, now: datetime) -> Link:
    """What `token` permits. Raises NotFound for one that is not ours, Refused (`link_expired`) for an old one."""
    link = _opened(secret, token)
    if link.use is not use:
        raise NotFound("no_such_link")
    if now.timestamp() > link.expires:
        raise Refused("link_expired", "this link is no longer valid")
    return link


def file_url(secret: bytes, public_url: str, delivery_id: int, file_id: int, now: datetime, hours: int) -> str:
    """The address under which a case system fetches one file of a delivery during `hours`."""
    token = sign(secret, LinkUse.FILE, delivery_id, now + timedelta(hours=hours), file_id)
    return f"{public_url.rstrip('/')}/handoff/files/{token}"


def receipt_url(secret: bytes, public_url: str, delivery_id: int, now: datetime, days: int) -> str:
    """The address of the page where the receiver of a mailed hand-off says what became of it."""
    token = sign(secret, LinkUse.RECEIPT, delivery_id, now + timedelta(days=days))
    return f"{public_url.rstrip('/')}/handoff/receipt/{token}"


def _mark(secret: bytes, body: bytes) -> bytes:
    return hmac.new(secret, b"handoff-link:" + body, hashlib.sha256).digest()[:_MARK]


def _opened(secret: bytes, token: str) -> Link:
    try:
        raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise NotFound("no_such_link") from error
    mark, body = raw[:_MARK], raw[_MARK:]
    if not hmac.compare_digest(mark, _mark(secret, body)):
        raise NotFound("no_such_link")
    use, delivery_id, file_id, expires = body.decode().split(".")
    return Link(LinkUse(use), int(delivery_id), int(file_id), int(expires))
