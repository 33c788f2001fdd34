"""Signing what we send (DKIM, RFC 6376 and 8463), and the keys for it."""

import base64
import hashlib
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, padding, rsa

from channels.email import addresses
from channels.email.trust import canonical, dkim, dmarc
from channels.email.trust.settings import TrustSettings
from contactcenter.errors import Misconfigured

SELECTOR = "kc"
RSA_BITS = 2048
"""RFC 8301 3.2; longer ones do not fit everywhere in the DNS."""
SIGNED = (
    "from",
    "to",
    "cc",
    "subject",
    "date",
    "message-id",
    "reply-to",
    "in-reply-to",
    "references",
    "mime-version",
    "content-type",
    "content-transfer-encoding",
    "auto-submitted",
)
"""Fields that are signed, each once more than it is there: none can be added (RFC 6376 8.15)."""
_DOMAIN = re.compile(r"(?=.{4,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}")
_SELECTOR = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?")
Kind = Literal["rsa", "ed25519"]


@dataclass(frozen=True, slots=True)
class Key:
    """What a domain's mail is signed with."""

    domain: str
    selector: str
    private: rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey

    @property
    def kind(self) -> Kind:
        return "rsa" if isinstance(self.private, rsa.RSAPrivateKey) else "ed25519"

    @property
    def place(self) -> str:
        """Where the record belongs in the DNS."""
        return f"{self.selector}._domainkey.{self.domain}"

    @property
    def record(self) -> str:
        """The value of the TXT record there."""
        public = self.private.public_key()
        if isinstance(public, rsa.RSAPublicKey):
            form = (serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
        else:
            form = (serialization.Encoding.Raw, serialization.PublicFormat.Raw)
        return f"v=DKIM1; k={self.kind}; p={base64.b64encode(public.public_bytes(*form)).decode()}"

    def signature(self, data: bytes) -> bytes:
        """Raw bytes of the signature over `data`."""
        if isinstance(self.private, rsa.RSAPrivateKey):
            return self.private.sign(data, padding.PKCS1v15(), hashes.SHA256())
        return self.private.sign(hashlib.sha256(data).digest())


class Keyring:
    """The keys of the settings."""

    def __init__(self, keys: dict[str, Key]) -> None:
        self._keys = keys

    def __bool__(self) -> bool:
        return bool(self._keys)

    def signed(self, raw: bytes, now: int) -> bytes:
        """The mail with a signature of the domain in From, or as it is when there is no key for that.

        `now` is in seconds since 1970. Goes through the whole mail: not for the event loop.
        """
        key = self._for(raw)
        return sign(raw, key, now) if key else raw

    def _for(self, raw: bytes) -> Key | None:
        """The key of the sender's domain, else of one above it (aligned, RFC 7489 3.1.1)."""
        head = canonical.apart(raw[: 1 << 20])[0]
        values = [value for name, value in head if name.strip().lower() == b"from"]
        boxes = addresses.parsed(values[0], None) if len(values) == 1 else []
        domain = dmarc.ascii_name(boxes[0].address.rpartition("@")[2]) if boxes else ""
        while "." in domain:
            if domain in self._keys:
                return self._keys[domain]
            domain = domain.partition(".")[2]
        return None


def sign(raw: bytes, key: Key, now: int) -> bytes:
    """The mail with a signature on top, relaxed in both forms, on the wire's line breaks."""
    fields, body = canonical.apart(raw)
    there = [name.strip().lower().decode("ascii", "replace") for name, _ in fields]
    names = [name for name in SIGNED for _ in range(there.count(name) + 1)]
    digest = base64.b64encode(hashlib.sha256(canonical.body(body, relaxed=True)).digest()).decode()
    value = (
        f" v=1; a={key.kind}-sha256; c=relaxed/relaxed; d={key.domain}; s={key.selector};\r\n"
        f"\tt={now}; bh={digest};\r\n\th={_folded(names)};\r\n\tb="
    ).encode()
    bare = canonical.field(b"DKIM-Signature", value, relaxed=True).removesuffix(b"\r\n")
    data = dkim.chosen(fields, names, relaxed=True) + bare
    made = base64.b64encode(key.signature(data)).decode()
    lines = "\r\n\t ".join(made[at : at + 70] for at in range(0, len(made), 70))
    head = b"".join(name + b":" + content for name, content in fields)
    return b"DKIM-Signature:" + value + lines.encode() + b"\r\n" + head + b"\r\n" + body


def _folded(names: list[str]) -> str:
    """The names, some to a line; lines stay under 78 characters."""
    rows = [names[at : at + 4] for at in range(0, len(names), 4)]
    return ":\r\n\t ".join(":".join(row) for row in rows)


def keyring(settings: TrustSettings) -> Keyring:
    """The keys named in the settings. Raises Misconfigured for one that cannot be used."""
    keys: dict[str, Key] = {}
    for name, path in settings.dkim_keys.items():
        domain = dmarc.ascii_name(name)
        selector = settings.dkim_selectors.get(name, SELECTOR)
        if not _DOMAIN.fullmatch(domain) or not _SELECTOR.fullmatch(selector):
            raise Misconfigured("settings", f"CC_EMAIL__DKIM_KEYS: {name} with selector {selector} cannot be a name")
        try:
            private = serialization.load_pem_private_key(path.read_bytes(), None)
        except (OSError, ValueError, TypeError) as error:
            raise Misconfigured("settings", f"CC_EMAIL__DKIM_KEYS: {path} cannot be used ({error})") from error
        if not isinstance(private, rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey):
            raise Misconfigured("settings", f"CC_EMAIL__DKIM_KEYS: {path} holds neither an RSA nor an Ed25519 key")
        keys[domain] = Key(domain, selector, private)
    return Keyring(keys)


def make(domain: str, selector: str, kind: Kind, path: Path) -> Key:
    """A new key in a file that only its owner may read. Raises Misconfigured when there is one, or a name is wrong."""
    name = dmarc.ascii_name(domain)
    if not _DOMAIN.fullmatch(name) or not _SELECTOR.fullmatch(selector):
        raise Misconfigured("settings", f"{domain} with selector {selector} cannot be a name in the DNS")
    private: rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey
    if kind == "rsa":
        private = rsa.generate_private_key(public_exponent=65537, key_size=RSA_BITS)
    else:
        private = ed25519.Ed25519PrivateKey.generate()
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(private.private_bytes(*form))
    except OSError as error:
        raise Misconfigured("settings", f"{path} cannot be written: {error.strerror}") from error
    return Key(name, selector, private)
