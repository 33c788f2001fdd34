"""Who may see what of the world. People with the same rights form one audience, for whom everything is encoded once."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import msgspec

from contactcenter.ports import Actor
from contactcenter.states import EventKind
from ui.wire import CaseRow, LookingRow, Other
from ui.world import Change, World

encoder = msgspec.json.Encoder()

REFERENCE = {"queues", "topics", "organisations", "announcements"}
"""Words everybody in the municipality needs, since a case may be transferred there."""


@dataclass(frozen=True, slots=True)
class Rights:
    """What decides what one sees."""

    scope: frozenset[int]
    municipality: frozenset[int]
    sees_protected: bool
    supervisor: bool


def rights_of(actor: Actor, world: World) -> Rights:
    """The rights of somebody who is signed in."""
    return Rights(actor.scope, world.municipality(actor.organisation_id), actor.sees_protected, actor.is_supervisor)


def masked(row: CaseRow) -> CaseRow:
    """A protected case without anything that says who it is."""
    return msgspec.structs.replace(row, subject="", sender="", citizen_id=None, call_third="")


@dataclass(slots=True)
class Shared:
    """Rows that are not in the database."""

    health: dict[str, Any] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict)
    looking: dict[int, tuple[int, LookingRow]] = field(default_factory=dict)
    """Case id -> (organisation, row)."""


class Audience:
    """Those who have the same rights. `seq` numbers what they are sent."""

    def __init__(self, rights: Rights) -> None:
        self.rights = rights
        self.seq = 0
        self.board: dict[str, Any] = {}
        self._state: bytes | None = None

    def view(self, collection: str, row: Any) -> Any:
        """The row as this audience sees it; None when it may not."""
        if row is None:
            return None
        if collection in REFERENCE:
            place = row.id if collection == "organisations" else row.organisation_id
            return row if place in self.rights.municipality else None
        if collection == "surges":
            return row if self.rights.supervisor and row.organisation_id in self.rights.municipality else None
        if row.organisation_id not in self.rights.scope:
            return None
        if collection == "cases" and row.protected and not self.rights.sees_protected:
            return masked(row)
        return row

    def changes(self, changes: Iterable[Change]) -> tuple[dict[str, list[Any]], dict[str, list[int]]]:
        """What to put and what to drop so that the change is seen."""
        put: dict[str, list[Any]] = {}
        drop: dict[str, list[int]] = {}
        for change in changes:
            old, new = self.view(change.collection, change.old), self.view(change.collection, change.new)
            if new is not None and new != old:
                put.setdefault(change.collection, []).append(new)
            elif new is None and old is not None:
                drop.setdefault(change.collection, []).append(change.id)
        return put, drop

    def hears(self, kind: EventKind | Other, organisation_id: int | None) -> bool:
        """Whether an event is told even when no row changes: the open case on the screen may have grown."""
        return kind not in QUIET and organisation_id in self.rights.scope

    def skip(self) -> None:
        """Something is different now: the next number, and no old snapshot."""
        self.seq += 1
        self._state = None

    def state(self, world: World, shared: Shared) -> dict[str, dict[Any, Any]]:
        """Everything this audience sees, without anybody's own offers."""
        shown = ("cases", "agents", "surges", *sorted(REFERENCE))
        state = {name: self._visible(name, getattr(world, name)) for name in shown}
        calendars = {world.calendar_of.get(id) for id in self.rights.municipality}
        return state | {
            "calendars": {id: row for id, row in world.calendars.items() if id in calendars},
            "health": shared.health,
            "settings": shared.settings,
            "looking": {id: row for id, (place, row) in shared.looking.items() if place in self.rights.scope},
            "board": self.board,
        }

    def snapshot(self, world: World, shared: Shared, offers: dict[int, Any]) -> bytes:
        """A snapshot message, of which only the offers are encoded for each reader."""
        if self._state is None:
            self._state = encoder.encode(self.state(world, shared))
        own = encoder.encode({"offers": offers})
        return b'{"t":"snapshot","seq":%d,"state":%s,%s}' % (self.seq, self._state[:-1], own[1:])

    def _visible(self, collection: str, rows: dict[int, Any]) -> dict[int, Any]:
        return {id: seen for id, row in rows.items() if (seen := self.view(collection, row)) is not None}


QUIET = frozenset(
    {
        EventKind.CASE_VIEWED,
        EventKind.CITIZEN_VIEWED,
        EventKind.SIGNED_IN,
        EventKind.SIGNED_OUT,
        EventKind.ADAPTER_CHANGED,
        EventKind.DIRECTORY_CHANGED,
        EventKind.ABSENCE_SET,
        EventKind.ABSENCE_CLEARED,
        EventKind.REFERRAL_HEARD,
        EventKind.CONFIGURATION_CHANGED,
        EventKind.ANNOUNCEMENT_HEARD,
    }
)
"""Events that change nobody's screen."""
