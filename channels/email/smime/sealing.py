"""Mails of ours signed and encrypted (RFC 8551): a composed mail in, the same fields with a sealed content out."""

import base64
import hashlib

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.ciphers import algorithms
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7

from channels.email import mime
from channels.email.smime import opening, trust
from channels.email.smime.keys import Keyring, Own

_DER_OPTIONS = [pkcs7.PKCS7Options.Binary, pkcs7.PKCS7Options.DetachedSignature]
_NAMED = b'; name="%s"\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: attachment; filename="%s"\r\n\r\n'


class Sealer:
    """With our keys. See `contactcenter.mail_seal.Sealer`."""

    def __init__(self, keys: Keyring) -> None:
        self._keys = keys

    def signs(self, sender: str) -> bool:
        return sender.lower() in self._keys.by_address

    def usable(self, certificate: bytes) -> bool:
        try:
            found = x509.load_der_x509_certificate(certificate)
        except ValueError:
            return False
        return isinstance(found.public_key(), rsa.RSAPublicKey) and trust.may_encrypt(found)

    def seal(self, raw: bytes, sender: str, certificate: bytes | None) -> bytes:
        own = self._keys.by_address.get(sender.lower())
        if own is None:
            return raw
        made = signed(raw, own)
        return encrypted(made, [x509.load_der_x509_certificate(certificate)]) if certificate else made


def signed(raw: bytes, own: Own) -> bytes:
    """As multipart/signed, so that every mail program shows the text."""
    root = mime.read(raw)
    entity = b"".join(opening.fields(root.source[root.head : root.start], content=True)) + b"\r\n" + root.body
    entity = opening.canonical(entity)
    builder = pkcs7.PKCS7SignatureBuilder().set_data(entity).add_signer(own.certificate, own.key, hashes.SHA256())
    for one in own.chain:
        builder = builder.add_certificate(one)
    proof = builder.sign(Encoding.DER, _DER_OPTIONS)
    mark = b"smime-" + hashlib.sha256(proof).hexdigest()[:40].encode()
    kind = b'multipart/signed; protocol="application/pkcs7-signature"; micalg=sha-256;\r\n boundary="%s"\r\n' % mark
    parts = b"--%s\r\n%s\r\n--%s\r\n" % (mark, entity, mark)
    parts += b"Content-Type: application/pkcs7-signature" + _NAMED % (b"smime.p7s", b"smime.p7s") + _lines(proof)
    return _headed(raw, b"Content-Type: " + kind + b"\r\n" + parts + b"--%s--\r\n" % mark)


def encrypted(raw: bytes, certificates: list[x509.Certificate]) -> bytes:
    """For these, in AES-256-CBC, which every program reads. Sign first: that is what shows a change on the way."""
    root = mime.read(raw)
    entity = b"".join(opening.fields(root.source[root.head : root.start], content=True)) + b"\r\n" + root.body
    builder = pkcs7.PKCS7EnvelopeBuilder().set_data(entity).set_content_encryption_algorithm(algorithms.AES256)
    for one in certificates:
        builder = builder.add_recipient(one)
    data = builder.encrypt(Encoding.DER, [pkcs7.PKCS7Options.Binary])
    kind = b"Content-Type: application/pkcs7-mime; smime-type=enveloped-data"
    return _headed(raw, kind + _NAMED % (b"smime.p7m", b"smime.p7m") + _lines(data))


def _headed(raw: bytes, content: bytes) -> bytes:
    root = mime.read(raw)
    head = b"".join(opening.fields(root.source[root.head : root.start], content=False))
    return head + b"MIME-Version: 1.0\r\n" + content


def _lines(data: bytes) -> bytes:
    return base64.encodebytes(data).replace(b"\n", b"\r\n")
