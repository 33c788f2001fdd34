"""Case numbers that only we could have written: a short HMAC beside the number.

A citizen's reply carries the token back in the subject or the plus-address. A stranger who merely quotes a
case number has no token, so does not get into the case. 40 bits, case-insensitive base32; guessing is further
limited by the mail door's rates.
"""

import base64
import hashlib
import hmac
import re

from contactcenter.errors import Misconfigured

LENGTH = 8
NUMBER = re.compile(r"\bKC[- ]?(\d{4})[- ]?(\d{6,9})\b", re.IGNORECASE)
_SIGNED = re.compile(r"\bKC-(\d{4})-(\d{6,9})-([A-Z2-7]{8})(?![A-Z0-9])", re.IGNORECASE)

_secret = b""


def use_secret(secret: bytes) -> None:
    """Set the installation's secret (32 bytes or more). Call once at start."""
    global _secret
    if len(secret) < 16:
        raise Misconfigured("secret", "the secret is shorter than 16 bytes")
    _secret = secret


def sign(number: str) -> str:
    """The token of a case number, eight letters."""
    return base64.b32encode(keyed(b"case:" + number.upper().encode()))[:LENGTH].decode()


def keyed(what: bytes) -> bytes:
    """HMAC-SHA256 of `what` with the installation's secret: begin `what` with what it is for."""
    if not _secret:
        raise Misconfigured("secret", "tokens.use_secret was not called")
    return hmac.new(_secret, what, hashlib.sha256).digest()


def subject_token(number: str) -> str:
    """What stands in the subject of our mails: `[KC-2026-000123-ABCDEFGH]`."""
    return f"[{number}-{sign(number)}]"


def plus_address(mailbox: str, number: str) -> str:
    """`bygg@solvik.example` -> `bygg+kc-2026-000123-abcdefgh@solvik.example`."""
    local, _, domain = mailbox.partition("@")
    return f"{local}+{number.lower()}-{sign(number).lower()}@{domain}"


def verified(text: str) -> list[str]:
    """The case numbers in `text` whose token is right, in order, each once."""
    found: dict[str, None] = {}
    for year, serial, token in _SIGNED.findall(text):
        number = f"KC-{year}-{serial}"
        if hmac.compare_digest(sign(number), token.upper()):
            found[number] = None
    return list(found)


def mentioned(text: str) -> list[str]:
    """The case numbers that `text` mentions, proven or not, in order, each once."""
    return list(dict.fromkeys(f"KC-{year}-{serial}" for year, serial in NUMBER.findall(text)))
