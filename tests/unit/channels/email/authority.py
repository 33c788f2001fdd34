"""Certificates of an invented authority, and `openssl cms` as the other side's mail program."""

import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from channels.email.smime.keys import Own

NOW = datetime(2026, 5, 4, 9, 0, tzinfo=UTC)
ASTRID, BYGG = "astrid.ek@post.example", "bygg@solvik.example"
PEM = serialization.Encoding.PEM


@cache
def rsa_key(number: int = 0, bits: int = 2048) -> rsa.RSAPrivateKey:
    """One for each number; made once."""
    del number
    return rsa.generate_private_key(65537, bits)


@cache
def curve_key(number: int = 0) -> ec.EllipticCurvePrivateKey:
    """The same, on P-256."""
    del number
    return ec.generate_private_key(ec.SECP256R1())


@dataclass(frozen=True)
class Authority:
    """Who vouches for people."""

    own: Own

    def issue(
        self, address: str, key: Any = None, *, days: int = 365, begins: datetime = NOW - timedelta(days=100)
    ) -> Own:
        """A certificate for an address."""
        key = key or rsa_key(1)
        named = _subject("Astrid Ek" if address == ASTRID else address)
        builder = _begun(named, self.own.certificate.subject, key, begins, days)
        builder = builder.add_extension(x509.SubjectAlternativeName([x509.RFC822Name(address)]), critical=False)
        builder = builder.add_extension(
            x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), critical=False
        ).add_extension(_usage(issuing=False), critical=True)
        return Own(key, builder.sign(self.own.key, hashes.SHA256()), (self.own.certificate,))


def authority(name: str = "Solviks prövomyndighet", number: int = 9) -> Authority:
    key = rsa_key(number)
    named = _subject(name)
    builder = _begun(named, named, key, NOW - timedelta(days=4000), 8000)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    builder = builder.add_extension(_usage(issuing=True), critical=True)
    return Authority(Own(key, builder.sign(key, hashes.SHA256())))


def _subject(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _begun(subject: x509.Name, issuer: x509.Name, key: Any, begins: datetime, days: int) -> x509.CertificateBuilder:
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key.public_key())
    builder = builder.serial_number(x509.random_serial_number()).not_valid_before(begins)
    identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    return builder.not_valid_after(begins + timedelta(days=days)).add_extension(identifier, critical=False)


def _usage(*, issuing: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not issuing, content_commitment=False, key_encipherment=not issuing, data_encipherment=False,
        key_agreement=not issuing, key_cert_sign=issuing, crl_sign=issuing, encipher_only=False, decipher_only=False,
    )  # fmt: skip


def written(own: Own, path: Path) -> Path:
    """Key, certificate and chain as an administrator keeps them."""
    key = own.key.private_bytes(PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path.touch(mode=0o600)
    path.write_bytes(key + b"".join(one.public_bytes(PEM) for one in (own.certificate, *own.chain)))
    return path


def openssl(folder: Path, data: bytes, *arguments: str) -> bytes:
    """Run `openssl cms` on `data`; what it gives."""
    source = folder / "in"
    source.write_bytes(data)
    done = subprocess.run(
        ["openssl", "cms", *arguments, "-in", str(source)],
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


def mail(entity: bytes, sender: str = ASTRID, to: str = BYGG) -> bytes:
    """A mail whose content `openssl cms` wrote."""
    fields = f"From: Astrid Ek <{sender}>\r\nTo: {to}\r\nSubject: =?utf-8?q?St=C3=A4ngsel?=\r\n"
    return (
        fields.encode() + b"Message-ID: <1@post.example>\r\n" + entity.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    )
