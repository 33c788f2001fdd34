"""The tools that judge the source run as tests, so that one command says whether all is well."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import ROOT
from tests.unit import house

WEB = ROOT / "ui" / "web"
needs_front_end = pytest.mark.skipif(
    not (WEB / "package.json").exists() and "CI" not in os.environ, reason="there is no front end yet"
)


def judge(*command: str, cwd: Path = ROOT) -> None:
    """Run a tool; its words are the failure."""
    answer = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    if answer.returncode:
        pytest.fail(f"{' '.join(command)}\n{answer.stdout[-8000:]}{answer.stderr[-4000:]}", pytrace=False)


def python_tool(name: str, *arguments: str) -> None:
    judge(sys.executable, "-m", name, *arguments)


def front_end_tool(name: str, *arguments: str) -> None:
    tool = WEB / "node_modules" / ".bin" / name
    if not tool.exists():
        pytest.fail(f"{name} is not installed; run: script/setup --test", pytrace=False)
    judge(str(tool), *arguments, cwd=WEB)


def test_ruff_finds_nothing() -> None:
    python_tool("ruff", "check", "--no-fix", ".")


def test_ruff_would_format_nothing() -> None:
    python_tool("ruff", "format", "--check", ".")


@pytest.mark.slow
def test_mypy_finds_nothing() -> None:
    present = [package for package in (*house.PACKAGES, "tests", "benchmarks") if house.python_files(package)]
    python_tool("mypy", *(word for package in present for word in ("-p", package)))


@needs_front_end
def test_tsc_finds_nothing() -> None:
    front_end_tool("tsc", "--noEmit")


@needs_front_end
def test_biome_finds_nothing() -> None:
    front_end_tool("biome", "ci", ".")


@needs_front_end
def test_the_front_end_passes_its_own_tests() -> None:
    judge("npm", "run", "--if-present", "test", cwd=WEB)


def test_shellcheck_finds_nothing() -> None:
    if shutil.which("shellcheck") is None:
        pytest.fail("shellcheck is not installed; run: script/setup --test", pytrace=False)
    scripts = [path for path in house.files("script", ".ci", "pbx") if is_shell(path)]
    assert ROOT / "script" / "setup" in scripts
    judge("shellcheck", "--severity", "style", *map(str, scripts))


def is_shell(path: Path) -> bool:
    """Whether the file says on its first line that a shell is to run it."""
    first = path.read_text(errors="replace").partition("\n")[0]
    return first.startswith("#!") and first.rstrip().endswith("sh")


def test_every_script_may_be_run() -> None:
    for path in house.files("script", ".ci"):
        if path.read_text(errors="replace").startswith("#!"):
            assert os.access(path, os.X_OK), f"{house.name(path)}: chmod +x"
