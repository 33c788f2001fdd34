"""An agent's telephones: the one on the desk, the one in the browser, or a number of their own.

The browser's has the extension with `-web` behind it as its name, in Asterisk and in what Asterisk tells of it.
"""

import hashlib
import hmac
from collections.abc import Mapping

WEB = "-web"
GONE = frozenset({"UNAVAILABLE", "INVALID", "UNKNOWN", ""})
"""Asterisk's words for a telephone that is not there."""
CHOSEN = "KC_RING_"
"""Global variable of the dialplan, followed by the extension: `browser`, `phone` or a number (E.164)."""


def web(extension: str) -> str:
    """The name of the telephone in the browser."""
    return f"{extension}{WEB}"


def extension(device: str) -> str:
    """Whose telephone that is; empty for what is no telephone of ours.

    >>> extension("201"), extension("201-web"), extension("trunk")
    ('201', '201', '')
    """
    bare = device.removesuffix(WEB)
    return bare if bare.isdigit() else ""


def is_there(phones: Mapping[str, str], device: str) -> bool:
    """Whether it is registered, by the states that Asterisk tells."""
    return phones.get(device, "") not in GONE


def dial_string(phones: Mapping[str, str], extension: str, chosen: str) -> str:
    """Where that agent is rung; the same rule as the dialplan's `kc-device`."""
    if chosen == "browser" or (not chosen and is_there(phones, web(extension))):
        return f"PJSIP/{web(extension)}"
    return f"PJSIP/{chosen}@trunk" if chosen.startswith("+") else f"PJSIP/{extension}"


def web_password(manager_secret: str, extension: str) -> str:
    """The SIP password of the telephone in the browser. It never leaves the servers: our console answers for the page.

    Derived, so that the one who renders Asterisk's configuration and the one who answers need nothing in common but
    the manager's secret.
    """
    return hmac.new(manager_secret.encode(), f"web-telephone {extension}".encode(), hashlib.sha256).hexdigest()
