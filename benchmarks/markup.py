"""How long the worst HTML takes to be made safe: `python -m benchmarks.markup`. Seconds of the processor's time."""

import sys
import time

from channels.email import markup
from tests.unit.channels.email.test_markup_payloads import PATHOLOGICAL


def measured(html: str) -> tuple[float, float]:
    """Seconds for the safe HTML, and for the text."""
    start = time.process_time()
    markup.safe(html)
    middle = time.process_time()
    markup.as_text(html)
    return middle - start, time.process_time() - middle


if __name__ == "__main__":
    for name, html in PATHOLOGICAL.items():
        shown, text = measured(html)
        sys.stdout.write(f"{name:28} {len(html) / 1e6:5.1f} MB  safe {shown:5.2f} s  text {text:5.2f} s\n")
