"""`contactcenter check --call` through a real Asterisk: to itself, out to a citizen's telephone, and what can fail."""

from pathlib import Path

import pytest
from pydantic import SecretStr

from channels.phone import testcall
from contactcenter.settings import Settings
from pbx.exchange import Exchange
from tests.fixtures.exchange import OUTSIDE, Room

pytestmark = [pytest.mark.asterisk]


def of(running: Exchange, folder: Path, **changed: object) -> Settings:
    rendered = running.rendered
    phone = {
        "exchange": "external", "ami_host": rendered.ami_host, "ami_port": rendered.ami_port,
        "ami_secret": SecretStr(rendered.ami_secret), "trunk_uri": f"sip:127.0.0.1:{OUTSIDE}",
    }  # fmt: skip
    return Settings(data_dir=folder, groups={"phone": phone | changed})


async def test_a_call_to_itself_with_sound_and_a_key(room: Room, tmp_path: Path) -> None:
    findings = await testcall.run(of(room.exchange, tmp_path))
    assert [one.name for one in findings if one.ok] == [
        "exchange", "telephones", "dialled", "answered", "sound", "keys",
    ], findings  # fmt: skip
    sound = next(one for one in findings if one.name == "sound")
    assert "packets sent" in sound.hint
    assert " 0 received" not in sound.hint


async def test_out_through_the_trunk_nobody_presses_a_key(room: Room, tmp_path: Path) -> None:
    await room.outside(ring=0.2)
    findings = {one.name: one for one in await testcall.run(of(room.exchange, tmp_path), "0701740606")}
    assert findings["sound"].ok, findings["sound"]
    assert (findings["keys"].ok, findings["keys"].code) == (False, "no_key")


async def test_busy_is_said(room: Room, tmp_path: Path) -> None:
    await room.outside(then="decline")
    last = (await testcall.run(of(room.exchange, tmp_path), "0701740606"))[-1]
    assert (last.name, last.code, last.hint) == ("answered", "not_answered", "busy")


@pytest.mark.parametrize(
    ("changed", "number", "code"),
    [
        ({"exchange": "none"}, "", "exchange"),
        ({"exchange": "bundled"}, "", "not_running"),
        ({"trunk_uri": ""}, "0701740606", "trunk_uri"),
        ({}, "112-", "unfit_number"),
        ({"ami_secret": SecretStr("fel")}, "", "ami_login"),
        ({"ami_port": 1}, "", "link_refused"),
    ],
)
async def test_what_is_missing_is_named(
    room: Room, tmp_path: Path, changed: dict[str, object], number: str, code: str
) -> None:
    last = (await testcall.run(of(room.exchange, tmp_path, **changed), number))[-1]
    assert (last.ok, last.code) == (False, code)
