"""A raw mail read: pure, and run in a child process with limits (see worker). Every part is kept or named."""

import hashlib
import re
from dataclasses import dataclass, field
from email import policy
from email.message import Message
from email.parser import BytesParser
from typing import Any

from channels.email import automatic, headers, markup, visible
from contactcenter import tokens
from contactcenter.columns import clean

MOST_PARTS = 1_000
MOST_BOUNDARIES = 20_000
DEEPEST = 50
LONGEST_TEXT = 1_000_000
"""Characters of text kept in the contact; the raw original has the rest."""


class TooMuch(Exception):
    """More than anybody means; the code says of what."""


@dataclass(frozen=True, slots=True)
class Attached:
    name: str
    media_type: str
    content: bytes
    role: str
    content_id: str = ""


@dataclass(frozen=True, slots=True)
class Parsed:
    """What a mail says."""

    key: str
    subject: str = ""
    sender: str = ""
    sender_name: str = ""
    reply_to: str = ""
    recipients: tuple[str, ...] = ()
    message_id: str = ""
    references: tuple[str, ...] = ()
    text: str = ""
    html: str = ""
    visible: int = 0
    automatic: bool = False
    bounce: dict[str, Any] | None = None
    attachments: tuple[Attached, ...] = ()
    certain_cases: tuple[str, ...] = ()
    suggested: tuple[str, ...] = ()
    date: str = ""
    blocked: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    """Codes of what was odd: `truncated_text`, `html_withheld`, `too_many_parts`, `no_header`."""


@dataclass(slots=True)
class _Bodies:
    text: list[str] = field(default_factory=list)
    html: list[str] = field(default_factory=list)
    files: list[Attached] = field(default_factory=list)
    notes: set[str] = field(default_factory=set)


def parse(raw: bytes, mail_from: str, recipients: list[str]) -> Parsed:
    """Read one mail. Needs `tokens.use_secret`. May raise on hostile input: the caller files it unread then."""
    if b"boundary" in raw and raw.count(b"\n--") > MOST_BOUNDARIES:
        raise TooMuch("too_many_parts")  # the library takes seconds for what nobody means
    message = BytesParser(policy=policy.compat32).parsebytes(raw)
    bodies = _Bodies()
    _walk(message, bodies, 0)
    html = "\n".join(bodies.html)
    safe = markup.safe(html) if html else ""
    text = "\n\n".join(part for part in bodies.text if part.strip()) or (
        markup.text_of(safe) if safe else markup.as_text(html)
    )
    if html and not safe:
        bodies.notes.add("html_withheld")
    if len(text) > LONGEST_TEXT:
        bodies.notes.add("truncated_text")
        text = text[:LONGEST_TEXT]
    text = clean(text.replace("\r\n", "\n").replace("\r", "\n")).strip("\n")
    if not any(headers.raw(message, "From", "To", "Subject", "Date", "Message-ID")):
        bodies.notes.add("no_header")
    found = automatic.bounce(message, mail_from)
    addressed = [address for _, address in headers.addresses(message, "To", "Cc", "Delivered-To", "X-Original-To")]
    places = " ".join([*addressed, *recipients])
    subject = clean(headers.text(message, "Subject"))
    name, sender = _sender(message)
    message_id = next(iter(headers.message_ids(message, "Message-ID")), "")
    return Parsed(
        key=_key(raw, message_id),
        subject=subject,
        sender=clean(sender),
        sender_name=clean(name),
        reply_to=next((address for _, address in headers.addresses(message, "Reply-To")), ""),
        recipients=tuple(dict.fromkeys(clean(one) for one in addressed)),
        message_id=clean(message_id),
        references=_references(message, found),
        text=text,
        html=clean(safe),
        visible=visible.length(text),
        automatic=found is not None or automatic.is_automatic(message, mail_from),
        bounce=_bounce(found),
        attachments=tuple(bodies.files),
        certain_cases=tuple(tokens.verified(f"{subject} {places}")),
        suggested=tuple(tokens.mentioned(f"{subject}\n{text[:20_000]}")[:5]),
        date=moment.isoformat() if (moment := headers.date(message)) else "",
        blocked=tuple(markup.blocked_hosts(html)) if html else (),
        notes=tuple(sorted(bodies.notes)),
    )


def _walk(part: Message, bodies: _Bodies, level: int) -> None:
    if level > DEEPEST or len(bodies.files) + len(bodies.text) > MOST_PARTS:
        bodies.notes.add("too_many_parts")
        return
    kind = part.get_content_type()
    payload = part.get_payload()
    if kind in ("message/rfc822", "message/global") and isinstance(payload, list):
        _nested(part, bodies)
    elif part.is_multipart() and isinstance(payload, list) and kind != "message/delivery-status":
        for child in payload:
            if isinstance(child, Message):
                _walk(child, bodies, level + 1)
    else:
        _leaf(part, kind, bodies)


def _leaf(part: Message, kind: str, bodies: _Bodies) -> None:
    name = _file_name(part)
    disposition = part.get_content_disposition() or ""
    content = _content(part)
    if kind in ("text/plain", "text/html") and disposition != "attachment" and not name:
        text = headers.decoded(content, part.get_content_charset())
        (bodies.html if kind == "text/html" else bodies.text).append(text)
        return
    content_id = headers.text(part, "Content-ID").strip("<>")
    inline = bool(content_id) and kind.startswith("image/") and disposition != "attachment"
    name = name or _named(kind, len(bodies.files))
    bodies.files.append(Attached(name, kind, content, "inline" if inline else "attachment", content_id))


def _nested(part: Message, bodies: _Bodies) -> None:
    inner = part.get_payload(0)
    if not isinstance(inner, Message):
        return
    try:
        content = inner.as_bytes(policy=policy.compat32)
    except (UnicodeError, LookupError, ValueError, KeyError, RecursionError):
        content = str(inner).encode("utf-8", "surrogateescape")
    name = _file_name(part) or f"{_harmless(headers.text(inner, 'Subject'))[:100] or 'meddelande'}.eml"
    bodies.files.append(Attached(name, "message/rfc822", content, "attachment"))


def _content(part: Message) -> bytes:
    try:
        content = part.get_payload(decode=True)
    except (ValueError, LookupError, AssertionError):
        content = None
    if isinstance(content, bytes):
        return content
    return str(part.get_payload()).encode("utf-8", "surrogateescape")


def _file_name(part: Message) -> str:
    try:
        raw = part.get_filename() or ""
    except (ValueError, LookupError, UnicodeError, TypeError):
        raw = ""
    return _harmless(headers.line(headers.unfolded(raw)))


def _harmless(name: str) -> str:
    """A file name without folders and characters that file systems dislike."""
    last = re.split(r"[/\\]", clean(name))[-1]
    return re.sub(r'[<>:"|?*\x00-\x1f]', "_", last).strip(". ")[:200]


def _named(kind: str, position: int) -> str:
    extension = {"text/calendar": "ics", "text/plain": "txt", "text/html": "html", "application/pdf": "pdf"}
    return f"bilaga-{position + 1}.{extension.get(kind, kind.rpartition('/')[2][:10] or 'bin')}"


def _sender(message: Message) -> tuple[str, str]:
    return next(iter(headers.addresses(message, "From")), next(iter(headers.addresses(message, "Sender")), ("", "")))


def _references(message: Message, found: automatic.Bounce | None) -> tuple[str, ...]:
    own = headers.message_ids(message, "References", "In-Reply-To")
    return tuple(dict.fromkeys([*own, *(found.message_ids if found else ())]))[-100:]


def _bounce(found: automatic.Bounce | None) -> dict[str, Any] | None:
    if found is None:
        return None
    return {"recipients": list(found.recipients), "status": found.status, "message_ids": list(found.message_ids)}


def _key(raw: bytes, message_id: str) -> str:
    """The same Message-ID with the same body is the same mail, whatever trace headers were added on the way."""
    separator = b"\r\n\r\n" if b"\r\n\r\n" in raw else b"\n\n"
    body = raw.partition(separator)[2]
    digest = hashlib.sha256(body if message_id else raw).hexdigest()
    return f"{clean(message_id)[:500]}:{digest[:32]}"
