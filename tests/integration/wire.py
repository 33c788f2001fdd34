"""A TCP link between two programs that can be cut, blackholed or refused."""

import asyncio
from contextlib import suppress


class Wire:
    """Listens on `port`, passes everything on to `target`. `seen` holds what the client has sent."""

    def __init__(self, target: int) -> None:
        self.target = target
        self.port = 0
        self.black = False
        """Nothing passes any more in either direction, and nobody is told."""
        self.deaf_after = b"\0"
        """Once the client has sent this, it hears no more, while what it sends still arrives."""
        self.seen = b""
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    async def open(self) -> "Wire":
        self._server = await asyncio.start_server(self._pass, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    def refuse(self) -> None:
        """Nobody listens any more, and what was there is cut."""
        if self._server:
            self._server.close()
        self.cut()

    def cut(self) -> None:
        for writer in self._writers:
            writer.transport.abort()
        self._writers.clear()

    async def close(self) -> None:
        self.refuse()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.target)
        self._writers |= {writer, far_writer}
        for task in (self._pump(reader, far_writer, note=True), self._pump(far_reader, writer, note=False)):
            self._tasks.add(asyncio.create_task(task))

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, note: bool) -> None:
        with suppress(ConnectionError):
            while data := await reader.read(65536):
                if note:
                    self.seen += data
                deaf = not note and self.deaf_after in self.seen
                if not (self.black or deaf):
                    writer.write(data)
                    await writer.drain()
            writer.close()
