"""The command as an administrator types it."""

import fcntl
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from contactcenter import migrate
from tests import town as solvik
from tests.support import free_port

Result = subprocess.CompletedProcess[str]


class Shell:
    """Runs `contactcenter …` on an installation of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.settings = {
            "CC_DATA_DIR": str(folder / "var"),
            "CC_HTTP__PORT": str(free_port()),
            "CC_EMAIL__PORT": str(free_port()),
            "CC_EMAIL__SMARTHOST_PORT": str(free_port()),
            "CC_PHONE__EXCHANGE": "none",
        }

    def run(self, *words: str, **settings: str) -> Result:
        return subprocess.run(
            [sys.executable, "-m", "contactcenter.main", *words],
            env=os.environ | self.settings | settings,
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def ok(self, *words: str, **settings: str) -> str:
        done = self.run(*words, **settings)
        assert done.returncode == 0, done.stderr
        return done.stdout


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path)


@pytest.fixture
def configured(shell: Shell) -> Shell:
    file = shell.folder / "town.yaml"
    file.write_text(yaml.safe_dump(solvik.SOLVIK, allow_unicode=True), "utf-8")
    shell.ok("configuration", "apply", str(file))
    return shell


def test_a_configuration_is_tried_applied_and_shown_again(shell: Shell) -> None:
    file = shell.folder / "town.yaml"
    file.write_text(yaml.safe_dump(solvik.SOLVIK, allow_unicode=True), "utf-8")
    tried = shell.ok("configuration", "apply", "--dry-run", str(file))
    assert "changes would be made" in tried
    assert shell.ok("configuration", "show").count("solvik.bygg") == 0
    assert "add     organisation  solvik.bygg" in shell.ok("configuration", "apply", str(file))
    shown = shell.ok("configuration", "show")
    file.write_text(shown, "utf-8")
    assert shell.ok("configuration", "apply", str(file)) == "0 changes.\n"
    file.write_text(shown.replace("name: Bygglov\n", "name: Bygglov och marklov\n"), "utf-8")
    assert 'name: "Bygglov" -> "Bygglov och marklov"' in shell.ok("configuration", "apply", "--dry-run", str(file))


@pytest.mark.parametrize(
    ("text", "says"),
    [("a: [", "is not YAML"), ("queues: [{key: x}]", "queues.0.name"), ("- 1", "must be a mapping")],
)
def test_a_broken_configuration_is_refused_with_the_place(shell: Shell, text: str, says: str) -> None:
    file = shell.folder / "broken.yaml"
    file.write_text(text)
    done = shell.run("configuration", "apply", str(file))
    assert done.returncode == 2
    assert says in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("settings", "names"),
    [
        ({"CC_EMAIL__PORT": "mail"}, "CC_EMAIL__PORT"),
        ({"CC_ROUTING__OFFER_SECONDS": "0"}, "CC_ROUTING__OFFER_SECONDS"),
        ({"CC_NONSENSE": "1"}, "CC_NONSENSE"),
        ({"CC_SECRET": "short"}, "CC_SECRET"),
        ({"CC_DATA_DIR": "/proc/nowhere"}, "CC_DATA_DIR"),
        ({"CC_TIME_ZONE": "Mars/Here"}, "CC_TIME_ZONE"),
        ({"CC_DATABASE_URL": "oracle://x"}, "CC_DATABASE_URL"),
        ({"CC_EMAIL__TLS_CERTIFICATE": "/nowhere.pem"}, "CC_EMAIL__TLS_CERTIFICATE"),
    ],
)
def test_a_wrong_setting_stops_the_start_and_is_named(shell: Shell, settings: dict[str, str], names: str) -> None:
    done = shell.run("serve", **settings)
    assert done.returncode == 2
    assert names in done.stderr
    assert "Traceback" not in done.stderr


def test_check_says_of_each_part_whether_it_is_well(configured: Shell) -> None:
    done = configured.run("check", CC_HANDOFF__SECRETS__DEMO="a secret of thirty-two bytes at least")
    lines = {line[7:22].strip(): line for line in done.stdout.splitlines()}
    assert lines["database"].startswith("ok")
    assert lines["tesseract"].startswith("ok")
    assert lines["console"].startswith("ok")
    assert "switched off" in lines["asterisk"]
    assert lines["mail out"].startswith("WRONG")
    assert lines["hand-off"].startswith("ok")
    assert done.returncode == 1


def test_check_names_the_topic_whose_hand_off_cannot_work(configured: Shell) -> None:
    file = configured.folder / "town.yaml"
    town = yaml.safe_load(file.read_text("utf-8"))
    town["topics"][0]["handoff"] = {"connector": "webhook", "url": "ftp://nowhere.example", "secret": "none"}
    file.write_text(yaml.safe_dump(town, allow_unicode=True), "utf-8")
    configured.ok("configuration", "apply", str(file))
    found = next(line for line in configured.run("check").stdout.splitlines() if "hand-off" in line)
    assert found.startswith("WRONG")
    assert town["topics"][0]["key"] in found


def test_users_are_added_and_given_a_password(configured: Shell) -> None:
    said = configured.ok(
        "user", "add", "karin", "--name", "Karin Åberg", "--organisation", "solvik", "--role", "supervisor"
    )
    assert "Password: " in said
    assert "karin" in configured.ok("configuration", "show")
    short = configured.run("user", "password", "karin", CONTACTCENTER_PASSWORD="kort")
    assert short.returncode == 1
    assert "10 characters" in short.stderr
    nobody = configured.run("user", "password", "nobody", CONTACTCENTER_PASSWORD="ett långt lösenord")
    assert "there is no such user" in nobody.stderr
    wrong = configured.run("user", "add", "x", "--name", "X", "--organisation", "okand")
    assert "okand" in wrong.stderr


def test_changing_somebody_changes_only_what_is_given(configured: Shell) -> None:
    configured.ok("user", "add", "anna", "--name", "Anna Lind")
    shown = yaml.safe_load(configured.ok("configuration", "show"))
    anna = next(user for user in shown["users"] if user["login"] == "anna")
    assert (anna["name"], anna["extension"], anna["skills"]) == ("Anna Lind", "201", {"bygg": 3})


def test_a_password_that_is_too_short_adds_nobody(configured: Shell) -> None:
    words = ("user", "add", "karin", "--name", "Karin", "--organisation", "solvik", "--password", "kort")
    assert configured.run(*words).returncode == 1
    assert "karin" not in configured.ok("configuration", "show")


@pytest.mark.parametrize("setting", ["CC_HTTP__PORT", "CC_EMAIL__PORT"])
def test_a_port_that_is_taken_ends_serve_with_clear_words(configured: Shell, setting: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = configured.run("serve", **{setting: port})
        assert done.returncode == 2
        assert setting in done.stderr.splitlines()[-1]
        assert "Traceback" not in done.stderr


def test_a_second_contact_centre_on_the_same_data_does_not_start(configured: Shell) -> None:
    with (configured.folder / "var" / "lock").open("wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = configured.run("serve")
    assert done.returncode == 2
    assert "another contact centre runs" in done.stderr


def test_a_database_that_is_not_there_is_said_in_words(configured: Shell) -> None:
    done = configured.run("serve", CC_DATABASE_URL=f"postgresql+psycopg://nobody@127.0.0.1:{free_port()}/x")
    assert done.returncode == 1
    assert "CC_DATABASE_URL" in done.stderr
    assert "Traceback" not in done.stderr


def test_keys_are_printed_once_and_unknown_scopes_refused(configured: Shell) -> None:
    key = configured.ok("key", "add", "ärendesystem", "--organisation", "solvik", "--scope", "cases:read").strip()
    assert key.startswith("kc_")
    refused = configured.run("key", "add", "x", "--organisation", "solvik", "--scope", "everything")
    assert "cases:read" in refused.stderr


def test_separator_sheets_are_a_pdf(configured: Shell) -> None:
    file = configured.folder / "blad.pdf"
    assert "4 sheets" in configured.ok("separator-sheets", str(file))
    assert file.read_bytes().startswith(b"%PDF")
    configured.ok("separator-sheets", str(file), "--per", "topic")
    assert configured.run("separator-sheets", str(file), "--per", "galaxy").returncode == 1


def test_nothing_to_export_is_no_error(configured: Shell) -> None:
    assert configured.ok("export", str(configured.folder / "out")) == "0 cases written.\n"


def test_what_is_derived_can_be_made_anew(configured: Shell) -> None:
    assert configured.ok("rebuild", "search") == "0 cases indexed.\n"
    assert "events counted" in configured.ok("rebuild", "statistics")


def test_migrate_can_be_run_again(configured: Shell) -> None:
    assert f"revision {migrate.newest()}" in configured.ok("migrate")
    assert f"revision {migrate.newest()}" in configured.ok("migrate")


def test_simulating_without_a_contact_centre_says_so(configured: Shell) -> None:
    done = configured.run("simulate", "--calls", "0", "--mails", "1", "--letters", "0", "--over", "0")
    assert done.returncode == 1
    assert "does not take mail" in done.stderr


def test_help_lists_every_command(shell: Shell) -> None:
    said = shell.ok("--help")
    for word in (
        "serve",
        "demo",
        "check",
        "migrate",
        "user",
        "simulate",
        "export",
        "separator-sheets",
        "configuration",
    ):
        assert word in said
