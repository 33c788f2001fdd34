"""Our own keys and those we believe, read from their files."""

from dataclasses import dataclass, field
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from channels.email.smime import trust
from channels.email.smime.settings import SmimeSettings
from contactcenter.errors import Misconfigured

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


@dataclass(frozen=True, slots=True)
class Own:
    """A key of ours with its certificate."""

    key: PrivateKey
    certificate: x509.Certificate
    chain: tuple[x509.Certificate, ...] = ()


@dataclass(frozen=True, slots=True)
class Keyring:
    """What S/MIME is done with."""

    roots: list[x509.Certificate] = field(default_factory=list)
    by_address: dict[str, Own] = field(default_factory=dict)
    old: list[Own] = field(default_factory=list)

    @property
    def all(self) -> list[Own]:
        return [*self.by_address.values(), *self.old]


def load(settings: SmimeSettings) -> Keyring:
    """Read the files. Raises Misconfigured, naming the file, when one cannot be used or others may read a key."""
    roots = _certificates("CC_EMAIL__SMIME_TRUST", settings.smime_trust) if settings.smime_trust else []
    keys = {address.lower(): _own(path, address.lower()) for address, path in settings.smime_keys.items()}
    return Keyring(roots, keys, [_own(path) for path in settings.smime_old_keys])


def _own(path: Path, address: str = "") -> Own:
    name = "CC_EMAIL__SMIME_KEYS"
    data = _read(name, path, secret=True)
    try:
        key = serialization.load_pem_private_key(data, password=None)
    except (ValueError, TypeError) as error:
        raise Misconfigured("settings", f"{name}: {path} holds no private key without a password") from error
    if not isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
        raise Misconfigured("settings", f"{name}: the key in {path} is neither RSA nor of an elliptic curve")
    certificates = _certificates(name, path)
    own = [one for one in certificates if one.public_key() == key.public_key()]
    if not own:
        raise Misconfigured("settings", f"{name}: {path} holds no certificate for its key")
    if address and address not in trust.addresses(own[0]):
        raise Misconfigured("settings", f"{name}: the certificate in {path} is not for this address")
    return Own(key, own[0], tuple(one for one in certificates if one != own[0]))


def _certificates(name: str, path: Path) -> list[x509.Certificate]:
    try:
        return x509.load_pem_x509_certificates(_read(name, path))
    except ValueError as error:
        raise Misconfigured("settings", f"{name}: {path} holds no certificates in PEM") from error


def _read(name: str, path: Path, *, secret: bool = False) -> bytes:
    try:
        if secret and path.stat().st_mode & 0o077:
            raise Misconfigured("settings", f"{name}: {path} may be read by others; chmod 600")
        return path.read_bytes()
    except OSError as error:
        raise Misconfigured("settings", f"{name}: {path} cannot be read ({error.strerror})") from error
