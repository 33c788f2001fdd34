"""What callers to a number are led by (tonval): a tree of nodes, as it stands in the database and the YAML document.

    start: welcome
    nodes:
      welcome: {kind: say, say: {text: {sv: "Välkommen till Solvik."}}, next: choice}
      choice:
        kind: menu
        say: {text: {sv: "För bygglov, tryck 1."}, recording: ""}
        choices: [{key: "1", next: permit}]
        silent: other
      permit: {kind: topic, topic: bygg.bygglov}
      other: {kind: topic, topic: ovrigt}

Nodes name each other by id, so several keys may lead to the same place. A recording is named by its key; the newest
one in the caller's language is played, else its text is spoken. `walk` is what happens to a caller.
"""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from contactcenter.errors import Misconfigured

LANGUAGES = ("sv", "en", "fi", "ar", "so", "de", "no", "da")
"""Languages that a caller may choose; the first is spoken where nothing else is said."""
MOST_NODES = 200

Id = Annotated[str, Meta(pattern=r"^[a-z0-9_-]{1,40}$")]
Text = Annotated[str, Meta(max_length=1000)]
Key = Annotated[str, Meta(pattern=r"^[0-9*#]$")]
Extension = Annotated[str, Meta(pattern=r"^([0-9]{2,6})?$")]
E164 = Annotated[str, Meta(pattern=r"^(\+[1-9][0-9]{2,14})?$")]
TopicKey = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_.-]{0,100}$")]


class Speech(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What is said: a recording when there is one of that key, else the text (language -> sentence)."""

    text: dict[str, Text] = {}
    recording: Annotated[str, Meta(pattern=r"^[a-z0-9_-]{0,60}$")] = ""

    @property
    def is_silent(self) -> bool:
        return not self.recording and not any(text.strip() for text in self.text.values())


SILENCE = Speech()


class Choice(Struct, frozen=True, forbid_unknown_fields=True):
    """One key and where it leads."""

    key: Key
    next: Id


class Node(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, tag_field="kind"):
    """One step of a tree."""

    def targets(self) -> Iterator[tuple[str, str]]:
        """(edge, id of the node it leads to). An edge is a key, or the name of a field."""
        for name in ("next", "silent", "wrong", "open", "closed"):
            if isinstance(target := getattr(self, name, ""), str) and target:
                yield name, target
        for choice in getattr(self, "choices", ()):
            yield choice.key, choice.next

    def speeches(self) -> Iterator[tuple[str, Speech]]:
        """(field, what is said there)."""
        for name in ("say", "mistaken"):
            if isinstance(said := getattr(self, name, None), Speech):
                yield name, said


class Say(Node, frozen=True, tag="say"):
    """Something is said, then it goes on."""

    say: Speech
    next: Id


class Menu(Node, frozen=True, tag="menu"):
    """Choose by key. Silence is asked again, then leads to `silent`; so do wrong keys, or to `wrong` if it is set."""

    say: Speech
    choices: Annotated[list[Choice], Meta(max_length=12)] = []
    silent: Annotated[str, Meta(pattern=r"^[a-z0-9_-]{0,40}$")] = ""
    wrong: Annotated[str, Meta(pattern=r"^[a-z0-9_-]{0,40}$")] = ""
    mistaken: Speech = SILENCE
    """Said after a wrong key; empty: "that choice does not exist"."""
    seconds: Annotated[int, Meta(ge=1, le=30)] = 6
    """How long a key is waited for after the prompt."""
    tries: Annotated[int, Meta(ge=1, le=5)] = 2


class Hours(Node, frozen=True, tag="hours"):
    """Open or closed now: the number's own hours, or those of this node (see contactcenter.hours)."""

    open: Id
    closed: Id
    hours: dict[str, Any] = {}


class Language(Node, frozen=True, tag="language"):
    """From here on the caller is spoken to in this language, and needs an agent who knows it."""

    language: Annotated[str, Meta(pattern=r"^[a-z]{2}$")]
    next: Id


class Topic(Node, frozen=True, tag="topic"):
    """To the queue, about this topic; empty: the number's own."""

    topic: TopicKey = ""


class Closed(Node, frozen=True, tag="closed"):
    """The closed message, when we open again, goodbye."""

    say: Speech


class Goodbye(Node, frozen=True, tag="goodbye"):
    """Something is said and the call ends."""

    say: Speech


class Number(Node, frozen=True, tag="number"):
    """Another of our numbers, with its own menu and hours."""

    number: E164


class Outside(Node, frozen=True, tag="outside"):
    """A number outside. Nobody there: the queue."""

    number: E164


class Voicemail(Node, frozen=True, tag="voicemail"):
    """Leave a message, to the queue of this key; empty: the number's own. Where there is none: the queue itself."""

    queue: TopicKey = ""


class Colleague(Node, frozen=True, tag="colleague"):
    """A colleague's telephone. Nobody there: what is said of them, then the queue."""

    extension: Extension


AnyNode = Say | Menu | Hours | Language | Topic | Closed | Goodbye | Number | Outside | Voicemail | Colleague


class Tree(Struct, frozen=True, forbid_unknown_fields=True):
    """A whole menu."""

    start: Id
    nodes: Annotated[dict[Id, AnyNode], Meta(min_length=1, max_length=MOST_NODES)]


def parse(raw: Mapping[str, Any]) -> Tree:
    """Read and check the shape. Raises Misconfigured with code `menu` and a sentence that says where."""
    try:
        return msgspec.convert(dict(raw), Tree)
    except msgspec.ValidationError as error:
        raise Misconfigured("menu", f"menu: {error}") from error


def plain(tree: Tree) -> dict[str, Any]:
    """As it is stored: JSON values."""
    built: dict[str, Any] = msgspec.to_builtins(tree)
    return built


def one_level(greeting: str, choices: Mapping[str, tuple[str, str]], default_topic: str = "") -> Tree:
    """The menu of a number that has only keys and topics: key -> (topic key, how the topic is said)."""
    nodes: dict[str, AnyNode] = {
        "other": Topic(default_topic),
        **{f"topic-{key}": Topic(topic) for key, (topic, _) in choices.items()},
    }
    welcome = Speech({"sv": greeting})
    if not choices:
        return Tree("start", {"start": Say(welcome, "other"), **nodes})
    asked = " ".join(f"För {spoken}, tryck {key}." for key, (_, spoken) in choices.items())
    keys = [Choice(key, f"topic-{key}") for key in choices]
    menu = Menu(Speech({"sv": asked}), keys, silent="other")
    return Tree("start", {"start": Say(welcome, "menu"), "menu": menu, **nodes})


def first_keys(tree: Tree) -> dict[str, str]:
    """Key -> topic of the first menu, for the dialplan when it is alone: each key's subtree as silence takes it."""
    node = _follow(tree, tree.start, stop_at_menu=True)
    if not isinstance(node, Menu):
        return {}
    ends = {choice.key: _follow(tree, choice.next) for choice in node.choices if choice.key.isdigit()}
    return {key: end.topic for key, end in ends.items() if isinstance(end, Topic) and end.topic}


def _follow(tree: Tree, at: str, *, stop_at_menu: bool = False) -> AnyNode | None:
    """Where a silent caller in opening hours ends."""
    for _ in range(MOST_NODES):
        node = tree.nodes.get(at)
        if isinstance(node, Menu) and not stop_at_menu:
            at = node.silent
        elif isinstance(node, Say | Language):
            at = node.next
        elif isinstance(node, Hours):
            at = node.open
        else:
            return node
    return None


def topics_of(raw: Mapping[str, Any]) -> list[str]:
    """Keys of the topics that a stored tree names; nothing for one that cannot be read."""
    nodes: Any = raw.get("nodes")
    there = nodes.values() if isinstance(nodes, dict) else ()
    found = (node.get("topic") for node in there if isinstance(node, dict))
    return sorted({topic for topic in found if isinstance(topic, str) and topic})
