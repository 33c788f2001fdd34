"""Every table there is: importing this module fills `SQLModel.metadata`."""

from sqlmodel import SQLModel

from contactcenter import model, rollups

__all__ = ["metadata", "model", "rollups"]

metadata = SQLModel.metadata
