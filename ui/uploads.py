"""Files that wait to be sent. The id that the browser gets is a signed description: nobody can name another's file."""

import base64
import hashlib
import hmac
from dataclasses import asdict
from datetime import datetime, timedelta

import msgspec

from contactcenter.errors import Refused
from contactcenter.ports import StoredFile

VALID = timedelta(days=2)
"""As long as a draft may reasonably lie."""


def handle(file: StoredFile, user_id: int, secret: bytes, now: datetime) -> str:
    """An id by which this user, and nobody else, can attach `file` for two days."""
    body = msgspec.json.encode([user_id, int((now + VALID).timestamp()), asdict(file)])
    return base64.urlsafe_b64encode(_mark(body, secret) + body).decode()


def opened(handle: str, user_id: int, secret: bytes, now: datetime) -> StoredFile:
    """The file behind an id. Raises Refused when it is not ours, not this user's, or too old."""
    try:
        raw = base64.urlsafe_b64decode(handle.encode("ascii"))
    except ValueError as error:
        raise Refused("upload", "attach the file again") from error
    mark, body = raw[:32], raw[32:]
    if not hmac.compare_digest(mark, _mark(body, secret)):
        raise Refused("upload", "attach the file again")
    owner, expires, file = msgspec.json.decode(body, type=tuple[int, int, StoredFile])
    if owner != user_id or now.timestamp() > expires:
        raise Refused("upload", "attach the file again")
    return file


def _mark(body: bytes, secret: bytes) -> bytes:
    return hmac.new(secret, b"upload:" + body, hashlib.sha256).digest()
