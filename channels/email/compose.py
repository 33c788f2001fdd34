"""Writing mail (RFC 5322): multipart/alternative, UTF-8, every field safe from line breaks."""

import contextlib
import mimetypes
from collections.abc import Sequence
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, EmailPolicy
from email.utils import format_datetime

from channels.email import markup
from channels.email.headers import MESSAGE_ID, line
from contactcenter import tokens
from contactcenter.columns import clean
from contactcenter.mailout import Attached

MOST_REFERENCES = 20


def compose(
    *,
    sender: str,
    sender_name: str,
    to: list[str],
    cc: Sequence[str] = (),
    subject: str,
    text: str,
    case_number: str,
    message_id: str,
    in_reply_to: str,
    references: list[str],
    attachments: list[Attached],
    automatic: bool,
    now: datetime,
) -> bytes:
    """One mail as bytes. Whatever stands in the fields, no header can be added by it. See contactcenter.mailout."""
    mail = EmailMessage(policy=_policy([sender, *to, *cc]))
    mail["From"] = _address(sender, sender_name)
    mail["To"] = [_address(one, "") for one in to]
    if cc:
        mail["Cc"] = [_address(one, "") for one in cc]
    mail["Subject"] = _words(subject)[:500]
    mail["Date"] = format_datetime(now)
    if case_number:
        mail["Reply-To"] = _address(tokens.plus_address(line(sender), case_number), sender_name)
    if automatic:
        mail["Auto-Submitted"] = "auto-replied"
        mail["X-Auto-Response-Suppress"] = "All"
    mail.set_content(clean(text), charset="utf-8")
    mail.add_alternative(markup.from_text(clean(text)), subtype="html", charset="utf-8")
    for name, media_type, content in attachments:
        main, sub = _media_type(name, media_type)
        mail.add_attachment(content, maintype=main, subtype=sub, filename=_words(name)[:200] or "bilaga")
    return _threads(message_id, in_reply_to, references) + mail.as_bytes()


def _policy(addresses: list[str]) -> "EmailPolicy[EmailMessage]":
    """Seven bits on the wire, unless an address can only be written in UTF-8 (RFC 6532)."""
    plain = all(one.rpartition("@")[0].isascii() for one in addresses)
    return SMTP.clone(cte_type="7bit", utf8=not plain)


def _threads(message_id: str, in_reply_to: str, references: list[str]) -> bytes:
    """The fields that hold Message-IDs. The library would encode long ones, and then they name nothing any more."""
    fields = {
        "Message-ID": _ids([message_id]),
        "In-Reply-To": _ids([in_reply_to]),
        "References": _ids(references[-MOST_REFERENCES:]),
    }
    lines = [f"{name}: " + "\r\n ".join(ids) + "\r\n" for name, ids in fields.items() if ids]
    return "".join(lines).encode("ascii")


def _ids(values: list[str]) -> list[str]:
    return [value for value in values if value.isascii() and MESSAGE_ID.fullmatch(value)]


def _words(value: str) -> str:
    """A value on one line, to be taken as it stands. The library would decode encoded words (RFC 2047) in it, and
    what comes out of them may hold line breaks."""
    return clean(line(value)).replace("=?", "= ?")


def _address(address: str, name: str) -> Address:
    local, _, domain = _words(address).rpartition("@")
    with contextlib.suppress(UnicodeError):
        domain = domain.encode("idna").decode()
    return Address(display_name=_words(name)[:200], username=local, domain=domain)


def _media_type(name: str, media_type: str) -> tuple[str, str]:
    found = media_type or mimetypes.guess_type(name)[0] or "application/octet-stream"
    main, _, sub = line(found).partition("/")
    known = main.isalnum() and sub and all(char.isalnum() or char in "+-." for char in sub)
    return (main, sub) if known and main not in ("message", "multipart") else ("application", "octet-stream")
