"""Settings: read once into frozen objects; a wrong value stops the start and says which one.

Sources, later ones win: defaults, a TOML file (`CC_SETTINGS`, else `contactcenter.toml` where it exists), and the
environment. `CC_DATA_DIR=…` is a setting of the core, `CC_EMAIL__PORT=…` one of a group, and `…_FILE` in place of
either names a file that holds the value (for secrets).
"""

import json
import os
import secrets
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, Field, SecretStr, ValidationError, field_validator

from contactcenter.errors import Misconfigured

PREFIX = "CC_"
GROUPS = ("http", "email", "post", "phone", "directory")
"""Groups that belong to the rim; each validates its own with `Settings.group`."""

M = TypeVar("M", bound=BaseModel)


class RoutingSettings(BaseModel, frozen=True, extra="forbid"):
    """How the one queue is worked (`CC_ROUTING__…`)."""

    offer_seconds: int = Field(default=20, ge=3, le=300)
    """How long an offer stands before it goes on to the next agent."""
    leave_seconds: int = Field(default=600, ge=0)
    """How long after an agent signed out or vanished their cases wait again for anybody."""
    relax_every: float = Field(default=0.5, gt=0)
    """Share of the promised time after which one level less of every skill is asked for."""
    band: float = Field(default=0.1, gt=0, le=1)
    """Cases whose used shares are within the same band are ordered by priority."""
    reopen_days: int = Field(default=30, ge=0, le=3650)
    """An answer to a case that was closed longer ago becomes a new case, with the old one suggested."""
    short_abandon_seconds: int = Field(default=5, ge=0, le=60)
    """A call given up sooner counts as given up at once, which nobody can answer. 0: none does. It is written with each
    call: changing it changes no figure of the past."""
    ceiling: float = Field(default=5.0, gt=1, le=1000)
    """From this used share on only arrival counts, so that nothing waits for ever."""


class HandoffSettings(BaseModel, frozen=True, extra="forbid"):
    """Sending cases to case-management systems (`CC_HANDOFF__…`)."""

    timeout_seconds: float = Field(default=20, gt=0, le=300)
    """How long one attempt may take."""
    first_pause_seconds: float = Field(default=5, gt=0)
    """Pause after the first failed attempt; it doubles each time, with jitter."""
    longest_pause_seconds: float = Field(default=3600, gt=0)
    """Longest pause between two attempts."""
    attempts: int = Field(default=20, ge=1)
    """After so many the delivery is given up, visibly."""
    give_up_hours: float = Field(default=24, gt=0)
    """Given up, too, when so much time has passed since the hand-off: a citizen waits meanwhile."""
    lease_seconds: float = Field(default=120, gt=0)
    """An attempt that has said nothing for so long is taken to be dead (the process was killed) and made again."""
    in_flight: int = Field(default=8, ge=1, le=64)
    """So many attempts at once, and a quarter of them at most to the same target."""
    link_hours: int = Field(default=72, ge=1)
    """How long the links to files in a hand-off are valid."""
    receipt_days: int = Field(default=90, ge=1)
    """How long the receipt page that a mailed hand-off links to can be used."""
    secrets: dict[str, SecretStr] = Field(default_factory=dict)
    """Name -> HMAC secret that targets of the web hook connector refer to."""


class Settings(BaseModel, frozen=True, extra="forbid"):
    """The installation (`CC_…`)."""

    data_dir: Path = Path("var")
    """Everything that must be backed up: database (when embedded), files, secret."""
    database_url: str = ""
    """SQLAlchemy URL; empty: SQLite in the data folder. PostgreSQL: `postgresql+psycopg://user@host/name`."""
    public_url: str = "http://127.0.0.1:8000"
    """Address by which agents and case systems reach us."""
    secret: SecretStr = SecretStr("")
    """At least 32 characters; signs tokens and links. Empty: made once and kept in the data folder."""
    log_level: str = Field(default="INFO", pattern="^(DEBUG|INFO|WARNING|ERROR)$")
    """How much is logged; personal data never is."""
    time_zone: str = "Europe/Stockholm"
    """For what people read; all stored times are UTC."""
    undo_seconds: int = Field(default=10, ge=0, le=300)
    """So long an answer by mail waits before it is sent, and can be undone; 0: it goes at once."""
    routing: RoutingSettings = RoutingSettings()
    handoff: HandoffSettings = HandoffSettings()
    groups: dict[str, dict[str, Any]] = Field(default_factory=dict)

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, url: str) -> str:
        if url and not url.startswith(("sqlite:///", "postgresql+psycopg://")):
            raise ValueError("begins with sqlite:/// or postgresql+psycopg://")
        return url

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError("there is no such time zone; e.g. Europe/Stockholm") from error
        return name

    def group(self, name: str, model: type[M]) -> M:
        """The settings of one group, validated by its owner. Raises Misconfigured naming the setting."""
        return _validated(model, self.groups.get(name, {}), f"{name}__")

    def url(self) -> str:
        """The database's URL."""
        return self.database_url or f"sqlite:///{self.data_dir.resolve()}/contactcenter.sqlite3"

    def secret_bytes(self) -> bytes:
        """The installation's secret; made on first use when none is set."""
        if value := self.secret.get_secret_value():
            if len(value) < 32:
                raise Misconfigured("settings", "CC_SECRET must have at least 32 characters")
            return value.encode()
        path = self.data_dir / "secret"
        if not path.exists():
            _write_private(path, secrets.token_hex(32))
        return path.read_bytes().strip()


def read(environment: Mapping[str, str] | None = None, **defaults: Any) -> Settings:
    """Read all settings; `defaults` stand in for our own.

    Raises Misconfigured with the name of the wrong one and what would be right.
    """
    environment = os.environ if environment is None else environment
    raw = _merged(defaults, _from_file(environment))
    for name, value in environment.items():
        if name.startswith(PREFIX) and name != "CC_SETTINGS":
            _put(raw, name, value)
    groups = {name: raw.pop(name) for name in GROUPS if name in raw}
    return _validated(Settings, raw | {"groups": groups}, "")


def _from_file(environment: Mapping[str, str]) -> dict[str, Any]:
    path = Path(environment.get("CC_SETTINGS", "contactcenter.toml"))
    if not path.exists():
        if "CC_SETTINGS" in environment:
            raise Misconfigured("settings", f"CC_SETTINGS names a file that does not exist: {path.name}")
        return {}
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, OSError, UnicodeDecodeError) as error:
        raise Misconfigured("settings", f"{path.name} cannot be read: {error}") from error


def _put(raw: dict[str, Any], name: str, value: str) -> None:
    path = name.removeprefix(PREFIX).lower().split("__")
    if path[-1].endswith("_file"):
        path[-1] = path[-1].removesuffix("_file")
        value = _content(name, value)
    for step in path[:-1]:
        raw = raw.setdefault(step, {})
    raw[path[-1]] = _parsed(value)


def _content(name: str, file: str) -> str:
    try:
        return Path(file).read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise Misconfigured("settings", f"{name} names a file that cannot be read") from error


def _parsed(value: str) -> Any:
    if value[:1] in ("[", "{"):
        try:
            return json.loads(value)
        except json.JSONDecodeError:
            return value
    return value


def _merged(base: dict[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(base)
    for name, value in over.items():
        known = merged.get(name)
        both = isinstance(known, dict) and isinstance(value, Mapping)
        merged[name] = _merged(known, value) if both and isinstance(known, dict) else value
    return merged


def _validated(model: type[M], raw: Mapping[str, Any], prefix: str) -> M:
    try:
        return model.model_validate(raw)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        name = PREFIX + (prefix + "__".join(str(part) for part in first["loc"])).upper()
        unknown = first["type"] == "extra_forbidden"
        reason = "there is no such setting" if unknown else first["msg"]
        raise Misconfigured("settings", f"{name}: {reason}") from error


def _write_private(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as out:
        out.write(text + "\n")
