"""A whole mail opened and its signature looked at: layer by layer, never a part of it joined with another.

Only a mail whose whole content is one envelope is opened. An envelope that stands among other parts stays shut: what
stands round it could carry its content away (the attack known as EFAIL). What came out of an envelope replaces it.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from channels.email import cms, mime
from channels.email.mime import Part
from channels.email.smime import decrypting, verifying
from channels.email.smime.keys import Keyring, Own
from channels.email.smime.verifying import Signature

MOST_LAYERS = 4
"""Signed, encrypted, signed again (RFC 2634 1.1) and once compressed."""
_PKCS7 = ("application/pkcs7-mime", "application/x-pkcs7-mime")
_DETACHED = ("application/pkcs7-signature", "application/x-pkcs7-signature")
_ALONE = re.compile(rb"(?<!\r)\n|\r(?!\n)")
_CONTENT = re.compile(rb"(?:content-[\w-]+|mime-version)[ \t]*:", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Opening:
    """A mail as it is to be read, and what S/MIME says of it."""

    raw: bytes
    signature: Signature | None = None
    encryption: str = ""
    """`opened`, `no_key` or `damaged`; empty: it was not encrypted."""
    sealed: bool = True
    """Whether what was encrypted cannot have been changed: encryption or signature would show it."""

    def facts(self) -> dict[str, Any]:
        """What is kept with the contact; empty for a mail that S/MIME has nothing to do with."""
        said: dict[str, Any] = {}
        if self.encryption:
            said = {"encryption": self.encryption, "sealed": self.sealed}
        if (found := self.signature) is not None:
            said |= {"signature": found.state.value, "by": found.by, "addresses": list(found.addresses[:10])}
            said |= {"issuer": found.issuer, "signed_at": found.signed_at, "expires": found.expires}
            if found.state is verifying.State.VALID:
                said["certificate"] = found.certificate.hex()
        return said


def opened(raw: bytes, keys: Keyring, sender: str, now: datetime) -> Opening:
    """Open what is encrypted for us, and look at the signature that covers all its content. Never raises.

    Of several the innermost counts: one round an envelope says who passed it on, not who wrote what is in it.
    """
    found = Opening(raw)
    for _ in range(MOST_LAYERS):
        try:
            root = mime.read(found.raw)
        except mime.TooMuch:
            return found
        layer = _layer(root, found, keys, sender, now)
        if layer is None:
            return found
        done = layer.raw == found.raw
        found = layer
        if done:
            return found
    return found


def _layer(root: Part, found: Opening, keys: Keyring, sender: str, now: datetime) -> Opening | None:
    """One layer taken off; the same mail when there is nothing more within, None when there was no layer."""
    if root.type == "multipart/signed" and len(root.children) == 2 and root.children[1].type in _DETACHED:
        signed, proof = root.children
        content = canonical(signed.source[signed.head : signed.end])
        return _signed(root, found, verifying.verify(proof.content, content, keys.roots, sender, now), content)
    if root.is_multipart or not _is_pkcs7(root):
        return None
    data = root.content
    if (within := cms.signed_content(data)) is not None:
        return _signed(root, found, verifying.verify(data, None, keys.roots, sender, now), within)
    return _decrypted(root, found, data, keys.all) if cms.is_enveloped(data) else None


def _is_pkcs7(part: Part) -> bool:
    return part.type in _PKCS7 or (part.type == "application/octet-stream" and part.name.lower().endswith(".p7m"))


def canonical(content: bytes) -> bytes:
    """Line breaks as they were when it was signed (RFC 8551 3.1.1)."""
    return _ALONE.sub(b"\r\n", content)


def _signed(root: Part, found: Opening, signature: Signature, content: bytes) -> Opening:
    if found.encryption and not found.sealed:
        found = replace(found, sealed=signature.state in verifying.UNCHANGED and bool(signature.certificate))
    inner = mime.header(content)
    deeper = inner.type in _PKCS7 and cms.is_enveloped(inner.content)
    return replace(found, signature=signature, raw=_with(root, content) if deeper else found.raw)


def _decrypted(root: Part, found: Opening, data: bytes, keys: list[Own]) -> Opening:
    try:
        inside = decrypting.opened(data, keys)
    except decrypting.NoKey:
        return replace(found, encryption=found.encryption or "no_key")
    except decrypting.Damaged:
        return replace(found, encryption="damaged", sealed=False)
    return replace(found, raw=_with(root, inside.content), encryption="opened", sealed=inside.sealed)


def _with(root: Part, entity: bytes) -> bytes:
    """The mail with `entity` as its content: our fields, its content. A header within counts for nothing else."""
    head = root.source[root.head : root.start]
    inner = mime.header(entity)
    own = entity[: inner.start]
    return b"".join(fields(head, content=False)) + b"".join(fields(own, content=True)) + b"\r\n" + inner.body


def fields(head: bytes, *, content: bool) -> Iterable[bytes]:
    """The fields that say what the content is, or all the others."""
    wanted = False
    for line in head.splitlines(keepends=True):
        if not line.strip():
            continue
        if line[:1] not in b" \t":
            wanted = bool(_CONTENT.match(line)) is content
        if wanted:
            yield line if line.endswith(b"\n") else line + b"\r\n"
