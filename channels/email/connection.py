"""One SMTP connection: aiosmtpd's, with limits of its own and a DATA that reads mail as it is.

Only <CRLF>.<CRLF> ends a mail: a bare LF or CR is content, so nothing can be smuggled in behind it. What is taken in
is never sent on, and is kept exactly as it came.
"""

import asyncio
import contextlib
import functools
import logging
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, NoReturn

from aiosmtpd.smtp import SMTP

from channels.email.settings import EmailSettings

logging.getLogger("mail.log").setLevel(logging.CRITICAL)  # aiosmtpd logs who writes to whom

PIECE = 1 << 16
"""Bytes read at a time, and the least that must arrive within the idle time; no line is too long."""
MOST_IN_HAND = 256 << 20
"""Bytes of half-received mails, all connections together."""
COMMANDS = 100
"""Commands that a connection may give without a mail being taken, recipients apart."""
END = b"\r\n.\r\n"
PLAIN_ADDRESS = re.compile(r"<([\w!#$%&'*+/=?^`{|}~.-]{1,64}@[A-Za-z0-9.-]{1,255})>(| .*)", re.ASCII)
LAST_WORDS = 5.0
"""Seconds that a mail in the middle gets when the door closes."""

Method = Callable[[str | None], Awaitable[None]]


@dataclass(slots=True)
class Load:
    """What all connections of the door have in hand together."""

    connections: "set[Connection]" = field(default_factory=set)
    by_peer: dict[str, int] = field(default_factory=dict)
    received: int = 0
    """Bytes of half-received mails."""

    def take(self, peer: str, settings: EmailSettings) -> bool:
        """Count one more connection, unless that is too many."""
        mine = self.by_peer.get(peer, 0)
        if len(self.connections) >= settings.max_connections or mine >= settings.max_connections_per_peer:
            return False
        self.by_peer[peer] = mine + 1
        return True

    def leave(self, peer: str) -> None:
        self.by_peer[peer] -= 1
        if not self.by_peer[peer]:
            del self.by_peer[peer]


class Connection(SMTP):
    """See the module. `load` is shared by all connections of a door."""

    line_length_limit = PIECE

    def __init__(self, load: Load, settings: EmailSettings, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._load, self._settings = load, settings
        self._peer = ""
        self._commands = 0
        self._idle = asyncio.Event()
        """Set while no mail is being received or stored."""
        self._idle.set()
        self._smtp_methods = {name: self._metered(name, method) for name, method in self._smtp_methods.items()}

    def connection_made(self, transport: Any) -> None:
        if self._peer:  # STARTTLS makes the connection anew
            super().connection_made(transport)
            return
        peer = str((transport.get_extra_info("peername") or ("?",))[0])
        if not self._load.take(peer, self._settings):
            transport.write(b"421 4.7.0 Too many connections, come back later\r\n")
            transport.close()
            return
        self._peer = peer
        self._load.connections.add(self)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        if self in self._load.connections:
            self._load.connections.remove(self)
            self._load.leave(self._peer)
            super().connection_lost(error)

    async def finish(self) -> None:
        """Say goodbye, after the mail in hand if there is one."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LAST_WORDS):
                await self._idle.wait()
        if self.transport is not None:
            with contextlib.suppress(OSError, AttributeError):  # a TLS transport that the other side has just left
                self._writer.write(b"421 4.3.2 Closing, come back later\r\n")
            self.transport.close()
            if self._original_transport is not None:
                self._original_transport.close()
        if self._handler_coroutine is not None:
            self._handler_coroutine.cancel()
            await asyncio.gather(self._handler_coroutine, return_exceptions=True)

    async def smtp_DATA(self, arg: str | None) -> None:  # noqa: N802 (named by aiosmtpd)
        if await self.check_helo_needed():
            return
        assert self.envelope is not None  # noqa: S101
        if not self.envelope.rcpt_tos:
            await self.push("503 5.5.1 Name a recipient first")
            return
        if arg:
            await self.push("501 5.5.4 DATA takes no argument")
            return
        self._idle.clear()
        try:
            await self._answer(await self._received())
        finally:
            self._idle.set()
            self.envelope = self._create_envelope()

    async def _answer(self, answer: str) -> None:
        """Say what became of the mail."""
        await self.push(answer)

    async def _received(self) -> str:
        """Receive one mail; the answer to it."""
        raw, refusal = await self._raw()
        if refusal:
            return refusal
        assert self.envelope is not None  # noqa: S101
        self.envelope.content = self.envelope.original_content = raw
        try:
            answer = str(await self._call_handler_hook("DATA"))
        except Exception as error:  # noqa: BLE001 (the handler says what is told; nothing of the error is)
            answer = await self.handle_exception(error)
        if answer.startswith("250"):
            self._commands = 0
        return answer

    async def _raw(self) -> tuple[bytes, str]:
        """The mail without its terminator and doubled dots, or why it is not taken."""
        # The line break before the first line is fed in, so that one way of ending serves the empty mail too.
        self._reader.feed_data(b"\r\n")
        await self.push("354 End with <CRLF>.<CRLF>")
        pieces, total, refusal, ended = list[bytes](), 0, "", False
        try:
            while not ended:
                piece, ended = await self._piece()
                if total == 0 and not piece.startswith(b"\r\n"):
                    await self._hang_up("503 5.5.0 You did not wait for 354")
                total += len(piece)
                refusal = refusal or self._refusal(total, len(piece))
                if refusal:
                    self._load.received -= sum(map(len, pieces))
                    pieces.clear()
                else:
                    self._load.received += len(piece)
                    pieces.append(piece)
                if total > 2 * self._most:
                    await self._hang_up(refusal)
            return b"".join(pieces)[:-3].replace(b"\r\n.", b"\r\n")[2:], refusal
        finally:
            self._load.received -= sum(map(len, pieces))

    async def _piece(self) -> tuple[bytes, bool]:
        """Some more of the mail; whether that was the end. A piece never cuts the terminator."""
        self._reset_timeout()
        try:
            return await self._reader.readuntil(END), True
        except asyncio.LimitOverrunError as more:
            return await self._reader.read(more.consumed), False

    @property
    def _most(self) -> int:
        return self._settings.max_message_mb << 20

    def _refusal(self, total: int, new: int) -> str:
        if total > self._most:
            return "552 5.3.4 The mail is too large"
        if self._load.received + new > max(MOST_IN_HAND, self._most):
            return "452 4.3.1 No room just now, try again"
        return ""

    async def _hang_up(self, words: str) -> NoReturn:
        """Say this and end the connection at once: what else has come on it is not to be obeyed."""
        await self.push(words)
        if self.transport is not None:
            self.transport.close()
        raise asyncio.CancelledError

    def _metered(self, name: str, method: Method) -> Method:
        """`method`, given up on when a connection gives command after command and no mail."""

        @functools.wraps(method)
        async def metered(arg: str | None) -> None:
            self._commands += 1
            if self._commands > COMMANDS + self._settings.max_recipients and name != "QUIT":
                await self._hang_up("421 4.7.0 Too many commands")
            await method(arg)

        return metered

    def _getaddr(self, arg: str) -> tuple[str | None, str | None]:
        """The address and what follows it. An ordinary one is seen at once; the library parses each for 0.1 ms."""
        if plain := PLAIN_ADDRESS.fullmatch(arg):
            return plain[1], plain[2]
        return super()._getaddr(arg)

    async def smtp_VRFY(self, arg: str | None) -> None:  # noqa: N802, ARG002
        await self.push("252 2.5.2 Send some mail, and it will be seen")

    async def smtp_EXPN(self, arg: str | None) -> None:  # noqa: N802, ARG002
        await self.push("502 5.5.1 There are no lists here")

    async def smtp_HELP(self, arg: str | None) -> None:  # noqa: N802, ARG002
        await self.push("214 2.0.0 RFC 5321")


class LmtpConnection(Connection):
    """The same over LMTP (RFC 2033): LHLO, and an answer for each recipient, since each is a delivery of its own."""

    async def smtp_LHLO(self, arg: str | None) -> None:  # noqa: N802 (named by aiosmtpd)
        await super().smtp_EHLO(arg)

    async def smtp_EHLO(self, arg: str | None) -> None:  # noqa: N802, ARG002
        await self.push("500 5.5.1 This is LMTP: say LHLO")

    async def smtp_HELO(self, arg: str | None) -> None:  # noqa: N802, ARG002
        await self.push("500 5.5.1 This is LMTP: say LHLO")

    async def _answer(self, answer: str) -> None:
        assert self.envelope is not None  # noqa: S101
        for _ in self.envelope.rcpt_tos:
            await self.push(answer)
