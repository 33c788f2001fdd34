"""What is asked about every mail beside what it says: who sent it, whether it pretends, whether it is spam."""

import time
from typing import Any

from sqlmodel import Session, col, select

from channels.email.mailboxes import Mailboxes
from channels.email.message import Parsed
from channels.email.trust import canonical, dmarc, judging, lookalike, spam
from channels.email.trust.judging import Findings, Verdict
from channels.email.trust.lookalike import Known
from channels.email.trust.names import Names
from channels.email.trust.settings import TrustSettings
from contactcenter.model import Inbox, Organisation, User
from contactcenter.store import Store

FRESH_SECONDS = 60.0
"""How long the list of our people may be older than the configuration."""
MOST_NAMES = 20_000
_MANY = ("mailing_list", "bulk")


class Guard:
    """Asks, for the reader of mails."""

    def __init__(self, store: Store, settings: TrustSettings, mailboxes: Mailboxes) -> None:
        self._store, self._settings, self._mailboxes = store, settings, mailboxes
        self._names = Names(settings.dns_server, settings.dns_seconds)
        self._people: frozenset[str] = frozenset()
        self._read_at = float("-inf")

    async def facts(self, row: Inbox, parsed: Parsed) -> dict[str, Any]:
        """What is stored with the contact: `trust` (see judging.Findings) and `warnings` (see lookalike.Oddity).

        Raises Unavailable when the database cannot be asked; a silent DNS is a finding.
        """
        found = await self._judged(row, parsed)
        known = await self._known()
        proven = found.verdict is Verdict.CONFIRMED and found.domain in known.domains
        elsewhere = proven or parsed.kind in _MANY  # lists and our own forms have their answers sent elsewhere
        odd = lookalike.warnings(parsed.sender, parsed.sender_name, parsed.reply_to, known, elsewhere=elsewhere)
        facts: dict[str, Any] = {"trust": found.facts()} if found.why != "not_checked" else {}
        return facts | ({"warnings": [one.facts() for one in odd]} if odd else {})

    async def _judged(self, row: Inbox, parsed: Parsed) -> Findings:
        now = row.received_at.timestamp()
        try:
            return await judging.judge(
                row.raw, parsed.signed_bodies, row.envelope, parsed.sender, self._settings, self._names, now
            )
        except Exception:  # noqa: BLE001 (hostile input; the mail comes in all the same)
            return Findings()

    def spam(self, row: Inbox) -> str:
        """The field of a trusted gateway that says that a mail is spam, or empty."""
        if not self._settings.spam_headers or row.envelope.get("released"):
            return ""
        if not judging.is_trusted(str(row.envelope.get("peer", "")), self._settings):
            return ""
        return spam.said(canonical.apart(judging.head_of(row.raw))[0], self._settings.spam_headers)

    async def _known(self) -> Known:
        if time.monotonic() - self._read_at > FRESH_SECONDS:
            self._people = await self._store.read(_people)
            self._read_at = time.monotonic()
        important = {dmarc.ascii_name(one) for one in self._settings.important_domains}
        return Known(frozenset(await self._mailboxes.domains() | important), self._people)


def _people(session: Session) -> frozenset[str]:
    staff = session.exec(select(User.name).where(col(User.active).is_(True)).limit(MOST_NAMES)).all()
    units = session.exec(select(Organisation.name).limit(MOST_NAMES)).all()
    return frozenset(lookalike.plain(name) for name in (*staff, *units) if name)
