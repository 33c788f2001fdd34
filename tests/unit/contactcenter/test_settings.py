"""A wrong setting stops the start and says which."""

from pathlib import Path

import pytest
from pydantic import BaseModel

from contactcenter import settings
from contactcenter.errors import Misconfigured


class Door(BaseModel, frozen=True, extra="forbid"):
    port: int = 25
    hosts: tuple[str, ...] = ()


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    file = tmp_path / "c.toml"
    file.write_text('log_level = "DEBUG"\n[routing]\noffer_seconds = 30\nband = 0.2\n[email]\nport = 26\n')
    read = settings.read({"CC_SETTINGS": str(file), "CC_ROUTING__OFFER_SECONDS": "12", "CC_EMAIL__HOSTS": '["a","b"]'})
    assert (read.log_level, read.routing.offer_seconds, read.routing.band) == ("DEBUG", 12, 0.2)
    assert read.group("email", Door) == Door(port=26, hosts=("a", "b"))


@pytest.mark.parametrize(
    ("environment", "names"),
    [
        ({"CC_ROUTING__OFFER_SECONDS": "soon"}, "CC_ROUTING__OFFER_SECONDS"),
        ({"CC_LOG_LEVEL": "LOUD"}, "CC_LOG_LEVEL"),
        ({"CC_DATABSE_URL": "sqlite://"}, "CC_DATABSE_URL"),
        ({"CC_SETTINGS": "nowhere.toml"}, "CC_SETTINGS"),
        ({"CC_SECRET_FILE": "nowhere"}, "CC_SECRET_FILE"),
    ],
)
def test_a_wrong_setting_is_named(environment: dict[str, str], names: str) -> None:
    with pytest.raises(Misconfigured) as caught:
        settings.read(environment)
    assert names in caught.value.text


def test_a_wrong_setting_of_a_group_is_named() -> None:
    with pytest.raises(Misconfigured) as caught:
        settings.read({"CC_EMAIL__PORT": "x"}).group("email", Door)
    assert "CC_EMAIL__PORT" in caught.value.text


def test_a_short_secret_is_refused_and_a_missing_one_is_made_once(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured):
        settings.read({"CC_SECRET": "short"}).secret_bytes()
    made = settings.read({}, data_dir=tmp_path)
    assert made.secret_bytes() == settings.read({}, data_dir=tmp_path).secret_bytes()
    assert (tmp_path / "secret").stat().st_mode & 0o077 == 0


def test_a_secret_may_come_from_a_file_and_is_never_shown(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("0123456789abcdef0123456789abcdef\n")
    read = settings.read({"CC_SECRET_FILE": str(file)})
    assert read.secret_bytes() == b"0123456789abcdef0123456789abcdef"
    assert "0123456789" not in repr(read)
