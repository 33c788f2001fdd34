"""What crosses the border between the core and its rim: frozen records and the ports.

Ports are written from the core's side; the contract is in the docstring.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from contactcenter.states import Channel, Role
from contactcenter.telephone_journal import Replay


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file already safe in the file store (see `contactcenter.files.FileStore.put`)."""

    sha256: str
    size: int
    name: str
    media_type: str = "application/octet-stream"
    role: str = "attachment"
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class InboundContact:
    """One thing that arrived, read as well as its channel can read it.

    `key` de-duplicates within the channel. `certain_cases` are case numbers proven by something only we could
    have made (signed subject token, plus-address); `references` are Message-IDs; `suggested_numbers` are case
    numbers merely mentioned: they suggest and never join. `marks` are (kind, value) pairs that may identify the
    citizen: phone E.164, email lower case, personal_number 12 digits.
    """

    channel: Channel
    key: str
    arrived_at: datetime
    address_point: str = ""
    sender: str = ""
    sender_name: str = ""
    recipients: tuple[str, ...] = ()
    subject: str = ""
    text: str = ""
    html: str = ""
    message_id: str = ""
    references: tuple[str, ...] = ()
    certain_cases: tuple[str, ...] = ()
    suggested_numbers: tuple[str, ...] = ()
    enclosed_cases: tuple[str, ...] = ()
    """Cases whose token stands in a mail that was passed on within this one."""
    enclosed_references: tuple[str, ...] = ()
    """Message-IDs that such a mail has or names."""
    marks: tuple[tuple[str, str], ...] = ()
    topic_key: str = ""
    organisation_key: str = ""
    automatic: bool = False
    """Sent by a machine (auto-reply, list, delivery report): never answered, never opens a closed case."""
    facts: dict[str, Any] = field(default_factory=dict)
    files: tuple[StoredFile, ...] = ()
    problem: str = ""
    """Code of why it could not be read; such a contact becomes a case for a human."""


@dataclass(frozen=True, slots=True)
class Received:
    """What intake made of it."""

    case_id: int
    contact_id: int
    case_number: str
    new_case: bool
    duplicate: bool


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts. `scope` is the set of organisation ids that they may see."""

    user_id: int
    name: str
    role: Role
    organisation_id: int
    scope: frozenset[int]
    may_pick: bool = False
    may_record: bool = False
    sees_protected: bool = False

    @property
    def is_supervisor(self) -> bool:
        return self.role in (Role.SUPERVISOR, Role.ADMINISTRATOR)

    @property
    def is_administrator(self) -> bool:
        return self.role is Role.ADMINISTRATOR


@dataclass(frozen=True, slots=True)
class Health:
    """How an adapter is. `code` says what is wrong, `hint` what to do about it; neither holds personal data."""

    name: str
    ok: bool
    code: str = ""
    hint: str = ""
    since: datetime | None = None
    facts: dict[str, Any] = field(default_factory=dict)
    """Progress and the like, e.g. `{"pages_done": 3, "pages_total": 12}`."""


class Adapter(Protocol):
    """Something that lives as long as the process: a channel, a sender, the web server.

    `run` works until cancelled, calls `report` whenever its health changes, and closes what it opened.
    Raising `Unavailable` means: start me again after a while. `Misconfigured` means: not before somebody mends it.
    """

    name: str

    async def run(self, report: Callable[[Health], None]) -> None: ...


@dataclass(frozen=True, slots=True)
class BrowserPhone:
    """The telephone in an agent's browser as the exchange knows it. The password stays on the server."""

    url: str
    """Where the exchange speaks SIP over WebSocket."""
    user: str
    password: str = field(repr=False)
    servers: tuple[dict[str, str], ...] = ()
    """STUN and TURN servers as WebRTC writes them: urls, username, credential."""


class Telephony(Protocol):
    """What the console may ask of the telephone channel. Each returns when Asterisk has taken it on.

    Raises `Refused` (no such call, no telephone), `Unavailable` (exchange not connected).
    """

    async def answer(self, contact_id: int, agent_id: int) -> None:
        """Answer the ringing call on the agent's own telephone (auto-answer)."""

    async def hang_up(self, contact_id: int) -> None: ...

    async def call_back(self, case_id: int, agent_id: int, number: str) -> None:
        """Ring the agent's telephone, then the citizen (E.164); the call becomes a contact of the case."""

    async def prepare_menu(self, point_id: int) -> None:
        """Make the sounds of a number's draft. Raises Refused when one cannot be made."""

    async def try_menu(self, agent_id: int, token: str) -> None:
        """Ring the agent's own telephone and lead them through a draft (see contactcenter.menus_trial)."""

    def browser_phone(self, extension: str) -> BrowserPhone:
        """How the browser of the agent with that extension reaches the exchange, through us."""

    async def replay(self, begin: datetime, end: datetime) -> Replay:
        """The calls between two times, from the journal of telephony."""

    async def drain(self, exchange: str, user_id: int, *, on: bool) -> None:
        """Empty that exchange for maintenance (new calls go elsewhere), or no longer."""


class CallVerbs(Protocol):
    """What an agent may do with a call of their own that was answered; the call is named by its contact.

    Each returns when the exchange has taken it on; what became of it is told by the rows. Raises `NotFound`, `Refused`
    (not the actor's call, nobody consulted, not a number), `Unavailable`.
    """

    async def hold(self, actor: Actor, contact_id: int) -> None: ...

    async def resume(self, actor: Actor, contact_id: int) -> None: ...

    async def consult(self, actor: Actor, contact_id: int, whom: str) -> None: ...

    async def cancel(self, actor: Actor, contact_id: int) -> None: ...

    async def swap(self, actor: Actor, contact_id: int) -> None: ...

    async def complete(self, actor: Actor, contact_id: int) -> None: ...

    async def confer(self, actor: Actor, contact_id: int) -> None: ...

    async def park(self, actor: Actor, contact_id: int) -> None: ...

    async def pick_up(self, actor: Actor, contact_id: int) -> None: ...

    async def send_tones(self, actor: Actor, contact_id: int, tones: str) -> None: ...

    async def hand_on(
        self, actor: Actor, contact_id: int, *, queue_id: int | None = None, agent_id: int | None = None
    ) -> None: ...

    async def hand_outside(self, actor: Actor, contact_id: int, number: str) -> None: ...

    async def tape(self, actor: Actor, contact_id: int, wish: str) -> None: ...

    async def listen(self, actor: Actor, contact_id: int, how: str, reason: str) -> None: ...


Verb = Callable[..., Awaitable[Any]]
