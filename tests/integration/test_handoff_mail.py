"""A case handed off by mail: out through the real outbox to a real mail server, and back by page, answer and bounce."""

import asyncio
import email
import email.policy
import io
import re
import smtplib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import httpx2
import pypdfium2
import pytest
from sqlmodel import Session

from channels.email.adapter import EmailDoor
from channels.email.adapter import build as build_email
from channels.email.sink import Sink
from contactcenter import cases, desk, handoff
from contactcenter.clock import utc_now
from contactcenter.context import Context
from contactcenter.files import FileStore
from contactcenter.model import Delivery
from contactcenter.ports import StoredFile
from contactcenter.states import CaseState, DeliveryState, RemoteStatus
from contactcenter.store import Store
from tests import handing
from tests import town as solvik
from tests.integration.case_systems import running
from tests.support import eventually, free_port

DRAWING = b"%PDF-1.7 a drawing of a terrace"


@dataclass
class Centre:
    """A contact centre with its mail, and the mail server of the departments."""

    context: Context
    sink: Sink
    door: EmailDoor

    async def hand_off(self) -> Delivery:
        """Eva's mail with a drawing, handed off by mail."""
        sha256, size = self.context.files.put(DRAWING)
        drawing = StoredFile(sha256, size, "ritning över altan.pdf", "application/pdf")

        def act(session: Session) -> Delivery:
            handing.aim(session, {"connector": "mail", "to": "bygg@forvaltning.example"})
            return handing.handed_off(session, utc_now(), files=(drawing,))

        return await self.context.store.run(act)

    async def mails(self, count: int = 1) -> list[EmailMessage]:
        """The mails that the department got, once there are `count`."""

        def look() -> list[Path]:
            found = sorted(self.sink.folder.glob("*.eml"))
            return found if len(found) >= count else []

        paths = await eventually(look, 20, f"{count} mails")
        return [email.message_from_bytes(path.read_bytes(), policy=email.policy.default) for path in paths]

    async def is_so(self, delivery: Delivery, **wanted: Any) -> Delivery:
        """Wait until the delivery is so."""

        async def look() -> Delivery | None:
            found = await self.context.store.read(handoff.get, delivery.id)
            return found if all(getattr(found, name) == value for name, value in wanted.items()) else None

        found = await eventually(look, 20, f"a delivery with {wanted}")
        assert found is not None
        return found

    async def state_of(self, delivery: Delivery) -> CaseState:
        return (await self.context.store.read(cases.get, delivery.case_id)).state


@pytest.fixture
async def centre(town: Store, files: FileStore, tmp_path: Path) -> AsyncIterator[Centre]:
    port, sink = free_port(), Sink(tmp_path / "sink", free_port())
    public_url = f"http://127.0.0.1:{port}"
    mail = {"port": 0, "smarthost_port": sink.port, "first_pause_seconds": 0.1, "longest_pause_seconds": 0.1}
    context = handing.context(town, files, handing.settings(tmp_path, public_url, {"port": port}, mail))
    parts = build_email(context)
    [door] = [part for part in parts if isinstance(part, EmailDoor)]
    async with running(context, sink, *parts):
        await eventually(lambda: door.port, what="the mail door is open")
        yield Centre(context, sink, door)


async def test_the_department_gets_the_case_as_a_pdf_with_its_files(centre: Centre) -> None:
    delivery = await centre.hand_off()
    [mail] = await centre.mails()
    await centre.is_so(delivery, state=DeliveryState.DELIVERED, remote_status=None)
    case = await centre.context.store.read(cases.get, delivery.case_id)
    assert mail["To"] == "bygg@forvaltning.example"
    assert str(mail["Subject"]).startswith(f"Överlämnat ärende: Bygglov [{case.number}-")
    assert "altan" not in str(mail["Subject"]).lower()
    attached = {part.get_filename(): part.get_content() for part in mail.iter_attachments()}
    assert attached.keys() == {f"{case.number}.pdf", "ritning över altan.pdf"}
    assert attached["ritning över altan.pdf"] == DRAWING
    page = pypdfium2.PdfDocument(io.BytesIO(attached[f"{case.number}.pdf"]))
    shown = "".join(one.get_textpage().get_text_bounded() for one in page)
    page.close()
    assert "Behöver jag bygglov för min altan?" in shown
    assert "bifogad" in shown
    kinds = await centre.context.store.read(handing.kinds, case.id)
    assert kinds.count("delivery_succeeded") == 1


def link(mail: EmailMessage) -> str:
    """The address of the receipt page."""
    body = mail.get_body(("plain",))
    assert body is not None
    found = re.search(r"http://\S+/handoff/receipt/\S+", body.get_content())
    assert found
    return found.group()


async def test_the_receipt_page_says_what_becomes_of_it(centre: Centre) -> None:
    delivery = await centre.hand_off()
    [mail] = await centre.mails()
    url = link(mail)
    async with httpx2.AsyncClient(trust_env=False) as web:
        shown = await web.get(url)
        assert shown.status_code == 200
        assert "Eva" not in shown.text
        assert (await centre.context.store.read(handoff.get, delivery.id)).remote_status is None
        assert (await web.post(url, data={})).status_code == 422
        silent = await web.post(url, data={"status": "returned"})
        assert (silent.status_code, "Skriv varför" in silent.text) == (422, True)
        assert (await web.post(url, data={"status": "in_progress"})).status_code == 200
        await centre.is_so(delivery, remote_status=RemoteStatus.IN_PROGRESS)
        answered = await web.post(url, data={"status": "answered", "words": "<b>Inget</b> bygglov behövs."})
        assert "Tack!" in answered.text
        again = await web.post(url, data={"status": "answered", "words": "<b>Inget</b> bygglov behövs."})
        assert again.status_code == 200
        assert (await web.get(url + "x")).status_code == 404
    assert await centre.state_of(delivery) is CaseState.CLOSED
    note = (await centre.context.store.read(handing.notes, delivery.case_id))[1]
    assert note.text == "<b>Inget</b> bygglov behövs."


async def test_an_answer_to_the_mail_comes_into_the_case(centre: Centre) -> None:
    delivery = await centre.hand_off()
    [mail] = await centre.mails()
    answer = EmailMessage()
    answer["From"], answer["To"] = "handlaggare@forvaltning.example", str(mail["Reply-To"])
    answer["Subject"], answer["Message-ID"] = f"Sv: {mail['Subject']}", "<answer@forvaltning.example>"
    answer["In-Reply-To"] = str(mail["Message-ID"])
    answer.set_content("Vi behöver en situationsplan först.")
    await asyncio.to_thread(deliver, centre, answer.as_bytes(), str(mail["Reply-To"].addresses[0].addr_spec))

    async def woken() -> bool:
        return await centre.state_of(delivery) is CaseState.WAITING

    await eventually(woken, 20)


def deliver(centre: Centre, raw: bytes, to: str, sender: str = "handlaggare@forvaltning.example") -> None:
    with smtplib.SMTP("127.0.0.1", centre.door.port, timeout=10) as client:
        client.sendmail(sender, [to], raw)


def bounce_of(mail: EmailMessage) -> bytes:
    """A delivery status notification (RFC 3464) for `mail`."""
    lines = f"""From: MAILER-DAEMON@mx.example
To: {mail["Reply-To"].addresses[0].addr_spec}
Subject: Undelivered Mail Returned to Sender
Message-ID: <dsn-1@mx.example>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="cut"

--cut
Content-Type: text/plain

The mailbox does not exist.
--cut
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example

Final-Recipient: rfc822; bygg@forvaltning.example
Action: failed
Status: 5.1.1

--cut
Content-Type: text/rfc822-headers

Message-ID: {mail["Message-ID"]}
To: bygg@forvaltning.example

--cut--
"""
    return lines.replace("\n", "\r\n").encode()


async def test_a_bounce_brings_the_case_back_and_resending_writes_a_new_mail(centre: Centre) -> None:
    delivery = await centre.hand_off()
    [mail] = await centre.mails()
    await centre.is_so(delivery, state=DeliveryState.DELIVERED)
    raw, to = bounce_of(mail), str(mail["Reply-To"].addresses[0].addr_spec)
    await asyncio.to_thread(deliver, centre, raw, to, "")
    given_up = await centre.is_so(delivery, state=DeliveryState.GIVEN_UP)
    assert given_up.last_error == "the mail with the case came back"
    assert await centre.state_of(delivery) is CaseState.WAITING
    await centre.context.store.run(
        lambda session: desk.resend(session, solvik.actor(session, "anna"), delivery.id, utc_now())
    )
    mails = await centre.mails(2)
    assert len({str(one["Message-ID"]) for one in mails}) == 2
    await centre.is_so(delivery, state=DeliveryState.DELIVERED)
    assert await centre.state_of(delivery) is CaseState.HANDED_OFF
