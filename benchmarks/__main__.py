"""Measure everything in turn, each figure beside its baseline: `make bench` or `python -m benchmarks [name …]`."""

import subprocess
import sys
import time

ALL = (
    "routing",
    "mail_intake",
    "mail_import",
    "visible",
    "mail_hostile",
    "offer_latency",
    "fanout",
    "ocr",
    "statistics",
    "search",
    "directory",
    "http_queue",
    "start",
    "telephone",
    "ami_flood",
    "restart",
)


def main(names: list[str]) -> int:
    """Run the named ones, or all; returns how many failed."""
    failed = 0
    for name in names or ALL:
        print(f"\n== {name}", flush=True)
        begun = time.monotonic()
        failed += subprocess.run([sys.executable, "-m", f"benchmarks.{name}"], check=False).returncode != 0
        print(f"   ({time.monotonic() - begun:.0f} s)", flush=True)
    return failed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
