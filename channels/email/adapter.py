"""The e-mail channel: a door, a reader and a sender, each under supervision of its own."""

import asyncio
from collections.abc import Callable

from channels.email.compose import compose
from channels.email.connection import LmtpConnection, Load
from channels.email.door import Door, Handler
from channels.email.imap import ImapSource
from channels.email.mailboxes import Mailboxes
from channels.email.reader import Reader
from channels.email.sender import Sender
from channels.email.settings import EmailSettings
from channels.email.smime import keys
from channels.email.smime.sealing import Sealer
from channels.email.trust import clamav
from contactcenter import mail_seal, mailout
from contactcenter.context import Context
from contactcenter.ports import Adapter, Health


def build(context: Context) -> list[Adapter]:
    """The channel, from the settings `CC_EMAIL__…`."""
    settings = context.settings.group("email", EmailSettings)
    mailout.use_composer(compose)
    own = keys.load(settings)
    mail_seal.use_sealer(Sealer(own) if own.by_address else None)
    mailboxes = Mailboxes(context.store)
    reader = Reader(context, settings, mailboxes)
    if not settings.enabled:
        return [Off()]
    fetched = [ImapSource(context, one, mailboxes, reader.wake) for one in settings.imap]
    daemon = clamav.clamd(settings)
    scanner = [clamav.Scanner(context.store, context.files, daemon, context.clock)] if daemon else []
    return [EmailDoor(context, settings, mailboxes, reader.wake), *fetched, reader, *scanner, Sender(context, settings)]


class Off:
    """The channel switched off: no mail comes in, and what is to go out waits."""

    name = "email"

    async def run(self, report: Callable[[Health], None]) -> None:
        report(Health(self.name, ok=True, code="disabled"))
        await asyncio.Event().wait()


class EmailDoor:
    """The adapter that listens."""

    name = "email"

    def __init__(
        self, context: Context, settings: EmailSettings, mailboxes: Mailboxes, wake: Callable[[], None]
    ) -> None:
        self._context, self._settings, self._wake = context, settings, wake
        self._mailboxes = mailboxes
        self.port = self.lmtp_port = 0
        """The ports listened on, once it does."""

    async def run(self, report: Callable[[Health], None]) -> None:
        """Listen until cancelled; then take nothing new."""
        handler = Handler(self._context.store, self._mailboxes, self._settings, self._context.clock, self._wake)
        load = Load()
        doors = [Door(handler, self._settings, load=load)]
        if self._settings.lmtp_port is not None:
            doors.append(Door(handler, self._settings, self._settings.lmtp_port, LmtpConnection, load))
        try:
            for door in doors:
                await door.open()
            self.port, self.lmtp_port = doors[0].port, doors[-1].port
            report(Health(self.name, ok=True, facts={"port": self.port, "lmtp_port": self.lmtp_port}))
            await asyncio.Event().wait()
        finally:
            for door in doors:
                await door.close()
