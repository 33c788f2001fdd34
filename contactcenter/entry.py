"""The tables of who gets in: signed-in browsers and other systems' keys."""

from datetime import datetime

from sqlalchemy import Column, UniqueConstraint
from sqlmodel import Field, SQLModel

from contactcenter import field
from contactcenter.columns import Clean


class SignIn(SQLModel, table=True):
    """A signed-in browser. Only the hash of its token is kept."""

    __tablename__ = "user_session"

    id: int = field.identity()
    token_hash: str = Field(sa_column=Column(Clean, unique=True, nullable=False))
    user_id: int = field.reference("staff")
    created_at: datetime = field.time()
    seen_at: datetime = field.time()
    expires_at: datetime = field.time(index=True)


class ApiKey(SQLModel, table=True):
    """A key for another system. Only the hash is kept. Scopes e.g. `cases:read`, `handoff:callback`."""

    id: int = field.identity()
    organisation_id: int = field.reference("organisation")
    name: str = field.text()
    key_hash: str = Field(sa_column=Column(Clean, unique=True, nullable=False))
    scopes: list[str] = field.json_value(list)
    created_at: datetime = field.time()
    revoked_at: datetime | None = field.maybe_time()


class IdempotentAnswer(SQLModel, table=True):
    """The answer that was given to an Idempotency-Key, given again when the key comes again."""

    __table_args__ = (UniqueConstraint("api_key_id", "key"),)

    id: int = field.identity()
    api_key_id: int = field.reference("apikey")
    key: str = Field(sa_column=Column(Clean, nullable=False))
    request_hash: str = field.text()
    status: int = 0
    body: str = field.text()
    at: datetime = field.time(index=True)
