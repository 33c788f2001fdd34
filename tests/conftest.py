"""Fixtures for every test. The servers live in tests/fixtures, one module each."""

import os

import pytest

pytest_plugins = [
    "tests.fixtures.postgres",
    "tests.fixtures.store",
    "tests.fixtures.console",
    "tests.fixtures.exchange",
]

REAL_PEOPLE = ("integration", "acceptance")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A simulated caller presses a key a second after the answer: on a crowded machine that may be too early.

    What talks to real servers gets a second try, told as R in the summary; what fails twice is a fault.
    """
    if os.environ.get("CI"):
        for item in items:
            if item.path.parent.name in REAL_PEOPLE:
                item.add_marker(pytest.mark.flaky(reruns=1))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Why a second try was needed: pytest shows only what came of the second."""
    for report in terminalreporter.stats.get("rerun", []):
        lines = [line for line in report.longreprtext.splitlines() if line.startswith((">", "E", "tests/"))]
        terminalreporter.write_sep("_", f"first try of {report.nodeid}")
        terminalreporter.write_line("\n".join(lines[-12:]))
