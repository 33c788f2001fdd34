"""Which adapters there are: name -> dotted path of the function that builds them. A new channel is one line here."""

from collections.abc import Callable
from importlib import import_module
from typing import Any

from contactcenter.context import Context
from contactcenter.ports import Adapter

CHANNELS = {
    "email": "channels.email.adapter:build",
    "post": "channels.post.adapter:build",
    "phone": "channels.phone.adapter:build",
}
"""Ways that contacts come in."""

PARTS = {
    "statistics": "contactcenter.stats:build",
    "handoff": "contactcenter.handoff_sender:build",
    "surge": "contactcenter.surge_watch:build",
    "directory": "contactcenter.directory.adapter:build",
    "console": "ui.server:build",
}
"""The other parts of the process."""


def build(path: str, context: Context) -> list[Adapter]:
    """Import the function that `path` names and let it build its adapters."""
    builder: Callable[[Context], Any] = _imported(path)
    built = builder(context)
    return built if isinstance(built, list) else [built]


SETTINGS = {
    "http": "ui.settings:HttpSettings",
    "email": "channels.email.settings:EmailSettings",
    "post": "channels.post.settings:PostSettings",
    "phone": "pbx.settings:PhoneSettings",
    "directory": "contactcenter.directory.settings:DirectorySettings",
}
"""Group of settings -> its model."""


def setting_groups() -> dict[str, Any]:
    """The models of all groups of settings."""
    return {name: _imported(path) for name, path in SETTINGS.items()}


def _imported(path: str) -> Any:
    module, _, name = path.partition(":")
    return getattr(import_module(module), name)
