"""The tests' own tools: they must fail when they should."""

from collections.abc import Callable

import psycopg
import pytest

from tests.support import TimedOut, eventually, wait_until


def test_waiting_gives_what_the_condition_gave() -> None:
    answers = iter([0, "", None, 7])
    assert wait_until(lambda: next(answers)) == 7


def test_waiting_for_what_never_comes_says_what_was_seen() -> None:
    with pytest.raises(TimedOut, match=r"the phone rings.*last seen: 0"):
        wait_until(lambda: 0, timeout=0.02, what="the phone rings")


async def test_waiting_on_the_event_loop() -> None:
    answers = iter([False, True])

    async def later() -> bool:
        return next(answers)

    assert await eventually(later)
    with pytest.raises(TimedOut):
        await eventually(lambda: False, timeout=0.02)


def test_each_database_is_new_and_a_copy_holds_what_its_original_holds(
    new_postgres_database: Callable[..., str],
) -> None:
    original = new_postgres_database()
    with psycopg.connect(original.replace("+psycopg", "")) as connection:
        connection.execute("CREATE TABLE letter (text text)")
        connection.execute("INSERT INTO letter VALUES ('Hej på dig')")
    copy = new_postgres_database(original)
    with psycopg.connect(copy.replace("+psycopg", "")) as connection:
        assert connection.execute("SELECT text FROM letter").fetchone() == ("Hej på dig",)
    with psycopg.connect(new_postgres_database().replace("+psycopg", "")) as connection:
        assert connection.execute("SELECT to_regclass('letter')").fetchone() == (None,)
