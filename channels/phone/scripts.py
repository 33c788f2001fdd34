"""What callers are led by, step by step, while the contact centre is there: script name -> what happens (pbx.agi)."""

from channels.phone.absence_line import AbsenceLine
from channels.phone.menu import Menus
from channels.phone.message_line import MessageLine
from channels.phone.referral import Referral
from channels.phone.waiting import WaitingRoom
from contactcenter.context import Context
from contactcenter.sms import LogSms
from pbx.agi import Script
from pbx.settings import PhoneSettings


def build(context: Context, menus: Menus, settings: PhoneSettings) -> dict[str, Script]:
    """Every script that the dialplan may ask for. A new one is one line here."""
    return {
        "menu": menus.lead,
        "announce": menus.announce,
        "try": menus.call_in_test,
        "referral": Referral(context, menus.shelf).answer,
        "absence": AbsenceLine(context, menus.shelf).answer,
        "waiting": WaitingRoom(context, menus.shelf, settings, LogSms()).answer,
        "messages": MessageLine(context, menus.shelf).answer,
    }
