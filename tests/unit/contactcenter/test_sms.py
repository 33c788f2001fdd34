"""The port of text messages: the connector that only logs tells nothing about anybody."""

import logging

import pytest

from contactcenter.sms import LogSms, is_mobile


async def test_neither_number_nor_text_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    await LogSms().send("+46701740605", "Ditt ärende har nummer KC-2026-000001.")
    assert "sms_not_sent" in caplog.text
    assert "701740605" not in caplog.text
    assert "KC-2026" not in caplog.text


@pytest.mark.parametrize(
    ("number", "mobile"),
    [("+46701740605", True), ("+46760000000", True), ("+4686000000", False), ("+358401234567", False), ("", False)],
)
def test_only_mobiles_take_text(number: str, mobile: bool) -> None:
    assert is_mobile(number) is mobile
