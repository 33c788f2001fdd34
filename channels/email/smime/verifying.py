"""A signature of the Cryptographic Message Syntax looked at: does it hold, and whose is it (RFC 5652 5, RFC 8551)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa

from channels.email import cms
from channels.email.smime import syntax, trust
from channels.email.smime.syntax import Node, Odd, oid

SHORTEST_KEY = 2048
"""Bits of an RSA key (RFC 8551 4.3)."""
MOST_SIGNERS = 5
MOST_CERTIFICATES = 30
_CONTENT_TYPE, _DIGEST, _TIME = (oid(f"1.2.840.113549.1.9.{last}") for last in (3, 4, 5))
_PSS, _ED25519 = oid("1.2.840.113549.1.1.10"), oid("1.3.101.112")
_HASHES: dict[bytes, hashes.HashAlgorithm] = {
    oid("2.16.840.1.101.3.4.2.1"): hashes.SHA256(),
    oid("2.16.840.1.101.3.4.2.2"): hashes.SHA384(),
    oid("2.16.840.1.101.3.4.2.3"): hashes.SHA512(),
}
"""What counts; SHA-1 and MD5 prove nothing any more."""


class State(StrEnum):
    """What a signature is worth, the worst first."""

    CHANGED = "changed"
    """The mail is not what was signed."""
    WEAK = "weak"
    """Made in a way that can be forged (SHA-1, short keys), or one not known here."""
    UNREADABLE = "unreadable"
    UNKNOWN_ISSUER = "unknown_issuer"
    EXPIRED = "expired"
    OTHER_ADDRESS = "other_address"
    """It holds, and is somebody else's than the sender's."""
    VALID = "valid"


UNCHANGED = (State.UNKNOWN_ISSUER, State.EXPIRED, State.OTHER_ADDRESS, State.VALID)
"""What was signed is what came, whoever signed it."""


@dataclass(frozen=True, slots=True)
class Signature:
    """What became of the signature of a mail."""

    state: State
    by: str = ""
    """The signer's name, as the issuer wrote it."""
    addresses: tuple[str, ...] = ()
    issuer: str = ""
    signed_at: str = ""
    """As the signer says, ISO 8601 in UTC."""
    expires: str = ""
    certificate: bytes = b""
    """The signer's, in DER."""


class _Bad(Exception):
    """It does not hold; `state` says in which way."""

    def __init__(self, state: State) -> None:
        super().__init__(state.value)
        self.state = state


def verify(data: bytes, detached: bytes | None, roots: list[x509.Certificate], sender: str, now: datetime) -> Signature:
    """Look at a SignedData. `detached` is what was signed when it does not stand within. Never raises.

    Of several signers the one with the sender's address counts, else the first.
    """
    try:
        kind, holder = syntax.content_of(data)
        if kind != cms.SIGNED:
            return Signature(State.UNREADABLE)
        parts = syntax.children(holder)
        content = detached if detached is not None else cms.signed_content(data)
        certificates = list(_certificates(parts))
        signers = syntax.children([one for one in parts if one.tag == syntax.SET][-1])
        if content is None:
            return Signature(State.UNREADABLE)
        found = [_one(one, content, certificates, roots, sender, now) for one in signers[:MOST_SIGNERS]]
    except (Odd, IndexError, ValueError, RecursionError):
        return Signature(State.UNREADABLE)
    if not found:
        return Signature(State.UNREADABLE)
    return next((one for one in found if sender.lower() in one.addresses), found[0])


def _certificates(parts: list[Node]) -> Iterator[x509.Certificate]:
    """The certificates beside the signature; unreadable ones are passed over."""
    holder = syntax.explicit(parts, 0xA0)
    for one in syntax.children(holder)[:MOST_CERTIFICATES] if holder else []:
        if one.tag == syntax.SEQUENCE:
            try:
                yield x509.load_der_x509_certificate(one.whole)
            except ValueError:
                continue


def _one(
    signer: Node,
    content: bytes,
    certificates: list[x509.Certificate],
    roots: list[x509.Certificate],
    sender: str,
    now: datetime,
) -> Signature:
    fields = syntax.children(signer)
    leaf = _whose(fields[1], [*certificates, *roots])
    attributes = syntax.explicit(fields[3:4], 0xA0)
    state = State.UNKNOWN_ISSUER
    if leaf is not None:
        try:
            _holds(fields, attributes, content, leaf)
            state = _standing(leaf, certificates, roots, sender, now)
        except _Bad as bad:
            state = bad.state
        except UnsupportedAlgorithm:
            state = State.WEAK
    return _told(state, _signed_at(attributes), leaf)


def _told(state: State, signed_at: str, leaf: x509.Certificate | None) -> Signature:
    if leaf is None:
        return Signature(state, signed_at=signed_at)
    return Signature(
        state,
        by=trust.name_of(leaf.subject),
        addresses=tuple(trust.addresses(leaf)),
        issuer=trust.name_of(leaf.issuer),
        signed_at=signed_at,
        expires=leaf.not_valid_after_utc.isoformat(),
        certificate=leaf.public_bytes(serialization.Encoding.DER),
    )


def _whose(sid: Node, certificates: list[x509.Certificate]) -> x509.Certificate | None:
    """The certificate that the signer names."""
    return next((one for one in certificates if named(sid, one)), None)


def named(sid: Node, certificate: x509.Certificate) -> bool:
    """Whether issuer and number, or the key's identifier, mean this certificate (RFC 5652 5.3, 6.2.1)."""
    if sid.tag == syntax.SEQUENCE:
        issuer, number = syntax.children(sid)[:2]
        return (
            int.from_bytes(number.content, signed=True) == certificate.serial_number
            and issuer.whole == certificate.issuer.public_bytes()
        )
    try:
        own = certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
    except (x509.ExtensionNotFound, ValueError):
        return False
    return own == syntax.octets(sid)


def _standing(
    leaf: x509.Certificate,
    certificates: list[x509.Certificate],
    roots: list[x509.Certificate],
    sender: str,
    now: datetime,
) -> State:
    beside = [one for one in certificates if one != leaf]
    chain = trust.followed(leaf, beside, roots, now)
    if chain is not trust.Chain.TRUSTED:
        return State.EXPIRED if chain is trust.Chain.EXPIRED else State.UNKNOWN_ISSUER
    return State.VALID if sender.lower() in trust.addresses(leaf) else State.OTHER_ADDRESS


def _holds(fields: list[Node], attributes: Node | None, content: bytes, leaf: x509.Certificate) -> None:
    """Raises _Bad when the signature is not one over `content` by this certificate's key."""
    kind = _HASHES.get(syntax.children(fields[2])[0].content)
    if kind is None:
        raise _Bad(State.WEAK)
    algorithm, signature = fields[4:6] if attributes else fields[3:5]
    signed = content
    if attributes is not None:
        if syntax.octets(_attribute(attributes, _DIGEST)) != _digest(kind, content):
            raise _Bad(State.CHANGED)
        _attribute(attributes, _CONTENT_TYPE)
        signed = b"\x31" + attributes.whole[1:]  # RFC 5652 5.4: as a SET OF
    try:
        _check(leaf, syntax.octets(signature), signed, syntax.children(algorithm), kind)
    except InvalidSignature as error:
        raise _Bad(State.CHANGED) from error


def _digest(kind: hashes.HashAlgorithm, content: bytes) -> bytes:
    digest = hashes.Hash(kind)
    digest.update(content)
    return digest.finalize()


def _attribute(attributes: Node, wanted: bytes) -> Node:
    """The one value of a signed attribute. Raises _Bad when it is missing or there are several (RFC 5652 11)."""
    found = [pair for one in syntax.children(attributes) if (pair := syntax.children(one))[0].content == wanted]
    values = syntax.children(found[0][1]) if len(found) == 1 else []
    if len(values) != 1:
        raise _Bad(State.CHANGED)
    return values[0]


def _check(
    leaf: x509.Certificate, signature: bytes, signed: bytes, algorithm: list[Node], kind: hashes.HashAlgorithm
) -> None:
    key = leaf.public_key()
    if isinstance(key, rsa.RSAPublicKey):
        if key.key_size < SHORTEST_KEY:
            raise _Bad(State.WEAK)
        pss = padding.PSS(padding.MGF1(kind), padding.PSS.AUTO)
        key.verify(signature, signed, pss if algorithm[0].content == _PSS else padding.PKCS1v15(), kind)
    elif isinstance(key, ec.EllipticCurvePublicKey):
        key.verify(signature, signed, ec.ECDSA(kind))
    elif isinstance(key, ed25519.Ed25519PublicKey) and algorithm[0].content == _ED25519:
        key.verify(signature, signed)
    else:
        raise _Bad(State.WEAK)


def _signed_at(attributes: Node | None) -> str:
    """UTCTime or GeneralizedTime (RFC 5652 11.3); empty when it is not said."""
    if attributes is None:
        return ""
    try:
        text = _attribute(attributes, _TIME).content.decode("ascii")
        moment = datetime.strptime(text[-13:], "%y%m%d%H%M%SZ").replace(tzinfo=UTC)
        return (moment.replace(year=int(text[:4])) if len(text) == 15 else moment).isoformat()
    except (_Bad, ValueError, IndexError):
        return ""
