"""Set-up says what is missing and what mends it, before it changes anything."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import ROOT

TOOLS = (
    "bash",
    "cat",
    "dirname",
    "env",
    "find",
    "grep",
    "id",
    "mkdir",
    "rm",
    "sed",
    "sha256sum",
    "sort",
    "tail",
    "touch",
)
NOBODY = 65534


@pytest.fixture
def project() -> Iterator[Path]:
    """A copy of what set-up needs to begin, where other users may look (tmp_path is closed to them)."""
    with tempfile.TemporaryDirectory() as folder:
        clone = Path(folder) / "clone"
        shutil.copytree(ROOT / "script", clone / "script")
        for name in ("pyproject.toml", "requirements.lock", "requirements-dev.lock"):
            shutil.copy(ROOT / name, clone / name)
        Path(folder).chmod(0o755)
        yield clone


def with_path_of(folder: Path, *tools: str) -> dict[str, str]:
    """An environment in which only these programs exist."""
    programs = folder / "programs"
    programs.mkdir()
    for tool in tools:
        (programs / tool).symlink_to(shutil.which(tool) or tool)
    return {"PATH": str(programs), "HOME": str(folder)}


def set_up(
    folder: Path, *arguments: str, env: dict[str, str], user: int | None = None
) -> subprocess.CompletedProcess[str]:
    command = [shutil.which("bash") or "bash", str(folder / "script" / "setup"), *arguments]
    return subprocess.run(command, env=env, user=user, capture_output=True, text=True, check=False, cwd="/")


def test_without_apt_it_names_what_to_install(project: Path, tmp_path: Path) -> None:
    answer = set_up(project, env=with_path_of(tmp_path, *TOOLS))
    assert answer.returncode == 1
    for package in ("nodejs", "npm", "sip-tester", "espeak-ng", "python3-venv"):
        assert package in answer.stderr
    assert "has no apt" in answer.stderr
    assert not (project / ".venv").exists()


def test_without_permission_it_says_so(project: Path) -> None:
    project.chmod(0o555)
    user = NOBODY if os.geteuid() == 0 else None
    answer = set_up(project, env={"PATH": os.environ["PATH"]}, user=user)
    project.chmod(0o755)
    assert answer.returncode == 1
    assert f"permission to write in {project}" in answer.stderr
    assert "chown" in answer.stderr


def test_an_unknown_word_gets_the_usage(project: Path, tmp_path: Path) -> None:
    answer = set_up(project, "--everything", env=with_path_of(tmp_path, *TOOLS))
    assert answer.returncode == 2
    assert "usage: script/setup" in answer.stderr


def test_what_is_there_is_left_alone() -> None:
    stamp = ROOT / ".venv" / "installed"
    if not stamp.exists():
        pytest.fail("run: script/setup --test", pytrace=False)
    answer = subprocess.run([ROOT / "script" / "setup"], capture_output=True, text=True, timeout=60, check=True)
    again = subprocess.run([ROOT / "script" / "setup"], capture_output=True, text=True, timeout=2, check=True)
    assert "[4/4]" in answer.stdout
    assert "installing" not in again.stdout
    assert "fetching" not in again.stdout
