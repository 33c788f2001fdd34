"""Fixtures for every test. The servers live in tests/fixtures, one module each."""

pytest_plugins = [
    "tests.fixtures.postgres",
    "tests.fixtures.store",
    "tests.fixtures.console",
    "tests.fixtures.exchange",
]
