"""Packets become messages; what is not understood becomes nothing, never an exception."""

from hypothesis import given
from hypothesis import strategies as st

from pbx import messages as m
from pbx.ami import Packet
from pbx.seen import seen_calls

NAMES = ["UserEvent", "KcWaiting", "DialEnd", "Hangup", "OriginateResponse", "DeviceStateChange", "FullyBooted", ""]
HEADERS = ["event", "userevent", "uniqueid", "queued", "device", "state", "variable", "bridgeid", "response", "channel"]


def packet(**headers: str) -> Packet:
    return Packet({name.lower(): (value,) for name, value in headers.items()})


@given(st.dictionaries(st.sampled_from(HEADERS), st.lists(st.one_of(st.sampled_from(NAMES), st.text()), min_size=1)))
def test_no_packet_is_too_strange(headers: dict[str, list[str]]) -> None:
    strange = Packet({name: tuple(values) for name, values in headers.items()})
    m.parse(strange)
    seen_calls([strange, strange])


def test_a_waiting_call_without_its_time_is_none() -> None:
    assert m.parse(packet(Event="UserEvent", UserEvent="KcWaiting", Uniqueid="kc-1.0", Queued="soon")) is None


def test_the_number_comes_from_our_event_and_from_nowhere_else() -> None:
    heard = m.parse(
        packet(Event="UserEvent", UserEvent="KcWaiting", Uniqueid="kc-1.0", Queued="1795426148", Private="1",
               Caller="", CallerIDNum="+46701740605")
    )  # fmt: skip
    assert isinstance(heard, m.Waits)
    assert "701740605" not in repr(heard)


def test_a_successful_order_is_no_message_and_a_failed_one_is() -> None:
    assert m.parse(packet(Event="OriginateResponse", Response="Success", ActionID="kc-back-1")) is None
    failed = m.parse(packet(Event="OriginateResponse", Response="Failure", ActionID="kc-back-1"))
    assert failed == m.OrderFailed("kc-back-1", "CONGESTION")


def test_only_telephones_have_a_state() -> None:
    assert m.parse(packet(Event="DeviceStateChange", Device="PJSIP/2001", State="INUSE")) == m.PhoneChanged(
        "2001", "INUSE"
    )
    assert m.parse(packet(Event="DeviceStateChange", Device="PJSIP/trunk", State="INUSE")) is None
    assert m.parse(packet(Event="DeviceStateChange", Device="Queue:kc-fallback", State="INUSE")) is None


def test_the_extension_in_a_channels_name() -> None:
    assert m.phone_of("PJSIP/2001-0000000a") == "2001"
    assert (m.phone_of("PJSIP/trunk-00000001"), m.phone_of("Local/2001@x-1;1"), m.phone_of("")) == ("", "", "")


def test_status_rows_of_others_are_no_calls() -> None:
    """Asterisk writes `(null)` for a variable that a channel does not have."""
    leg = Packet({"uniqueid": ("kc-1.1",), "variable": ("KC_CALL=(null)", "KC_CALLBACK=(null)", "KC_STATE=")})
    assert seen_calls([leg]) == []
