"""Settings of mailboxes that mail is fetched from (`[[email.imap]]` in the settings file)."""

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, Field, SecretStr


class ImapMailbox(BaseModel, frozen=True, extra="forbid"):
    """One mailbox on somebody else's server."""

    mailbox: str
    """The address point (kind email) that its mails come to."""
    host: str
    port: int = Field(default=993, ge=1, le=65535)
    tls: Literal["tls", "starttls", "none"] = "tls"
    """`none` only on a network of your own."""
    authority: Path | None = None
    """PEM file of the authority that signed the server's certificate; none: the system's."""
    user: str
    password: SecretStr = SecretStr("")
    token_url: str = ""
    """Where a token for XOAUTH2 is fetched (RFC 6749); then the password is not used."""
    client_id: str = ""
    client_secret: SecretStr = SecretStr("")
    scope: str = ""
    """Exchange Online: `https://outlook.office365.com/.default`."""
    refresh_token: SecretStr = SecretStr("")
    """With one, the token is fetched by it (Google); without, by client id and secret (Exchange Online)."""
    folder: str = "INBOX"
    done_folder: str = "Kontaktcenter"
    """Where mails are moved that we have taken in; empty: they are removed."""
    poll_seconds: float = Field(default=60, gt=0)
    """How often to look when the server cannot tell by itself (IDLE)."""
