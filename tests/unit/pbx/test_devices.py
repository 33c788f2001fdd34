"""Where an agent is rung."""

import pytest

from pbx import devices, messages
from pbx.devices import dial_string


@pytest.mark.parametrize(
    ("phones", "chosen", "rung"),
    [
        ({}, "", "PJSIP/201"),
        ({"201-web": "NOT_INUSE"}, "", "PJSIP/201-web"),
        ({"201-web": "UNAVAILABLE", "201": "NOT_INUSE"}, "", "PJSIP/201"),
        ({"201-web": "NOT_INUSE"}, "phone", "PJSIP/201"),
        ({"201": "NOT_INUSE"}, "browser", "PJSIP/201-web"),
        ({"201-web": "NOT_INUSE"}, "+46701740605", "PJSIP/+46701740605@trunk"),
    ],
)
def test_the_choice_counts_and_without_one_the_browser_that_is_there(
    phones: dict[str, str], chosen: str, rung: str
) -> None:
    assert dial_string(phones, "201", chosen) == rung


def test_both_telephones_are_the_same_agents() -> None:
    assert messages.phone_of("PJSIP/201-web-0000000a") == messages.phone_of("PJSIP/201-0000000a") == "201"
    assert messages.phone_of("PJSIP/trunk-0000000a") == messages.phone_of("Local/201-web-1") == ""


def test_a_password_for_each_telephone_and_manager() -> None:
    made = {devices.web_password(secret, ext) for secret in ("a", "b") for ext in ("201", "202")}
    assert len(made) == 4
    assert devices.web_password("a", "201") in made
