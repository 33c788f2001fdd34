"""A raw mail read: pure, and run in a child process with limits (see worker). Every part is kept or named."""

import hashlib
import re
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from channels.email import (
    addresses,
    automatic,
    bodies,
    charsets,
    dates,
    folded_html,
    identifiers,
    library,
    markup,
    mime,
    quoted_html,
    visible,
)
from channels.email.addresses import Mailbox
from channels.email.bodies import Attached, Bodies
from channels.email.mime import Part, TooMuch
from channels.email.smime import opening
from channels.email.smime.keys import Keyring
from channels.email.trust import dkim
from contactcenter import tokens
from contactcenter.clock import utc_now
from contactcenter.columns import clean

LONGEST_TEXT = 1_000_000
"""Characters of text kept in the contact; the raw original has the rest."""
MOST_ALONE = 20
"""Texts made of markup in one mail."""
NO_KEYS = Keyring()
_OFFERED = re.compile(r"<\s*((?:mailto|https?):[^<>]{1,400})>", re.IGNORECASE)
NESTED = ("message/rfc822", "message/global")
MOST_ENCLOSED = 5
HEAD = 100_000
"""Bytes of an enclosed mail in which its fields are looked for."""
_SECURED = re.compile(rb"pkcs7|\.p7m", re.IGNORECASE)
__all__ = ("Attached", "Content", "Parsed", "TooMuch", "parse", "read")


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
    folds: tuple[tuple[int, int], ...] = ()
    """Stretches of the text that were not written now (see visible): start and end, in code points."""
    kind: str = "person"
    """See `automatic.Kind`."""
    answerable: bool = True
    """Whether a machine of ours may answer."""
    automatic: bool = False
    bounce: dict[str, Any] | None = None
    attachments: tuple[Attached, ...] = ()
    certain_cases: tuple[str, ...] = ()
    suggested: tuple[str, ...] = ()
    enclosed_cases: tuple[str, ...] = ()
    enclosed_references: tuple[str, ...] = ()
    date: str = ""
    signed_bodies: dict[str, str] = field(default_factory=dict)
    """Digests that the mail's DKIM signatures ask for: see `trust.dkim.bodies`."""
    blocked: tuple[str, ...] = ()
    mailing_list: dict[str, str] | None = None
    """`id` and `unsubscribe` (RFC 2919, 2369): to be shown as text, never followed by us."""
    smime: dict[str, Any] | None = None
    """Who signed it and whether it was encrypted: see `smime.opening.Opening`."""
    invitation: dict[str, Any] | None = None
    """The first calendar event: see `invitations.Invitation`."""
    notes: tuple[str, ...] = ()
    """Codes of what was odd: `truncated_text`, `html_withheld`, `too_many_parts`, `no_header`, `encrypted`, `signed`,
    `partial` (one of several pieces), `winmail_unreadable`."""


@dataclass(frozen=True, slots=True)
class Content:
    """What stands in a mail, before anything is concluded from it."""

    root: Part
    bodies: Bodies
    hint: str
    """The charset that the body names, for fields that name none."""

    def mailboxes(self, *names: str) -> list[Mailbox]:
        """Everybody in these fields, as written."""
        values = [value for name in names for value in self.root.all(name)]
        return [box for value in values for box in addresses.parsed(value, self.hint)]

    def addressed(self, *names: str) -> list[tuple[str, str]]:
        """(name, address in lower case) of those that have an address."""
        return [(box.name, box.address.lower()) for box in self.mailboxes(*names) if "@" in box.address]

    def ids(self, *names: str) -> list[str]:
        return identifiers.found(value for name in names for value in self.root.all(name))

    def text(self, name: str) -> str:
        return self.root.text(name, self.hint)

    @property
    def date(self) -> str:
        """ISO 8601 in UTC, or empty."""
        moment = dates.parsed(self.text("date"))
        return moment.isoformat() if moment else ""

    @property
    def html(self) -> str:
        """As it came: never to be shown."""
        return "\n".join(self.bodies.of("html", "beside"))


def read(raw: bytes) -> Content:
    """Take a mail apart. Raises TooMuch for more parts than anybody means."""
    root = mime.read(raw)
    return Content(root, bodies.read(root), _hint(root))


def _opened(raw: bytes, keys: Keyring) -> tuple[Content, opening.Opening | None]:
    """The mail as it is to be read, with what S/MIME says of it: None for the many that have nothing to do with it."""
    content = read(raw)
    if not _SECURED.search(raw):
        return content, None
    sender = next((address for _, address in content.addressed("From", "Sender")), "")
    found = opening.opened(raw, keys, sender, utc_now())
    if not found.facts():
        return content, None
    return (content if found.raw is raw else read(found.raw)), found


def _hint(part: Part) -> str:
    if part.charset and charsets.codec(part.charset):
        return part.charset
    return next((found for child in part.children[:10] if (found := _hint(child))), "")


def parse(raw: bytes, mail_from: str, recipients: list[str], keys: Keyring = NO_KEYS) -> Parsed:
    """Read one mail. Needs `tokens.use_secret`. May raise on hostile input: the caller files it unread then."""
    content, secured = _opened(raw, keys)
    message = library.message(content.root)
    notes = set(content.bodies.notes)
    html = content.html
    safe = markup.safe(folded_html.folded(html)) if html else ""
    if secured and not secured.sealed:
        safe = markup.without_remote(safe)
    text = _text(content, html)
    if html and not safe:
        notes.add("html_withheld")
    if len(text) > LONGEST_TEXT:
        notes.add("truncated_text")
        text = text[:LONGEST_TEXT]
    text = clean(text.replace("\r\n", "\n").replace("\r", "\n")).strip("\n")
    if not any(content.root.raw(name) for name in ("From", "To", "Subject", "Date", "Message-ID")):
        notes.add("no_header")
    divided = visible.split(text)
    kind, found = automatic.judged(message, mail_from)
    addressed = [address for _, address in content.addressed("To", "Cc", "Delivered-To", "X-Original-To")]
    places = " ".join([*addressed, *recipients])
    subject = content.text("Subject")
    name, sender = next(iter(content.addressed("From", "Sender")), ("", ""))
    message_id = next(iter(content.ids("Message-ID")), "")
    invitation = content.bodies.invitation
    enclosed = [mime.header(one.content[:HEAD]) for one in content.bodies.files if one.media_type in NESTED][
        :MOST_ENCLOSED
    ]
    return Parsed(
        key=_key(raw, message_id),
        subject=subject,
        sender=sender,
        sender_name=name,
        reply_to=next((address for _, address in content.addressed("Reply-To")), ""),
        recipients=tuple(dict.fromkeys(addressed)),
        message_id=message_id,
        references=_references(content, found),
        text=text,
        html=clean(safe),
        visible=divided.length,
        folds=tuple(divided.folds),
        kind=kind.value,
        answerable=automatic.may_be_answered(message, mail_from, kind),
        automatic=kind is not automatic.Kind.PERSON,
        bounce=_bounce(found),
        attachments=tuple(content.bodies.files),
        certain_cases=tuple(tokens.verified(f"{subject} {places}")),
        suggested=tuple(tokens.mentioned(f"{subject}\n{text[:20_000]}")[:5]),
        enclosed_cases=_enclosed_cases(enclosed),
        enclosed_references=_enclosed_references(enclosed) if found is None else (),
        date=content.date,
        signed_bodies=dkim.bodies(raw),
        blocked=tuple(markup.blocked_hosts(html)) if html else (),
        mailing_list=_list(content),
        smime=secured.facts() if secured else None,
        invitation=invitation.facts() if invitation else None,
        notes=tuple(sorted(notes)),
    )


def _text(content: Content, html: str) -> str:
    """The plain texts in order. Markup that no plain text stands beside is read as text, too."""
    plain = [text for text in content.bodies.of("plain") if text.strip()]
    if not plain:
        return quoted_html.text(html)
    made: list[str] = []
    for kind, text in islice(content.bodies.sequence, MOST_ALONE):
        shown = quoted_html.text(text) if kind == "html" else text if kind == "plain" else ""
        if shown.strip() and (kind == "plain" or not _said_before(shown, made)):
            made.append(shown)
    made += [text for kind, text in content.bodies.sequence[MOST_ALONE:] if kind == "plain" and text.strip()]
    return "\n\n".join(made)


def _said_before(shown: str, made: list[str]) -> bool:
    """Markup whose words have nearly all been read already is the same text once more."""
    words, known = set(shown.split()), set(" ".join(made).split())
    return bool(known) and len(words & known) * 2 > len(words)


def _references(content: Content, found: automatic.Bounce | None) -> tuple[str, ...]:
    own = content.ids("References", "In-Reply-To")
    return tuple(dict.fromkeys([*own, *(found.message_ids if found else ())]))[-100:]


def _list(content: Content) -> dict[str, str] | None:
    """The list that a mail came over, and how it offers to leave: an address or a page."""
    offers = [one.strip() for one in _OFFERED.findall(content.text("List-Unsubscribe"))]
    told = {"id": content.text("List-Id")[:200], "unsubscribe": ", ".join(offers[:3])[:500]}
    return told if any(told.values()) else None


def _enclosed_cases(enclosed: list[Part]) -> tuple[str, ...]:
    """Tokens of ours in mails that were passed on as attachments."""
    fields = [one.text(name) for one in enclosed for name in ("subject", "to", "cc", "reply-to", "delivered-to")]
    return tuple(tokens.verified(" ".join(fields)))


def _enclosed_references(enclosed: list[Part]) -> tuple[str, ...]:
    names = ("References", "In-Reply-To", "Message-ID")
    values = (value for one in enclosed for name in names for value in one.all(name))
    return tuple(dict.fromkeys(identifiers.found(values)))[-50:]


def _bounce(found: automatic.Bounce | None) -> dict[str, Any] | None:
    if found is None:
        return None
    return found.facts()


def _key(raw: bytes, message_id: str) -> str:
    """The same Message-ID with the same body is the same mail, whatever trace headers were added on the way."""
    separator = b"\r\n\r\n" if b"\r\n\r\n" in raw else b"\n\n"
    body = raw.partition(separator)[2]
    digest = hashlib.sha256(body if message_id else raw).hexdigest()
    return f"{clean(message_id)[:500]}:{digest[:32]}"
