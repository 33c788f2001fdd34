"""Every table there is: importing this module fills `SQLModel.metadata`."""

from sqlmodel import SQLModel

from contactcenter import entry, model, rollups

__all__ = ["entry", "metadata", "model", "rollups"]

metadata = SQLModel.metadata
