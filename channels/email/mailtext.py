"""Texts and parts of a message, for what recognises machines. Bounded; never raises."""

import html
import re
from collections.abc import Iterator
from email.message import Message

from channels.email import headers

MOST_PARTS = 300
LONGEST = 200_000
_TAGS = re.compile(r"<(?:br|/p|/div|/tr|/li|/h\d|hr)\b[^<>]{0,200}>", re.IGNORECASE)
_STYLE = re.compile(r"<(style|script|head)\b.{0,20000}?</\1>", re.IGNORECASE | re.DOTALL)
_ANY_TAG = re.compile(r"<(?!\S{1,80}@)[a-z/!][^<>]{0,2000}>", re.IGNORECASE)
_ORIGINAL = re.compile(
    r"^[ \t>]*(?:-{2,}.{0,40}(?:original|returned|below|copy|unsent|headers|ursprung|"
    r"message (?:text )?follows).{0,60}|"
    r"received: .{1,200}|return-path: .{0,200}|(?:original )?message[ -](?:headers|header) follow.{0,20}|"
    r"original message headers:.{0,20})$",
    re.IGNORECASE | re.MULTILINE,
)


def parts(message: Message, *, inside: bool = False) -> Iterator[Message]:
    """Parts in order. What a message/rfc822 holds belongs to another mail: it is left out, its container is not."""
    waiting, left = [message], MOST_PARTS
    while waiting and left > 0:
        left -= 1
        part = waiting.pop(0)
        yield part
        payload = part.get_payload()
        if isinstance(payload, list) and part.get_content_maintype() == "multipart":
            waiting = [one for one in payload if isinstance(one, Message)] + waiting
        elif (
            inside and isinstance(payload, list) and part.get_content_type() == "message/rfc822" and part is not message
        ):
            waiting += [one for one in payload if isinstance(one, Message) and one.is_multipart()]


def report_type(message: Message) -> str:
    """The report-type of a multipart/report (RFC 6522), by its parts when it is not said; empty for other mail."""
    kinds = [part.get_content_type() for part in parts(message)]
    if "message/disposition-notification" in kinds:
        return "disposition-notification"
    if "message/feedback-report" in kinds:
        return "feedback-report"
    if any(kind in ("message/delivery-status", "message/global-delivery-status") for kind in kinds):
        return "delivery-status"
    if kinds[0] != "multipart/report":
        return ""
    said = re.search(r"report-type\s*=\s*\"?([\w-]{1,60})", headers.text(message, "Content-Type"), re.IGNORECASE)
    return said.group(1).lower() if said else "delivery-status"


def body(part: Message) -> str:
    """A leaf's text, decoded."""
    try:
        payload = part.get_payload(decode=True)
        charset = part.get_content_charset()
    except (LookupError, ValueError, TypeError, AttributeError, KeyError):
        payload, charset = str(part.get_payload()).encode("utf-8", "replace"), None
    return headers.decoded(payload[:LONGEST], charset) if isinstance(payload, bytes) else ""


def texts(message: Message) -> str:
    """All text of the message itself: plain, or what its markup shows. Not the mail that it returns."""
    plain, marked = list[str](), list[str]()
    for part in parts(message):
        kind = part.get_content_type()
        if kind == "text/html":
            marked.append(shown(body(part)))
        elif kind.startswith("text/") and kind not in ("text/calendar", "text/rfc822-headers", "text/css"):
            plain.append(body(part))
    said = [text for text in plain if text.strip()] or marked
    return "\n\n".join(said).replace("\r\n", "\n")[:LONGEST]


def shown(markup: str) -> str:
    """Markup as rough lines of text."""
    lines = _TAGS.sub("\n", _STYLE.sub(" ", markup[:LONGEST]))
    return html.unescape(_ANY_TAG.sub(" ", lines)).replace("\xa0", " ")


def before_original(text: str) -> str:
    """What stands before the returned mail."""
    cut = _ORIGINAL.search(text, 40)
    return text[: cut.start()] if cut else text


def mailbox(value: str) -> tuple[str, str]:
    """(name, address) as they stand in a From field; a word without @ is an address, too (`MAILER-DAEMON`)."""
    angle = re.search(r"<([^<>\s]{0,320})>", value)
    if angle:
        return value[: angle.start()].strip(' "\t'), angle.group(1).lower()
    comment = re.search(r"\(([^()]{0,200})\)", value)
    address = re.sub(r"\([^()]{0,200}\)", "", value).strip(' "\t').lower()
    if " " in address and "@" not in address:
        return value.strip(' "\t'), ""
    return (comment.group(1) if comment else ""), address.split(" ")[0]
