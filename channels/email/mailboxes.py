"""Which addresses are ours, and whose they are."""

import contextlib
import time
from dataclasses import dataclass

from sqlmodel import Session, col, select

from contactcenter import citizens
from contactcenter.model import AddressPoint
from contactcenter.states import AddressKind
from contactcenter.store import Store

FRESH_SECONDS = 5.0
"""How long the list may be older than the configuration."""


@dataclass(frozen=True, slots=True)
class Mailbox:
    address: str
    municipality_id: int


def bare(address: str) -> str:
    """An address without its plus part (RFC 5233), in lower case, its domain as it stands in the DNS (RFC 5890)."""
    local, at, domain = address.strip().strip("<>").lower().rpartition("@")
    if not domain.isascii():
        with contextlib.suppress(UnicodeError):  # an impossible domain stays as it is, and is nobody's
            domain = domain.encode("idna").decode()
    return f"{local.partition('+')[0]}{at}{domain}"


class Mailboxes:
    """The mail addresses of the configuration, looked up anew when they may have changed."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._known: dict[str, Mailbox] = {}
        self._read_at = float("-inf")

    async def is_ours(self, address: str) -> bool:
        """Whether mail to `address` is taken in. Raises Unavailable when the database cannot say."""
        await self._refresh()
        return bare(address) in self._known

    async def by_municipality(self, recipients: list[str]) -> list[Mailbox]:
        """The mailboxes among `recipients`, the first of each municipality."""
        await self._refresh()
        found: dict[int, Mailbox] = {}
        for recipient in recipients:
            if mailbox := self._known.get(bare(recipient)):
                found.setdefault(mailbox.municipality_id, mailbox)
        return list(found.values())

    async def domains(self) -> set[str]:
        """The domains of our addresses, as they stand in the DNS."""
        await self._refresh()
        return {address.rpartition("@")[2] for address in self._known}

    async def _refresh(self) -> None:
        if time.monotonic() - self._read_at > FRESH_SECONDS:
            self._known = await self._store.read(_mailboxes)
            self._read_at = time.monotonic()


def _mailboxes(session: Session) -> dict[str, Mailbox]:
    ours = select(AddressPoint).where(AddressPoint.kind == AddressKind.EMAIL).order_by(col(AddressPoint.id))
    known: dict[str, Mailbox] = {}
    for point in session.exec(ours):
        mailbox = Mailbox(point.address, citizens.municipality_of(session, point.organisation_id))
        known[bare(point.address)] = mailbox
    for mailbox in list(known.values()):
        # RFC 5321 4.5.1: mail to the postmaster of a domain we answer for is taken in.
        known.setdefault(f"postmaster@{bare(mailbox.address).rpartition('@')[2]}", mailbox)
    return known
