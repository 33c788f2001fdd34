"""Signed and encrypted answers on both databases: made for whose certificate is known, read by `openssl cms`."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from sqlmodel import Session, col, select

from channels.email import filing, message
from channels.email.compose import compose
from channels.email.settings import EmailSettings
from channels.email.smime.keys import Keyring, Own
from channels.email.smime.sealing import Sealer
from contactcenter import mail_seal, mailout, offers, replies
from contactcenter.cases import get
from contactcenter.errors import Refused
from contactcenter.model import Contact, Inbox, OutgoingMail
from contactcenter.store import Store
from tests import town as solvik
from tests.contract.contacts import MAIL
from tests.fixtures.store import NOW
from tests.unit.channels.email.authority import authority, curve_key, openssl, rsa_key, written

CITY = authority()
BOX, EVA, ROBERT = MAIL.address_point, MAIL.sender, "robert@citizen.example"
OURS, EVAS = CITY.issue(BOX, rsa_key(2), days=9000), CITY.issue(EVA, rsa_key(4), days=9000)


@pytest.fixture(autouse=True)
def _sealer() -> Iterator[None]:
    mailout.use_composer(compose)
    mail_seal.use_sealer(Sealer(Keyring([CITY.own.certificate], {BOX: OURS})))
    yield
    mail_seal.use_sealer(None)


def came(town: Store, own: Own = EVAS, **smime: Any) -> int:
    """A mail of Eva's, signed with this certificate; the case is Anna's now."""
    said = {"signature": "valid", "expires": own.certificate.not_valid_after_utc.isoformat()} | smime
    said |= {"certificate": own.certificate.public_bytes(Encoding.DER).hex()} if said["signature"] == "valid" else {}
    inbound = replace(MAIL, facts={"smime": said})

    def work(session: Session) -> int:
        row = Inbox(received_at=NOW, envelope={}, sha256="0", raw=b"x", kind="email")
        session.add(row)
        session.flush()
        (received,) = filing.file(session, row.id, [inbound], EmailSettings(), NOW)
        offers.give(session, get(session, received.case_id), solvik.user(session, "anna").id, "take", NOW)
        return received.case_id

    return town.sync_run(work)


def answer(town: Store, case_id: int, to: list[str], who: str = "anna", **more: Any) -> dict[str, bytes]:
    """The mails that went out: recipient -> raw."""

    def work(session: Session) -> None:
        replies.reply(
            session, solvik.actor(session, who), case_id, NOW, key="r", to=to, subject="Hej", text="Stängslet", **more
        )

    town.sync_run(work)
    rows = town.sync_read(lambda session: session.exec(select(OutgoingMail).where(OutgoingMail.kind == "reply")).all())
    return {row.recipient: row.raw for row in rows}


def sealed_facts(town: Store) -> dict[str, Any]:
    newest = select(Contact).order_by(col(Contact.id).desc())
    return dict(town.sync_read(lambda session: session.exec(newest).first()).facts)  # type: ignore[union-attr]


def test_signed_for_all_and_encrypted_for_whom_we_know(town: Store, tmp_path: Path) -> None:
    mails = answer(town, came(town), [EVA, ROBERT])
    for_eva = str(written(EVAS, tmp_path / "eva.pem"))
    roots = tmp_path / "roots.pem"
    roots.write_bytes(CITY.own.certificate.public_bytes(Encoding.PEM))
    opened = openssl(tmp_path, mails[EVA], "-decrypt", "-recip", for_eva)
    assert b"ngslet" not in mails[EVA]
    for one in (opened, mails[ROBERT]):
        text = openssl(tmp_path, one, "-verify", "-CAfile", str(roots))
        assert message.read(text).bodies.of("plain") == ["Stängslet\r\n"]
    assert sealed_facts(town)["sealed"] == {"encrypted": [EVA]}
    for raw in mails.values():
        root = message.read(raw).root
        assert [len(root.all(name)) for name in ("From", "To", "Subject", "Message-ID", "MIME-Version")] == [1] * 5


def test_we_read_what_we_write(town: Store) -> None:
    raw = answer(town, came(town), [EVA])[EVA]
    found = message.parse(raw, BOX, [EVA], Keyring([CITY.own.certificate], {EVA: EVAS}))
    assert found.smime is not None
    assert (found.smime["encryption"], found.smime["signature"], found.text) == ("opened", "valid", "Stängslet")


@pytest.mark.parametrize("state", ["unknown_issuer", "changed", "expired", "other_address", "weak"])
def test_only_a_certificate_that_holds_is_remembered(town: Store, state: str) -> None:
    assert b"multipart/signed" in answer(town, came(town, signature=state), [EVA])[EVA]


def test_the_newest_certificate_counts_and_one_that_has_run_out_does_not(town: Store) -> None:
    newer = CITY.issue(EVA, rsa_key(5), days=9000)
    came(town)
    town.sync_run(remember, newer, NOW + timedelta(days=1))
    kept = town.sync_read(mail_seal.of, EVA, NOW + timedelta(days=2))
    assert kept == newer.certificate.public_bytes(Encoding.DER)
    assert town.sync_read(mail_seal.of, EVA, newer.certificate.not_valid_after_utc) is None


def test_a_certificate_that_nothing_can_be_encrypted_for_is_not_used(town: Store) -> None:
    raw = answer(town, came(town, CITY.issue(EVA, curve_key(4), days=9000)), [EVA])[EVA]
    assert b"multipart/signed" in raw


def remember(session: Session, own: Own, now: Any) -> None:
    certificate = own.certificate.public_bytes(Encoding.DER)
    mail_seal.remember(session, EVA, certificate, own.certificate.not_valid_after_utc, now)


def test_an_agent_may_not_send_it_open(town: Store) -> None:
    case_id = came(town)
    with pytest.raises(Refused) as refused:
        answer(town, case_id, [EVA], sent_open=True)
    assert refused.value.code == "may_not_open"
    seen = town.sync_read(lambda session: mail_seal.look(session, solvik.actor(session, "anna"), case_id, [EVA], NOW))
    assert seen == {"signed": True, "encrypted": [EVA], "may_open": False, "failing": {}}


def test_a_supervisor_may_and_it_is_noted(town: Store) -> None:
    case_id = came(town)
    town.sync_run(lambda session: hand_over(session, case_id))
    assert b"multipart/signed" in answer(town, case_id, [EVA], "siv", sent_open=True)[EVA]
    assert sealed_facts(town)["sent_open"]


def hand_over(session: Session, case_id: int) -> None:
    case = get(session, case_id)
    case.agent_id = solvik.user(session, "siv").id
    session.add(case)


def test_without_a_key_mails_go_out_as_they_are(town: Store) -> None:
    mail_seal.use_sealer(None)
    assert b"multipart/alternative" in answer(town, came(town), [EVA])[EVA]
