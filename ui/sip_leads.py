"""Which agents' telephones are connected in a browser."""

import asyncio
from dataclasses import dataclass, field

from ui.link import SIGNED_OUT
from ui.session import SignedIn

ELSEWHERE = 4409
"""The same agent's telephone is open in another browser, which has it now."""


@dataclass(frozen=True, slots=True, eq=False)
class Lead:
    """One browser's telephone, as long as it is connected."""

    session: str
    over: asyncio.Future[int]

    def end(self, code: int) -> None:
        if not self.over.done():
            self.over.set_result(code)


@dataclass(slots=True)
class Leads:
    """The telephones in browsers that are connected here: one for each agent."""

    by_user: dict[int, Lead] = field(default_factory=dict)

    def join(self, signed_in: SignedIn) -> Lead:
        lead = Lead(signed_in.key, asyncio.get_running_loop().create_future())
        if before := self.by_user.get(signed_in.actor.user_id):
            before.end(ELSEWHERE)
        self.by_user[signed_in.actor.user_id] = lead
        return lead

    def leave(self, user_id: int, lead: Lead) -> None:
        if self.by_user.get(user_id) is lead:
            del self.by_user[user_id]

    def close_session(self, key: str) -> None:
        """The session has ended: so has its telephone."""
        for lead in list(self.by_user.values()):
            if lead.session == key:
                lead.end(SIGNED_OUT)
