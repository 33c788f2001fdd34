"""The files that other programs read: the compose file, publiccode.yml, the locks, the changelog."""

import json
import os
import re
import shutil
import subprocess
import tempfile
import tomllib
from importlib import resources
from typing import Any

import jsonschema
import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from contactcenter import settings
from contactcenter.main import app
from contactcenter.registry import setting_groups
from tests.support import ROOT
from ui.routes import routes

COMPOSE = ROOT / "docker-compose.yml"


def project() -> dict[str, Any]:
    """The table [project] of pyproject.toml."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]  # type: ignore[no-any-return]


def read_yaml(name: str) -> dict[str, Any]:
    return yaml.safe_load((ROOT / name).read_text())  # type: ignore[no-any-return]


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    return read_yaml(COMPOSE.name)


def test_the_compose_file_follows_the_specification(compose: dict[str, Any]) -> None:
    vendored = resources.files("check_jsonschema") / "builtin_schemas" / "vendor" / "compose-spec.json"
    schema = json.loads(vendored.read_text())
    jsonschema.validators.validator_for(schema)(schema).validate(compose)


def test_compose_itself_accepts_the_file_where_it_is_installed() -> None:
    has_compose = (
        shutil.which("docker")
        and not subprocess.run(["docker", "compose", "version"], capture_output=True, check=False).returncode
    )
    if not has_compose:
        pytest.skip("no docker compose here; the schema was checked by the test before")
    subprocess.run(["docker", "compose", "-f", COMPOSE, "config", "--quiet"], check=True, env=os.environ)


def test_everything_in_the_compose_file_is_defined(compose: dict[str, Any]) -> None:
    for name, container in compose["services"].items():
        ends = container.get("restart") == "no"
        assert ends or "healthcheck" in container, f"{name} does not say whether it is well"
        for kind in ("secrets", "configs"):
            assert {*container.get(kind, [])} <= {*compose.get(kind, {})}, name
        for volume in container.get("volumes", []):
            # `${NAME:-default}:/target` stands for its default.
            source = re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", volume).split(":")[0]
            assert source.startswith((".", "/")) or source in compose["volumes"], f"{name}: volume {source}"
        assert {*container.get("depends_on", {})} <= {*compose["services"]}, name
        mode = container.get("network_mode", "")
        assert not mode or mode.removeprefix("service:") in compose["services"], name
    for name, secret in compose["secrets"].items():
        assert set(secret) == {"file"}, f"{name}: secrets come from files"


def test_containers_run_what_the_dockerfile_builds(compose: dict[str, Any]) -> None:
    stages = set(re.findall(r"^FROM .* AS (\S+)$", (ROOT / "Dockerfile").read_text(), re.MULTILINE))
    built = {entry["build"]["target"] for entry in compose["services"].values() if "build" in entry}
    assert built
    assert built <= stages


def test_containers_are_given_settings_that_exist(compose: dict[str, Any]) -> None:
    given = {name for container in compose["services"].values() for name in container.get("environment", {})}
    with tempfile.NamedTemporaryFile("w") as value:
        # Long enough for a secret, and an address.
        value.write("postgresql+psycopg://" + "x" * 40)
        value.flush()
        environment = {name: value.name if name.endswith("_FILE") else "1" for name in given if name.startswith("CC_")}
        read = settings.read(environment | {"CC_PHONE__EXCHANGE": "external"})
    groups = setting_groups()
    assert {*read.groups} <= {*groups}
    of = {name: read.group(name, model) for name, model in groups.items()}
    published = {port.rsplit(":", 1)[1] for port in compose["services"]["network"]["ports"]}
    listened = {of["http"].port, of["email"].port, f"{of['phone'].sip_port}/udp", f"{of['phone'].sip_port}/tcp"}
    assert published == {str(port) for port in listened}
    asked = re.findall(r"http://127\.0\.0\.1:(\d+)(/\w+)", COMPOSE.read_text())
    assert asked == [(str(of["http"].port), "/healthz")]
    assert "/healthz" in {getattr(route, "path", "") for route in routes()}


def test_containers_run_commands_that_exist() -> None:
    told = (ROOT / "Dockerfile").read_text() + COMPOSE.read_text()
    wanted = re.findall(r'(?:CMD|command:) \["contactcenter", "(\w+)"\]', told)
    assert {"serve", "migrate", "exchange"} <= {*wanted}
    assert {*wanted} <= {command.callback.__name__ for command in app.registered_commands if command.callback}


def test_the_image_is_built_by_the_set_up_script() -> None:
    assert re.search(r"^RUN script/setup", (ROOT / "Dockerfile").read_text(), re.MULTILINE)


def test_no_container_runs_as_root() -> None:
    stages = re.split(r"^FROM .* AS ", (ROOT / "Dockerfile").read_text(), flags=re.MULTILINE)[1:]
    for stage in (text for text in stages if "\nCMD " in text):
        assert re.findall(r"^USER (\S+)$", stage, re.MULTILINE)[-1:] == ["contactcenter"], stage.split()[0]


# The keys that the standard demands, and the shape of what is demanded of them (publiccode.yml 0.4, "core").
PUBLICCODE: dict[str, Any] = {
    "required": [
        *("publiccodeYmlVersion", "name", "url", "platforms", "categories", "developmentStatus", "softwareType"),
        *("description", "legal", "maintenance", "localisation"),
    ],
    "properties": {
        "publiccodeYmlVersion": {"pattern": r"^0\.\d"},
        "url": {"pattern": "^https://"},
        "platforms": {"type": "array", "minItems": 1},
        "developmentStatus": {"enum": ["concept", "development", "beta", "stable", "obsolete"]},
        "softwareType": {"pattern": "^standalone/(mobile|iot|desktop|web|backend|other)$"},
        "description": {
            "required": ["sv", "en"],
            "additionalProperties": {
                "required": ["shortDescription", "longDescription", "features"],
                "properties": {
                    "shortDescription": {"maxLength": 150},
                    "longDescription": {"minLength": 150, "maxLength": 10000},
                    "features": {"type": "array", "minItems": 1, "items": {"maxLength": 100}},
                },
            },
        },
        "maintenance": {
            "required": ["type", "contacts"],
            "properties": {
                "type": {"enum": ["internal", "contract", "community", "none"]},
                "contacts": {"minItems": 1, "items": {"required": ["name"]}},
            },
        },
        "localisation": {"required": ["localisationReady", "availableLanguages"]},
    },
}


def test_publiccode_holds_what_the_standard_demands() -> None:
    document = read_yaml("publiccode.yml")
    jsonschema.Draft202012Validator(PUBLICCODE).validate(document)
    assert document["legal"]["license"] == project()["license"]
    assert sorted(document["localisation"]["availableLanguages"]) == sorted(document["description"])


def test_the_licence_is_there_in_full() -> None:
    text = (ROOT / "LICENSE").read_text()
    assert text.startswith("EUROPEAN UNION PUBLIC LICENCE v. 1.2")
    assert "Applicable Law" in text
    assert "Appendix" in text


@pytest.mark.parametrize("extra", ["", "dev", "build"])
def test_the_locks_satisfy_the_project(extra: str) -> None:
    lock = "requirements-dev.lock" if extra == "dev" else "requirements.lock"
    pinned = dict(re.findall(r"^([\w.-]+)==([^\s;]+)", (ROOT / lock).read_text(), re.MULTILINE))
    wanted = project()["optional-dependencies"][extra] if extra else project()["dependencies"]
    for requirement in map(Requirement, wanted):
        version = pinned.get(canonicalize_name(requirement.name))
        assert version, f"{requirement} is not in {lock}; run: script/lock"
        assert requirement.specifier.contains(version), f"{lock} has {version} of {requirement}; run: script/lock"


def test_what_runs_is_what_was_tested() -> None:
    pins = re.compile(r"^([\w.-]+==[^\s;]+)", re.MULTILINE)
    runs, tested = (
        set(pins.findall((ROOT / name).read_text())) for name in ("requirements.lock", "requirements-dev.lock")
    )
    assert runs
    assert runs <= tested


def test_every_decision_is_listed() -> None:
    folder = ROOT / "docs" / "decisions"
    listed = set(re.findall(r"\]\((\d{4}-[\w-]+\.md)\)", (folder / "README.md").read_text()))
    assert listed == {path.name for path in folder.glob("[0-9]*.md")}


def test_the_changelog_knows_the_version() -> None:
    headings = re.findall(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert headings[0] == "Unreleased"
