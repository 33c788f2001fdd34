"""Who is absent, why and until when: laws over generated absences, and the cases that a municipality knows."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contactcenter.directory.model import PRIVATE, Reason
from contactcenter.directory.whereabouts import GAP, Layers, Span, Status, public, status

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
DAY = 24 * 60


def at(minutes: int) -> datetime:
    return NOW + timedelta(minutes=minutes)


def span(begin: int, end: int | None, reason: Reason = Reason.MEETING) -> Span:
    return Span(at(begin), None if end is None else at(end), reason)


def layers(hand: list[Span], phone: list[Span], calendar: list[Span], hours: list[Span]) -> Layers:
    return (("hand", hand), ("phone", phone), ("calendar", calendar), ("hours", hours))


spans = st.builds(
    span, st.integers(-60, 240), st.one_of(st.none(), st.integers(-60, 300)), st.sampled_from(sorted(Reason))
)
calendar_spans = st.builds(span, st.integers(-60, 240), st.integers(-60, 300), st.just(Reason.BUSY))
any_layers = st.builds(
    layers, st.lists(spans, max_size=3), st.lists(spans, max_size=2), st.lists(calendar_spans, max_size=6),
    st.lists(calendar_spans, max_size=2),
)  # fmt: skip


@given(any_layers)
def test_back_is_later_and_then_nobody_says_absent(known: Layers) -> None:
    said = status(known, NOW)
    if said.back is not None:
        assert said.back > NOW
        assert not status(known, said.back).is_absent


@given(any_layers, st.integers(0, 400))
def test_before_back_there_is_no_moment_to_ring_but_gaps(known: Layers, minutes: int) -> None:
    """Whoever rings earlier than told either finds nobody, or is in a gap too short to be told of."""
    said = status(known, NOW)
    moment = at(minutes)
    if said.is_absent and (said.back is None or moment < said.back) and not status(known, moment).is_absent:
        begins = (one.begin for _, spans in known for one in spans if one.begin > moment)
        soon = any(begin - moment <= GAP for begin in begins)
        assert soon or said.back is None, "back would have been earlier"


@given(any_layers)
def test_order_within_a_layer_does_not_matter(known: Layers) -> None:
    turned = tuple((name, list(reversed(spans))) for name, spans in known)
    assert status(turned, NOW) == status(known, NOW)


@given(any_layers)
def test_empty_and_backward_spans_are_nothing(known: Layers) -> None:
    more = tuple((name, [*spans, span(30, 30), span(0, 0), span(90, 10)]) for name, spans in known)
    assert status(more, NOW) == status(known, NOW)


@given(st.lists(calendar_spans, max_size=6), calendar_spans)
def test_another_entry_never_brings_somebody_back_earlier(busy: list[Span], more: Span) -> None:
    before, after = status(layers([], [], busy, []), NOW), status(layers([], [], [*busy, more], []), NOW)
    if before.back is not None:
        assert after.back is not None
        assert after.back >= before.back


@given(st.lists(calendar_spans, min_size=1, max_size=6), st.integers(1, 50), st.data())
def test_an_entry_cut_in_two_is_the_same(busy: list[Span], minutes: int, data: st.DataObject) -> None:
    one = data.draw(st.sampled_from(busy))
    middle = one.begin + timedelta(minutes=minutes)
    if one.end is None or not one.begin < middle < one.end:
        return
    cut = [other for other in busy if other is not one]
    cut += [Span(one.begin, middle, one.reason), Span(middle, one.end, one.reason)]
    assert status(layers([], [], cut, []), NOW).back == status(layers([], [], busy, []), NOW).back


@given(any_layers)
def test_the_strongest_layer_that_says_anything_decides(known: Layers) -> None:
    said = status(known, NOW)
    first = next(((name, [one for one in spans if one.covers(NOW)]) for name, spans in known
                  if any(one.covers(NOW) for one in spans)), None)  # fmt: skip
    if first is None:
        assert said.reason is None
    elif any(one.reason is Reason.PRESENT for one in first[1]):
        assert not said.is_absent
    else:
        assert said.layer == first[0]
        assert said.reason in {one.reason for one in first[1]}


@pytest.mark.parametrize(
    ("known", "reason", "back"),
    [
        (layers([], [], [span(-10, 60), span(60, 120)], []), Reason.MEETING, 120),
        (layers([], [], [span(-10, 60), span(64, 120)], []), Reason.MEETING, 120),
        (layers([], [], [span(-10, 60), span(70, 120)], []), Reason.MEETING, 60),
        (layers([], [], [span(-10, 60), span(30, 40)], []), Reason.MEETING, 60),
        (layers([], [], [span(-10, 400)], [span(390, DAY, Reason.CLOSED)]), Reason.MEETING, DAY),
        (layers([span(-5, 30, Reason.LUNCH)], [], [span(-10, 60)], []), Reason.LUNCH, 60),
        (layers([span(-5, 30, Reason.PRESENT)], [], [span(-10, 60)], []), None, None),
        (layers([span(20, 30, Reason.PRESENT)], [], [span(-10, 60)], []), Reason.MEETING, 20),
        (layers([span(-5, None, Reason.SICK)], [], [span(-10, 60)], []), Reason.SICK, None),
        (layers([], [span(-5, 30, Reason.TRAVEL)], [span(-10, 20)], []), Reason.TRAVEL, 30),
    ],
)  # fmt: skip
def test_what_everybody_expects(known: Layers, reason: Reason | None, back: int | None) -> None:
    said = status(known, NOW)
    assert (said.reason, said.back) == (reason, None if back is None else at(back))


def test_the_next_absence_of_somebody_present_is_known() -> None:
    assert status(layers([], [], [span(45, 60), span(90, 95)], []), NOW) == Status(next=at(45))


def test_nobody_is_told_of_illness() -> None:
    assert {public(reason) for reason in PRIVATE} == {Reason.AWAY}
    assert public(Reason.LUNCH) is Reason.LUNCH
