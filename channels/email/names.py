"""Names of files: harmless, and otherwise as they were given."""

import re

from contactcenter.columns import clean

LONGEST = 200
_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\u2028\u2029]")
"""Controls, and the marks that turn the direction of writing (they make `exe.gpj` of `jpg.exe`)."""
_EXTENSIONS = {
    "text/calendar": "ics", "text/plain": "txt", "text/html": "html", "application/pdf": "pdf", "text/csv": "csv",
    "message/delivery-status": "txt", "message/rfc822": "eml", "text/rfc822-headers": "txt", "image/jpeg": "jpg",
    "application/octet-stream": "bin", "application/pgp-signature": "asc", "application/pgp-encrypted": "asc",
    "application/pkcs7-signature": "p7s", "application/pkcs7-mime": "p7m", "application/ms-tnef": "dat",
    "text/vcard": "vcf", "text/x-vcard": "vcf", "application/msword": "doc", "text/rtf": "rtf",
    "application/rtf": "rtf",
}  # fmt: skip


def harmless(name: str) -> str:
    """Without folders, controls and what hides the true ending. Empty when nothing is left."""
    kept = re.sub(r" {2,}", " ", _UNSEEN.sub("", re.sub(r"[\r\n\t]+", " ", clean(name))))
    last = re.split(r"[/\\]", kept.rstrip("/\\ "))[-1].strip().rstrip(". ")
    if len(last) > LONGEST:
        stem, dot, ending = last.rpartition(".")
        last = stem[: LONGEST - 1 - len(ending)] + dot + ending if dot and len(ending) < 12 else last[:LONGEST]
    return last if last not in (".", "..") else ""


def invented(kind: str, position: int) -> str:
    """A name for a part that has none; `position` counts from one."""
    return f"bilaga-{position}.{_EXTENSIONS.get(kind) or ending(kind)}"


def ending(kind: str) -> str:
    return re.sub(r"[^a-z0-9]", "", kind.rpartition("/")[2].removeprefix("x-"))[:10] or "bin"
