"""The pure parts of the hand-off: when to try again, signatures, links."""

import hashlib
import hmac
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contactcenter import handoff_links, handoff_signature
from contactcenter.errors import NotFound, Refused
from contactcenter.handoff_links import LinkUse
from contactcenter.handoff_retry import GiveUp, TryAgain, after_failure, ceiling
from contactcenter.settings import HandoffSettings

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
SETTINGS = HandoffSettings(first_pause_seconds=5, longest_pause_seconds=600, attempts=20, give_up_hours=24)
SECRET = b"a shared secret"
attempts = st.integers(1, 10_000)
rolls = st.floats(0, 1, exclude_max=True)


@given(attempts, rolls)
def test_a_pause_never_exceeds_its_ceiling(attempt: int, roll: float) -> None:
    plan = after_failure(attempt, NOW, NOW, SETTINGS, roll)
    if attempt >= SETTINGS.attempts:
        assert plan == GiveUp("too_many_attempts")
    else:
        assert isinstance(plan, TryAgain)
        assert timedelta() <= plan.at - NOW <= timedelta(seconds=ceiling(attempt, SETTINGS))


@given(attempts)
def test_ceilings_double_until_the_longest(attempt: int) -> None:
    assert ceiling(1, SETTINGS) == 5
    following = ceiling(attempt + 1, SETTINGS)
    assert following == min(600, 2 * ceiling(attempt, SETTINGS))


@given(st.integers(1, 19), st.floats(0.01, 1, exclude_max=True))
def test_the_jitter_is_full(attempt: int, roll: float) -> None:
    plan = after_failure(attempt, NOW, NOW, SETTINGS, roll)
    assert isinstance(plan, TryAgain)
    assert (plan.at - NOW).total_seconds() == pytest.approx(roll * ceiling(attempt, SETTINGS), abs=1e-5)


@given(st.integers(1, 19), rolls, st.floats(0, 1e9))
def test_what_the_target_asks_for_is_respected_up_to_the_longest(attempt: int, roll: float, wanted: float) -> None:
    plan = after_failure(attempt, NOW, NOW, SETTINGS, roll, wanted)
    assert isinstance(plan, TryAgain)
    # Times are kept in whole microseconds.
    assert min(wanted, 600) - 1e-5 <= (plan.at - NOW).total_seconds() <= 600


@given(st.integers(1, 19), rolls, st.floats(0, 48))
def test_nobody_is_kept_waiting_for_longer_than_the_hours(attempt: int, roll: float, hours: float) -> None:
    plan = after_failure(attempt, NOW - timedelta(hours=hours), NOW, SETTINGS, roll)
    if isinstance(plan, TryAgain):
        assert plan.at <= NOW - timedelta(hours=hours) + timedelta(hours=24)
    else:
        assert plan.code == "too_long"
        assert hours > 24 - 600 / 3600


def test_a_signature_is_what_the_documentation_says() -> None:
    stamp = int(NOW.timestamp())
    digest = hmac.new(SECRET, f"{stamp}.".encode() + b'{"a":1}', hashlib.sha256).hexdigest()
    assert handoff_signature.sign(SECRET, b'{"a":1}', NOW) == f"t={stamp},v1={digest}"


@given(st.binary(), st.binary(min_size=1), st.integers(-300, 300))
def test_what_was_signed_verifies_within_the_window(body: bytes, secret: bytes, seconds: int) -> None:
    header = handoff_signature.sign(secret, body, NOW)
    handoff_signature.verify([b"another", secret], header, body, NOW + timedelta(seconds=seconds))


@given(st.binary(), st.binary())
def test_another_body_does_not_verify(body: bytes, other: bytes) -> None:
    header = handoff_signature.sign(SECRET, body, NOW)
    if body != other:
        with pytest.raises(Refused, match="not right"):
            handoff_signature.verify([SECRET], header, other, NOW)


@pytest.mark.parametrize("seconds", [-301, 301, 86400])
def test_an_old_or_future_signature_is_refused(seconds: int) -> None:
    header = handoff_signature.sign(SECRET, b"{}", NOW)
    with pytest.raises(Refused) as refused:
        handoff_signature.verify([SECRET], header, b"{}", NOW + timedelta(seconds=seconds))
    assert refused.value.code == "signature_too_old"


def test_the_time_cannot_be_moved() -> None:
    header = handoff_signature.sign(SECRET, b"{}", NOW)
    later = NOW + timedelta(hours=1)
    moved = header.replace(str(int(NOW.timestamp())), str(int(later.timestamp())))
    with pytest.raises(Refused, match="not right"):
        handoff_signature.verify([SECRET], moved, b"{}", later)


@given(st.text())
def test_no_header_breaks_the_verification(header: str) -> None:
    with pytest.raises(Refused):
        handoff_signature.verify([SECRET], header, b"{}", NOW)


def test_one_of_two_signatures_is_enough_while_a_secret_is_changed() -> None:
    stamp, fits = handoff_signature.sign(SECRET, b"{}", NOW).split(",")
    handoff_signature.verify([SECRET], f"{stamp},v1={'0' * 64},{fits}", b"{}", NOW)


def test_no_secret_verifies_nothing() -> None:
    with pytest.raises(Refused):
        handoff_signature.verify([], handoff_signature.sign(SECRET, b"{}", NOW), b"{}", NOW)


def test_a_link_permits_what_it_was_made_for() -> None:
    token = handoff_links.sign(SECRET, LinkUse.FILE, 7, NOW + timedelta(hours=1), 12)
    link = handoff_links.verify(SECRET, LinkUse.FILE, token, NOW)
    assert (link.delivery_id, link.file_id) == (7, 12)


def test_a_link_is_for_one_use() -> None:
    token = handoff_links.sign(SECRET, LinkUse.FILE, 7, NOW + timedelta(hours=1), 12)
    with pytest.raises(NotFound):
        handoff_links.verify(SECRET, LinkUse.RECEIPT, token, NOW)


def test_a_link_ends() -> None:
    token = handoff_links.sign(SECRET, LinkUse.FILE, 7, NOW, 12)
    with pytest.raises(Refused, match="no longer valid"):
        handoff_links.verify(SECRET, LinkUse.FILE, token, NOW + timedelta(seconds=1))


@given(st.text(max_size=80))
def test_no_text_is_a_link(token: str) -> None:
    with pytest.raises(NotFound):
        handoff_links.verify(SECRET, LinkUse.FILE, token, NOW)


@given(st.integers(0, 200), st.integers(1, 255))
def test_a_changed_link_is_no_link(place: int, change: int) -> None:
    token = handoff_links.sign(SECRET, LinkUse.FILE, 7, NOW + timedelta(hours=1), 12)
    letters = bytearray(token.encode())
    letters[place % len(letters)] ^= change
    changed = letters.decode("latin-1")
    try:
        link = handoff_links.verify(SECRET, LinkUse.FILE, changed, NOW)
    except NotFound:
        return
    # The last letter of base64 has bits that mean nothing.
    assert (link.delivery_id, link.file_id) == (7, 12)
    assert place % len(letters) == len(letters) - 1
