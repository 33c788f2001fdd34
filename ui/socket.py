"""A WebSocket whose send buffer can be seen, so that one slow reader costs nothing to the others.

A message to many is framed once and handed to each transport as it is; nobody waits for anybody. The transport's
own buffer is the bounded queue (see `Link.send`). uvicorn speaks the protocol itself.
"""

import asyncio
from collections.abc import Callable
from typing import Any, cast

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.http11 import Request

EXTENSION = "contactcenter.socket"
HIGH_WATER = 64 * 1024


class Socket(WebSocketsSansIOProtocol):
    """uvicorn's protocol, which the application can reach through its scope."""

    drained: Callable[[], None] | None = None
    """Called when a buffer that had been full has emptied."""

    def handle_connect(self, event: Request) -> None:
        super().handle_connect(event)
        if scope := getattr(self, "scope", None):
            cast("dict[str, Any]", scope["extensions"])[EXTENSION] = self

    def resume_writing(self) -> None:
        super().resume_writing()
        if self.drained:
            self.drained()

    @property
    def buffered(self) -> int:
        """Bytes that the reader has not taken yet."""
        return self.transport.get_write_buffer_size()

    @property
    def is_open(self) -> bool:
        return self.handshake_complete and not self.close_sent and not self.transport.is_closing()

    def limit(self) -> None:
        """Say how much may wait before the buffer counts as full."""
        self.transport.set_write_buffer_limits(high=HIGH_WATER)

    def write(self, frames: bytes) -> None:
        self.transport.write(frames)

    def end(self, code: int, reason: str = "") -> None:
        """Say good-bye and close; one who does not read is cut off."""
        if not self.is_open:
            return
        self.queue.put_nowait({"type": "websocket.disconnect", "code": code, "reason": reason})
        if self.buffered > HIGH_WATER:
            self.transport.abort()
            return
        self.conn.send_close(code, reason)
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.close_sent = True
        self.stop_keepalive()
        self.close_timer = asyncio.get_running_loop().call_later(self.close_timeout, self.transport.abort)


def frame(text: bytes) -> bytes:
    """A whole text message as the server sends it (RFC 6455, 5.2): unmasked, in one frame."""
    size = len(text)
    if size < 126:
        return b"\x81%c" % size + text
    if size < 65536:
        return b"\x81\x7e" + size.to_bytes(2, "big") + text
    return b"\x81\x7f" + size.to_bytes(8, "big") + text
