"""Menus that are called in test: where the caller is just now, for the administrator who looks on."""

import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from contactcenter.errors import NotFound

MOST = 50
KEPT = timedelta(minutes=15)

When = Literal["now", "open", "closed"]


@dataclass(slots=True)
class Trial:
    """One call to a draft."""

    user_id: int
    point_id: int
    when: When
    started_at: datetime
    state: Literal["ringing", "talking", "ended", "failed"] = "ringing"
    passed: list[str] = field(default_factory=list)
    """Nodes that were come to, in order."""
    keys: list[str] = field(default_factory=list)
    """What was pressed at each question; empty: nothing in time."""
    end: str = ""
    """Where it ended: kind and value."""


class Trials:
    """The calls of the last minutes, by token."""

    def __init__(self) -> None:
        self._trials: dict[str, Trial] = {}

    def begin(self, user_id: int, point_id: int, when: When, now: datetime) -> str:
        """Returns the token by which the telephone and the console name it."""
        known = {token: one for token, one in self._trials.items() if now - one.started_at < KEPT}
        self._trials = dict(list(known.items())[-MOST + 1 :])
        token = secrets.token_hex(8)
        self._trials[token] = Trial(user_id, point_id, when, now)
        return token

    def get(self, token: str) -> Trial | None:
        return self._trials.get(token)

    def of(self, token: str, user_id: int) -> Trial:
        """The trial, for who began it. Raises NotFound."""
        found = self._trials.get(token)
        if found is None or found.user_id != user_id:
            raise NotFound("no_such_trial")
        return found
