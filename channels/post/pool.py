"""The parent's side of the reading processes: as many as there are cores, each killed with its group when it
takes too long, and started anew when the next request comes."""

import asyncio
import json
import os
import signal
import sys
from types import TracebackType
from typing import Any, Self

from contactcenter.errors import Refused, Unavailable

ANSWER_LIMIT = 64 << 20


class _Process:
    """One child and the line of talk with it."""

    def __init__(self, memory_mb: int, scratch: str) -> None:
        self._memory_mb, self._scratch = memory_mb, scratch
        self._child: asyncio.subprocess.Process | None = None

    async def ask(self, request: dict[str, Any], seconds: float) -> dict[str, Any]:
        try:
            async with asyncio.timeout(seconds):
                line = await self._talk(request)
        except TimeoutError as late:
            self.kill()
            raise Refused(f"{request['do']}_timeout", f"it took longer than {seconds:g} seconds") from late
        except (OSError, ValueError) as broken:
            self.kill()
            raise Refused(f"{request['do']}_crashed", "the reading process died") from broken
        except BaseException:
            self.kill()  # cancelled in the middle: the answer would be taken for that of the next request
            raise
        if not line:
            self.kill()
            raise Refused(f"{request['do']}_crashed", "the reading process died")
        answer: dict[str, Any] = json.loads(line)
        if "unavailable" in answer:
            raise Unavailable(answer["unavailable"], answer["text"])
        if "refused" in answer:
            raise Refused(answer["refused"], answer["text"])
        return answer

    async def _talk(self, request: dict[str, Any]) -> bytes:
        child = self._child
        if child is None or child.returncode is not None:
            child = self._child = await self._start()
        assert child.stdin is not None and child.stdout is not None  # noqa: S101, PT018 - both are pipes
        child.stdin.write(json.dumps(request).encode() + b"\n")
        await child.stdin.drain()
        return await child.stdout.readline()

    async def _start(self) -> asyncio.subprocess.Process:
        environment = os.environ | {"OMP_THREAD_LIMIT": "1", "OPENBLAS_NUM_THREADS": "1", "TMPDIR": self._scratch}
        return await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "channels.post.worker",
            str(self._memory_mb),
            str(os.getpid()),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            start_new_session=True,
            limit=ANSWER_LIMIT,
            env=environment,
        )

    def kill(self) -> None:
        """End the child and all it started, at once."""
        child, self._child = self._child, None
        if child is not None:
            try:
                os.killpg(child.pid, signal.SIGKILL)
            except ProcessLookupError:
                return

    async def close(self) -> None:
        child = self._child
        self.kill()
        if child is not None:
            await child.wait()


class Pool:
    """`async with Pool(workers, …) as pool: await pool.ask({...}, seconds)`.

    `ask` waits for a free process. Raises Refused with the child's reason, or `…_timeout`, `…_crashed`; Unavailable
    when the disk is full.
    """

    def __init__(self, workers: int, memory_mb: int, scratch: str) -> None:
        self.workers = workers
        self._every = [_Process(memory_mb, scratch) for _ in range(workers)]
        self._free: asyncio.LifoQueue[_Process] = asyncio.LifoQueue()

    async def ask(self, request: dict[str, Any], seconds: float) -> dict[str, Any]:
        process = await self._free.get()
        try:
            return await process.ask(request, seconds)
        finally:
            self._free.put_nowait(process)

    async def __aenter__(self) -> Self:
        for process in self._every:
            self._free.put_nowait(process)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for process in self._every:
            await process.close()
