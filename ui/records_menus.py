"""What the console reads of menus, prompts and messages before the queue."""

from datetime import datetime
from typing import Any, Literal

from msgspec import Struct


class NumberRow(Struct, frozen=True):
    """One of our telephone numbers. `version` 0: it has no tree of its own yet."""

    id: int
    address: str
    organisation_id: int
    version: int
    has_draft: bool


class Named(Struct, frozen=True):
    """Something that a tree may name."""

    key: str
    name: str


class MenuProblem(Struct, frozen=True):
    """What is wrong with a tree; an error keeps it from being published."""

    code: str
    node: str
    detail: str
    is_error: bool


class MenuVersionRow(Struct, frozen=True):
    """A version that is or was in force. `restored_from` 0: it is no copy."""

    number: int
    made_at: datetime
    made_by: str
    restored_from: int


class MenuDetail(Struct, frozen=True):
    """A number's menu as it is being worked on, and what it may name."""

    point_id: int
    address: str
    organisation_id: int
    tree: dict[str, Any]
    revision: int
    problems: list[MenuProblem]
    versions: list[MenuVersionRow]
    topics: list[Named]
    queues: list[Named]
    numbers: list[str]
    extensions: list[Named]
    recordings: list[str]
    languages: list[str]


class SavedMenu(Struct, frozen=True):
    revision: int
    problems: list[MenuProblem]


class TrialRow(Struct, frozen=True):
    """A menu that is being called in test: the nodes that were come to, and where it ended."""

    state: Literal["ringing", "talking", "ended", "failed"]
    passed: list[str]
    keys: list[str]
    end: str


class PromptRow(Struct, frozen=True):
    """One version of a recorded prompt. `silent`: since this version it is spoken again."""

    id: int
    key: str
    language: str
    number: int
    seconds: float
    how: str
    made_at: datetime
    made_by: str
    current: bool
    silent: bool


class MessageRow(Struct, frozen=True):
    """A message before the queue, on or off. `heard` and `helped` since it was switched on."""

    id: int
    name: str
    text: dict[str, str]
    recorded: bool
    address_point_id: int | None
    topic_id: int | None
    must_stay: bool
    active_until: datetime | None
    switched_at: datetime | None
    switched_by: str
    heard: int
    helped: int


class Messages(Struct, frozen=True):
    """All messages, the numbers that one may be for, and whether the reader has a code for the telephone."""

    messages: list[MessageRow]
    numbers: list[NumberRow]
    has_code: bool
    line: str
