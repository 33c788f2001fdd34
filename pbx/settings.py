"""Settings of the telephone part (`CC_PHONE__…`)."""

import ssl
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, Field, SecretStr


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
    outlive: bool = False
    """Leave the bundled Asterisk running when the contact centre stops: calls go on over a restart, which adopts it."""
    agi_host: str = "127.0.0.1"
    """Where Asterisk asks us, step by step, what a caller hears (FastAGI): an address of ours that it reaches."""
    agi_port: int = Field(default=0, ge=0, le=65535)
    """Port of that; 0: any free one. Asterisk is told it."""
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
    prompt_command: tuple[str, ...] = ("espeak-ng", "-v", "sv", "-s", "150", "-w", "{file}", "{text}")
    """Makes a WAV file of a Swedish sentence; `{file}` and `{text}` are filled in."""
    recordings: Path | None = None
    """Folder of recordings that replace spoken prompts of the same name (`greeting-1.wav`)."""
    country_code: str = Field(default="46", pattern=r"^[1-9]\d{0,2}$")
    """Country that numbers without one belong to."""

    def tls(self) -> ssl.SSLContext | None:
        """With certificates checked against the system's, when `ami_tls` is set."""
        return ssl.create_default_context() if self.ami_tls else None
