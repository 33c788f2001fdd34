"""Which addresses are ours, and whose they are."""

import time
from dataclasses import dataclass

from sqlmodel import Session, select

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
    """An address without its plus part (RFC 5233), in lower case."""
    local, at, domain = address.strip().strip("<>").lower().rpartition("@")
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

    async def _refresh(self) -> None:
        if time.monotonic() - self._read_at > FRESH_SECONDS:
            self._known = await self._store.read(_mailboxes)
            self._read_at = time.monotonic()


def _mailboxes(session: Session) -> dict[str, Mailbox]:
    points = session.exec(select(AddressPoint).where(AddressPoint.kind == AddressKind.EMAIL)).all()
    return {
        point.address.lower(): Mailbox(point.address, citizens.municipality_of(session, point.organisation_id))
        for point in points
    }
