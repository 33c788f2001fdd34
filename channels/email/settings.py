"""Settings of the e-mail channel (`CC_EMAIL__…`)."""

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr

from channels.email.imap_settings import ImapMailbox
from channels.email.smime.settings import SmimeSettings
from channels.email.trust.settings import TrustSettings


class EmailSettings(TrustSettings, SmimeSettings, frozen=True, extra="forbid"):
    """How mail comes in and goes out."""

    enabled: bool = True
    """Off: no mail is taken in; what is to be sent waits."""
    host: str = "127.0.0.1"
    """Address that the SMTP server listens on."""
    port: int = Field(default=2525, ge=0, le=65535)
    """Its port; 0: any free one."""
    lmtp_port: int | None = Field(default=None, ge=0, le=65535)
    """Port for LMTP (RFC 2033) beside it, for a mail server that delivers so; 0: any free one; none: no LMTP."""
    imap: tuple[ImapMailbox, ...] = ()
    """Mailboxes on other servers that mail is fetched from (`[[email.imap]]` in the settings file, docs/email.md)."""
    hostname: str = "kontaktcenter.localhost"
    """How we name ourselves to other mail servers."""
    tls_certificate: Path | None = None
    """PEM file with certificate and chain; offers STARTTLS when set."""
    tls_key: Path | None = None
    """PEM file with its private key."""
    max_message_mb: int = Field(default=35, ge=1, le=200)
    """Largest mail taken in (SIZE, RFC 1870)."""
    max_recipients: int = Field(default=100, ge=1)
    """Recipients of one mail."""
    max_connections: int = Field(default=200, ge=1)
    """Connections at once; more are asked to come back (421)."""
    max_connections_per_peer: int = Field(default=50, ge=1)
    """Connections at once from one address."""
    idle_seconds: float = Field(default=60, gt=0)
    """A silent connection is closed after so long."""
    parse_seconds: float = Field(default=10, gt=0)
    """Longest time for reading one mail; then it is filed unread, for a human."""
    parse_memory_mb: int = Field(default=1024, ge=256)
    """Most memory for reading one mail."""
    receipts: bool = True
    """Send an automatic receipt with the case number."""
    receipts_per_day: int = Field(default=5, ge=0)
    """Most receipts to one sender in 24 hours."""
    receipts_per_pair: int = Field(default=3, ge=0)
    """Most of them for mail to one and the same mailbox."""
    receipt_subject: str = "Vi har tagit emot ditt meddelande"
    """The case number follows it."""
    receipt_texts: dict[str, str] = Field(default_factory=dict)
    """Key of an organisation -> text of its receipts, for those below it too; `{name}` and `{number}` are filled in.
    Without one the receipt is in Swedish and English."""
    smarthost_host: str = "127.0.0.1"
    """The mail server that takes our outgoing mail."""
    smarthost_port: int = Field(default=25, ge=1, le=65535)
    """Its port; 587 with `starttls`, 465 with `tls`."""
    smarthost_tls: Literal["none", "starttls", "tls"] = "none"
    """`starttls` and `tls` demand it; there is no falling back."""
    smarthost_authority: Path | None = None
    """PEM file of the authority that signed the smart host's certificate; none: the system's."""
    smarthost_user: str = ""
    """Name to sign in with; empty: none."""
    smarthost_password: SecretStr = SecretStr("")
    """Password to sign in with."""
    smarthost_seconds: float = Field(default=60, gt=0)
    """Longest time for one attempt."""
    first_pause_seconds: float = Field(default=60, gt=0)
    """Pause after the first failed attempt; it doubles each time, with jitter."""
    longest_pause_seconds: float = Field(default=4 * 3600, gt=0)
    """Longest pause between two attempts."""
    give_up_days: float = Field(default=5, gt=0)
    """After so long an undeliverable mail is failed (RFC 5321 4.5.4.1)."""
