"""Settings about who really sent a mail and what may be dangerous (`CC_EMAIL__…`, with the rest of the channel's)."""

from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, Field, field_validator

from channels.email.trust import spam


class TrustSettings(BaseModel, frozen=True, extra="forbid"):
    """A part of the e-mail channel's settings."""

    check_senders: Literal["none", "gateway", "own"] = "gateway"
    """`gateway`: what the mail server before us found counts (`trusted_authserv_ids`). `own`: SPF, DKIM, DMARC and ARC
    are checked here, which asks the DNS."""
    trusted_authserv_ids: tuple[str, ...] = ()
    """Names under which the mail server before us writes Authentication-Results (RFC 8601); all others are ignored."""
    trusted_gateways: tuple[IPv4Network | IPv6Network, ...] = ()
    """Addresses of mail servers of ours that pass mail on to us: what they write about a mail counts, and who
    handed it to them is read from their Received field. Mailboxes that are fetched count as such."""
    trusted_arc_sealers: tuple[str, ...] = ()
    """Domains whose seal (ARC, RFC 8617) counts: a mail that they passed on is as sure as they found it."""
    dns_server: str = ""
    """Resolver for these questions, `address` or `address:port`; empty: the system's."""
    dns_seconds: float = Field(default=3, gt=0, le=30)
    """Longest time for one question."""
    important_domains: tuple[str, ...] = ()
    """Domains, beside our own, that others like to be taken for (a bank, the county, the tax agency)."""
    spam_headers: tuple[str, ...] = ()
    """What tells spam in mail from `trusted_gateways`: `X-Spam-Flag: YES`, or with a number
    `X-MS-Exchange-Organization-SCL >= 5`. Such mail goes into quarantine."""
    clamd: str = ""
    """ClamAV's daemon, `/run/clamav/clamd.ctl` or `host:port`; empty: attachments are not scanned."""
    clamd_seconds: float = Field(default=30, gt=0, le=600)
    """Longest time for one file."""
    clamd_max_mb: int = Field(default=25, ge=1, le=2000)
    """Larger files are not scanned, and said to be so; no more than clamd's own StreamMaxLength."""
    dkim_keys: dict[str, Path] = Field(default_factory=dict)
    """Domain -> file with the private key that its mail is signed with (DKIM): `contactcenter mail dkim-key`."""
    dkim_selectors: dict[str, str] = Field(default_factory=dict)
    """Domain -> selector under which the key is published; without one: `kc`."""

    @field_validator("spam_headers")
    @classmethod
    def _rules(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for one in value:
            spam.rule(one)
        return value
