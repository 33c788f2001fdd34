"""The migrations lead to exactly the tables that the models describe, on both databases."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect

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


def _ours(name: str | None, kind: str, _parents: object) -> bool:
    """Search keeps tables of its own that no model describes."""
    return kind != "table" or name in metadata.tables
