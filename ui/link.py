"""One console's connection as the hub sees it."""

from collections.abc import Callable

from ui.audience import Audience
from ui.session import SignedIn
from ui.socket import Socket, frame

BACKLOG = 256 * 1024
"""Bytes that may wait for a reader beside the snapshot being sent; beyond it, it gets a new snapshot instead."""
FLOOD = 4 * BACKLOG
"""Answers to its own verbs that a console leaves unread before it is cut off."""

GOING_AWAY, SIGNED_OUT, TOO_SLOW = 1012, 4401, 4408


class Link:
    """A console. `behind`: it missed something, and gets a snapshot as soon as it reads again."""

    __slots__ = ("_room", "_socket", "audience", "behind_since", "looking", "signed_in", "snapshot")

    def __init__(self, socket: Socket, signed_in: SignedIn, audience: Audience, snapshot: Callable[["Link"], bytes]):
        self._socket = socket
        self._room = BACKLOG
        self.signed_in = signed_in
        self.audience = audience
        self.snapshot = snapshot
        self.behind_since: float | None = None
        self.looking: int | None = None
        socket.limit()
        socket.drained = self._drained

    @property
    def user_id(self) -> int:
        return self.signed_in.actor.user_id

    def send(self, frames: bytes, now: float) -> None:
        """Send an event, unless the reader is behind already or now gets so."""
        if self.behind_since is not None or not self._socket.is_open:
            return
        if self._socket.buffered > self._room:
            self.behind_since = now
            return
        self._socket.write(frames)

    def answer(self, text: bytes) -> None:
        """Answer the console's own message; one that asks and never reads is cut off."""
        if not self._socket.is_open:
            return
        if self._socket.buffered > self._room + FLOOD:
            self._socket.end(TOO_SLOW, "too slow")
            return
        self._socket.write(frame(text))

    def resync(self, now: float) -> None:
        """Send everything anew; later, when the reader has not taken what was sent before."""
        if not self._socket.is_open:
            return
        if self._socket.buffered > self._room:
            self.behind_since = self.behind_since or now
            return
        self.behind_since = None
        frames = frame(self.snapshot(self))
        self._room = BACKLOG + len(frames)
        self._socket.write(frames)

    def close(self, code: int, reason: str = "") -> None:
        self._socket.end(code, reason)

    def _drained(self) -> None:
        self._room = BACKLOG
        if self.behind_since is not None:
            self.resync(self.behind_since)
