"""Time as the core knows it: aware UTC, passed in as a parameter, never read inside the core."""

from datetime import UTC, datetime


def utc_now() -> datetime:
    """The present moment, aware, in UTC. Only the rim calls this."""
    return datetime.now(UTC)
