"""How each part is: kept in memory, shown in the console and by `/readyz`."""

import dataclasses
import logging
from collections.abc import Callable
from datetime import datetime

from contactcenter.ports import Health

log = logging.getLogger(__name__)
__all__ = ["Health", "HealthBoard"]


class HealthBoard:
    """The latest `Health` of every part. Listeners are told of changes; a sick part is logged once."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._parts: dict[str, Health] = {}
        self._listeners: list[Callable[[Health], None]] = []

    def listen(self, listener: Callable[[Health], None]) -> None:
        self._listeners.append(listener)

    def report(self, health: Health) -> None:
        """Note how a part is now."""
        known = self._parts.get(health.name)
        changed = known is None or (known.ok, known.code) != (health.ok, health.code)
        since = self._clock() if changed or known is None else known.since
        health = dataclasses.replace(health, since=since)
        self._parts[health.name] = health
        if changed and (known or not health.ok):
            log.log(
                logging.INFO if health.ok else logging.WARNING,
                "action=part_changed part=%s ok=%s code=%s hint=%s",
                health.name,
                health.ok,
                health.code,
                health.hint,
            )
        if known != health:
            for listener in self._listeners:
                listener(health)

    def all(self) -> list[Health]:
        return sorted(self._parts.values(), key=lambda health: health.name)

    def get(self, name: str) -> Health | None:
        return self._parts.get(name)
