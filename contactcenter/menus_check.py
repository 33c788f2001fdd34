"""What is wrong with a tree, before anybody calls it: dead ends, loops, missing prompts, keys pressed twice."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from contactcenter.errors import Misconfigured
from contactcenter.hours import Hours as OpeningHours
from contactcenter.menus import (
    SILENCE,
    AnyNode,
    Colleague,
    Hours,
    Language,
    Menu,
    Number,
    Outside,
    Speech,
    Topic,
    Tree,
    Voicemail,
)

BY_KEY = "0123456789*#"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong. `code` has a sentence in the console; an error keeps the tree from being published."""

    code: str
    node: str
    detail: str = ""
    is_error: bool = True


@dataclass(frozen=True, slots=True)
class Known:
    """What a tree may name."""

    topics: frozenset[str] = frozenset()
    queues: frozenset[str] = frozenset()
    numbers: frozenset[str] = frozenset()
    extensions: frozenset[str] = frozenset()
    recordings: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Key -> languages in which there is a recording."""


def problems(tree: Tree, known: Known) -> list[Problem]:
    """Everything that is wrong, errors first."""
    found = [*_ends(tree), *_unreachable(tree), *_loops(tree)]
    for id, node in tree.nodes.items():
        found += [Problem(code, id, detail, is_error) for code, detail, is_error in _inside(node, known)]
    found += _untranslated(tree, known)
    return sorted(found, key=lambda one: (not one.is_error, list(tree.nodes).index(one.node) if one.node else -1))


def errors(tree: Tree, known: Known) -> list[Problem]:
    """What keeps it from being published."""
    return [one for one in problems(tree, known) if one.is_error]


def _ends(tree: Tree) -> Iterator[Problem]:
    if tree.start not in tree.nodes:
        yield Problem("leads_nowhere", "", "start")
    for id, node in tree.nodes.items():
        for edge, target in node.targets():
            if target not in tree.nodes:
                yield Problem("leads_nowhere", id, edge)
        if isinstance(node, Menu) and not node.silent:
            yield Problem("no_silent", id)


def reachable(tree: Tree) -> frozenset[str]:
    """Ids of the nodes that a caller can come to."""
    seen, waiting = set[str](), [tree.start]
    while waiting:
        id = waiting.pop()
        if id not in seen and id in tree.nodes:
            seen.add(id)
            waiting += [target for _, target in tree.nodes[id].targets()]
    return frozenset(seen)


def _unreachable(tree: Tree) -> Iterator[Problem]:
    there = reachable(tree)
    for id in tree.nodes:
        if id not in there:
            yield Problem("unreachable", id)


def _loops(tree: Tree) -> Iterator[Problem]:
    """A circle that a caller goes round without pressing a key. One with a key in it is "hear it again"."""
    done, path = set[str](), list[str]()

    def visit(id: str) -> Iterator[str]:
        if id in path:
            yield id
        elif id not in done and id in tree.nodes:
            path.append(id)
            for edge, target in tree.nodes[id].targets():
                if edge not in BY_KEY:
                    yield from visit(target)
            path.pop()
            done.add(id)

    for id in tree.nodes:
        yield from (Problem("loop", found) for found in visit(id))


def _inside(node: AnyNode, known: Known) -> Iterator[tuple[str, str, bool]]:
    """(code, detail, is an error) of a node by itself."""
    for name, speech in node.speeches():
        if speech.is_silent and name == "say":
            yield "no_prompt", name, True
        elif speech.recording and speech.recording not in known.recordings:
            yield "no_recording", speech.recording, not any(speech.text.values())
    match node:
        case Menu():
            yield from _keys(node)
        case Topic() if node.topic and node.topic not in known.topics:
            yield "unknown_topic", node.topic, True
        case Number() if node.number not in known.numbers:
            yield "unknown_number", node.number, True
        case Outside() if not node.number:
            yield "no_number", "", True
        case Voicemail() if node.queue and node.queue not in known.queues:
            yield "unknown_queue", node.queue, True
        case Colleague() if node.extension not in known.extensions:
            yield "unknown_extension", node.extension, True
        case Hours() if node.hours:
            yield from _hours(node)


def _keys(menu: Menu) -> Iterator[tuple[str, str, bool]]:
    keys = [choice.key for choice in menu.choices]
    for key in sorted({key for key in keys if keys.count(key) > 1}):
        yield "key_twice", key, True
    if not keys:
        yield "no_keys", "", True


def _hours(node: Hours) -> Iterator[tuple[str, str, bool]]:
    try:
        OpeningHours.parse(node.hours)
    except Misconfigured as fault:
        yield "hours", fault.text, True


def _untranslated(tree: Tree, known: Known) -> Iterator[Problem]:
    """What a caller who chose a language would hear in another."""
    for language, ids in spoken_in(tree).items():
        for id in sorted(ids):
            for name, speech in tree.nodes[id].speeches():
                if speech != SILENCE and not speech.is_silent and not _is_said_in(speech, language, known):
                    yield Problem("not_in_language", id, f"{language} {name}", is_error=False)


def _is_said_in(speech: Speech, language: str, known: Known) -> bool:
    return bool(speech.text.get(language, "").strip()) or language in known.recordings.get(
        speech.recording, frozenset[str]()
    )


def spoken_in(tree: Tree, default: str = "sv") -> dict[str, set[str]]:
    """Language -> nodes that a caller can come to in it."""
    seen: dict[str, set[str]] = {}
    waiting = [(tree.start, default)]
    while waiting:
        id, language = waiting.pop()
        node = tree.nodes.get(id)
        if node is None or id in seen.setdefault(language, set()):
            continue
        seen[language].add(id)
        after = node.language if isinstance(node, Language) else language
        waiting += [(target, after) for _, target in node.targets()]
    return seen
