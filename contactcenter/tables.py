"""Every table there is: importing this module fills `SQLModel.metadata`."""

from sqlmodel import SQLModel

from contactcenter import (
    entry,
    mail_images,
    mail_seal,
    menus_model,
    model,
    quarantine,
    ring_choice,
    rollups,
    scanning,
    telephone_journal,
    templates,
)
from contactcenter.directory import model as directory_model
from contactcenter.letters import model as letters_model
from contactcenter.overflow import model as overflow_model
from contactcenter.tapes import model as tapes_model
from contactcenter.waiting import model as waiting_model

__all__ = [
    "directory_model",
    "entry",
    "letters_model",
    "mail_images",
    "mail_seal",
    "menus_model",
    "metadata",
    "model",
    "overflow_model",
    "quarantine",
    "ring_choice",
    "rollups",
    "scanning",
    "tapes_model",
    "telephone_journal",
    "templates",
    "waiting_model",
]

metadata = SQLModel.metadata
