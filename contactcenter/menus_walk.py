"""What happens to one caller in a tree, step by step. Pure: whoever drives it plays what is yielded and sends keys.

Laws (tests/unit/test_menus.py): every caller ends, in any tree, whatever is pressed, after at most MOST_STEPS
nodes; who presses nothing that is known comes to a human or to what the tree says of silence; no tree, however wrong,
throws anybody out.
"""

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from contactcenter.menus import (
    SILENCE,
    AnyNode,
    Closed,
    Colleague,
    Goodbye,
    Hours,
    Language,
    Menu,
    Number,
    Outside,
    Say,
    Speech,
    Tree,
    Voicemail,
)

ANY_KEY = "0123456789*#"
MOST_STEPS = 60
"""Nodes that one caller is led through; who goes round for longer is put through to a human."""


class Phrase(StrEnum):
    """What is said that no tree holds."""

    INVALID = "invalid"
    OPENS = "opens"
    GOODBYE = "goodbye"


@dataclass(frozen=True, slots=True)
class Play:
    """Say these, in this language. A key of `keys` ends it, and is waited for `seconds` longer."""

    node: str
    said: tuple[Speech | Phrase, ...]
    language: str
    keys: str = ""
    seconds: int = 0


class Kind(StrEnum):
    """Where a caller ends."""

    TOPIC = "topic"
    CLOSED = "closed"
    GOODBYE = "goodbye"
    NUMBER = "number"
    OUTSIDE = "outside"
    VOICEMAIL = "voicemail"
    COLLEAGUE = "colleague"


@dataclass(frozen=True, slots=True)
class End:
    """Where it ended: `value` is the topic, number, queue or extension; `key` the last one pressed."""

    kind: Kind
    value: str = ""
    language: str = "sv"
    key: str = ""


Walk = Generator[Play, str, End]
IsOpen = Callable[[Mapping[str, Any]], bool]
"""Asked with a node's own hours; empty: those of the number."""


def walk(tree: Tree, is_open: IsOpen, passing: Callable[[str], None] = lambda _: None, language: str = "sv") -> Walk:
    """Lead one caller. Send "" where no key came. `passing` is told every node that is come to."""
    at, key, ahead = tree.start, "", ""
    for _ in range(MOST_STEPS):
        node = tree.nodes.get(at)
        if node is None:
            break
        passing(at)
        if isinstance(node, Menu):
            at, key = yield from _ask(at, node, language, key, ahead)
            ahead = ""
        elif isinstance(node, Say):
            ahead = (yield Play(at, (node.say,), language, ANY_KEY)) or ahead
            at = node.next
        elif isinstance(node, Language):
            language, at = node.language, node.next
        elif isinstance(node, Hours):
            at = node.open if is_open(node.hours) else node.closed
        else:
            return (yield from _end(at, node, language, key))
    return End(Kind.TOPIC, "", language, key)


def _ask(at: str, menu: Menu, language: str, before: str, ahead: str) -> Generator[Play, str, tuple[str, str]]:
    """(where to, the key that was pressed). `ahead`: pressed during the greeting, by who knows the menu."""
    chosen = {choice.key: choice.next for choice in menu.choices}
    said: tuple[Speech | Phrase, ...] = (menu.say,)
    after = menu.silent
    for _ in range(menu.tries):
        pressed = ahead or (yield Play(at, said, language, ANY_KEY, menu.seconds))
        ahead = ""
        if pressed in chosen:
            return chosen[pressed], pressed
        after = (menu.wrong or menu.silent) if pressed else menu.silent
        mistaken = menu.mistaken if menu.mistaken != SILENCE else Phrase.INVALID
        said = (mistaken, menu.say) if pressed else (menu.say,)
    return after, before


def _end(at: str, node: AnyNode, language: str, key: str) -> Walk:
    if isinstance(node, Closed):
        yield Play(at, (node.say, Phrase.OPENS, Phrase.GOODBYE), language)
    elif isinstance(node, Goodbye):
        yield Play(at, (node.say,), language)
    return End(*_place(node), language, key)


def _place(node: AnyNode) -> tuple[Kind, str]:
    match node:
        case Number() | Outside():
            return Kind(str(node.__struct_config__.tag)), node.number
        case Voicemail():
            return Kind.VOICEMAIL, node.queue
        case Colleague():
            return Kind.COLLEAGUE, node.extension
        case Closed() | Goodbye():
            return Kind(str(node.__struct_config__.tag)), ""
        case _:
            return Kind.TOPIC, getattr(node, "topic", "")
