"""How long the worst mails take to be read: `python -m benchmarks.mail_hostile`. Seconds of the processor's time.

The baseline is Python's own parser (`email`) on the same bytes, which reads no text out of markup and divides nothing.
"""

import contextlib
import email
import email.policy
import secrets
import sys
import time
from collections.abc import Callable

from channels.email import message
from contactcenter import tokens
from tests.unit.channels.email.hostile import shapes

LIMIT = 2.0
"""Seconds that one mail may take."""


def taken(work: Callable[[bytes], object], raw: bytes) -> float:
    begun = time.process_time()
    with contextlib.suppress(message.TooMuch, ValueError, RecursionError, LookupError, AttributeError):
        work(raw)  # ours is kept raw then, and shown as unreadable
    return time.process_time() - begun


def baseline(raw: bytes) -> None:
    found = email.message_from_bytes(raw, policy=email.policy.default)
    for part in found.walk():
        part.get_payload(decode=True)


def main() -> int:
    tokens.use_secret(secrets.token_bytes(32))
    slow = 0
    for name, raw in shapes().items():
        ours = taken(lambda mail: message.parse(mail, "eva@citizen.example", []), raw)
        slow += ours > LIMIT
        print(f"{name:20} {len(raw) / 1e6:5.1f} MB  {ours:5.2f} s  (email: {taken(baseline, raw):5.2f} s)", flush=True)
    print(f"over {LIMIT:.0f} s: {slow}")
    return slow


if __name__ == "__main__":
    sys.exit(main())
