"""Envelopes for our addresses opened (RFC 5652 6, 5083, 5084; key agreement as in RFC 5753)."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from cryptography import x509
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives import hashes, keywrap
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.kdf.x963kdf import X963KDF
from cryptography.hazmat.primitives.padding import PKCS7

from channels.email import cms
from channels.email.smime import syntax
from channels.email.smime.keys import Own
from channels.email.smime.syntax import Node, Odd, oid
from channels.email.smime.verifying import named

MOST_RECIPIENTS = 500
_AES = {oid(f"2.16.840.1.101.3.4.1.{last}"): size for last, size in ((2, 16), (22, 24), (42, 32))}
_GCM = {oid(f"2.16.840.1.101.3.4.1.{last}"): size for last, size in ((6, 16), (26, 24), (46, 32))}
_WRAP = {oid(f"2.16.840.1.101.3.4.1.{last}"): size for last, size in ((5, 16), (25, 24), (45, 32))}
_TRIPLE_DES, _OAEP = oid("1.2.840.113549.3.7"), oid("1.2.840.113549.1.1.7")
_HASHES: dict[bytes, hashes.HashAlgorithm] = {
    oid("1.3.14.3.2.26"): hashes.SHA1(),  # noqa: S303 (a mask, not a proof)
    oid("2.16.840.1.101.3.4.2.1"): hashes.SHA256(),
    oid("2.16.840.1.101.3.4.2.2"): hashes.SHA384(),
    oid("2.16.840.1.101.3.4.2.3"): hashes.SHA512(),
}
_AGREEMENTS: dict[bytes, hashes.HashAlgorithm] = {
    oid("1.3.133.16.840.63.0.2"): hashes.SHA1(),  # noqa: S303
    oid("1.3.132.1.11.1"): hashes.SHA256(),
    oid("1.3.132.1.11.2"): hashes.SHA384(),
    oid("1.3.132.1.11.3"): hashes.SHA512(),
}


class NoKey(Exception):
    """It is for none of our keys."""


class Damaged(Exception):
    """It cannot be opened, or its seal does not hold."""


@dataclass(frozen=True, slots=True)
class Opened:
    """What was in an envelope."""

    content: bytes
    sealed: bool
    """Whether the encryption itself shows every change (AES-GCM). With AES-CBC only a signature within does."""


def opened(data: bytes, keys: list[Own]) -> Opened:
    """The MIME entity in an EnvelopedData or AuthEnvelopedData. Raises NoKey and Damaged."""
    try:
        kind, holder = syntax.content_of(data)
        if kind not in (cms.ENVELOPED, cms.AUTHENTICATED):
            raise Damaged
        parts = [one for one in syntax.children(holder) if one.tag != 0xA0]
        recipients, content = parts[1], parts[2]
        secrets = list(_secrets(recipients, keys))
        if not secrets:
            raise NoKey
        return next(_tried(secrets, lambda key: _content(key, content, parts[3:])))
    except StopIteration:
        raise Damaged from None
    except (Odd, IndexError, RecursionError) as error:
        raise Damaged from error


def _tried(secrets: list[bytes], make: Callable[[bytes], Opened]) -> Iterator[Opened]:
    for one in secrets:
        try:
            yield make(one)
        except (ValueError, InvalidTag):
            continue


def _secrets(recipients: Node, keys: list[Own]) -> Iterator[bytes]:
    """Keys of the content that one of ours opens."""
    for one in syntax.children(recipients)[:MOST_RECIPIENTS]:
        fields = syntax.children(one)
        try:
            if one.tag == syntax.SEQUENCE:
                yield from _transported(fields, keys)
            elif one.tag == 0xA1:
                yield from _agreed(fields, keys)
        except (ValueError, keywrap.InvalidUnwrap):
            continue


def _transported(fields: list[Node], keys: list[Own]) -> Iterator[bytes]:
    """Encrypted with an RSA key (RFC 5652 6.2.1)."""
    for own in keys:
        if isinstance(own.key, rsa.RSAPrivateKey) and named(fields[1], own.certificate):
            yield own.key.decrypt(syntax.octets(fields[3]), _padding(syntax.children(fields[2])))


def _padding(algorithm: list[Node]) -> padding.AsymmetricPadding:
    """PKCS #1 v1.5 or OAEP with its parameters (RFC 4055 4.1)."""
    if algorithm[0].content != _OAEP:
        return padding.PKCS1v15()
    main: hashes.HashAlgorithm = hashes.SHA1()  # noqa: S303 (the standard's default)
    mask = main
    for one in syntax.children(algorithm[1]) if len(algorithm) > 1 else []:
        found = syntax.children(syntax.children(one)[0])
        if one.tag == 0xA0:
            main = _HASHES.get(found[0].content, main)
        elif one.tag == 0xA1:
            mask = _HASHES.get(syntax.children(found[1])[0].content, mask)
    return padding.OAEP(padding.MGF1(mask), main, None)


def _agreed(fields: list[Node], keys: list[Own]) -> Iterator[bytes]:
    """Agreed upon with a passing key of the sender's on an elliptic curve (RFC 5753 3.1)."""
    originator = syntax.children(fields[1])[0]
    keying = syntax.explicit(fields, 0xA1)
    algorithm, encrypted = [one for one in fields[2:] if one.tag == syntax.SEQUENCE][-2:]
    wrap = syntax.children(algorithm)[1]
    point = syntax.children(originator)[1].content[1:]
    for one in syntax.children(encrypted)[:MOST_RECIPIENTS]:
        rid, key = syntax.children(one)[:2]
        for own in keys:
            if isinstance(own.key, ec.EllipticCurvePrivateKey) and _is_ours(rid, own.certificate):
                public = ec.EllipticCurvePublicKey.from_encoded_point(own.key.curve, point)
                shared = own.key.exchange(ec.ECDH(), public)
                kind = _AGREEMENTS.get(syntax.children(algorithm)[0].content)
                if kind is not None:
                    wrapping = X963KDF(kind, *_shared(wrap, keying)).derive(shared)
                    yield keywrap.aes_key_unwrap(wrapping, syntax.octets(key))


def _is_ours(rid: Node, certificate: x509.Certificate) -> bool:
    """KeyAgreeRecipientIdentifier: issuer and number, or [0] with the key's identifier first."""
    if rid.tag != 0xA0:
        return named(rid, certificate)
    try:
        own = certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
    except x509.ExtensionNotFound:
        return False
    return own == syntax.children(rid)[0].content


def _shared(wrap: Node, keying: Node | None) -> tuple[int, bytes]:
    """Length of the wrapping key, and ECC-CMS-SharedInfo in DER (RFC 5753 7.2)."""
    size = _WRAP.get(syntax.children(wrap)[0].content)
    if size is None:
        raise ValueError("no known wrapping")
    info = wrap.whole
    if keying is not None:
        info += b"\xa0" + _length(len(keying.content)) + keying.content
    bits = (size * 8).to_bytes(4)
    info += b"\xa2\x06\x04\x04" + bits
    return size, b"\x30" + _length(len(info)) + info


def _length(size: int) -> bytes:
    if size < 0x80:
        return bytes([size])
    digits = size.to_bytes((size.bit_length() + 7) // 8)
    return bytes([0x80 | len(digits)]) + digits


def _content(key: bytes, content: Node, rest: list[Node]) -> Opened:
    """Raises ValueError and InvalidTag when the key or the content is not right."""
    _, algorithm, encrypted = syntax.children(content)[:3]
    kind, parameters = syntax.children(algorithm)[:2]
    data = syntax.octets(encrypted)
    if kind.content in _GCM:
        return Opened(_sealed(key, parameters, data, rest), sealed=True)
    cipher: algorithms.AES | TripleDES
    if _AES.get(kind.content) == len(key):
        cipher = algorithms.AES(key)
    elif kind.content == _TRIPLE_DES:
        cipher = TripleDES(key)
    else:
        raise ValueError("no known cipher")
    decryptor = Cipher(cipher, modes.CBC(parameters.content)).decryptor()
    plain = decryptor.update(data) + decryptor.finalize()
    unpadder = PKCS7(cipher.block_size).unpadder()
    return Opened(unpadder.update(plain) + unpadder.finalize(), sealed=False)


def _sealed(key: bytes, parameters: Node, data: bytes, rest: list[Node]) -> bytes:
    """AES-GCM (RFC 5084 3.2): nothing comes out before the tag has been checked."""
    nonce = syntax.children(parameters)[0].content
    attributes = syntax.explicit(rest, 0xA1)
    tag = next(one for one in rest if one.tag in (0x04, 0x24))
    decryptor = Cipher(algorithms.AES(key), modes.GCM(nonce, syntax.octets(tag), min_tag_length=12)).decryptor()
    if attributes is not None:
        decryptor.authenticate_additional_data(b"\x31" + attributes.whole[1:])
    return decryptor.update(data) + decryptor.finalize()
