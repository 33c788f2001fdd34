"""Reading mails in a child process that is killed when it takes too long or too much."""

import asyncio
import contextlib
import os
import signal
import sys

import msgspec

from channels.email.message import Parsed
from channels.email.smime.settings import SmimeSettings
from channels.email.worker import LENGTH, Work
from contactcenter.errors import Unavailable

ANSWER_LIMIT = 1 << 29
START_SECONDS = 60.0


class Unreadable(Exception):
    """The mail could not be read; `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Reading:
    """One child process, started when needed and again after it was killed."""

    def __init__(self, secret: bytes, seconds: float, memory_mb: int, smime: SmimeSettings | None = None) -> None:
        self._secret, self._seconds, self._memory_mb = secret, seconds, memory_mb
        self._smime = (smime or SmimeSettings()).model_dump_json(include=set(SmimeSettings.model_fields))
        self._child: asyncio.subprocess.Process | None = None

    async def read(self, raw: bytes, mail_from: str, recipients: list[str]) -> Parsed:
        """Read one mail. Raises Unreadable; Unavailable when no child can be started."""
        await self._ready()
        try:
            async with asyncio.timeout(self._seconds):
                answer = await self._ask(msgspec.msgpack.encode(Work(raw, mail_from, recipients)))
        except TimeoutError as error:
            await self.close()
            raise Unreadable("took_too_long") from error
        except (asyncio.IncompleteReadError, ConnectionError, OSError) as error:
            await self.close()
            raise Unreadable("reader_died") from error
        return _parsed(answer)

    async def close(self) -> None:
        """End the child at once."""
        child, self._child = self._child, None
        if child is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)
            await child.wait()

    async def _ask(self, question: bytes) -> bytes:
        child = self._child
        assert child is not None and child.stdin is not None and child.stdout is not None  # noqa: S101, PT018
        child.stdin.write(LENGTH.pack(len(question)) + question)
        await child.stdin.drain()
        (length,) = LENGTH.unpack(await child.stdout.readexactly(LENGTH.size))
        if length > ANSWER_LIMIT:
            raise ConnectionError("answer too large")
        return await child.stdout.readexactly(length)

    async def _ready(self) -> None:
        """Have a child that waits for work. Its start is not counted as reading."""
        if self._child is not None and self._child.returncode is None:
            return
        try:
            self._child = await _started(self._memory_mb, self._smime)
            assert self._child.stdin is not None and self._child.stdout is not None  # noqa: S101, PT018
            self._child.stdin.write(LENGTH.pack(len(self._secret)) + self._secret)
            async with asyncio.timeout(START_SECONDS):
                await self._child.stdout.readexactly(LENGTH.size)
        except (TimeoutError, asyncio.IncompleteReadError, OSError) as error:
            await self.close()
            raise Unavailable("mail_reader", "the process that reads mails cannot be started") from error


async def _started(memory_mb: int, smime: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "channels.email.worker",
        str(memory_mb),
        smime,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        start_new_session=True,
    )


def _parsed(answer: bytes) -> Parsed:
    found = msgspec.msgpack.decode(answer)
    if isinstance(found, dict) and "problem" in found:
        raise Unreadable(str(found["problem"]))
    return msgspec.convert(found, Parsed)
