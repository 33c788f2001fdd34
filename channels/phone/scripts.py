"""What callers are led by, step by step, while the contact centre is there: script name -> what happens (pbx.agi)."""

from contactcenter.context import Context
from pbx.agi import Script


def build(_context: Context) -> dict[str, Script]:
    """Every script that the dialplan may ask for. A new one is one line here."""
    return {}
