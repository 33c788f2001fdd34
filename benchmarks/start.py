"""How long `contactcenter serve` takes from the command line to ready.

    python -m benchmarks.start [--runs 7]

Ready is when `/readyz` says so: the console can be used. Measured with an empty data folder (the database is made
first) and on one that is there; the baseline is a bare Starlette application under the same server.
"""

import argparse
import contextlib
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from tests.support import free_port, wait_until

LIMIT_SECONDS = 2.0
Taken = tuple[float, float]
"""Seconds on the clock, seconds of processor."""
BARE = """
import sys, uvicorn
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
app = Starlette(routes=[Route("/readyz", lambda request: PlainTextResponse("ok"))])
uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="warning")
"""


@contextlib.contextmanager
def started(command: list[str], environment: dict[str, str], port: int) -> Iterator[Taken]:
    """Start it, give what it took until it is ready, and stop it in good order."""
    begun = time.perf_counter()
    process = subprocess.Popen(
        command, env=os.environ | environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    try:
        wait_until(lambda: is_ready(process, port), 60, "ready")
        yield time.perf_counter() - begun, worked(process.pid)
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=30)


def worked(pid: int) -> float:
    """Processor seconds of a process and its ended children (proc(5), fields 14 to 17)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(int(field) for field in fields[11:15]) / os.sysconf("SC_CLK_TCK")


def is_ready(process: subprocess.Popen[str], port: int) -> bool:
    if process.poll() is not None:
        raise ChildProcessError(process.stderr.read() if process.stderr else "it ended")
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, ConnectionError):
        return False


def serve(folder: Path) -> Taken:
    """What the contact centre takes on this data folder; telephone exchange apart, free ports."""
    port = free_port()
    environment = {
        "CC_DATA_DIR": str(folder),
        "CC_PUBLIC_URL": f"http://127.0.0.1:{port}",
        "CC_HTTP__PORT": str(port),
        "CC_EMAIL__PORT": "0",
        "CC_PHONE__EXCHANGE": "none",
    }
    with started([str(Path(sys.executable).parent / "contactcenter"), "serve"], environment, port) as taken:
        return taken


def bare() -> Taken:
    port = free_port()
    with started([sys.executable, "-c", BARE, str(port)], {}, port) as taken:
        return taken


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=7)
    runs = parser.parse_args().runs
    slow = False
    with tempfile.TemporaryDirectory(prefix="contactcenter-bench-") as name:
        folders = [Path(name) / f"run{number}" for number in range(runs)]
        rows = {
            "empty data folder": sorted(serve(folder) for folder in folders),
            "data folder that is there": sorted(serve(folder) for folder in folders),
            "bare Starlette (baseline)": sorted(bare() for _ in folders),
        }
    for title, taken in rows.items():
        clock, processor = (statistics.median(one) for one in zip(*taken, strict=True))
        print(f"{title:28} p50 {clock:5.2f} s, slowest {taken[-1][0]:5.2f} s; processor {processor:5.2f} s")
        slow = slow or ("bare" not in title and clock >= LIMIT_SECONDS)
    print(f"limit: under {LIMIT_SECONDS:.0f} s: {'MISSED' if slow else 'kept'}")
    return int(slow)


if __name__ == "__main__":
    sys.exit(main())
