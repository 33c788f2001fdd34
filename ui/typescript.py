"""The TypeScript of the wire records, so that the console is compiled against what the server sends."""

import types
from collections.abc import Callable, Iterator
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

import msgspec

from ui import records, records_directory, records_menus, records_replay, verbs, wire

HEADER = """\
// Written by `python -m ui.wire` from the server's records. Do not edit: a test fails when it is stale.
// Times are ISO 8601 in UTC.
"""
_PLAIN = {int: "number", float: "number", str: "string", bool: "boolean", datetime: "string", type(None): "null"}


def module() -> str:
    """The whole of wire.ts."""
    parts = [HEADER, f"export const PROTOCOL = {wire.PROTOCOL};\n"]
    parts += [_enum(kind) for kind in _enums()]
    parts += [_interface(record) for record in _records()]
    parts += [_verbs()]
    parts += [_union("ServerMessage", wire.ServerMessage), _union("ClientMessage", wire.ClientMessage)]
    return "\n".join(parts)


def _all() -> Iterator[Any]:
    yield from vars(wire).values()
    yield from vars(records).values()
    yield from vars(records_menus).values()
    yield from vars(records_directory).values()
    yield from vars(records_replay).values()
    yield from (verb.args for verb in verbs.VERBS.values())


def _records() -> list[type[msgspec.Struct]]:
    found = (one for one in _all() if isinstance(one, type) and issubclass(one, msgspec.Struct))
    return list(dict.fromkeys(one for one in found if _is_ours(one.__module__) and one is not msgspec.Struct))


def _is_ours(module: str) -> bool:
    return module == "__main__" or module.startswith("ui.")


def _enums() -> list[type[StrEnum]]:
    found = (one for one in _all() if isinstance(one, type) and issubclass(one, StrEnum))
    return [one for one in dict.fromkeys(found) if one is not StrEnum]


def _enum(kind: type[StrEnum]) -> str:
    values = "".join(f"\n  | {_quoted(member.value)}" for member in kind)
    return f"export type {kind.__name__} ={values};\n"


def _interface(record: type[msgspec.Struct]) -> str:
    hints = get_type_hints(record, include_extras=False)
    config = record.__struct_config__
    incoming, sparse = config.forbid_unknown_fields, config.omit_defaults
    lines = [f"  {config.tag_field}: {_quoted(str(config.tag))};"] if config.tag_field else []
    for field in msgspec.structs.fields(record):
        optional = "?" if not field.required and (incoming or sparse) else ""
        lines.append(f"  {field.encode_name}{optional}: {type_of(hints[field.name])};")
    body = "\n".join(lines)
    return f"export interface {record.__name__} {{\n{body}\n}}\n" if lines else _empty(record.__name__)


def _empty(name: str) -> str:
    return f"export type {name} = Record<string, never>;\n"


def _verbs() -> str:
    lines = [
        f"  {name}: {{ args: {verb.args.__name__}; result: {type_of(verb.result)} }};"
        for name, verb in verbs.VERBS.items()
    ]
    return "export interface Verbs {\n" + "\n".join(lines) + "\n}\n"


def _union(name: str, union: Any) -> str:
    return f"export type {name} =" + "".join(f"\n  | {one.__name__}" for one in get_args(union)) + ";\n"


def type_of(hint: Any) -> str:
    """The TypeScript for a Python type."""
    if hint is None:
        return "null"
    if hint in _PLAIN:
        return _PLAIN[hint]
    if hint is Any:
        return "unknown"
    origin, args = get_origin(hint), get_args(hint)
    if origin in _SHAPES:
        return _SHAPES[origin](args)
    if isinstance(hint, type):
        return hint.__name__
    raise TypeError(f"no TypeScript for {hint!r}")


def _in_list(hint: Any) -> str:
    inner = type_of(hint)
    return f"({inner})[]" if " | " in inner else f"{inner}[]"


_SHAPES: dict[Any, Callable[[tuple[Any, ...]], str]] = {
    list: lambda args: _in_list(args[0]),
    tuple: lambda args: f"[{', '.join(type_of(one) for one in args)}]",
    dict: lambda args: f"Record<{type_of(args[0])}, {type_of(args[1])}>",
    Union: lambda args: " | ".join(type_of(one) for one in args),
    types.UnionType: lambda args: " | ".join(type_of(one) for one in args),
    Literal: lambda args: " | ".join(_quoted(one) for one in args),
    Annotated: lambda args: type_of(args[0]),
}


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
