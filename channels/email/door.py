"""The mail door: SMTP (RFC 5321) for known mailboxes only; 250 means that the raw mail is safely stored.

aiosmtpd's own answers are replaced where they would leak, or turn a passing fault into a permanent bounce.
"""

import asyncio
import hashlib
import ssl
from collections.abc import Callable
from datetime import datetime
from functools import partial

from aiosmtpd.smtp import SMTP, Envelope, Session

from channels.email.connection import Connection, LmtpConnection, Load
from channels.email.headers import line
from channels.email.mailboxes import Mailboxes
from channels.email.settings import EmailSettings
from contactcenter import intake
from contactcenter.errors import Misconfigured, Unavailable
from contactcenter.store import Store


class Handler:
    """What is decided at each step. Raising is answered with 451 and no detail."""

    def __init__(
        self,
        store: Store,
        mailboxes: Mailboxes,
        settings: EmailSettings,
        clock: Callable[[], datetime],
        wake: Callable[[], None] = lambda: None,
    ) -> None:
        self._store, self._mailboxes, self._settings, self._clock = store, mailboxes, settings, clock
        self._wake = wake

    async def handle_RCPT(  # noqa: N802
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if len(envelope.rcpt_tos) >= self._settings.max_recipients:
            return "452 4.5.3 Too many recipients"
        if not await self._mailboxes.is_ours(address):
            return "550 5.1.1 No such mailbox here"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 Ok"

    async def handle_DATA(self, _server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        raw = bytes(envelope.original_content or b"")
        about = {
            "mail_from": line(envelope.mail_from or "").strip("<>"),
            "recipients": list(envelope.rcpt_tos),
            "helo": session.host_name or "",
            "peer": str((session.peer or ("",))[0]),
            "tls": session.ssl is not None,
        }
        try:
            sha256 = hashlib.sha256(raw).hexdigest()
            number = await self._store.run(intake.accept_raw, raw, about, sha256, self._clock())
        except Unavailable as error:
            return "452 4.3.1 No room just now, try again" if error.code == "disk_full" else UNAVAILABLE
        self._wake()
        return f"250 2.0.0 Stored as {number}"

    async def handle_EHLO(  # noqa: N802
        self, _server: SMTP, session: Session, _envelope: Envelope, name: str, answers: list[str]
    ) -> list[str]:
        """What we can do. AUTH is not among it: nobody signs in here, and nothing is relayed."""
        session.host_name = name
        kept = [one for one in answers if not one.startswith(("250-AUTH", "250 HELP"))]
        return [*kept, "250 PIPELINING"]

    async def handle_exception(self, _error: Exception) -> str:
        return UNAVAILABLE


UNAVAILABLE = "451 4.3.0 Not possible just now, try again"


class Door:
    """The listening server. `open` returns when it listens; `port` is then the real one.

    `protocol` is SMTP's or LMTP's connection. Doors that share a `load` share its limits.
    """

    def __init__(
        self,
        handler: Handler,
        settings: EmailSettings,
        wished: int | None = None,
        protocol: type[Connection] = Connection,
        load: Load | None = None,
    ) -> None:
        self._handler, self._settings, self._protocol = handler, settings, protocol
        self._wished = settings.port if wished is None else wished
        self._load = load or Load()
        self._server: asyncio.Server | None = None

    async def open(self) -> None:
        """Listen. Raises Misconfigured when the port is taken or the certificate is wrong."""
        loop = asyncio.get_running_loop()
        make = partial(
            self._protocol,
            self._load,
            self._settings,
            self._handler,
            loop=loop,
            hostname=self._settings.hostname,
            ident="LMTP" if self._protocol is LmtpConnection else "ESMTP",
            data_size_limit=self._settings.max_message_mb << 20,
            enable_SMTPUTF8=True,
            timeout=self._settings.idle_seconds,
            tls_context=_tls(self._settings),
        )
        try:
            self._server = await loop.create_server(make, self._settings.host, self._wished, backlog=200)
        except OSError as error:
            raise Misconfigured(
                "settings",
                f"{self._name}: {self._settings.host}:{self._wished} cannot be used ({error.strerror})",
            ) from error

    @property
    def _name(self) -> str:
        return "CC_EMAIL__LMTP_PORT" if self._protocol is LmtpConnection else "CC_EMAIL__PORT"

    @property
    def port(self) -> int:
        if self._server is None:
            raise RuntimeError("not open")
        return int(self._server.sockets[0].getsockname()[1])

    async def close(self) -> None:
        """Take nothing new; let mails in the middle arrive; end the connections."""
        if self._server:
            self._server.close()
            await asyncio.gather(*(connection.finish() for connection in list(self._load.connections)))


def _tls(settings: EmailSettings) -> ssl.SSLContext | None:
    if settings.tls_certificate is None:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        context.load_cert_chain(settings.tls_certificate, settings.tls_key)
    except (OSError, ssl.SSLError) as error:
        raise Misconfigured("settings", f"CC_EMAIL__TLS_CERTIFICATE cannot be used: {error}") from error
    return context
