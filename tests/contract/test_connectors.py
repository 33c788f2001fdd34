"""One suite for the connector port, run for every implementation against real servers on the other side."""

import asyncio
import contextlib
import dataclasses
import email
import email.policy
import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import pytest
from aiosmtpd.smtp import SMTP, Envelope
from aiosmtpd.smtp import Session as SmtpSession

from channels.email.adapter import build as build_email
from channels.email.sender import Sender
from contactcenter import handoff_connectors
from contactcenter.clock import utc_now
from contactcenter.context import Context
from contactcenter.errors import Misconfigured, Refused, Unavailable
from contactcenter.files import FileStore
from contactcenter.handoff_connectors import CONNECTORS, Connector, Delivered, DeliveryView, Underway
from contactcenter.handoff_payload import CasePayload
from contactcenter.ports import StoredFile
from contactcenter.settings import read
from contactcenter.store import Store
from tests import handing
from tests.fixtures.store import NOW
from tests.integration.case_systems import Behaviour, Request, answering, listening
from tests.support import eventually, free_port

ANSWERED = b'{"reference": "B-17"}'


@dataclass
class Got:
    """What the other side has seen of one attempt."""

    identity: str
    """What makes two attempts the same hand-off: idempotency key, Message-ID."""
    text: str


class Side(Protocol):
    """The other side of a connector."""

    got: list[Got]

    @property
    def wrong(self) -> Mapping[str, dict[str, Any]]:
        """Name of a field -> a target where it is wrong."""

    @property
    def target(self) -> dict[str, Any]: ...

    def take(self) -> None: ...

    def refuse(self) -> None: ...

    async def vanish(self) -> None: ...


@dataclass
class WebSide:
    """A case system that takes web hooks."""

    url: str = ""
    got: list[Got] = field(default_factory=list)
    behaviour: Behaviour = field(default=answering(201, ANSWERED))

    @property
    def target(self) -> dict[str, Any]:
        return {"connector": "webhook", "url": self.url, "secret": "demo"}

    @property
    def wrong(self) -> Mapping[str, dict[str, Any]]:
        good = self.target
        return {
            "url": good | {"url": "not an address"},
            "secret": {name: value for name, value in good.items() if name != "secret"},
            "SECRETS__NOSUCH": good | {"secret": "nosuch"},
            "colour": good | {"colour": "red"},
            "ca_file": good | {"url": "https://127.0.0.1/", "ca_file": "/nowhere.pem"},
        }

    async def behave(self, request: Request, writer: asyncio.StreamWriter) -> None:
        self.got.append(Got(request.headers["idempotency-key"], request.body.decode()))
        await self.behaviour(request, writer)

    def take(self) -> None:
        self.behaviour = answering(201, ANSWERED)

    def refuse(self) -> None:
        self.behaviour = answering(422, json.dumps({"title": "No such unit", "detail": "Eva Ek"}).encode())

    async def vanish(self) -> None:
        self.url = f"http://127.0.0.1:{free_port()}/"


@dataclass
class MailSide:
    """A mail server that takes mail for a department."""

    server: asyncio.Server | None = None
    got: list[Got] = field(default_factory=list)
    refusing: bool = False

    @property
    def target(self) -> dict[str, Any]:
        return {"connector": "mail", "to": "bygg@forvaltning.example"}

    @property
    def wrong(self) -> Mapping[str, dict[str, Any]]:
        return {
            "to": {"connector": "mail", "to": "nobody"},
            "attach_bytes": self.target | {"attach_bytes": -1},
            "colour": self.target | {"colour": "red"},
        }

    def take(self) -> None:
        self.refusing = False

    def refuse(self) -> None:
        self.refusing = True

    async def vanish(self) -> None:
        assert self.server is not None
        self.server.close()

    async def handle_RCPT(  # noqa: N802
        self, _server: SMTP, _session: SmtpSession, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if self.refusing:
            return "550 5.1.1 No such user eva.ek@example.se"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: SMTP, _session: SmtpSession, envelope: Envelope) -> str:  # noqa: N802
        assert isinstance(envelope.content, bytes)
        mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
        self.got.append(Got(str(mail["Message-ID"]), mail.as_string()))
        return "250 OK"


@contextlib.asynccontextmanager
async def web_side(_folder: Path) -> AsyncIterator[tuple[Side, dict[str, Any]]]:
    side = WebSide()
    async with listening(side.behave) as listener:
        side.url = listener.url
        yield side, {}


@contextlib.asynccontextmanager
async def mail_side(_folder: Path) -> AsyncIterator[tuple[Side, dict[str, Any]]]:
    loop = asyncio.get_running_loop()
    side = MailSide()
    side.server = await loop.create_server(lambda: SMTP(side, loop=loop, hostname="mx.localhost"), "127.0.0.1", 0)
    port = side.server.sockets[0].getsockname()[1]
    try:
        yield side, {"smarthost_port": port, "first_pause_seconds": 0.1, "longest_pause_seconds": 0.1}
    finally:
        side.server.close()


SIDES = {"webhook": web_side, "mail": mail_side}


@dataclass
class Meeting:
    """A connector, the other side, and a case to hand off."""

    connector: Connector
    side: Side
    store: Store
    view: DeliveryView

    async def deliver(self) -> Delivered | Underway:
        view = dataclasses.replace(self.view, target=self.side.target)
        return await self.connector.deliver(view)

    async def arrived(self) -> Delivered:
        """Attempt, and ask again, until it has arrived."""

        async def done() -> Delivered | None:
            outcome = await self.deliver()
            return outcome if isinstance(outcome, Delivered) else None

        found = await eventually(done, 20, "the case arrives")
        assert found is not None
        return found


@pytest.fixture(params=sorted(CONNECTORS))
async def meeting(
    request: pytest.FixtureRequest, town: Store, files: FileStore, tmp_path: Path
) -> AsyncIterator[Meeting]:
    async with SIDES[request.param](tmp_path) as (side, mail_settings):
        chosen = read(
            {}, data_dir=tmp_path, secret="x" * 40, email=mail_settings, handoff={"secrets": {"demo": handing.SECRET}}
        )
        context = handing.context(town, files, chosen)
        await context.tail.start()
        tasks = [
            asyncio.create_task(context.tail.run()),
            asyncio.create_task(outbox(context).run(context.health.report)),
        ]
        sha256, size = files.put(b"%PDF-1.7 a drawing")
        drawing = StoredFile(sha256, size, "ritning.pdf", "application/pdf")
        town.sync_run(handing.aim, side.target)
        delivery = town.sync_run(lambda session: handing.handed_off(session, NOW, files=(drawing,)))
        view = DeliveryView(
            id=delivery.id,
            key=delivery.idempotency_key,
            round=0,
            case_id=delivery.case_id,
            target=side.target,
            payload=CasePayload.model_validate(delivery.payload),
        )
        yield Meeting(handoff_connectors.module(request.param).build(context), side, town, view)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def outbox(context: Context) -> Sender:
    """The mails' own outbox."""
    return next(part for part in build_email(context) if isinstance(part, Sender))


def test_every_connector_has_its_other_side_here() -> None:
    assert SIDES.keys() == CONNECTORS.keys()


async def test_its_name_is_that_of_the_registry(meeting: Meeting) -> None:
    assert meeting.connector.kind == meeting.side.target["connector"]


async def test_a_good_target_passes_and_every_wrong_one_is_named(meeting: Meeting) -> None:
    meeting.connector.check(meeting.side.target)
    for name, target in meeting.side.wrong.items():
        with pytest.raises(Misconfigured) as refused:
            meeting.connector.check(target)
        assert name in refused.value.text


async def test_the_whole_case_arrives(meeting: Meeting) -> None:
    await meeting.arrived()
    [got] = meeting.side.got
    assert meeting.view.payload.case.number in got.text
    assert "ritning.pdf" in got.text


async def test_the_same_hand_off_keeps_its_identity(meeting: Meeting) -> None:
    await meeting.arrived()
    await meeting.arrived()
    assert len({got.identity for got in meeting.side.got}) == 1


async def test_attempts_at_the_same_moment_are_the_same_hand_off(meeting: Meeting) -> None:
    await asyncio.gather(*(meeting.deliver() for _ in range(5)))
    await meeting.arrived()
    assert len({got.identity for got in meeting.side.got}) == 1


async def test_a_refusal_is_told_without_personal_data(meeting: Meeting) -> None:
    meeting.side.refuse()
    with pytest.raises(Refused) as refused:
        await meeting.arrived()
    assert "eva" not in refused.value.text.lower()


async def test_one_who_cannot_be_reached_is_tried_again(meeting: Meeting) -> None:
    await meeting.side.vanish()
    outcome: Delivered | Underway | Unavailable
    try:
        outcome = await meeting.deliver()
    except Unavailable as error:
        outcome = error
    in_doubt = isinstance(outcome, Underway) and outcome.look_again > utc_now()
    assert in_doubt or (isinstance(outcome, Unavailable) and outcome.code == "unreachable")


async def test_a_wrong_target_is_misconfigured_when_it_is_used_too(meeting: Meeting) -> None:
    for target in meeting.side.wrong.values():
        with pytest.raises(Misconfigured):
            await meeting.connector.deliver(dataclasses.replace(meeting.view, target=target))
    assert meeting.side.got == []
