"""From the wire to the case: reading, threading by proof, receipts, automatic mail and bounces, on both databases."""

from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest
from sqlmodel import Session

from contactcenter import cases, desk, replies, tokens
from contactcenter.errors import Unavailable
from contactcenter.files import FileStore
from contactcenter.model import Inbox
from contactcenter.states import CaseState, ContactState, EventKind, MailState, Outcome
from contactcenter.store import Store
from tests import town as solvik
from tests.integration.mail_house import BYGG, EVA, TOWN, Clock, SmartHost, mail, working
from tests.support import eventually

one_database = pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
"""For what has nothing to do with the kind of database."""
INTAKE = ("email", "email_reader")


def answered(session: Session, case_id: int, clock: Clock, to: str = EVA) -> int:
    """Anna takes the case and answers it; the reply's contact id."""
    case = cases.get(session, case_id)
    actor = solvik.actor(session, "anna")
    user = solvik.available(session, "anna", clock())
    if case.agent_id != user.id:
        cases.change(session, case, clock(), agent_id=user.id)
        case.state = CaseState.WORKING
        session.add(case)
        session.flush()
    text = "Hej Eva! Ja, över 50 kvadratmeter behöver du det."
    return replies.reply(session, actor, case_id, clock(), key=f"reply-{case_id}", to=[to], subject="", text=text)


def reply_to(sent: EmailMessage, text: str = "Tack!\n", **fields: str) -> EmailMessage:
    """What a mail program makes of answering `sent`."""
    about = {"Subject": f"Sv: {sent['Subject']}", "To": str(sent["Reply-To"]), "In-Reply-To": str(sent["Message-ID"]),
             "References": str(sent["Message-ID"])}  # fmt: skip
    return mail(**{name.replace("-", "_"): value for name, value in (about | fields).items()}, text=text)


async def test_a_mail_becomes_a_case_with_all_that_was_in_it(town: Store, files: FileStore, tmp_path: Path) -> None:
    made = mail("Bygglov för altan på Åsvägen", "Hej!\n\nSe bilagan.\n")
    made.add_alternative('<p>Hej!</p><img src="cid:skiss"><img src="https://t.example/p">', subtype="html")
    made.add_attachment(b"%PDF-1.7", maintype="application", subtype="pdf", filename="ritning över åsen.pdf")
    async with working(town, files, tmp_path, parts=INTAKE) as house:
        contact = await house.take(made)
        case = house.case(contact)
        kept = {file.role: file for file in house.files_of(contact)}
    assert (contact.subject, contact.text) == ("Bygglov för altan på Åsvägen", "Hej!\n\nSe bilagan.")
    assert (contact.sender, contact.sender_name, contact.address_point) == (EVA, "Eva Ek", BYGG)
    assert 'src="cid:skiss"' in contact.html
    assert 'data-blocked="t.example"' in contact.html
    assert (case.state, case.subject) == (CaseState.WAITING, "Bygglov för altan på Åsvägen")
    assert files.read(kept["original"].sha256).replace(b"\r\n", b"\n") == made.as_bytes()
    assert (kept["attachment"].name, files.read(kept["attachment"].sha256)) == ("ritning över åsen.pdf", b"%PDF-1.7")


HOSTILE = {
    "a million parts": b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n\r\n" * 1_000_000,
    "not a mail": b"\x00\xff\xfe garbage \x80" * 20,
    "empty": b"",
    "nested 2,000 times": b"From: a@b.example\r\n" + b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(2000)),
}  # fmt: skip


async def test_what_cannot_be_read_is_taken_and_becomes_a_case(town: Store, files: FileStore, tmp_path: Path) -> None:
    async with working(town, files, tmp_path, parts=INTAKE) as house:
        for place, raw in enumerate(HOSTILE.values(), 1):
            await house.send(raw)
            await house.settled(place)
        await house.send(mail("Efteråt"))
        found = await house.settled(len(HOSTILE) + 1)
        originals = [files.read(house.files_of(contact)[0].sha256).rstrip() for contact in found[:-1]]
    assert [contact.problem for contact in found] == ["too_many_parts", "no_header", "no_header", "nested_too_deep", ""]
    assert [contact.subject for contact in found[:-1]] == ["Mejl som inte kunde läsas"] * len(HOSTILE)
    assert originals == [raw.rstrip() for raw in HOSTILE.values()]


@one_database
async def test_a_mail_that_takes_too_long_or_too_much_is_filed_unread(
    town: Store, files: FileStore, tmp_path: Path
) -> None:
    slow = b"From: a@b.example\r\nContent-Type: text/html\r\n\r\n" + b"<p>hej <b>du</b></p>\r\n" * 1_400_000
    large = b"From: a@b.example\r\nContent-Type: text/html\r\n\r\n" + "å😀".encode() * 5_500_000
    async with working(town, files, tmp_path, parts=INTAKE, parse_seconds=0.2) as house:
        slow_contact = await house.take(slow)
        well = await house.take(mail("Frisk"))
    async with working(town, files, tmp_path, parts=INTAKE, parse_memory_mb=256) as house:
        large_contact = await house.take(large)
    assert slow_contact.problem == "took_too_long"
    assert large_contact.problem in ("too_much_memory", "reader_died")
    assert (well.problem, well.subject) == ("", "Frisk")


async def test_two_of_our_addresses_and_a_resend_are_one_contact(town: Store, files: FileStore, tmp_path: Path) -> None:
    made = mail()
    async with working(town, files, tmp_path, parts=INTAKE) as house:
        await house.send(made, BYGG)
        await house.send(b"Received: from relay\r\n" + made.as_bytes(), TOWN)
        await house.send(made, [TOWN, BYGG])
        other = mail(text="Något helt annat, med samma Message-ID\n")
        await house.send(other, BYGG)
        neighbour = "kommun@granby.example"
        await house.send(made, [BYGG, neighbour])
        found = await house.settled(3)
    assert [contact.address_point for contact in found] == [BYGG, BYGG, neighbour]
    assert len({contact.case_id for contact in found}) == 3


async def test_what_we_signed_joins_and_what_a_stranger_quotes_does_not(
    town: Store, files: FileStore, tmp_path: Path
) -> None:
    async with SmartHost().open() as host, working(town, files, tmp_path, host) as house:
        case = house.case(await house.take(mail()))
        await town.run(answered, case.id, house.clock)
        await eventually(lambda: host.mails, what="the answer sent")
        sent = host.read()
        by_reference = await house.take(reply_to(sent, "Ett\n", Subject="Utan nummer", To=TOWN, Message_ID="<r1@x>"))
        by_token = mail(f"Sv: {sent['Subject']}", "Två\n", Message_ID="<r2@x>")
        by_plus = mail("Nytt ämne", "Tre\n", Message_ID="<r3@x>")
        joined = [
            by_reference,
            await house.take(by_token),
            await house.take(by_plus, str(sent["Reply-To"].addresses[0].addr_spec)),
        ]
        stranger = await house.take(mail(f"Angående {case.number}", "Jag vill veta allt\n", Message_ID="<r4@x>"))
        forged = await house.take(mail(f"Sv: [{case.number}-AAAAAAAA]", "Släpp in mig\n", Message_ID="<r5@x>"))
        suggested = [house.case(contact).suggested_case_id for contact in (stranger, forged)]
    assert [contact.case_id for contact in joined] == [case.id] * 3
    assert case.id not in (stranger.case_id, forged.case_id)
    assert suggested == [case.id, case.id]


async def test_a_token_of_one_municipality_opens_nothing_in_another(
    town: Store, files: FileStore, tmp_path: Path
) -> None:
    async with working(town, files, tmp_path, parts=INTAKE) as house:
        case = house.case(await house.take(mail()))
        elsewhere = mail(f"Sv: {tokens.subject_token(case.number)}", Message_ID="<other@x>")
        contact = await house.take(elsewhere, "kommun@granby.example")
    assert contact.case_id != case.id


async def test_receipts_go_to_people_once_and_have_a_limit(town: Store, files: FileStore, tmp_path: Path) -> None:
    async with (
        SmartHost().open() as host,
        working(town, files, tmp_path, host, receipts=True, receipts_per_day=3) as house,
    ):
        number = house.case(await house.take(mail("Fråga 1"))).number
        await eventually(lambda: host.mails, what="a receipt")
        for turn in range(2, 6):
            await house.take(mail(f"Fråga {turn}", f"{turn}\n"))
        await eventually(lambda: len(host.mails) == 3, what="three receipts")
        machines = [
            mail("Nyhetsbrev", List_Id="<news.example>"),
            mail("Automatiskt svar: semester", Auto_Submitted="auto-replied"),
            mail("Från oss", From=f"Bygg <{TOWN}>"),
            mail("Konstig", From="<kalle <kula>@x.example>"),
        ]
        for machine in machines:
            await house.take(machine, sender="other@elsewhere.example")
        await house.take(mail("Studs", From="other@elsewhere.example"), sender="")
        receipts = house.outgoing("receipt")
        await house.take(reply_to(host.read(0), "Ett tillägg\n"), sender="eva2@citizen.example")
        assert house.outgoing("receipt") == receipts, "an answer to a receipt gets none"
    receipt = host.read(0)
    assert len(receipts) == 3
    assert host.mails[0][:2] == ("", [EVA])
    assert receipt["Auto-Submitted"] == "auto-replied"
    assert tokens.subject_token(number) in receipt["Subject"]
    assert number in receipt.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert receipt["In-Reply-To"] == f"<{'Fråga 1'.encode().hex()}@citizen.example>"


async def test_two_answering_machines_do_not_loop(town: Store, files: FileStore, tmp_path: Path) -> None:
    """The other side answers every mail with a new one and has none of the headers that say so."""
    async with working(
        town, files, tmp_path, parts=INTAKE, receipts=True, receipts_per_day=5, receipts_per_pair=9
    ) as house:
        await house.take(mail("Start"))
        for turn in range(12):
            await house.take(mail(f"Ditt meddelande är mottaget {turn}", f"{turn}\n"))
        assert len(house.outgoing("receipt")) == 5


@one_database
async def test_each_organisation_has_its_own_words(town: Store, files: FileStore, tmp_path: Path) -> None:
    texts = {"solvik": "Tack från {name}! Ditt nummer är {number}. {annat}"}
    async with working(town, files, tmp_path, parts=INTAKE, receipts=True, receipt_texts=texts) as house:
        case = house.case(await house.take(mail()))
        (receipt,) = house.outgoing("receipt")
    assert f"Tack från Bygg och miljö! Ditt nummer är {case.number}. {{annat}}".encode() in _plain(receipt.raw)


def _plain(raw: bytes) -> bytes:
    found = message_from_bytes(raw, policy=policy.default)
    assert isinstance(found, EmailMessage)
    body = found.get_body(("plain",))
    assert body is not None
    return bytes(body.get_content(), "utf-8")


REPORT = """From: MAILER-DAEMON@relay.example
To: {to}
Subject: Undelivered Mail Returned to Sender
Content-Type: multipart/report; report-type=delivery-status; boundary=b
MIME-Version: 1.0

--b
Content-Type: text/plain

It did not work.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; relay.example

Final-Recipient: rfc822; {eva}
Action: {action}
Status: {status}

--b
Content-Type: {kind}

{returned}
--b--
"""


@pytest.mark.parametrize("named", ["message/rfc822", "text/rfc822-headers", "text/plain"])
async def test_a_bounce_fails_the_mail_it_speaks_of_and_wakes_the_case(
    town: Store, files: FileStore, tmp_path: Path, named: str
) -> None:
    async with SmartHost().open() as host, working(town, files, tmp_path, host) as house:
        contact = await house.take(mail())
        reply_id = await town.run(answered, contact.case_id, house.clock)
        await eventually(lambda: house.outgoing()[0].state is MailState.SENT, what="the answer sent")
        envelope_sender, _, raw = host.mails[0]
        actor = town.sync_read(solvik.actor, "anna")
        await town.run(desk.close, actor, contact.case_id, Outcome.ANSWERED, house.clock())
        delayed = REPORT.format(to=envelope_sender, eva=EVA, action="delayed", status="4.4.1", kind=named, returned="")
        await house.take(delayed.encode(), envelope_sender, "")
        assert (house.outgoing()[0].state, house.case(contact).state) == (MailState.SENT, CaseState.CLOSED)
        head = raw.decode().partition("\r\n\r\n")[0] if named != "text/plain" else "nothing of it"
        final = REPORT.format(to=envelope_sender, eva=EVA, action="failed", status="5.1.1", kind=named, returned=head)
        bounce = await house.take(final.encode(), envelope_sender, "")
        (mail_row,), case = house.outgoing(), house.case(contact)
        events = house.events(EventKind.MAIL_BOUNCED)
        replies_made = [one for one in house.contacts() if one.id == reply_id]
    assert bounce.case_id == contact.case_id
    assert (mail_row.state, mail_row.last_error) == (MailState.FAILED, "bounced 5.1.1")
    assert (replies_made[0].state, case.state) == (ContactState.FAILED, CaseState.WAITING)
    assert [(event.data["status"], event.data["permanent"]) for event in events] == [("4.4.1", False), ("5.1.1", True)]
    assert events[-1].contact_id == reply_id
    assert len(house.outgoing()) == 1, "a bounce is never answered"


@one_database
async def test_automatic_mail_joins_its_case_and_does_not_open_it_again(
    town: Store, files: FileStore, tmp_path: Path
) -> None:
    async with SmartHost().open() as host, working(town, files, tmp_path, host) as house:
        contact = await house.take(mail())
        await town.run(answered, contact.case_id, house.clock)
        await eventually(lambda: host.mails, what="the answer sent")
        actor = town.sync_read(solvik.actor, "anna")
        await town.run(desk.close, actor, contact.case_id, Outcome.ANSWERED, house.clock())
        away = await house.take(
            reply_to(host.read(), "Jag är ledig\n", Auto_Submitted="auto-replied", Message_ID="<1@x>")
        )
        assert (away.case_id, house.case(contact).state) == (contact.case_id, CaseState.CLOSED)
        thanks = await house.take(reply_to(host.read(), "Men hur gör jag?\n", Message_ID="<2@x>"))
        assert (thanks.case_id, house.case(contact).state) == (contact.case_id, CaseState.WAITING)


@one_database
async def test_a_full_disk_under_the_reader_is_waited_out(
    town: Store, files: FileStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file store's disk is full: the mail stays in the inbox, the console is told, and it goes on by itself."""
    put, full = files.put, [True]

    def limited(data: bytes) -> tuple[str, int]:
        if full:
            raise Unavailable("disk_full", "the disk is full")
        return put(data)

    monkeypatch.setattr(files, "put", limited)
    async with working(town, files, tmp_path, parts=INTAKE) as house:
        await house.send(mail())

        def told() -> bool:
            health = house.context.health.get("email_reader")
            return health is not None and health.code == "disk_full"

        await eventually(told, what="trouble said")
        assert (house.waiting(), house.contacts()) == (1, [])
        full.clear()
        (contact,) = await house.settled(1)
    assert contact.problem == ""
    assert [row.raw for row in house.rows(Inbox)] == [b""]
