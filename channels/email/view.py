"""A mail as the contact centre reads it, as JSON: `python -m channels.email.view FILE…`, one line for each file.

For administrators who wonder what became of a mail, and for comparing the reading with other programs'. Nothing is
stored and nothing is sent.
"""

import hashlib
import json
import secrets
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from channels.email import message
from channels.email.addresses import Mailbox
from contactcenter import tokens


def view(raw: bytes) -> dict[str, Any]:
    """The mail's fields, texts and files; `problem` alone when it has more parts than anybody means."""
    try:
        content = message.read(raw)
        parsed = message.parse(raw, _envelope_sender(content), [])
    except message.TooMuch as error:
        return {"problem": str(error)}
    return {
        "subject": parsed.subject,
        "from": _people(content.mailboxes("From")),
        "sender": _people(content.mailboxes("Sender")),
        "to": _people(content.mailboxes("To")),
        "cc": _people(content.mailboxes("Cc")),
        "bcc": _people(content.mailboxes("Bcc")),
        "reply_to": _people(content.mailboxes("Reply-To")),
        "date": parsed.date,
        "message_id": parsed.message_id,
        "in_reply_to": content.ids("In-Reply-To"),
        "references": content.ids("References"),
        "text": parsed.text,
        "text_parts": content.bodies.of("plain"),
        "html": content.html,
        "html_shown": parsed.html,
        "attachments": [_file(one) for one in parsed.attachments],
        "invitation": parsed.invitation,
        "automatic": parsed.automatic,
        "kind": parsed.kind,
        "answerable": parsed.answerable,
        "bounce": parsed.bounce,
        "visible": parsed.text[: parsed.visible],
        "notes": list(parsed.notes),
    }


def show(files: Iterable[Path]) -> Iterable[str]:
    """A line of JSON for each file. Raises OSError."""
    tokens.use_secret(secrets.token_bytes(32))
    for file in files:
        found = {"file": file.name, **view(file.read_bytes())}
        yield json.dumps(found, ensure_ascii=False)


def _envelope_sender(content: message.Content) -> str:
    """Who bounces would have gone to, as the last mail server noted it; a mail without the note had a sender."""
    noted = content.root.all("Return-Path")
    if noted and noted[0].strip() == b"<>":
        return ""
    found = next(iter(content.mailboxes("Return-Path", "From")), None)
    return found.address if found and found.address else "unknown@invalid"


def _people(boxes: list[Mailbox]) -> list[dict[str, str]]:
    return [{"name": box.name, "address": box.address} for box in boxes]


def _file(one: message.Attached) -> dict[str, Any]:
    return {
        "name": one.name,
        "named": one.named,
        "content_type": one.media_type,
        "size": len(one.content),
        "sha256": hashlib.sha256(one.content).hexdigest(),
        "content_id": one.content_id,
        "inline": one.role == "inline",
    }


if __name__ == "__main__":
    for line in show(Path(name) for name in sys.argv[1:]):
        sys.stdout.write(f"{line}\n")
