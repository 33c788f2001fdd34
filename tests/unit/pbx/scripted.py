"""A manager interface that says what the test tells it to, on a port of its own."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from pbx.ami import AmiLink, Consumer, Door, Item, LinkState, Pace

Fields = dict[str, str]
Answer = Callable[["Peer", Fields], Awaitable[None]]
QUICK = Pace(connect_within=1, answer_within=0.3, ping_every=0.2, retry_first=0.02, retry_longest=0.05)


class Peer:
    """One connected client, as the server sees it."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def say(self, text: str) -> None:
        await self.raw(text.replace("\n", "\r\n").encode())

    async def raw(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def succeed(self, action: Fields, more: str = "") -> None:
        await self.say(f"Response: Success\nActionID: {action['ActionID']}\n{more}Message: done\n\n")

    async def fail(self, action: Fields, message: str) -> None:
        await self.say(f"Response: Error\nActionID: {action['ActionID']}\nMessage: {message}\n\n")

    async def action(self) -> Fields:
        text = (await self.reader.readuntil(b"\r\n\r\n")).decode()
        return dict(line.split(": ", 1) for line in text.strip().split("\r\n"))


class ScriptedManager:
    """Answers login, Events and Ping by itself; everything else goes to `answers[name]`, else success."""

    def __init__(self) -> None:
        self.answers: dict[str, Answer] = {}
        self.seen: list[Fields] = []
        self.peers: list[Peer] = []
        self.changed = asyncio.Condition()
        self.port = 0

    @asynccontextmanager
    async def listening(self) -> AsyncIterator["ScriptedManager"]:
        server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()
            for peer in self.peers:
                peer.writer.close()
            await server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        peer = Peer(reader, writer)
        self.peers.append(peer)
        await peer.say("Asterisk Call Manager/11.0.0\n")
        try:
            while True:
                action = await peer.action()
                async with self.changed:
                    self.seen.append(action)
                    self.changed.notify_all()
                await self.answers.get(action["Action"], Peer.succeed)(peer, action)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    async def until_seen(self, name: str, times: int = 1) -> Fields:
        async with self.changed:
            await self.changed.wait_for(lambda: len(self.named(name)) >= times)
        return self.named(name)[-1]

    def named(self, name: str) -> list[Fields]:
        return [action for action in self.seen if action["Action"] == name]


class Heard:
    """Everything the link told its consumer, and its states; both can be waited for."""

    def __init__(self) -> None:
        self.items: list[Item] = []
        self.states: list[LinkState] = []
        self._changed = asyncio.Event()

    async def consume(self, item: Item) -> None:
        self.items.append(item)
        self._changed.set()

    def on_state(self, state: LinkState) -> None:
        self.states.append(state)
        self._changed.set()

    async def until(self, true: Callable[[], bool]) -> None:
        async with asyncio.timeout(5):
            while not true():
                self._changed.clear()
                await self._changed.wait()

    async def until_item(self, kind: type[Item], times: int = 1) -> None:
        await self.until(lambda: sum(isinstance(item, kind) for item in self.items) >= times)


@asynccontextmanager
async def linked(
    manager: ScriptedManager, heard: Heard, *, pace: Pace = QUICK, consumer: Consumer | None = None
) -> AsyncIterator[AmiLink]:
    """A link to that manager, running until the block ends."""
    door = Door("127.0.0.1", manager.port, "kc", "hemligt")
    link = AmiLink(door, consumer or heard.consume, pace=pace, on_state=heard.on_state)
    task = asyncio.create_task(link.run())
    try:
        yield link
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
