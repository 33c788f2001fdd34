"""What callers are led by, step by step, while the contact centre is there: script name -> what happens (pbx.agi)."""

from channels.phone.menu import Menus
from channels.phone.message_line import MessageLine
from contactcenter.context import Context
from pbx.agi import Script


def build(context: Context, menus: Menus) -> dict[str, Script]:
    """Every script that the dialplan may ask for. A new one is one line here."""
    return {
        "menu": menus.lead,
        "announce": menus.announce,
        "try": menus.call_in_test,
        "messages": MessageLine(context, menus.shelf).answer,
    }
