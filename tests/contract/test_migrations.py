"""The migrations lead to exactly the tables that the models describe, on both databases."""

from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, text

from contactcenter import migrate
from contactcenter.store import Store
from contactcenter.tables import metadata


def test_the_migrated_schema_is_that_of_the_models(store: Store) -> None:
    with store.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "include_name": _ours})
        assert compare_metadata(context, metadata) == []


def test_unique_and_check_constraints_are_there(store: Store) -> None:
    found = inspect(store.engine)
    for table in metadata.sorted_tables:
        wanted = sum(type(one).__name__ == "CheckConstraint" for one in table.constraints)
        assert len(found.get_check_constraints(table.name)) == wanted, table.name


def test_migrating_again_changes_nothing(store: Store) -> None:
    migrate.upgrade(store.engine)
    assert migrate.is_current(store.engine)


def test_an_older_database_keeps_its_rows(tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path / 'old.sqlite3'}")
    migrate.upgrade(store.engine, "0001")
    with store.engine.begin() as connection:
        connection.execute(text("INSERT INTO counter VALUES ('case-2026', 41)"))
        connection.execute(text("INSERT INTO event (at, kind, data) VALUES ('2026-11-23', 'note_added', '{}')"))
    migrate.upgrade(store.engine)
    with store.engine.begin() as connection:
        connection.execute(text("INSERT INTO event (at, kind, data) VALUES ('2026-11-23', 'a_new_kind', '{}')"))
        assert connection.execute(text("SELECT value FROM counter")).scalar_one() == 41
        assert connection.execute(text("SELECT count(*) FROM event")).scalar_one() == 2
        assert connection.execute(text("PRAGMA integrity_check")).scalar_one() == "ok"
    assert migrate.is_current(store.engine)
    store.close()


def _ours(name: str | None, kind: str, _parents: object) -> bool:
    """Search keeps tables of its own that no model describes."""
    return kind != "table" or name in metadata.tables
