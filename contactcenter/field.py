"""The kinds of columns that the tables are made of."""

from typing import Any

from sqlalchemy import BigInteger, Column, ForeignKey, Integer
from sqlmodel import Field

from contactcenter.columns import Clean, Json, Utc, stored_by_value

BigId = BigInteger().with_variant(Integer, "sqlite")


def identity() -> Any:
    return Field(default=None, sa_column=Column(BigId, primary_key=True, autoincrement=True))


def time(index: bool = False) -> Any:
    return Field(sa_column=Column(Utc, nullable=False, index=index))


def maybe_time(index: bool = False) -> Any:
    return Field(default=None, sa_column=Column(Utc, nullable=True, index=index))


def text(default: str = "") -> Any:
    return Field(default=default, sa_column=Column(Clean, nullable=False))


def json_value(default: type[Any]) -> Any:
    return Field(default_factory=default, sa_column=Column(Json, nullable=False))


def state(kind: Any, default: Any, index: bool = False) -> Any:
    return Field(default=default, sa_column=Column(stored_by_value(kind), nullable=False, index=index))


def maybe_state(kind: Any) -> Any:
    return Field(default=None, sa_column=Column(stored_by_value(kind), nullable=True))


def reference(table: str, *, null: bool = False, index: bool = True) -> Any:
    column: Column[Any] = Column(BigId, ForeignKey(f"{table}.id"), nullable=null, index=index)
    return Field(default=None, sa_column=column) if null else Field(sa_column=column)
