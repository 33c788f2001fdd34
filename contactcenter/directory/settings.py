"""Settings of the staff directory (`CC_DIRECTORY__…`)."""

from ipaddress import ip_network
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, Field, SecretStr, field_validator


class DirectorySettings(BaseModel, frozen=True, extra="forbid"):
    """Where the staff directory comes from, and how calendars are read."""

    organisation: str = ""
    """Key of the municipality that imported people belong to; empty: the only one, or the first."""
    columns: dict[str, str] = Field(default_factory=dict)
    """CSV: field -> heading in the file, where it is not one of the usual, e.g. `{"words":"Ansvarsområde"}`."""
    most_gone: float = Field(default=0.3, ge=0, le=1)
    """An import in which more than this share has disappeared is refused: a cut file must not empty the directory."""
    ldap_url: str = Field(default="", pattern=r"^(ldaps?://[^\s,;/?]+)?$")
    """Directory server, `ldaps://ad.example:636` or `ldap://…` with StartTLS; empty: none is read."""
    ldap_tls: Literal["starttls", "none"] = "starttls"
    """For `ldap://` addresses. `none` only where the way is safe: the password goes in clear text."""
    ldap_ca_file: Path | None = None
    """Certificates (PEM) of the authority that signed the server's; empty: those of this machine."""
    ldap_user: str = ""
    """DN or user name to bind as; empty: anonymous."""
    ldap_password: SecretStr = SecretStr("")
    """Its password (`CC_DIRECTORY__LDAP_PASSWORD_FILE` reads it from a file)."""
    ldap_base: str = ""
    """Where to search, `OU=Personal,DC=solvik,DC=example`."""
    ldap_filter: str = "(&(objectCategory=person)(objectClass=user)(!(userAccountControl:1.2.840.113556.1.4.803:=2)))"
    """Who counts. The one given: every user in Active Directory that is not switched off."""
    ldap_attributes: dict[str, str] = Field(default_factory=dict)
    """Field -> attribute, where it is not Active Directory's usual one, e.g. `{"words":"extensionAttribute3"}`."""
    ldap_page: int = Field(default=500, ge=1, le=10_000)
    """Entries asked for at once."""
    ldap_minutes: int = Field(default=60, ge=1)
    """How often it is read."""
    ldap_timeout_seconds: int = Field(default=120, ge=1, le=3600)
    """How long one reading may take."""
    calendar_minutes: int = Field(default=10, ge=1)
    """How often each calendar is read."""
    calendar_stale_hours: float = Field(default=4, gt=0)
    """A calendar that could not be read for so long is said to be old, and callers are told no time from it."""
    calendar_days: int = Field(default=14, ge=1, le=60)
    """How many days ahead calendars are read."""
    calendar_kilobytes: int = Field(default=5_000, ge=1)
    """A longer calendar is refused."""
    calendar_seconds: float = Field(default=15, gt=0)
    """How long fetching one may take in all, and as long working it out."""
    calendar_networks: tuple[str, ...] = ()
    """Private networks that calendars may be fetched from, as a JSON list: `["10.1.2.0/24"]`; none otherwise."""
    calendar_ca_file: Path | None = None
    """Certificates (PEM) of the authority of an internal calendar server; empty: those of this machine."""
    tentative_is_busy: bool = False
    """Whether an entry that is only tentative counts."""

    @field_validator("calendar_networks")
    @classmethod
    def _are_networks(cls, networks: tuple[str, ...]) -> tuple[str, ...]:
        for one in networks:
            ip_network(one)
        return networks
