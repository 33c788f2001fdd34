"""Was it written by a machine? Then it is never answered. Bounces are tied to the mail they speak of."""

import re
from dataclasses import dataclass
from email.message import Message

from flufl.bounce import scan_message

from channels.email import headers

_SUBJECTS = re.compile(
    r"^\s*(auto(matic|matiskt)?[ :-]*(reply|svar|response)|automatisk (svar|besvarelse)|autosvar|out of (the )?office|"
    r"automaattinen vastaus|automatische antwort|abwesenheitsnotiz|réponse automatique|absence du bureau|"
    r"respuesta automática|risposta automatica|automatisch antwoord|undeliverable:|undelivered mail returned|"
    r"delivery status notification|mail delivery failed|returned mail:|obeställ ?bar[t:]|går inte att leverera)",
    re.IGNORECASE,
)
_AWAY = re.compile(
    r"^\s*(frånvaro|frånvarande|ej på plats|semester\b|jag är ledig|fravær|poissa|abwesen|absence|ausente|on leave|"
    r"vacation)",
    re.IGNORECASE,
)
"""Words that people write, too (a parent: "Frånvaro: Kalle, klass 3"); they tell a machine only in an answer."""
_MACHINES = re.compile(r"^(mailer-daemon|postmaster|no-?reply|do-?not-?reply|noreply|bounces?|auto-?reply)[@+.-]")
_DAEMONS = re.compile(r"^(mailer-daemon|postmaster|mail-daemon|mdaemon)@")
_PRECEDENCE = {"bulk", "junk", "list", "auto_reply"}
_FIELDS = ("List-Id", "List-Unsubscribe", "X-Autoreply", "X-Autorespond", "X-Loop", "Feedback-ID")
_STATUS = re.compile(r"\b([245])\.(\d{1,3})\.(\d{1,3})\b")


@dataclass(frozen=True, slots=True)
class Bounce:
    """A delivery report: whom it concerns, why (RFC 3463 status, empty when not said), which mail."""

    recipients: tuple[str, ...]
    status: str
    message_ids: tuple[str, ...]

    @property
    def permanent(self) -> bool:
        return not self.status.startswith(("2", "4"))


def is_automatic(message: Message, mail_from: str) -> bool:
    """RFC 3834 and the habits of the wild."""
    submitted = headers.text(message, "Auto-Submitted").lower()
    if submitted and not submitted.startswith("no"):
        return True
    if headers.text(message, "Precedence").lower() in _PRECEDENCE or any(message.get(name) for name in _FIELDS):
        return True
    if headers.text(message, "X-Auto-Response-Suppress").lower() not in ("", "none"):
        return True
    if mail_from.strip("<> ") == "" or message.get_content_type() == "multipart/report":
        return True
    senders = [address for _, address in headers.addresses(message, "From")]
    return any(_MACHINES.match(sender) for sender in senders) or _says_so(message)


def _says_so(message: Message) -> bool:
    subject = headers.text(message, "Subject")
    is_answer = bool(message.get("In-Reply-To") or message.get("References"))
    return bool(_SUBJECTS.match(subject) or (is_answer and _AWAY.match(subject)))


def bounce(message: Message, mail_from: str) -> Bounce | None:
    """The delivery report that this message is, or None."""
    senders = [address for _, address in headers.addresses(message, "From")]
    is_report = message.get_content_type() == "multipart/report"
    if not is_report and mail_from.strip("<> ") and not any(_DAEMONS.match(sender) for sender in senders):
        return None
    recipients, status = _delivery_status(message)
    if not recipients:
        recipients = _guessed(message)
    if not recipients and not status:
        return None
    return Bounce(tuple(recipients), status, tuple(_concerned(message)))


def _delivery_status(message: Message) -> tuple[list[str], str]:
    recipients, status = list[str](), ""
    for part in _parts(message, "message/delivery-status"):
        payload = part.get_payload()
        for block in payload if isinstance(payload, list) else []:
            if not isinstance(block, Message):
                continue
            action = headers.text(block, "Action").lower()
            who = headers.text(block, "Original-Recipient") or headers.text(block, "Final-Recipient")
            if who and action in ("failed", "delayed", ""):
                recipients.append(who.rpartition(";")[2].strip().strip("<>").lower())
                found = _STATUS.search(headers.text(block, "Status"))
                status = found.group(0) if found else status
    return recipients, status


def _guessed(message: Message) -> list[str]:
    try:
        found = scan_message(message)
    except Exception:  # noqa: BLE001 (a library that guesses at broken input)
        return []
    return sorted(address.decode("utf-8", "replace").lower() for address in found)


def _concerned(message: Message) -> list[str]:
    """Message-IDs of the mail inside the report."""
    found: list[str] = []
    for part in _parts(message, "message/rfc822", "text/rfc822-headers", "message/rfc822-headers"):
        payload = part.get_payload()
        if isinstance(payload, list) and payload and isinstance(payload[0], Message):
            found += headers.message_ids(payload[0], "Message-ID")
        else:
            found += re.findall(r"(?im)^message-id:\s*(<[^<>\s]+>)", str(payload))
    if not found:
        for part in _parts(message, "text/plain"):
            found += re.findall(r"(?im)^\s*message-id:\s*(<[^<>\s]+>)", str(part.get_payload())[: headers.LONGEST])
    return list(dict.fromkeys([*found, *headers.message_ids(message, "References", "In-Reply-To")]))


def _parts(message: Message, *kinds: str) -> list[Message]:
    return [part for part in message.walk() if part.get_content_type() in kinds][:50]
