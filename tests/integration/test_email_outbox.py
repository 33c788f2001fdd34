"""What goes out: handed over once, tried again while it may help, failed where people see it. And nothing lost."""

import asyncio
import contextlib
import random
import signal
import ssl
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiosmtplib
import pytest
from aiosmtpd.smtp import AuthResult
from sqlmodel import Session

from channels.email import outbox
from channels.email.compose import compose
from contactcenter import mailout
from contactcenter.clock import utc_now
from contactcenter.files import FileStore
from contactcenter.model import Contact, Inbox
from contactcenter.states import ContactState, EventKind, InboxState, MailState
from contactcenter.store import Store
from tests.integration.mail_house import BYGG, EVA, MailHouse, SmartHost, certificate, mail, working
from tests.integration.test_email_intake import answered
from tests.support import ROOT, eventually, free_port, wait_until

one_database = pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
"""For what has nothing to do with the kind of database."""


async def reply(house: MailHouse, to: str = EVA) -> int:
    """A citizen's mail and our answer to it; the answer's contact id."""
    contact = await house.take(mail())
    return await house.store.run(answered, contact.case_id, house.clock, to)


def state(house: MailHouse, contact_id: int) -> ContactState:
    return house.store.sync_read(lambda session: session.get_one(Contact, contact_id).state)


async def test_an_answer_arrives_with_all_its_headers(town: Store, files: FileStore, tmp_path: Path) -> None:
    async with SmartHost().open() as host, working(town, files, tmp_path, host) as house:
        contact_id = await reply(house)
        await eventually(lambda: state(house, contact_id) is ContactState.SENT, what="the answer sent")
        incoming = house.contacts()[0]
        case = house.case(incoming)
        told = house.events(EventKind.MAIL_SENT)
    sender, recipients, _ = host.mails[0]
    sent = host.read()
    assert (recipients, sent["From"].addresses[0].addr_spec, sent["To"]) == ([EVA], BYGG, EVA)
    assert sender == sent["Reply-To"].addresses[0].addr_spec
    assert sender.startswith(f"bygg+{case.number.lower()}-")
    assert sent["In-Reply-To"] == sent["References"] == incoming.message_id
    assert (sent["Auto-Submitted"], case.number in sent["Subject"]) == (None, True)
    assert [part.get_content_type() for part in sent.walk()] == ["multipart/alternative", "text/plain", "text/html"]
    assert [(event.contact_id, event.case_id) for event in told] == [(contact_id, case.id)]


async def test_a_smart_host_that_is_down_is_tried_again(town: Store, files: FileStore, tmp_path: Path) -> None:
    port = free_port()
    async with working(town, files, tmp_path, smarthost_port=port) as house:
        contact_id = await reply(house)

        def told() -> bool:
            health = house.context.health.get("email_sender")
            return health is not None and health.code == "smarthost_unreachable"

        await eventually(told, what="the console told")
        (waiting,) = house.outgoing()
        assert (waiting.state, waiting.attempts) == (MailState.QUEUED, 1)
        assert timedelta(seconds=40) < waiting.next_at - house.clock() < timedelta(seconds=76)
        async with house.host.open(port):
            house.clock.ahead = timedelta(seconds=80)
            await eventually(lambda: state(house, contact_id) is ContactState.SENT, what="the answer sent")

            def well() -> bool:
                health = house.context.health.get("email_sender")
                return health is not None and health.ok

            await eventually(well, what="the console told that it is well")
    assert len(house.host.mails) == 1


async def test_what_is_refused_for_good_fails_at_once_and_is_seen(
    town: Store, files: FileStore, tmp_path: Path
) -> None:
    async with SmartHost().open() as host, working(town, files, tmp_path, host) as house:
        host.recipients = {EVA: "550 5.1.1 No such user"}
        contact_id = await reply(house)
        await eventually(lambda: state(house, contact_id) is ContactState.FAILED, what="the answer failed")
        (event,) = house.events(EventKind.MAIL_FAILED)
        (failed,) = house.outgoing()
        health = house.context.health.get("email_sender")
    assert (failed.state, failed.last_error, failed.attempts) == (MailState.FAILED, "smtp_550", 1)
    assert (event.contact_id, event.data["code"]) == (contact_id, "smtp_550")
    assert health is not None
    assert health.ok, "one bad address is no fault of the smart host"


@one_database
async def test_greylisting_waits_and_after_five_days_it_fails(town: Store, files: FileStore, tmp_path: Path) -> None:
    async with SmartHost().open() as host, working(town, files, tmp_path, host) as house:
        host.answers = ["451 4.7.1 Greylisted"] * 3
        contact_id = await reply(house)
        for attempts, ahead in ((1, 100), (2, 400)):
            await eventually(lambda: house.outgoing()[0].attempts == attempts, what="an attempt")  # noqa: B023
            await eventually(lambda: house.outgoing()[0].state is MailState.QUEUED, what="put off")
            house.clock.ahead = timedelta(seconds=ahead)
        await eventually(lambda: house.outgoing()[0].attempts == 3, what="the third attempt")
        await eventually(lambda: house.outgoing()[0].state is MailState.QUEUED, what="put off")
        host.answers = ["451 4.7.1 Greylisted"]
        house.clock.ahead = timedelta(days=5, hours=1)
        await eventually(lambda: state(house, contact_id) is ContactState.FAILED, what="given up")
        assert house.outgoing()[0].last_error == "smtp_451"


@one_database
async def test_one_bad_recipient_of_two_fails_the_answer_and_the_other_gets_it(
    town: Store, files: FileStore, tmp_path: Path
) -> None:
    async with SmartHost().open() as host, working(town, files, tmp_path, host) as house:
        host.recipients = {"b@x.example": "550 No"}
        contact = await house.take(mail())
        for recipient in ("a@x.example", "b@x.example"):
            await town.run(queued, contact, recipient)
        await eventually(lambda: all(one.state in (MailState.SENT, MailState.FAILED) for one in house.outgoing()))
        assert [one.state for one in house.outgoing()] == [MailState.SENT, MailState.FAILED]
        assert [recipients for _, recipients, _ in host.mails] == [["a@x.example"]]


def queued(session: Session, contact: Contact | None, recipient: str, sender: str = BYGG) -> int:
    """One mail in the outbox; its id."""
    message_id = mailout.new_message_id(BYGG)
    raw = compose(
        sender=BYGG, sender_name="Bygg", to=[recipient], subject="Hej", text="Hej", case_number="",
        message_id=message_id, in_reply_to="", references=[], attachments=[], automatic=False, now=utc_now(),
    )  # fmt: skip
    return mailout.enqueue(
        session, sender=sender, recipient=recipient, message_id=message_id, raw=raw, kind="reply",
        case_id=contact.case_id if contact else None, contact_id=contact.id if contact else None, now=utc_now(),
    )  # fmt: skip


@one_database
async def test_addresses_in_other_scripts_go_out_or_fail_alone(town: Store, files: FileStore, tmp_path: Path) -> None:
    async with SmartHost().open() as host, working(town, files, tmp_path, host, parts=["email_sender"]) as house:
        await town.run(queued, None, "info@åre.example")
        await town.run(queued, None, "åsa@åre.example")
        await town.run(queued, None, "a@b.example\r\nRCPT TO:<evil@x.example>")
        await town.run(queued, None, "fine@x.example")
        await eventually(lambda: all(one.state in (MailState.SENT, MailState.FAILED) for one in house.outgoing()))
        by_address = {one.recipient: one.state for one in house.outgoing()}
    assert [by_address["åsa@åre.example"], by_address["fine@x.example"]] == [MailState.SENT] * 2
    assert not any("evil" in address for _, recipients, _ in host.mails for address in recipients)
    assert list(by_address.values()).count(MailState.FAILED) == 1


def test_a_claim_is_made_once_and_a_dead_one_is_taken_over(town: Store) -> None:
    now = utc_now()
    ids = [town.sync_run(queued, None, f"{place}@x.example") for place in range(3)]
    claims = [town.sync_run(outbox.claim, now + timedelta(seconds=1)) for _ in range(4)]
    assert [claim.id if claim else None for claim in claims] == [*ids, None]
    town.sync_run(outbox.sent, ids[0], now)
    later = now + outbox.LEASE + timedelta(seconds=2)
    again = [town.sync_run(outbox.claim, later) for _ in range(3)]
    assert [claim.id if claim else None for claim in again] == [*ids[1:], None]
    assert [claim.attempts for claim in again if claim] == [2, 2]


def test_pauses_double_have_jitter_and_an_end() -> None:
    assert [outbox.pause(attempts, 60, 14400, 0.5) for attempts in (1, 2, 3, 99)] == [60, 120, 240, 14400]
    assert (outbox.pause(1, 60, 14400, 0.0), outbox.pause(1, 60, 14400, 1.0)) == (45, 75)


@one_database
async def test_a_mail_in_hand_is_finished_when_we_are_told_to_stop(
    town: Store, files: FileStore, tmp_path: Path
) -> None:
    for place in range(6):
        await town.run(queued, None, f"{place}@x.example")
    host = SmartHost()
    host.gate.clear()
    async with host.open(), working(town, files, tmp_path, host, parts=["email_sender"]) as house:
        await eventually(lambda: host.waiting == 4, what="four mails in hand")
        task = house.tasks["email_sender"]
        task.cancel()
        asyncio.get_running_loop().call_later(0.2, host.gate.set)
        await asyncio.gather(task, return_exceptions=True)
        states = [one.state for one in house.outgoing()]
    assert (states.count(MailState.SENT), states.count(MailState.QUEUED)) == (4, 2)
    assert len(host.mails) == 4


def sick(house: MailHouse) -> bool:
    health = house.context.health.get("email_sender")
    return health is not None and not health.ok


PASSWORD = "hemligt"


def _knows(_server: object, _session: object, _envelope: object, mechanism: str, told: Any) -> AuthResult:
    return AuthResult(success=mechanism in ("PLAIN", "LOGIN") and told.password == PASSWORD.encode())


@one_database
async def test_tls_and_password_are_insisted_on(town: Store, files: FileStore, tmp_path: Path) -> None:
    chain, key = certificate(tmp_path)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(chain, key)
    secured = {"smarthost_host": "localhost", "smarthost_tls": "starttls", "smarthost_user": "kc"}
    strict: dict[str, Any] = {
        "tls_context": tls,
        "require_starttls": True,
        "auth_required": True,
        "authenticator": _knows,
    }
    async with SmartHost().open(0, **strict) as host:
        for wrong in (
            {"smarthost_tls": "none", "smarthost_user": ""},
            {"smarthost_password": "fel", "smarthost_authority": chain},
            {"smarthost_password": PASSWORD},  # an authority that nobody here trusts
        ):
            await town.run(queued, None, "x@y.example")
            async with working(town, files, tmp_path, host, parts=["email_sender"], **secured | wrong) as house:
                await eventually(lambda: house.outgoing()[-1].attempts == 1, what="an attempt")
                await eventually(lambda: house.outgoing()[-1].state is MailState.QUEUED, what="put off")
                await eventually(lambda: sick(house), what="the console told")
            assert host.mails == []
        right = {"smarthost_password": PASSWORD, "smarthost_authority": chain}
        async with working(town, files, tmp_path, host, parts=["email_sender"], **secured | right) as house:
            house.clock.ahead = timedelta(minutes=2)
            await eventually(lambda: len(host.mails) == 3, what="all sent")


async def _not_today(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"554 No service here\r\n")
    writer.close()


@one_database
async def test_a_smart_host_that_turns_us_away_says_nothing_about_the_mail(
    town: Store, files: FileStore, tmp_path: Path
) -> None:
    server = await asyncio.start_server(_not_today, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    await town.run(queued, None, "x@y.example")
    async with working(town, files, tmp_path, parts=["email_sender"], smarthost_port=port) as house:
        await eventually(lambda: house.outgoing()[0].last_error == "smarthost_refuses", what="put off")
        assert house.outgoing()[0].state is MailState.QUEUED
    server.close()


# killed


@contextlib.contextmanager
def process(store: Store, folder: Path, smarthost_port: int = 9) -> Iterator[tuple[int, "subprocess.Popen[str]"]]:
    """The channel in a process of its own: the door's port and the process."""
    (folder / "var").mkdir(exist_ok=True)
    command = [sys.executable, "-m", "tests.integration.mail_process", store.url, str(folder), str(smarthost_port)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as running:
        try:
            assert running.stdout is not None
            yield int(running.stdout.readline()), running
        finally:
            running.kill()


async def pour(port: int, name: str, taken: list[str]) -> None:
    """Send mails over one connection until it breaks; note each that was answered with 250."""
    with contextlib.suppress(aiosmtplib.SMTPException, OSError):
        async with aiosmtplib.SMTP(hostname="127.0.0.1", port=port, timeout=20) as client:
            while True:
                subject = f"{name}-{len(taken)}"
                await client.sendmail(EVA, [BYGG], mail(subject).as_bytes())
                taken.append(subject)


async def test_every_mail_with_a_250_is_there_after_kill_9(town: Store, files: FileStore, tmp_path: Path) -> None:
    taken: dict[str, list[str]] = {}
    dice = random.Random(5)
    for turn in range(3):
        with process(town, tmp_path) as (port, running):
            lists = [taken.setdefault(f"{turn}-{sender}", []) for sender in range(4)]
            pouring = asyncio.gather(*(pour(port, f"{turn}-{sender}", lists[sender]) for sender in range(4)))
            enough = dice.randrange(10, 60)
            await eventually(lambda: sum(map(len, lists)) >= enough, 60, "some mails")  # noqa: B023
            running.send_signal(signal.SIGKILL)
            await pouring
    promised = {subject for subjects in taken.values() for subject in subjects}
    assert len(promised) > 30
    async with working(town, files, tmp_path) as house:
        await eventually(lambda: house.waiting() == 0, 120, "all read")
        found = [contact.subject for contact in house.contacts()]
        assert len(house.rows(Inbox)) == sum(row.state is InboxState.DONE for row in house.rows(Inbox))
    assert promised <= set(found)
    assert len(found) == len(set(found)), "a mail that was read twice is one contact"
    assert len(set(found)) - len(promised) <= 12, "besides those, only what was in hand when it was killed"


async def test_a_sender_killed_in_the_middle_sends_at_most_twice_with_the_same_id(
    town: Store, files: FileStore, tmp_path: Path
) -> None:
    ids = [town.sync_run(queued, None, f"{place}@x.example") for place in range(40)]
    async with SmartHost().open() as host:
        with process(town, tmp_path, host.port) as (_, running):
            await eventually(lambda: len(host.mails) >= 5, 60, "some mails sent")
            running.send_signal(signal.SIGKILL)
        async with working(town, files, tmp_path, host, parts=["email_sender"]) as house:
            house.clock.ahead = outbox.LEASE + timedelta(seconds=5)
            await eventually(lambda: all(one.state is MailState.SENT for one in house.outgoing()), 60, "all sent")
        recipients = [to[0] for _, to, _ in host.mails]
        message_ids = [host.read(place)["Message-ID"] for place in range(len(host.mails))]
    assert set(recipients) == {f"{place}@x.example" for place in range(len(ids))}
    assert max(map(recipients.count, recipients)) <= 2
    assert len(set(message_ids)) == len(ids)


async def test_the_reading_child_does_not_outlive_a_killed_process(
    town: Store, files: FileStore, tmp_path: Path
) -> None:
    slow = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n\r\n" * 19_000 + b"x" * 20_000_000
    with process(town, tmp_path) as (port, running):
        await aiosmtplib.send(slow, sender=EVA, recipients=[BYGG], hostname="127.0.0.1", port=port)
        children = await eventually(lambda: _children(running.pid), 20, "the reading child")
        running.send_signal(signal.SIGKILL)
        running.wait(10)
        wait_until(lambda: not any(Path(f"/proc/{child}").exists() for child in children), what="no child left")


def _children(pid: int) -> list[int]:
    listed = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(child) for child in listed]
