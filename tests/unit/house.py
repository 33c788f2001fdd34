"""How the tests of the house read the source: files, imports, definitions."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.support import ROOT

PACKAGES = ("contactcenter", "channels", "pbx", "ui")
CODE = (*PACKAGES, "tests", "benchmarks", "script")
NOT_OURS = {"node_modules", "static", "__pycache__"}
BINARY = {".png", ".jpg", ".jpeg", ".gif", ".ico", ".pdf", ".tif", ".tiff", ".wav", ".gsm", ".g722", ".ulaw", ".pyc"}
BINARY |= {".gz", ".woff", ".woff2", ".webp", ".db"}


@dataclass(frozen=True)
class Import:
    """One import statement: the file it stands in and the dotted name it asks for."""

    file: str
    line: int
    target: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line} imports {self.target}"

    def within(self, *packages: str) -> bool:
        """Whether the target is one of these packages or below one."""
        return any(self.target == package or self.target.startswith(f"{package}.") for package in packages)


@dataclass(frozen=True)
class Function:
    """One function: where it stands and how many lines it has, its docstring not counted."""

    place: str
    lines: int


@cache
def files(*folders: str) -> tuple[Path, ...]:
    """Every text file of ours below the folders; without folders: of the whole project."""
    if not folders:
        top = [path for path in ROOT.iterdir() if path.is_file()]
        return tuple(sorted([*filter(_is_text, top), *files(*CODE, "docs", ".ci")]))
    found = (path for folder in folders for path in (ROOT / folder).rglob("*") if path.is_file())
    return tuple(sorted(path for path in found if not NOT_OURS & {*path.parts} and _is_text(path)))


def python_files(*folders: str) -> list[Path]:
    """Every Python source below the folders."""
    return [path for path in files(*folders) if path.suffix == ".py"]


def name(path: Path) -> str:
    """The path as the project's own people say it."""
    return path.relative_to(ROOT).as_posix()


@cache
def tree(path: Path) -> ast.Module:
    """The parsed source."""
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def imports(*folders: str) -> Iterator[Import]:
    """Every import below the folders, also those inside functions and under TYPE_CHECKING; relative ones resolved."""
    for path in python_files(*folders):
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Import | ast.ImportFrom):
                yield from (Import(name(path), node.lineno, target) for target in targets(node, name(path)))


def functions(*folders: str) -> Iterator[Function]:
    """Every function and method below the folders."""
    for path in python_files(*folders):
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield Function(f"{name(path)}:{node.lineno} {node.name}", length(node))


def defined_names(path: Path) -> Iterator[str]:
    """The module's own name and those of its classes and functions."""
    yield path.stem
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name


def words(identifier: str) -> list[str]:
    """`QueueMemberPaused` and `queue_member_paused` as queue, member, paused."""
    return [word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+", identifier)]


def _is_text(path: Path) -> bool:
    return path.suffix not in BINARY


def targets(node: ast.Import | ast.ImportFrom, file: str) -> list[str]:
    """The dotted names that an import in `file` asks for, `from . import x` made absolute."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    module = node.module or ""
    if node.level:
        package = file.removesuffix(".py").split("/")[: -node.level]
        module = ".".join([*package, *filter(None, [module])])
    return [f"{module}.{alias.name}" for alias in node.names]


def length(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """The function's lines from `def` on, its docstring not counted."""
    total = (node.end_lineno or node.lineno) - node.lineno + 1
    first = node.body[0]
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str):
        total -= (first.end_lineno or first.lineno) - first.lineno + 1
    return total
