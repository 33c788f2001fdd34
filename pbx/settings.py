"""Settings of the telephone part (`CC_PHONE__…`)."""

import ssl
from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, Field, SecretStr, model_validator

NAME = r"^[a-z][a-z0-9]{0,15}$"
"""An exchange's name is its `systemname` too, with which every unique id of its calls begins."""


class OtherExchange(BaseModel, frozen=True, extra="forbid"):
    """A further exchange that somebody else runs; one entry of `CC_PHONE__EXCHANGES`."""

    name: str = Field(pattern=NAME)
    ami_host: str
    ami_port: int = Field(default=5038, ge=1, le=65535)
    ami_user: str = "kontaktcenter"
    ami_secret: SecretStr = SecretStr("")
    secret_file: Path | None = None
    tls: bool = False
    ca_file: Path | None = None
    draining: bool = False
    ws_url: str = ""
    """Where it takes telephones in browsers; empty: `ws://ami_host:8088/ws`."""

    def secret(self) -> str:
        """From its file when one is named. Raises OSError."""
        if self.secret_file:
            return self.secret_file.read_text("utf-8").strip()
        return self.ami_secret.get_secret_value()

    def context(self) -> ssl.SSLContext | None:
        return _tls(self.ca_file) if self.tls else None


class PhoneSettings(BaseModel, frozen=True, extra="forbid"):
    """How the telephone exchange is reached, and what our own copy of it may use.

    With `exchange = bundled` the program renders Asterisk's configuration, starts Asterisk as its child and stops
    it again. With `external` it only connects to an Asterisk that somebody else runs with that configuration.
    """

    exchange: Literal["bundled", "external", "none"] = "bundled"
    """`bundled`: our own child process; `external`: one that runs already; `none`: no telephone."""
    asterisk_root: Path | None = None
    """Folder that holds a fetched Asterisk (`script/setup` makes one); empty: `.cache/asterisk`, then the system's."""
    host: str = "127.0.0.1"
    """Address that SIP of the bundled Asterisk listens on; for telephones in the house, one of this machine's own."""
    sip_port: int = Field(default=5060, ge=0, le=65535)
    """UDP and TCP port for SIP; 0 or taken: the next free one."""
    ami_host: str = "127.0.0.1"
    """Where the manager interface is: listens there when bundled (leave it on loopback), connected to when external."""
    ami_port: int = Field(default=5038, ge=0, le=65535)
    """Manager interface; bundled and 0 or taken: the next free one."""
    ami_user: str = "kontaktcenter"
    """Name of our manager user."""
    ami_secret: SecretStr = SecretStr("")
    """Its secret; empty with a bundled exchange: generated into the run folder."""
    ami_tls: bool = False
    """Speak TLS to the manager interface (an `external` exchange on another machine)."""
    ami_ca_file: Path | None = None
    """Certificates (PEM) of the authority that signed the exchange's; empty: those of this machine."""
    ami_tls_port: int = Field(default=0, ge=0, le=65535)
    """Our own exchange offers the manager interface over TLS there too, on `host`; 0: it does not."""
    ami_cert_file: Path | None = None
    """Certificate (PEM) that it shows there."""
    ami_key_file: Path | None = None
    """Its key; readable by the exchange alone."""
    ami_permit: tuple[str, ...] = ()
    """Addresses or networks, besides itself, from which our own exchange lets the contact centre sign in."""
    name: str = Field(default="kc", pattern=NAME)
    """Name of the exchange, its `systemname`: begins the unique id of every call. Each exchange needs its own."""
    draining: bool = False
    """It is being emptied for maintenance: new calls are sent on by the operator, none is rung there; see docs."""
    exchanges: tuple[OtherExchange, ...] = ()
    """Further exchanges, as JSON: `[{"name":"syd","ami_host":"192.0.2.7","secret_file":"/run/secrets/syd"}]`; also
    `ami_port`, `ami_user`, `tls`, `ca_file`, `draining`."""
    peers: dict[str, str] = Field(default_factory=dict)
    """SIP addresses of the other exchanges, by name, rendered into ours: `{"syd":"sip:192.0.2.7:5060"}`."""
    lost_after_seconds: float = Field(default=60, ge=1)
    """An exchange that has been away for so long is dead: its calls are lost, and become calls to be called back."""
    external_address: str = ""
    """Our address as the operator sees it, when this machine is behind address translation (NAT)."""
    local_networks: tuple[str, ...] = ()
    """Networks that are on our side of it, as a JSON list: `["10.0.0.0/8"]`."""
    tell_of_listening: bool = True
    """Whether agents see in the call, and are told by a screen reader, that a supervisor listens, whispers or joins in.
    It is in the journal either way; with `false` the agents have no part of that."""
    journal_days: int = Field(default=30, ge=0, le=3650)
    """How many days the journal of telephony is kept, from which the room is replayed; 0: none is kept."""
    outlive: bool = False
    """Leave the bundled Asterisk running when the contact centre stops: calls go on over a restart, which adopts it."""
    agi_host: str = "127.0.0.1"
    """Where Asterisk asks us, step by step, what a caller hears (FastAGI): an address of ours that it reaches."""
    agi_port: int = Field(default=0, ge=0, le=65535)
    """Port of that; 0: any free one. Asterisk is told it."""
    ws_host: str = "127.0.0.1"
    """Where the bundled Asterisk listens for the telephones in browsers; our console alone speaks with it there."""
    ws_port: int = Field(default=8088, ge=0, le=65535)
    """Port of that; 0 or taken: the next free one."""
    ws_url: str = Field(default="", pattern=r"^(wss?://.+)?$")
    """The same of an `external` exchange, e.g. `wss://pbx.example:8089/ws`; empty: `ws_port` at `ami_host`."""
    stun: str = ""
    """STUN server (host:port) for telephones in browsers that are outside our network; empty: none."""
    turn: str = ""
    """TURN server (host:port) for those that cannot reach Asterisk's ports for speech; empty: none."""
    turn_user: str = ""
    """Name at the TURN server, for Asterisk and browsers alike."""
    turn_password: SecretStr = SecretStr("")
    """Password there. Signed-in agents' browsers are told it."""
    rtp_first: int = Field(default=20000, ge=1024, le=65000)
    """First UDP port for speech."""
    rtp_last: int = Field(default=20999, ge=1024, le=65535)
    """Last UDP port for speech; two are used per leg."""
    trunk_addresses: tuple[str, ...] = ("127.0.0.1",)
    """Addresses or networks that calls from citizens come from (the operator's exchange)."""
    trunk_uri: str = ""
    """Where calls to citizens go, e.g. `sip:sip.operator.example:5060`; empty: none can be placed."""
    trunk_user: str = ""
    """Name for registration at the operator; empty: none needed (recognised by address)."""
    trunk_password: SecretStr = SecretStr("")
    """Password for that registration."""
    trunk_trusted: bool = True
    """Believe the operator's P-Asserted-Identity and Privacy headers (RFC 3325)."""
    trunk_silence_seconds: int = Field(default=120, ge=0)
    """A call from which no sound packet has come for so long is dead (a pulled cable says no goodbye); 0: never."""
    parked_seconds: int = Field(default=300, ge=10)
    """A parked caller whom nobody picks up within so long waits in the queue again, with the same place."""
    fallback_phones: tuple[str, ...] = ()
    """Extensions that ring when the contact centre is away; empty: every agent's telephone."""
    heartbeat_seconds: float = Field(default=5, gt=0)
    """How often the exchange is told that the contact centre is alive."""
    stale_seconds: int = Field(default=15, gt=0)
    """After so long without a heartbeat the exchange carries on by itself."""
    ring_seconds: int = Field(default=45, gt=0)
    """Longest ringing at an agent's telephone; the contact centre normally ends it sooner (offer time)."""
    fallback_ring_seconds: int = Field(default=20, gt=0)
    """Ringing time at the fallback telephones before the exchange looks whether the contact centre is back."""
    menu_seconds: int = Field(default=6, gt=0)
    """How long the choice of topic waits for a key."""
    prompt_command: tuple[str, ...] = ("espeak-ng", "-v", "{language}", "-s", "150", "-w", "{file}", "{text}")
    """Makes a WAV file of a sentence; `{file}`, `{text}` and `{language}` (`sv`, `en`, `fi`, …) are filled in."""
    sounds: Path | None = None
    """Folder that our sounds lie in when the exchange is elsewhere: both see it (a volume), as `…/sounds/sv/kc`."""
    message_line: str = Field(default="*77", pattern=r"^([*#]?[0-9]{2,6})?$")
    """What supervisors dial on a telephone of the house to switch a message before the queue; empty: nothing."""
    message_line_number: str = Field(default="", pattern=r"^(\+[1-9][0-9]{2,14})?$")
    """One of our numbers (E.164) that leads there too, for those on call; empty: none."""
    absence_code: str = Field(default="*21", pattern=r"^([*#][0-9]{2,4})?$")
    """What is dialled on one's own telephone to set one's absence: `*21*reason*time#`; `#21#` takes it away."""
    absence_line_number: str = Field(default="", pattern=r"^(\+[1-9][0-9]{2,14})?$")
    """One of our numbers (E.164) where absence is set from any telephone, with a personal code; empty: none."""
    overflow_ring_seconds: int = Field(default=45, gt=0)
    """How long a number outside is rung for callers whom a queue is too long for."""
    direct_ring_seconds: int = Field(default=25, gt=0)
    """How long a direct number rings before the caller is offered the contact centre."""
    recordings: Path | None = None
    """Folder of recordings that replace spoken prompts of the same name (`greeting-1.wav`)."""
    voicemail_seconds: int = Field(default=180, ge=10, le=1800)
    """Longest message that a caller can leave."""
    spool: Path | None = None
    """Where Asterisk leaves messages and wishes, as we see that folder; empty: that of the bundled exchange."""
    tapes: Path | None = None
    """Where Asterisk leaves recorded calls, as we see that folder; empty: that of the bundled exchange."""
    tape_days: int = Field(default=30, ge=1, le=3650)
    """How long a recorded call is kept; then it is erased."""
    tell_first_seconds: int = Field(default=20, ge=0)
    """After so long a waiting caller is told place and expected wait, and offered a call back; 0: never."""
    tell_every_seconds: int = Field(default=60, ge=15)
    """And again every so often."""
    callback_tries: int = Field(default=3, ge=1, le=10)
    """How often a caller who kept the place is rung before the case is closed as unreachable."""
    callback_pause_seconds: int = Field(default=900, ge=30, le=86_400)
    """The pause between those."""
    country_code: str = Field(default="46", pattern=r"^[1-9]\d{0,2}$")
    """Country that numbers without one belong to."""

    def tls(self) -> ssl.SSLContext | None:
        """With certificates checked against `ami_ca_file` or the system's, when `ami_tls` is set."""
        return _tls(self.ami_ca_file) if self.ami_tls else None

    def ice_servers(self) -> tuple[dict[str, str], ...]:
        """STUN and TURN servers for browsers, as WebRTC writes them."""
        turn = {"username": self.turn_user, "credential": self.turn_password.get_secret_value()}
        stun_server = ({"urls": f"stun:{self.stun}"},) if self.stun else ()
        turn_server = ({"urls": f"turn:{self.turn}", **turn},) if self.turn else ()
        return (*stun_server, *turn_server)

    @model_validator(mode="after")
    def _names_differ(self) -> Self:
        names = [self.name, *(other.name for other in self.exchanges)]
        if len(set(names)) != len(names):
            raise ValueError("every exchange needs a name of its own (name, exchanges)")
        return self


def _tls(authority: Path | None) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(authority) if authority else None)
