"""The border to the front end: its types are not stale, and its messages say something."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from contactcenter.accounts import SCOPES
from contactcenter.states import Channel
from tests.support import ROOT
from ui import api_v1, messages, typescript, wire

RAISED = {"Refused", "Conflict", "NotFound", "Unavailable", "Wrong", "TooMany"}
NOT_SHOWN = {
    "contactcenter/connectors/",
    "contactcenter/handoff",
    "contactcenter/demo/",
    "channels/email/",
    "channels/post/",
    "pbx/configure.py",
}
"""Failures of the machinery, which nobody at a console is answered with."""


def test_the_front_end_s_types_are_not_stale() -> None:
    kept = (ROOT / "ui" / "web" / "src" / "wire.ts").read_text("utf-8")
    assert kept == typescript.module(), "run: python -m ui.wire > ui/web/src/wire.ts"


def test_the_module_writes_the_same_as_its_command() -> None:
    made = subprocess.run([sys.executable, "-m", "ui.wire"], cwd=ROOT, capture_output=True, text=True, check=True)
    assert made.stdout == typescript.module()


@pytest.mark.parametrize(
    ("hint", "expected"),
    [
        (int | None, "number | null"),
        (list[int], "number[]"),
        (list[int | None], "(number | null)[]"),
        (dict[int, str], "Record<number, string>"),
        (list[tuple[str, float]], "[string, number][]"),
        (Channel, "Channel"),
        (None, "null"),
    ],
)
def test_python_types_become_typescript(hint: object, expected: str) -> None:
    assert typescript.type_of(hint) == expected


def test_a_type_without_typescript_is_refused() -> None:
    with pytest.raises(TypeError):
        typescript.type_of(set[int])


def test_messages_of_the_protocol_are_told_apart_by_t() -> None:
    decoder = msgspec.json.Decoder(wire.ClientMessage)
    assert decoder.decode(b'{"t":"ping"}') == wire.Ping()
    assert decoder.decode(b'{"t":"looking","case_id":null}') == wire.Looking(None)
    assert msgspec.json.encode(wire.Pong()) == b'{"t":"pong"}'


def codes() -> Iterator[tuple[str, str]]:
    """(code, file) of every failure that is raised with a fixed code."""
    for folder in ("contactcenter", "ui", "pbx", "channels"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            place = str(path.relative_to(ROOT))
            if not place.startswith(tuple(NOT_SHOWN)):
                yield from ((code, place) for code in _raised(path))


def _raised(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in RAISED:
            words = [arg.value for arg in node.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str)]
            yield from (word for word in words[:1] if word.isidentifier())


def test_every_refusal_has_a_text_in_both_languages() -> None:
    missing = {f"{code} ({place})" for code, place in codes() if code not in messages.known()}
    assert not missing


def test_a_text_says_what_exactly_is_wrong_where_that_helps() -> None:
    assert messages.text("arguments", "sv", "`text` missing") == "Uppgifterna gick inte att förstå. (`text` missing)"
    assert messages.text("credentials", "en", "whatever") == "The login or the password is not right."
    assert messages.text("brand_new", "sv", "said so") == "said so"


def test_every_operation_is_in_the_documentation() -> None:
    text = (ROOT / "docs" / "api.md").read_text("utf-8")
    for operation in api_v1.OPERATIONS:
        assert f"`{operation.method} /api/v1{operation.path}`" in text
    for scope in SCOPES:
        assert f"`{scope}`" in text
