"""The demo's own mail server for what goes out: keeps the last mails in a folder so that a newcomer can read them."""

import asyncio
import threading
from collections.abc import Callable
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from functools import partial
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

from contactcenter.errors import Misconfigured
from contactcenter.ports import Health

MOST = 500
"""Mails kept; the oldest go first."""


class Sink:
    """An adapter that takes any mail on `port` of the loopback and keeps it in `folder`."""

    name = "mail_sink"

    def __init__(self, folder: Path, port: int) -> None:
        self.folder, self.port = folder, port
        self._count = 0
        self._writing = threading.Lock()

    async def run(self, report: Callable[[Health], None]) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        loop = asyncio.get_running_loop()
        make = partial(SMTP, self, loop=loop, enable_SMTPUTF8=True, hostname="sink.localhost", ident="sink")
        try:
            server = await loop.create_server(make, "127.0.0.1", self.port)
        except OSError as error:
            raise Misconfigured("mail_sink", f"port {self.port} for the mail sink is taken") from error
        self.port = server.sockets[0].getsockname()[1]
        report(Health(self.name, ok=True))
        try:
            await asyncio.Event().wait()
        finally:
            server.close()

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        await asyncio.to_thread(self._keep, bytes(envelope.original_content or b""), list(envelope.rcpt_tos))
        return "250 2.0.0 Kept"

    async def messages(self) -> list[dict[str, Any]]:
        """The mails, newest first: `{"id", "to", "from", "subject", "date", "text"}`."""
        return await asyncio.to_thread(self._listed)

    def _keep(self, raw: bytes, recipients: list[str]) -> None:
        with self._writing:
            self._keep_alone(raw, recipients)

    def _keep_alone(self, raw: bytes, recipients: list[str]) -> None:
        kept = sorted(self.folder.glob("*.eml"))
        last = int(kept[-1].name.partition("-")[0]) if kept else 0
        self._count = max(self._count, last) + 1
        envelope = f"X-Envelope-To: {', '.join(recipients)}\r\n".encode()
        part = self.folder / f"{self._count:08d}.part"
        part.write_bytes(envelope + raw)
        part.rename(self.folder / f"{self._count:08d}-mail.eml")
        for old in kept[: max(0, len(kept) + 1 - MOST)]:
            old.unlink(missing_ok=True)

    def _listed(self) -> list[dict[str, Any]]:
        return [_summary(path) for path in sorted(self.folder.glob("*.eml"), reverse=True)[:100]]


def _summary(path: Path) -> dict[str, Any]:
    message = BytesParser(policy=policy.default).parsebytes(path.read_bytes())
    assert isinstance(message, EmailMessage)  # noqa: S101
    body = message.get_body(("plain",))
    return {
        "id": path.name.partition("-")[0],
        "to": str(message["X-Envelope-To"] or ""),
        "from": str(message["From"] or ""),
        "subject": str(message["Subject"] or ""),
        "date": str(message["Date"] or ""),
        "text": str(body.get_content()) if body else "",
    }
