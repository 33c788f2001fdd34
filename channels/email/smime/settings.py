"""Settings about S/MIME (`CC_EMAIL__…`, with the rest of the channel's)."""

from pathlib import Path

from pydantic import BaseModel, Field


class SmimeSettings(BaseModel, frozen=True, extra="forbid"):
    """A part of the e-mail channel's settings."""

    smime_trust: Path | None = None
    """PEM file with certificates of authorities that vouch for signers of mail; none: every signer is unknown."""
    smime_keys: dict[str, Path] = Field(default_factory=dict)
    """Address of ours -> PEM file with its private key, certificate and chain, readable by its owner alone: mail from
    it is signed, mail to it can be read when it is encrypted, and is encrypted to those whose certificate is known."""
    smime_old_keys: tuple[Path, ...] = ()
    """Such files of earlier certificates: what was encrypted for them can still be read."""
