"""A call that begins to wait is offered in the very transaction that writes it down, and its telephone rung after it.

The dispatcher would do the same a moment later (it follows the journal): this saves a commit, and two ways through
the journal. What goes wrong here is left to it.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session

from channels.phone import recording
from channels.phone.ringing import ToRing, taped, to_ring
from contactcenter import dispatch
from contactcenter.settings import RoutingSettings
from pbx.calls import Change, ChangeKind

REASONS = frozenset({ChangeKind.WAITING, ChangeKind.UNANSWERED, ChangeKind.ENDED, ChangeKind.ABANDONED})
"""Changes after which somebody may be rung."""


def record(
    session: Session, changes: Sequence[Change], country_code: str, now: datetime, rules: RoutingSettings
) -> list[ToRing]:
    """Write `changes` in order and make the offers that follow; what is to be rung, once that is committed."""
    recording.record(session, changes, country_code, now, rules.short_abandon_seconds)
    if not any(change.kind in REASONS for change in changes):
        return []
    made = dispatch.offer(session, now, rules)
    return [taped(session, found, now) for offer in made if (found := to_ring(session, offer.id))]
