"""The database's schema, brought up to date by Alembic. The same migrations serve SQLite and PostgreSQL."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError

from contactcenter.errors import Unavailable

NO_DATABASE = "the database does not answer; is it running, and is CC_DATABASE_URL right?"
FOLDER = Path(__file__).parent / "migrations"


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Bring the schema to the newest revision, or to `revision`, all or nothing. Raises Unavailable: no database."""
    config = _config()
    try:
        with engine.connect() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, revision)
            connection.commit()
    except OperationalError as error:
        raise Unavailable("database", NO_DATABASE) from error


def is_current(engine: Engine) -> bool:
    """Whether the schema is the newest. Raises Unavailable when there is no database."""
    try:
        with engine.connect() as connection:
            return MigrationContext.configure(connection).get_current_revision() == newest()
    except OperationalError as error:
        raise Unavailable("database", NO_DATABASE) from error


def newest() -> str:
    """The newest revision."""
    return ScriptDirectory.from_config(_config()).get_current_head() or ""


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    return config
