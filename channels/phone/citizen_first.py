"""Rings citizens who were promised a call, where they are rung before the agent (`callback_first` of the queue)."""

import logging

from channels.phone.exchanges import Exchanges
from channels.phone.menu_sounds import Shelf
from contactcenter import calls, menus_prompts
from contactcenter.context import Context
from contactcenter.errors import ContactCenterError, Refused, Unavailable
from contactcenter.waiting import citizen_first
from contactcenter.waiting.citizen_first import Order
from pbx import waiting_prompts
from pbx.telephony import Telephony, new_callback_token

log = logging.getLogger(__name__)


class CitizenFirst:
    """Recorded before it is ordered, and ordered once. What becomes of it is told as changes of the mirror."""

    def __init__(self, context: Context, exchanges: Exchanges, shelf: Shelf) -> None:
        self._context, self._exchanges, self._shelf = context, exchanges, shelf

    async def ring(self, offer_id: int) -> None:
        """For an open offer of a promised call; nothing when agents are rung first there, or it is being done."""
        telephony, name = self._line()
        token, now = new_callback_token(name), self._context.clock()
        order = await self._context.store.run(citizen_first.begin, offer_id, token, now)
        if order is None:
            return
        try:
            await telephony.call_citizen(token, order.number, order.shown, await self._sounds(order))
        except ContactCenterError as fault:
            log.info("action=citizen_not_rung code=%s", fault.code)
            if token not in telephony.calls.live:  # it was not ordered; otherwise the mirror will tell
                await self._context.store.run(
                    calls.callback_failed, order.contact_id, self._context.clock(), fault.code
                )

    async def stop(self, case_id: int) -> None:
        """The promise is off (they ring themselves): their telephone stops ringing."""
        call_id = await self._context.store.read(citizen_first.called_off, case_id)
        if call_id and self._exchanges.find(call_id):
            await self._exchanges.at(call_id).hang_up(call_id)

    def _line(self) -> tuple[Telephony, str]:
        """An exchange that is there and not being emptied."""
        line = next((one for one in self._exchanges.lines if one.connected and not one.draining), None)
        if line is None or line.telephony is None:
            raise Unavailable("exchange_away", "the telephone exchange is not connected")
        return line.telephony, line.exchange_name

    async def _sounds(self, order: Order) -> list[str]:
        words, language = waiting_prompts.said(order.language)
        wanted = [words.called.format(name=order.name), words.connect]
        names = await self._shelf.have([menus_prompts.spoken(one, language) for one in wanted])
        if not names:
            raise Refused("prompt_not_made", "the citizen could not be told who is calling")
        return names
