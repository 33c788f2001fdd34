"""Finding, adopting and refusing an Asterisk, without starting one."""

import os
from pathlib import Path

import pytest

from contactcenter.errors import Misconfigured
from pbx.exchange import Exchange, find_asterisk, running
from pbx.plan import Plan
from pbx.settings import PhoneSettings
from pbx.sipp import Citizen, DeskPhone


def test_no_asterisk_is_said_with_what_mends_it(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured) as missing:
        find_asterisk(tmp_path)
    assert "make setup" in missing.value.text


def test_a_tree_of_packages_is_run_with_its_own_loader(tmp_path: Path) -> None:
    for name in ("usr/sbin/asterisk", "usr/lib64/ld-linux-x86-64.so.2",
                 "usr/lib/x86_64-linux-gnu/asterisk/modules/chan_pjsip.so"):  # fmt: skip
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    found = find_asterisk(tmp_path)
    assert found.command[0].endswith("ld-linux-x86-64.so.2")
    assert found.command[-1].endswith("usr/sbin/asterisk")
    assert found.modules == tmp_path / "usr/lib/x86_64-linux-gnu/asterisk/modules"


def test_an_old_pid_file_is_nobody(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    assert not running(tmp_path)
    (tmp_path / "run/asterisk.pid").write_text(str(os.getpid()))
    assert not running(tmp_path)
    (tmp_path / "run/asterisk.pid").write_text("no number")
    assert not running(tmp_path)


def test_a_path_too_long_for_a_socket_is_refused_with_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pbx.exchange.find_asterisk", lambda _: None)
    with pytest.raises(Misconfigured) as wrong:
        Exchange.prepare(tmp_path / ("x" * 100), Plan(), PhoneSettings())
    assert "too long" in wrong.value.text


@pytest.mark.parametrize("host", ["192.0.2.1", "8.8.8.8", "0.0.0.0"])  # noqa: S104 (refused)
def test_simulated_people_call_this_machine_only(host: str) -> None:
    with pytest.raises(Misconfigured):
        Citizen(host, 5060, dialled="1")
    with pytest.raises(Misconfigured):
        DeskPhone(host, 5060)
