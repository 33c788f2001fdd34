"""Writing mail (RFC 5322): multipart/alternative, UTF-8, every field safe from line breaks."""

import mimetypes
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from channels.email import markup
from channels.email.headers import line
from contactcenter import tokens
from contactcenter.mailout import Attached


def compose(
    *,
    sender: str,
    sender_name: str,
    to: list[str],
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
    mail = EmailMessage(policy=SMTP.clone(max_line_length=200))
    mail["From"] = _address(sender, sender_name)
    mail["To"] = [_address(one, "") for one in to]
    mail["Subject"] = line(subject)[:500]
    mail["Date"] = format_datetime(now)
    mail["Message-ID"] = line(message_id)
    if case_number:
        mail["Reply-To"] = _address(tokens.plus_address(line(sender), case_number), sender_name)
    if in_reply_to:
        mail["In-Reply-To"] = line(in_reply_to)
    if references:
        mail["References"] = " ".join(line(one) for one in references)
    if automatic:
        mail["Auto-Submitted"] = "auto-replied"
        mail["X-Auto-Response-Suppress"] = "All"
    mail.set_content(text, charset="utf-8")
    mail.add_alternative(markup.from_text(text), subtype="html", charset="utf-8")
    for name, media_type, content in attachments:
        main, sub = _media_type(name, media_type)
        mail.add_attachment(content, maintype=main, subtype=sub, filename=line(name)[:200] or "bilaga")
    return mail.as_bytes()


def _address(address: str, name: str) -> Address:
    local, _, domain = line(address).rpartition("@")
    return Address(display_name=line(name)[:200], username=local, domain=domain)


def _media_type(name: str, media_type: str) -> tuple[str, str]:
    found = media_type or mimetypes.guess_type(name)[0] or "application/octet-stream"
    main, _, sub = line(found).partition("/")
    known = main.isalnum() and sub and all(char.isalnum() or char in "+-." for char in sub)
    return (main, sub) if known and main not in ("message", "multipart") else ("application", "octet-stream")
