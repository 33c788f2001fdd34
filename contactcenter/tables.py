"""Every table there is: importing this module fills `SQLModel.metadata`."""

from sqlmodel import SQLModel

from contactcenter import entry, menus_model, model, rollups

__all__ = ["entry", "menus_model", "metadata", "model", "rollups"]

metadata = SQLModel.metadata
