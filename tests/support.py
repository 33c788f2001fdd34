"""What tests of every part need: free ports, waiting on conditions, and the programs of this machine."""

import asyncio
import inspect
import shutil
import socket
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, TypeVar, overload

T = TypeVar("T")

ROOT = Path(__file__).resolve().parent.parent
"""The folder of the project."""

PAUSE = 0.01
"""Seconds between two looks at a condition."""


class TimedOut(AssertionError):
    """The awaited condition did not come true in time."""


def free_port(kind: socket.SocketKind = socket.SOCK_STREAM, host: str = "127.0.0.1") -> int:
    """A port of `host` that nobody listened on a moment ago. Prefer port 0 where the server can say what it got."""
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


def wait_until(condition: Callable[[], T], timeout: float = 10.0, what: str = "") -> T:
    """Look at `condition` until it is true, at most `timeout` seconds, and return what it gave.

    Raises TimedOut with `what` (or the condition's name) and the last thing the condition gave.
    """
    deadline = time.monotonic() + timeout
    while not (seen := condition()):
        if time.monotonic() > deadline:
            raise TimedOut(_complaint(condition, what, timeout, seen))
        time.sleep(PAUSE)
    return seen


@overload
async def eventually(condition: Callable[[], Coroutine[Any, Any, T]], timeout: float = 10.0, what: str = "") -> T: ...
@overload
async def eventually(condition: Callable[[], T], timeout: float = 10.0, what: str = "") -> T: ...
async def eventually(condition: Callable[[], Any], timeout: float = 10.0, what: str = "") -> Any:
    """Like `wait_until`, for tests on an event loop; the condition may be a coroutine function."""
    deadline = asyncio.get_running_loop().time() + timeout
    while True:
        given = condition()
        seen = await given if inspect.isawaitable(given) else given
        if seen:
            return seen
        if asyncio.get_running_loop().time() > deadline:
            raise TimedOut(_complaint(condition, what, timeout, seen))
        await asyncio.sleep(PAUSE)


def browser_path() -> str | None:
    """The system's Chromium or Chrome; None where Playwright's own build (see script/setup) has to serve."""
    for name in ("chromium", "google-chrome", "chromium-browser"):
        found = shutil.which(name)
        # On Ubuntu the name belongs to a snap, which cannot be driven from a test.
        if found and not str(Path(found).resolve()).startswith("/snap"):
            return found
    return None


def _complaint(condition: Callable[..., object], what: str, timeout: float, seen: object) -> str:
    name = what or getattr(condition, "__qualname__", repr(condition))
    return f"{name}: not within {timeout:g} s; last seen: {seen!r}"
