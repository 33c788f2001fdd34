"""What every adapter is given when it is built."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from contactcenter.files import FileStore
from contactcenter.health import HealthBoard
from contactcenter.letters.outbox import Sheet
from contactcenter.menus_trial import Trials
from contactcenter.ports import CallVerbs, Telephony
from contactcenter.settings import Settings
from contactcenter.store import Store
from contactcenter.tail import Tail


@dataclass(slots=True)
class Context:
    """The installation as one object. `telephony` is set by the phone channel when it is there."""

    settings: Settings
    store: Store
    tail: Tail
    files: FileStore
    clock: Callable[[], datetime]
    health: HealthBoard
    telephony: Telephony | None = None
    call_verbs: CallVerbs | None = None
    """Set with `telephony`."""
    letter_pages: Callable[[Sheet, int], tuple[bytes, int]] | None = None
    """(a page of a letter as PNG, how many there are), before it is sent; blocking. Set by the post channel."""
    trials: Trials = field(default_factory=Trials)
    """Menus that are being called in test."""
    sink: Callable[[], Awaitable[list[dict[str, Any]]]] | None = None
    """Lists the mails that the demo's sink has caught; None outside the demo."""
    demo: dict[str, Any] = field(default_factory=dict)
    """What the demo shows on its sign-in page: addresses and made-up users."""
