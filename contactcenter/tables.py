"""Every table there is: importing this module fills `SQLModel.metadata`."""

from sqlmodel import SQLModel

from contactcenter import entry, menus_model, model, rollups, telephone_journal

__all__ = ["entry", "menus_model", "metadata", "model", "rollups", "telephone_journal"]

metadata = SQLModel.metadata
