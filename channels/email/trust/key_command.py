"""`contactcenter mail dkim-key`: a new key, and what to do with it."""

from pathlib import Path

from channels.email.trust import sealing
from channels.email.trust.sealing import Kind

LONGEST_STRING = 250
"""Bytes of one string of a TXT record; 255 is the limit (RFC 1035 3.3.14)."""


def made(domain: str, selector: str, kind: Kind, file: Path) -> str:
    """Make the key; what an administrator reads. `file` may be a folder. Raises Misconfigured."""
    if file.is_dir():
        file = file / f"dkim-{domain}-{selector}.pem"
    key = sealing.make(domain, selector, kind, file.absolute())
    parts = [key.record[at : at + LONGEST_STRING] for at in range(0, len(key.record), LONGEST_STRING)]
    strings = " ".join(f'"{part}"' for part in parts)
    return (
        f"The key is in {file}; keep it secret.\n\n"
        f"Publish in the DNS:\n{key.place}. IN TXT ( {strings} )\n\n"
        "When the record can be seen, put into the settings file:\n"
        f'[email]\ndkim_keys = {{ "{key.domain}" = "{file}" }}\n'
        f'dkim_selectors = {{ "{key.domain}" = "{key.selector}" }}'
    )
