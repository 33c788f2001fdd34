"""Calendars are worked out by a child process: one that never ends, or eats all memory, is ended, and nothing waits.

The child reads a JSON line and as many bytes of calendar as it says, and answers with a JSON line. It holds no secret
and opens nothing. Run as a program this file is the child.
"""

import asyncio
import json
import resource
import sys
from contextlib import suppress
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from contactcenter.directory.look import Found, Look, Unreadable
from contactcenter.errors import Refused

MEMORY = 1024 * 1024 * 1024
LONGEST_ANSWER = 1024 * 1024


class Workshop:
    """One child, started when it is needed, ended when it takes too long."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._child: asyncio.subprocess.Process | None = None
        self._one = asyncio.Lock()

    async def busy(self, data: bytes, look: Look, zone: str) -> list[Found]:
        """The busy times. Raises Refused (`calendar_unreadable`, `calendar_too_full`, `calendar_endless`)."""
        asked = {"size": len(data), "begin": look.begin.isoformat(), "end": look.end.isoformat(), "zone": zone,
                 "owner": look.owner, "tentative": look.tentative}  # fmt: skip
        async with self._one:
            try:
                async with asyncio.timeout(self._seconds):
                    answer = await self._ask(json.dumps(asked).encode() + b"\n" + data)
            except (TimeoutError, OSError, ValueError, asyncio.IncompleteReadError) as endless:
                await self._end()
                raise Refused("calendar_endless", "the calendar takes too long to work out") from endless
            except BaseException:
                await self._end()
                raise
        if failure := answer.get("failure"):
            raise Refused(str(failure), "the calendar cannot be read")
        return [(float(begin), float(end), str(kind)) for begin, end, kind in answer["busy"]]

    async def close(self) -> None:
        await self._end()

    async def _ask(self, question: bytes) -> dict[str, Any]:
        child = self._child
        if child is None or child.returncode is not None:
            pipe = asyncio.subprocess.PIPE
            child = self._child = await asyncio.create_subprocess_exec(
                sys.executable, "-m", __name__, stdin=pipe, stdout=pipe, stderr=asyncio.subprocess.DEVNULL,
                limit=LONGEST_ANSWER,
            )  # fmt: skip
        assert child.stdin  # noqa: S101
        assert child.stdout  # noqa: S101
        child.stdin.write(question)
        await child.stdin.drain()
        answer: dict[str, Any] = json.loads(await child.stdout.readuntil(b"\n"))
        return answer

    async def _end(self) -> None:
        child, self._child = self._child, None
        if child is not None:
            with suppress(ProcessLookupError):
                child.kill()
            await child.wait()


def _serve() -> None:
    """The child's life: until its parent closes the pipe."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    while line := sys.stdin.buffer.readline():
        asked = json.loads(line)
        data = sys.stdin.buffer.read(asked["size"])
        sys.stdout.write(json.dumps(_answered(asked, data)) + "\n")
        sys.stdout.flush()


def _answered(asked: dict[str, Any], data: bytes) -> dict[str, Any]:
    from contactcenter.directory.busy import read  # noqa: PLC0415 (only the child needs what it needs)

    begin, end = (datetime.fromisoformat(asked[name]) for name in ("begin", "end"))
    look = Look(begin, end, ZoneInfo(asked["zone"]), asked["owner"], asked["tentative"])
    try:
        return {"busy": read(data, look)}
    except Unreadable as wrong:
        return {"failure": wrong.args[0]}
    except (MemoryError, RecursionError):
        return {"failure": "calendar_endless"}
    except Exception:  # noqa: BLE001 (whatever it was, the next calendar shall be read)
        return {"failure": "calendar_unreadable"}


if __name__ == "__main__":
    _serve()
