"""Writes docs/settings.md from the settings' own models: `python -m contactcenter.settings_page > docs/settings.md`."""

import ast
import inspect
import sys
from collections.abc import Iterator
from enum import Enum
from typing import Any

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from contactcenter import registry, settings

HEAD = """# Settings

Read once, at start. Sources, later ones win: the defaults below, a TOML file (`CC_SETTINGS`, else `contactcenter.toml`
in the current folder), the environment. A name ending in `_FILE` names a file that holds the value, for secrets
(`CC_SECRET_FILE`). Lists and tables are written as JSON in the environment. In TOML a group is a table: `[email]`,
`port = 25`. A wrong or unknown setting stops the start and is named.

This page is written by `python -m contactcenter.settings_page`; a test fails when it is stale.
"""


def page() -> str:
    """The whole page, Markdown."""
    parts = [HEAD, *_section("", settings.Settings)]
    for name in ("routing", "handoff"):
        parts += _section(name, type(getattr(settings.Settings(), name)))
    for name, model in registry.setting_groups().items():
        parts += _section(name, model)
    return "\n".join(parts) + "\n"


def _section(group: str, model: type[BaseModel]) -> Iterator[str]:
    yield f"## {group.capitalize() or 'Installation'}\n"
    yield (inspect.getdoc(model) or "") + "\n"
    yield "| setting | default | meaning |\n|---|---|---|"
    meanings = _docstrings(model)
    prefix = settings.PREFIX + (f"{group}__" if group else "")
    for name, field in model.model_fields.items():
        if not _is_group(field):
            yield f"| `{(prefix + name).upper()}` | {_default(field)} | {meanings.get(name, '')} |"
    yield ""


def _is_group(field: FieldInfo) -> bool:
    return (
        field.annotation in (settings.RoutingSettings, settings.HandoffSettings)
        or field.annotation == dict[str, dict[str, Any]]
    )


def _docstrings(model: type[BaseModel]) -> dict[str, str]:
    """Field -> the string that stands below it in the source."""
    above = [one for one in model.__bases__ if issubclass(one, BaseModel) and one is not BaseModel]
    found = {name: text for one in above for name, text in _docstrings(one).items()}
    (body,) = ast.parse(inspect.getsource(model)).body
    assert isinstance(body, ast.ClassDef)  # noqa: S101
    for field, after in zip(body.body, body.body[1:], strict=False):
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name) and isinstance(after, ast.Expr):
            text = ast.literal_eval(after.value) if isinstance(after.value, ast.Constant) else ""
            found[field.target.id] = " ".join(str(text).split()).replace("|", "\\|")
    return found


def _default(field: FieldInfo) -> str:
    if field.default_factory not in (None, dict, list, tuple):
        return "by machine"
    value = field.default_factory() if field.default_factory else field.default
    if value is PydanticUndefined:
        return "required"
    if isinstance(value, SecretStr):
        value = value.get_secret_value()
    value = value.value if isinstance(value, Enum) else value
    return "empty" if value in ("", (), [], {}, None) else f"`{value}`"


if __name__ == "__main__":
    sys.stdout.write(page())
