"""Where somebody is, and when they are back: a pure function of what is known and the time.

Layers are ordered: set by hand, by phone code, read from a calendar, opening hours. The first that says anything about
a moment decides that moment. Back is the first moment at which no layer says absent: one meeting after another, the
last until closing time, means tomorrow morning. Free moments shorter than `GAP` between two absences count as absent.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from contactcenter.directory.model import PRIVATE, Reason

GAP = timedelta(minutes=5)
"""Nobody can be reached between two meetings that are so close."""


@dataclass(frozen=True, slots=True)
class Span:
    """An absence from `begin` until before `end`; `end` None: not known when it ends."""

    begin: datetime
    end: datetime | None
    reason: Reason

    def covers(self, at: datetime) -> bool:
        return self.begin <= at and (self.end is None or at < self.end)


@dataclass(frozen=True, slots=True)
class Status:
    """`reason` None: present, as far as is known. `back` None while absent: nobody knows."""

    reason: Reason | None = None
    back: datetime | None = None
    layer: str = ""
    """Who says so: `hand`, `phone`, `calendar`, `hours`."""
    next: datetime | None = None
    """While present: when the next absence begins."""

    @property
    def is_absent(self) -> bool:
        return self.reason is not None


Layers = Sequence[tuple[str, Sequence[Span]]]
"""Name and spans of each layer, the strongest first."""


def status(layers: Layers, now: datetime) -> Status:
    """What holds at `now`. The order of spans within a layer does not matter, nor do empty ones."""
    found = _deciding(layers, now)
    if found is None or found[1].reason is Reason.PRESENT:
        return Status(next=_next(layers, now))
    layer, span = found
    return Status(span.reason, _back(layers, now), layer)


def _deciding(layers: Layers, at: datetime) -> tuple[str, Span] | None:
    """The span that decides the moment `at`: of the strongest layer that has one, the one that lasts longest."""
    for name, spans in layers:
        covering = [span for span in spans if span.covers(at)]
        if covering:
            return name, max(covering, key=_rank)
    return None


def _rank(span: Span) -> tuple[bool, bool, float, float, str]:
    end = span.end.timestamp() if span.end else 0.0
    return span.reason is Reason.PRESENT, span.end is None, end, -span.begin.timestamp(), span.reason


def _back(layers: Layers, now: datetime) -> datetime | None:
    """The first moment from `now` on at which nobody says absent. Each step goes on to a later edge of a span."""
    at: datetime | None = now
    while at is not None:
        found = _deciding(layers, at)
        if found is None:
            soon = _soon(layers, at)
            if soon is None:
                return at
            at = soon
        elif found[1].reason is Reason.PRESENT:
            return at
        else:
            at = _edge(layers, found[1], at)
    return None


def _edge(layers: Layers, span: Span, at: datetime) -> datetime | None:
    """Where `span` stops deciding: at its end, or earlier where somebody says that they are present."""
    here = [one.begin for one in _all(layers) if one.reason is Reason.PRESENT and one.begin > at]
    ends = [*here, *([span.end] if span.end else [])]
    return min(ends, default=None)


def _soon(layers: Layers, at: datetime) -> datetime | None:
    """When the next absence begins, if hardly anybody could be reached before it."""
    begins = (span.begin for span in _all(layers) if _counts(span) and at < span.begin <= at + GAP)
    return min(begins, default=None)


def _next(layers: Layers, now: datetime) -> datetime | None:
    return min((span.begin for span in _all(layers) if _counts(span) and span.begin > now), default=None)


def _counts(span: Span) -> bool:
    return span.reason is not Reason.PRESENT and (span.end is None or span.end > span.begin)


def _all(layers: Layers) -> Iterable[Span]:
    return (span for _, spans in layers for span in spans)


def public(reason: Reason) -> Reason:
    """What everybody may be told: health is nobody's business."""
    return Reason.AWAY if reason in PRIVATE else reason
