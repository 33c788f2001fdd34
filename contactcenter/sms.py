"""Text messages to citizens: the port, and a connector that only logs. A real one sends through the operator."""

import logging
import re
from typing import Protocol

log = logging.getLogger(__name__)

LONGEST = 320
"""Characters: two parts."""
MOBILE = re.compile(r"^\+467[02369]\d{7}$")


class Sms(Protocol):
    """Sends a text message. Raises Unavailable when it cannot be handed over."""

    async def send(self, number: str, text: str) -> None:
        """`number`: E.164."""


class LogSms:
    """Writes that something would be sent, never to whom nor what."""

    async def send(self, number: str, text: str) -> None:
        log.info("action=sms_not_sent reason=no_connector mobile=%s characters=%d", is_mobile(number), len(text))


def is_mobile(number: str) -> bool:
    """Whether a Swedish number (E.164) takes text messages."""
    return bool(MOBILE.match(number))
