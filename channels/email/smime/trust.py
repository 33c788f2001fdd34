"""Whose certificates are believed, and to whom they belong (RFC 5280, 8550)."""

from datetime import UTC, datetime, timedelta
from enum import StrEnum

from cryptography import x509
from cryptography.x509 import verification
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

MOST_LINKS = 6
"""Certificates between the signer's and a trusted one."""
_UTF8_MAILBOX = x509.ObjectIdentifier("1.3.6.1.5.5.7.8.9")


class Chain(StrEnum):
    """What became of the way from a certificate to a trusted one."""

    TRUSTED = "trusted"
    EXPIRED = "expired"
    """It would have been trusted while it was valid."""
    UNKNOWN = "unknown"


def followed(
    leaf: x509.Certificate, beside: list[x509.Certificate], roots: list[x509.Certificate], now: datetime
) -> Chain:
    """Look for a way from `leaf` over `beside` to one of `roots` at `now`. Never raises.

    Whether a certificate has been revoked is not asked for.
    """
    if _holds(leaf, beside, roots, now):
        return Chain.TRUSTED
    valid = leaf.not_valid_before_utc <= now <= leaf.not_valid_after_utc
    last = leaf.not_valid_after_utc - timedelta(seconds=1)
    return Chain.EXPIRED if not valid and now > last and _holds(leaf, beside, roots, last) else Chain.UNKNOWN


def _holds(leaf: x509.Certificate, beside: list[x509.Certificate], roots: list[x509.Certificate], at: datetime) -> bool:
    if not roots:
        return False
    policy = (
        verification.PolicyBuilder()
        .store(verification.Store(roots))
        .time(at.astimezone(UTC).replace(tzinfo=None))
        .max_chain_depth(MOST_LINKS)
        .extension_policies(ca_policy=_authorities(), ee_policy=_people())
    )
    try:
        policy.build_client_verifier().verify(leaf, beside[:20])
    except (verification.VerificationError, ValueError, TypeError):
        return False
    return True


def _authorities() -> verification.ExtensionPolicy:
    anyhow = verification.Criticality.AGNOSTIC
    return (
        verification.ExtensionPolicy.permit_all()
        .require_present(x509.BasicConstraints, anyhow, _may_issue)
        .may_be_present(x509.KeyUsage, anyhow, _signs_certificates)
    )


def _people() -> verification.ExtensionPolicy:
    anyhow = verification.Criticality.AGNOSTIC
    return (
        verification.ExtensionPolicy.permit_all()
        .may_be_present(x509.KeyUsage, anyhow, _signs)
        .may_be_present(x509.ExtendedKeyUsage, anyhow, _is_for_mail)
    )


def _may_issue(_policy: object, _certificate: x509.Certificate, found: x509.BasicConstraints) -> None:
    if not found.ca:
        raise ValueError("not an authority")


def _signs_certificates(_policy: object, _certificate: x509.Certificate, found: x509.KeyUsage | None) -> None:
    if found is not None and not found.key_cert_sign:
        raise ValueError("not for signing certificates")


def _signs(_policy: object, _certificate: x509.Certificate, found: x509.KeyUsage | None) -> None:
    if found is not None and not (found.digital_signature or found.content_commitment):
        raise ValueError("not for signing")


def _is_for_mail(_policy: object, _certificate: x509.Certificate, found: x509.ExtendedKeyUsage | None) -> None:
    wanted = {ExtendedKeyUsageOID.EMAIL_PROTECTION, ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE}
    if found is not None and not wanted & set(found):
        raise ValueError("not for mail")


def addresses(certificate: x509.Certificate) -> list[str]:
    """The mail addresses that it was issued for, in lower case (RFC 8550 3)."""
    found = [str(one.value) for one in certificate.subject.get_attributes_for_oid(NameOID.EMAIL_ADDRESS)]
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (x509.ExtensionNotFound, ValueError):
        names = None
    if names is not None:
        found += names.get_values_for_type(x509.RFC822Name)
        others = names.get_values_for_type(x509.OtherName)
        found += [one.value[2:].decode("utf-8", "replace") for one in others if one.type_id == _UTF8_MAILBOX]
    return list(dict.fromkeys(one.lower() for one in found if "@" in one))


def may_encrypt(certificate: x509.Certificate) -> bool:
    """Whether keys may be encrypted to it (RFC 8550 4.4.2)."""
    try:
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        return True
    except ValueError:
        return False
    return usage.key_encipherment


def name_of(name: x509.Name) -> str:
    """The name that people know it by."""
    for kind in (NameOID.COMMON_NAME, NameOID.ORGANIZATION_NAME):
        if found := name.get_attributes_for_oid(kind):
            return str(found[0].value)[:200]
    return name.rfc4514_string()[:200]
