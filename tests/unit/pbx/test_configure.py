"""What is rendered: nothing foreign gets in, secrets stay secret, ports are free, prompts can be replaced."""

import re
import shutil
import socket
import subprocess
import wave
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from contactcenter.errors import Misconfigured
from pbx import prompts
from pbx.configure import MARK, TEMPLATES, Install, Rendered, free_port, load, render
from pbx.music import compose
from pbx.plan import MenuChoice, Number, Phone, Plan
from pbx.settings import PhoneSettings

INSTALL = Install(("asterisk",), Path("/usr/lib/asterisk/modules"), Path("/usr/share/asterisk"))
BEEP = ("sox", "-n", "-r", "16000", "{file}", "synth", "0.1", "sine", "440")
PLAN = Plan(
    numbers=(Number(1, "+46850000100", "Solvik", (MenuChoice("1", "bygg", "bygglov"),)),),
    phones=(Phone("201", 'Åsa "Ek"; [x]\n\\<y>'),),
)


@pytest.fixture(scope="module")
def spoken(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sounds made once: a prompt whose text has not changed is not spoken again."""
    folder = tmp_path_factory.mktemp("spoken")
    rendered(folder)
    return folder / "data"


@pytest.fixture(autouse=True)
def _sounds(spoken: Path, tmp_path: Path) -> None:
    shutil.copytree(spoken, tmp_path / "data", symlinks=True)


def rendered(folder: Path, plan: Plan = PLAN, **changed: Any) -> Rendered:
    values: dict[str, Any] = {"sip_port": 0, "ami_port": 0, "prompt_command": BEEP}
    return render(folder, plan, PhoneSettings(**(values | changed)), INSTALL)


def file(folder: Path, name: str) -> str:
    return (folder / "etc" / name).read_text(encoding="utf-8")


def test_every_mark_is_filled(tmp_path: Path) -> None:
    rendered(tmp_path)
    for template in TEMPLATES.iterdir():
        text = file(tmp_path, template.name)
        assert not [mark for mark in MARK.findall(text) if f"@{mark}@" in text], template.name


def test_a_name_cannot_open_a_section(tmp_path: Path) -> None:
    rendered(tmp_path)
    phones = file(tmp_path, "kc-phones.conf")
    assert set(re.findall(r"^callerid = (.*)$", phones, re.MULTILINE)) == {'"Åsa  Ek   [x]   y " <201>'}


@pytest.mark.parametrize(
    "changed",
    [
        {"trunk_uri": "sip:a;b"},
        {"trunk_user": "x\r\n[admin]"},
        {"ami_user": "x; y"},
        {"trunk_addresses": ("10.0.0.1\n[x]",)},
        {"ami_secret": SecretStr("a\nb")},
        {"trunk_user": "kommun", "trunk_password": SecretStr("a;b")},
    ],
)
def test_a_setting_that_would_change_the_files_meaning_is_refused(tmp_path: Path, changed: dict[str, Any]) -> None:
    with pytest.raises(Misconfigured):
        rendered(tmp_path, **changed)


def test_secrets_are_kept_private_and_stay_the_same(tmp_path: Path) -> None:
    first = rendered(tmp_path)
    more = Plan(PLAN.numbers, (*PLAN.phones, Phone("202")))
    second = rendered(tmp_path, more)
    assert first.ami_secret == second.ami_secret
    assert first.phone_secrets["201"] == second.phone_secrets["201"] != second.phone_secrets["202"]
    for name in ("secrets.json", "etc/manager.conf", "etc/kc-phones.conf"):
        assert (tmp_path / name).stat().st_mode & 0o077 == 0, name
    assert first.ami_secret not in repr(first)
    assert first.phone_secrets["201"] not in repr(first)
    assert load(tmp_path, PhoneSettings()).phone_secrets == second.phone_secrets


def test_nothing_rendered_is_said(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured):
        load(tmp_path, PhoneSettings())


def test_the_manager_user_has_the_least_rights(tmp_path: Path) -> None:
    rendered(tmp_path, host="127.0.0.2")
    text = file(tmp_path, "manager.conf")
    rights = re.findall(r"^(?:read|write) = (.*)$", text, re.MULTILINE)
    assert {right for line in rights for right in line.split(",")} == {"call", "user", "reporting", "originate"}
    assert "bindaddr = 127.0.0.1" in text
    assert "permit = 127.0.0.1/255.255.255.255" in text


def test_a_trunk_with_a_password_registers(tmp_path: Path) -> None:
    trunk: dict[str, Any] = {
        "trunk_user": "solvik",
        "trunk_password": SecretStr("hemligt"),
        "trunk_uri": "sip:sip.operator.example",
    }
    rendered(tmp_path, **trunk)
    text = file(tmp_path, "pjsip.conf")
    assert "client_uri = sip:solvik@sip.operator.example" in text
    assert "outbound_auth = trunk-auth" in text


def test_without_a_trunk_nothing_is_half_configured(tmp_path: Path) -> None:
    rendered(tmp_path)
    trunk = file(tmp_path, "pjsip.conf").partition("[kc-test]")[0]  # the test call is an endpoint of our own
    assert "[trunk]" in trunk
    assert not re.findall(r"^(from_user|outbound_auth|contact) =", trunk, re.MULTILINE)


def test_a_taken_port_is_passed_over() -> None:
    with socket.socket() as tcp:
        tcp.bind(("127.0.0.1", 0))
        tcp.listen()
        taken = tcp.getsockname()[1]
        assert free_port("127.0.0.1", taken) > taken
    with socket.socket(type=socket.SOCK_DGRAM) as udp:
        udp.bind(("127.0.0.1", 0))
        assert free_port("127.0.0.1", udp.getsockname()[1]) != udp.getsockname()[1]


def test_many_fallback_telephones_ring_one_after_the_other(tmp_path: Path) -> None:
    many = Plan(PLAN.numbers, tuple(Phone(str(300 + n)) for n in range(30)))
    rendered(tmp_path, many)
    assert "strategy = rrmemory" in file(tmp_path, "queues.conf")
    rendered(tmp_path, many, fallback_phones=("300",))
    assert "strategy = ringall" in file(tmp_path, "queues.conf")
    assert re.findall(r"^member => (.*)$", file(tmp_path, "queues.conf"), re.MULTILINE) == ["PJSIP/300"]


# ------------------------------------------------------------------------------------------------------ sounds


def seconds(path: Path) -> float:
    with wave.open(str(path)) as sound:
        assert (sound.getnchannels(), sound.getsampwidth()) == (1, 2)
        return float(sound.getnframes() / sound.getframerate())


def test_prompts_are_spoken_in_both_rates(tmp_path: Path) -> None:
    rendered(tmp_path, prompt_command=PhoneSettings().prompt_command)
    sounds = tmp_path / "data/sounds/sv/kc"
    assert seconds(sounds / "menu-1.wav") == pytest.approx(seconds(sounds / "menu-1.wav16"), abs=0.01)
    assert 1 < seconds(sounds / "wait.wav") < 6
    with wave.open(str(sounds / "wait.wav16")) as wide:
        assert wide.getframerate() == 16000


def test_a_recording_takes_the_place_of_a_spoken_prompt(tmp_path: Path) -> None:
    (tmp_path / "recordings").mkdir()
    recording = ("sox", "-n", "-r", "44100", "-c", "2", str(tmp_path / "recordings/greeting-1.wav"), "synth", "2.5")
    subprocess.run(recording, check=True)
    rendered(tmp_path)
    greeting = tmp_path / "data/sounds/sv/kc/greeting-1.wav"
    assert seconds(greeting) == pytest.approx(2.5, abs=0.05)
    (tmp_path / "recordings/greeting-1.wav").unlink()
    rendered(tmp_path)
    assert seconds(greeting) < 1


def test_only_what_changed_is_spoken_again(tmp_path: Path) -> None:
    rendered(tmp_path)
    sounds = tmp_path / "data/sounds/sv/kc"
    before = {path.name: path.stat().st_mtime_ns for path in sounds.glob("*.wav")}
    renamed = Plan((Number(1, "+46850000100", "Granby", PLAN.numbers[0].choices),), PLAN.phones)
    rendered(tmp_path, renamed)
    again = {path.name for path in sounds.glob("*.wav") if path.stat().st_mtime_ns != before[path.name]}
    assert again == {"greeting-1.wav", "closed-1.wav"}


def test_a_missing_synthesiser_is_named_with_its_package(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured) as wrong:
        rendered(tmp_path, prompt_command=("no-such-synthesiser", "{file}"))
    assert "apt install" in wrong.value.text


def test_music_is_audible_and_your_own_is_kept(tmp_path: Path) -> None:
    compose(tmp_path / "made")
    assert seconds(tmp_path / "made/calm.wav") > 30
    told = subprocess.run(
        ["sox", str(tmp_path / "made/calm.wav"), "-n", "stat"], capture_output=True, text=True, check=True
    )
    loudest = float(re.search(r"Maximum amplitude:\s+([\d.]+)", told.stderr)[1])  # type: ignore[index]
    assert 0.05 < loudest < 0.5
    (tmp_path / "own").mkdir()
    (tmp_path / "own/ours.wav").write_bytes(b"RIFF")
    compose(tmp_path / "own")
    assert [path.name for path in (tmp_path / "own").iterdir()] == ["ours.wav"]


@pytest.mark.parametrize(
    ("opening", "said"),
    [
        (datetime(2026, 11, 23, 12, 0, tzinfo=UTC), "kc/opens&kc/today&kc/clock&kc/hour-13"),
        (datetime(2026, 11, 24, 7, 30, tzinfo=UTC), "kc/opens&kc/tomorrow&kc/clock&kc/hour-08&kc/minute-30"),
        (datetime(2026, 11, 27, 7, 0, tzinfo=UTC), "kc/opens&kc/day-4&kc/clock&kc/hour-08"),
        (datetime(2026, 11, 27, 7, 7, tzinfo=UTC), ""),
        (datetime(2026, 12, 27, 7, 0, tzinfo=UTC), ""),
        (None, ""),
    ],
)
def test_when_we_open_is_said_in_prompts_that_exist(opening: datetime | None, said: str) -> None:
    now = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
    assert prompts.opens_prompts(opening, now, "Europe/Stockholm") == said
    names = prompts.sentences(PLAN.numbers).keys()
    assert all(name.removeprefix("kc/") in names for name in said.split("&") if name)
