"""Delivery reports: whom they concern, why, and which mail. RFC 3464 (and RFC 6533), and the habits of programs that
write sentences instead. Pure; never raises for a message that was read."""

import re
from dataclasses import dataclass
from email.message import Message
from typing import Any

from channels.email import bounce_texts, bounce_words, headers, mailtext, statuses
from channels.email.statuses import Reason

MOST = 200
_DELIVERED = frozenset({"delivered", "relayed", "expanded"})
_DELIVERY_STATUS = re.compile(r"(?i)(?:delivery[-_]?status|delivery-notification)$")
_FIELD = re.compile(r"^([A-Za-z][\w-]{1,60})[ \t]*:[ \t]*(.*)$")
_TYPED = re.compile(r"^\s*[\w.+-]{1,30}\s*;\s*")
_XTEXT = re.compile(r"\+([0-9A-F]{2})")
_ADDRESS = re.compile(bounce_words.ADDRESS)
_DIAGNOSTIC_STATUS = re.compile(r"(?:^|[^\d.])([245]\d\d)[ -]#?([245]\.\d{1,3}\.\d{1,3})")


@dataclass(frozen=True, slots=True)
class Failure:
    """What is said of one recipient."""

    recipient: str
    action: str = "failed"
    """RFC 3464 2.3.3: `failed`, `delayed`, `delivered`, `relayed`, `expanded`."""
    status: str = ""
    """RFC 3463, or empty."""
    diagnostic: str = ""
    reason: Reason = Reason.OTHER


@dataclass(frozen=True, slots=True)
class Bounce:
    """A delivery report: whom it concerns, why (RFC 3463 status, empty when not said), which mail."""

    recipients: tuple[str, ...]
    """Who did not get it, or not yet; of a report of success those who got it."""
    status: str
    message_ids: tuple[str, ...]
    action: str = "failed"
    reason: Reason = Reason.OTHER
    failures: tuple[Failure, ...] = ()

    @property
    def permanent(self) -> bool:
        return self.action == "failed" and not self.status.startswith(("2", "4"))

    def facts(self) -> dict[str, Any]:
        """As it is kept with the contact."""
        return {
            "recipients": list(self.recipients),
            "status": self.status,
            "message_ids": list(self.message_ids),
            "action": self.action,
            "reason": self.reason.value,
            "permanent": self.permanent,
            "failures": [
                {
                    "recipient": one.recipient,
                    "action": one.action,
                    "status": one.status,
                    "reason": one.reason.value,
                    "diagnostic": one.diagnostic,
                }
                for one in self.failures
            ],
        }


def found(message: Message, mail_from: str) -> Bounce | None:
    """The delivery report that this message is, or None."""
    concerned = _structured(message)
    if not concerned and not _may_be(message, mail_from):
        return None
    texts = mailtext.texts(message)
    concerned = concerned or _from_text(message, texts)
    if not concerned and not (from_daemon(message) or _sent_by_nobody(mail_from) or mailtext.report_type(message)):
        return None  # somebody who speaks of an undelivered mail
    status = next((one.status for one in concerned if one.status and one.action not in _DELIVERED), "")
    if not concerned and not _says_failed(message, texts):
        return None
    if not status:
        status = next((one.status for one in concerned if one.status), "") or _overall(message, texts)
    return _made(message, concerned, status, texts)


def _made(message: Message, concerned: list[Failure], status: str, texts: str) -> Bounce:
    action = _action(message, concerned)
    kept = [one for one in concerned if one.action not in _DELIVERED] or concerned
    names = tuple(dict.fromkeys(one.recipient for one in kept if one.recipient))
    why = next((one.reason for one in kept if one.reason is not Reason.OTHER), statuses.reason(status, texts[:4000]))
    return Bounce(names, status, tuple(concerning(message, texts)), action, why, tuple(kept))


def _action(message: Message, concerned: list[Failure]) -> str:
    actions = [one.action for one in concerned]
    for action in ("failed", "delayed", "delivered", "relayed", "expanded"):
        if action in actions:
            return action
    return "delayed" if bounce_words.DELAYED_SUBJECT.search(headers.text(message, "Subject")) else "failed"


def _may_be(message: Message, mail_from: str) -> bool:
    """From a mail server, or with its words: then the text is looked at for addresses."""
    if message.get("X-Failed-Recipients") or mailtext.report_type(message) == "delivery-status":
        return True
    if mailtext.report_type(message):
        return False
    subject = headers.text(message, "Subject")
    if from_daemon(message):
        return True
    spoken = bool(bounce_words.SUBJECT.search(subject))
    if not spoken or _sent_by_nobody(mail_from):
        return spoken
    return _says_failed(message, mailtext.texts(message)) and not message.get("In-Reply-To")


def _sent_by_nobody(mail_from: str) -> bool:
    """The null envelope sender of reports (RFC 5321 4.5.5), or a mail server's own."""
    plain = mail_from.strip("<> ").lower()
    return plain in ("", "mailer-daemon") or bool(bounce_words.DAEMON.match(plain))


def from_daemon(message: Message) -> bool:
    """Whether a mail server's own address or name stands as sender."""
    for value in [headers.text(message, "From"), headers.text(message, "Sender")]:
        name, address = mailtext.mailbox(value)
        if bounce_words.DAEMON.match(address) or (bounce_words.DAEMON_NAME.match(name) and not _freemail(address)):
            return True
    return False


def _freemail(address: str) -> bool:
    return address.rpartition("@")[2] in (
        "gmail.com",
        "outlook.com",
        "hotmail.com",
        "live.se",
        "telia.com",
        "icloud.com",
    )


def _says_failed(message: Message, texts: str) -> bool:
    spoken = bounce_words.SUBJECT.search(headers.text(message, "Subject"))
    return bool(bounce_words.FAILED_TEXT.search(texts[:6000]) and (spoken or from_daemon(message)))


def _overall(message: Message, texts: str) -> str:
    """A status for the report as a whole, when no recipient has one."""
    said = f"{headers.text(message, 'Subject')}\n{mailtext.before_original(texts)}"
    delayed = bool(bounce_words.DELAYED_SUBJECT.search(headers.text(message, "Subject")))
    return statuses.concluded(said, temporary=delayed) or ("4.0.0" if delayed else "")


def _structured(message: Message) -> list[Failure]:
    """The blocks of message/delivery-status; also of such a part that is labelled or nested oddly."""
    made: list[Failure] = []
    for part in mailtext.parts(message):
        if _DELIVERY_STATUS.search(part.get_content_type()):
            for block in _blocks(part):
                made += _failure(block)
    return _joined(made)[:MOST]


def _blocks(part: Message) -> list[dict[str, str]]:
    payload = part.get_payload()
    if isinstance(payload, list):
        whole = "\n\n".join(
            "\n".join(f"{name}: {headers.unfolded(str(value))}" for name, value in block.raw_items())
            + "\n"
            + mailtext.body(block)
            for block in payload
            if isinstance(block, Message)
        )
    else:
        whole = mailtext.body(part)
    return fields_of(whole)


def fields_of(text: str) -> list[dict[str, str]]:
    """Recipients' fields, a new block at each Final-Recipient or blank line; what a programmer forgot is bridged."""
    blocks: list[dict[str, str]] = [{}]
    name = ""
    for line in text.replace("\r\n", "\n").split("\n")[:20_000]:
        if not line.strip():
            blocks.append({})
            name = ""
        elif field := _FIELD.match(line.strip() if line[:1] not in " \t" or not name else ""):
            name = field.group(1).lower()
            if name in blocks[-1] and name in ("final-recipient", "action"):
                blocks.append({})
            blocks[-1].setdefault(name, field.group(2)[:2000])
        elif name and line[:1] in " \t":
            blocks[-1][name] = f"{blocks[-1][name]} {line.strip()}"[:4000]
    return [block for block in blocks if block]


def _failure(block: dict[str, str]) -> list[Failure]:
    who = _recipient(block)
    if not who:
        return []
    action = re.split(r"[\s(;]", block.get("action", "").strip().lower())[0]
    action = {
        "fail": "failed",
        "failure": "failed",
        "expired": "failed",
        "error": "failed",
        "delay": "delayed",
        "deliverable": "delivered",
        "": "failed",
    }.get(action, action)
    diagnostic = block.get("diagnostic-code", "")
    status = _status(block.get("status", ""), diagnostic, action)
    if action == "failed" and "action" not in block and status.startswith(("2", "4")):
        action = "delayed" if status.startswith("4") else "delivered"
    return [Failure(who, action, status, _TYPED.sub("", diagnostic)[:500], statuses.reason(status, diagnostic))]


def _status(said: str, diagnostic: str, action: str) -> str:
    status = statuses.written(said)
    inside = statuses.written(diagnostic)
    if (not status or statuses.vague(status)) and inside and (not status or inside[0] == status[0]):
        return inside
    if not status or statuses.vague(status):
        concluded = statuses.concluded(diagnostic, temporary=action == "delayed") if diagnostic else ""
        if concluded and not statuses.vague(concluded) and (not status or concluded[0] == status[0]):
            return concluded
    return status


def _recipient(block: dict[str, str]) -> str:
    for name in ("original-recipient", "final-recipient", "x-actual-recipient", "x-original-recipient"):
        value = _TYPED.sub("", block.get(name, "")).strip()
        if name == "original-recipient" and "@" not in value:
            value = _XTEXT.sub(lambda one: chr(int(one.group(1), 16)), value)
        if address := bare(value):
            return address
    return next(
        (local for name in ("final-recipient", "original-recipient") if (local := _local(block.get(name, "")))), ""
    )


def _local(value: str) -> str:
    """A recipient without a host, as local programs name theirs."""
    word = _TYPED.sub("", value).strip().strip("<>").lower()
    return (
        word
        if re.fullmatch(r"[\w.+-]{1,64}", word) and word not in ("unknown", "none", "undisclosed-recipients")
        else ""
    )


def bare(value: str) -> str:
    """The address in a value such as `<Eva@Citizen.example>`, in lower case; empty when there is none."""
    quoted = re.search(r'"[^"\s]{1,64}"@[\w.-]{1,253}', value)
    hit = quoted or _ADDRESS.search(value.strip().strip("<>").replace("mailto:", ""))
    return hit.group(0).lower().strip("'.") if hit else ""


def _joined(made: list[Failure]) -> list[Failure]:
    """Each recipient once, the worst that is said of them."""
    worst = {"failed": 0, "delayed": 1}
    kept: dict[str, Failure] = {}
    for one in sorted(made, key=lambda failure: worst.get(failure.action, 2)):
        kept.setdefault(one.recipient, one)
    return [kept[name] for name in dict.fromkeys(one.recipient for one in made)]


def _from_text(message: Message, texts: str) -> list[Failure]:
    """Recipients that sentences name, where there are no fields."""
    delayed = bool(bounce_words.DELAYED_SUBJECT.search(headers.text(message, "Subject")))
    action = "delayed" if delayed else "failed"
    loose = [one for block in fields_of(texts) if "final-recipient" in block for one in _failure(block)]
    if loose:
        return _joined(loose)[:MOST]
    overall = _overall(message, texts)
    return [
        Failure(who, action, status or overall, why[:500], statuses.reason(status or overall, why or texts[:4000]))
        for who, why, status in _named(message, texts, delayed)
    ][:MOST]


def _named(message: Message, texts: str, delayed: bool) -> list[tuple[str, str, str]]:
    failed = [bare(one) for value in headers.raw(message, "X-Failed-Recipients") for one in value.split(",")]
    found_ = bounce_texts.recipients(message, texts)
    known = dict(found_)
    names = [one for one in dict.fromkeys(failed) if one] or list(known)
    return [(who, known.get(who, ""), statuses.concluded(known.get(who, ""), temporary=delayed)) for who in names]


def concerning(message: Message, texts: str = "") -> list[str]:
    """Message-IDs of the mail that the report speaks of: returned whole, its header, or quoted in the text."""
    ids: list[str] = []
    for part in mailtext.parts(message, inside=True):
        kind = part.get_content_type()
        if kind in ("message/rfc822", "message/global"):
            payload = part.get_payload()
            if isinstance(payload, list) and payload and isinstance(payload[0], Message):
                ids += headers.message_ids(payload[0], "Message-ID")
        elif kind in (
            "text/rfc822-headers",
            "message/rfc822-headers",
            "text/rfc822",
            "message/global-headers",
            "message/partial",
        ):
            ids += _MESSAGE_ID.findall(mailtext.body(part))
    ids = ids or _MESSAGE_ID.findall(texts or mailtext.texts(message))
    return list(dict.fromkeys([*ids, *headers.message_ids(message, "References", "In-Reply-To")]))[:MOST]


_MESSAGE_ID = re.compile(r"(?im)^[> \t|]*(?:original[- ])?message-?id:\s*(<[^<>\s]{3,900}>)")
