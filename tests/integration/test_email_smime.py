"""Signed and encrypted mail from door to smart host, with `openssl cms` as the citizen's mail program."""

from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from channels.email.smime.keys import Own
from contactcenter import offers, replies
from contactcenter.cases import get
from contactcenter.errors import Misconfigured
from contactcenter.files import FileStore
from contactcenter.store import Store
from tests import town as solvik
from tests.fixtures.store import NOW
from tests.integration.mail_house import BYGG, EVA, MailHouse, SmartHost, working
from tests.support import eventually
from tests.unit.channels.email.authority import authority, mail, openssl, rsa_key, written

pytestmark = pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
CITY = authority()
OURS, EVAS = CITY.issue(BYGG, rsa_key(2), days=9000), CITY.issue(EVA, rsa_key(4), days=9000)
TEXT = "Content-Type: text/plain; charset=utf-8\r\n\r\nMitt hemliga ärende.\r\n".encode()


def options(folder: Path, own: Own = OURS) -> dict[str, Any]:
    roots = folder / "roots.pem"
    roots.write_bytes(CITY.own.certificate.public_bytes(Encoding.PEM))
    return {"smime_trust": str(roots), "smime_keys": {BYGG: str(written(own, folder / "bygg.pem"))}}


def answer(house: MailHouse, case_id: int) -> None:
    def work(session: Any) -> None:
        offers.give(session, get(session, case_id), solvik.user(session, "anna").id, "take", NOW)
        replies.reply(
            session, solvik.actor(session, "anna"), case_id, NOW, key="r", to=[EVA], subject="", text="Hemligt svar"
        )

    house.store.sync_run(work)


async def test_a_secret_matter_stays_secret_both_ways(town: Store, files: FileStore, tmp_path: Path) -> None:
    signed = openssl(tmp_path, TEXT, "-sign", "-signer", str(written(EVAS, tmp_path / "eva.pem")))
    sealed = openssl(tmp_path, signed, "-encrypt", "-recip", str(written(OURS, tmp_path / "ours.pem")))
    host = SmartHost()
    async with host.open(), working(town, files, tmp_path, host, **options(tmp_path)) as house:
        contact = await house.take(mail(sealed, EVA, BYGG))
        assert contact.text == "Mitt hemliga ärende."
        assert (contact.facts["smime"]["signature"], contact.facts["smime"]["encryption"]) == ("valid", "opened")
        assert "certificate" not in contact.facts["smime"]
        answer(house, contact.case_id)
        await eventually(lambda: host.mails, what="the answer sent")
    sent = host.mails[-1][2]
    assert b"Hemligt" not in sent
    opened = openssl(tmp_path, sent, "-decrypt", "-recip", str(tmp_path / "eva.pem"))
    assert b"Hemligt svar" in openssl(tmp_path, opened, "-verify", "-CAfile", str(tmp_path / "roots.pem"))


async def test_a_key_that_others_may_read_stops_the_start(town: Store, files: FileStore, tmp_path: Path) -> None:
    chosen = options(tmp_path)
    (tmp_path / "bygg.pem").chmod(0o644)
    with pytest.raises(Misconfigured, match="chmod 600"):
        async with working(town, files, tmp_path, **chosen):
            pass
