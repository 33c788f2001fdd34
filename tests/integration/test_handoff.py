"""The hand-off over real HTTP with a real case system on the other side, on both databases."""

import copy
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
import yaml
from sqlmodel import Session, select

from contactcenter import (
    accounts,
    cases,
    configuration,
    desk,
    handoff,
    handoff_connectors,
    handoff_links,
    handoff_signature,
)
from contactcenter.clock import utc_now
from contactcenter.context import Context
from contactcenter.files import FileStore
from contactcenter.handoff_connectors import CONNECTORS
from contactcenter.handoff_links import LinkUse
from contactcenter.model import Case, Delivery, Organisation, Queue
from contactcenter.ports import StoredFile
from contactcenter.states import CaseState, DeliveryState, Outcome, RemoteStatus
from contactcenter.store import Store
from tests import handing
from tests import town as solvik
from tests.integration.case_systems import CaseSystemProcess, Request, case_system, listening, running
from tests.support import ROOT, eventually, free_port

DRAWING = b"%PDF-1.7 a drawing of a terrace"


@pytest.fixture
async def system(tmp_path: Path) -> AsyncIterator[CaseSystemProcess]:
    """A case system that runs."""
    async with case_system(tmp_path / "case-system") as process:
        yield process


@pytest.fixture
async def centre(town: Store, files: FileStore, tmp_path: Path) -> AsyncIterator[Context]:
    """A contact centre that runs, with its console."""
    port = free_port()
    chosen = handing.settings(tmp_path, public_url=f"http://127.0.0.1:{port}", http={"port": port}, lease_seconds=2)
    context = handing.context(town, files, chosen)
    async with running(context):
        yield context


async def hand_off(centre: Context, target: dict[str, str]) -> Delivery:
    """Eva's mail with a drawing, handed off to `target` by Anna."""
    sha256, size = centre.files.put(DRAWING)
    drawing = StoredFile(sha256, size, "ritning över altan.pdf", "application/pdf")

    def act(session: Session) -> Delivery:
        handing.aim(session, target)
        return handing.handed_off(session, utc_now(), files=(drawing,))

    return await centre.store.run(act)


async def delivery_is(centre: Context, delivery_id: int, **wanted: Any) -> Delivery:
    """Wait until the delivery is so."""

    async def look() -> Delivery | None:
        found = await centre.store.read(handoff.get, delivery_id)
        return found if all(getattr(found, name) == value for name, value in wanted.items()) else None

    found = await eventually(look, 20, f"a delivery with {wanted}")
    assert found is not None
    return found


async def case_is(centre: Context, delivery: Delivery, state: CaseState) -> Case:
    """Wait until the delivery's case is in `state`."""

    async def look() -> Case | None:
        found = await centre.store.read(cases.get, delivery.case_id)
        return found if found.state is state else None

    found = await eventually(look, 20, f"the case is {state}")
    assert found is not None
    return found


async def test_handed_off_received_taken_up_and_answered(centre: Context, system: CaseSystemProcess) -> None:
    delivery = await hand_off(centre, system.target)
    got = await system.has(status="received", files=[True], answers=[200])
    assert got["key"] == delivery.idempotency_key
    kept = await delivery_is(centre, delivery.id, remote_status=RemoteStatus.RECEIVED, state=DeliveryState.DELIVERED)
    assert kept.remote_reference == "VS-00001"
    await system.press("take-up")
    await delivery_is(centre, delivery.id, remote_status=RemoteStatus.IN_PROGRESS)
    await system.press("answer", text="Bygglov behövs inte för din altan.")
    case = await case_is(centre, delivery, CaseState.CLOSED)
    assert case.outcome is Outcome.HANDED_OFF
    kinds = await centre.store.read(handing.kinds, case.id)
    assert kinds.count("delivery_succeeded") == 1
    assert kinds.count("remote_status") == 3
    assert kinds[-1] == "case_closed"
    note = (await centre.store.read(handing.notes, case.id))[-1]
    assert (note.text, note.sender_name) == ("Bygglov behövs inte för din altan.", "Verksamhetssystemet")


async def test_returned_as_misdirected_waits_at_the_right_place(centre: Context, system: CaseSystemProcess) -> None:
    def school_has_a_queue(session: Session) -> int:
        school = session.exec(select(Organisation).where(Organisation.key == "solvik.skola")).one()
        queue = Queue(organisation_id=school.id, key="solvik.skola", name="Skola")
        session.add(queue)
        session.flush()
        return queue.id

    queue_id = await centre.store.run(school_has_a_queue)
    delivery = await hand_off(centre, system.target)
    await system.has(status="received", answers=[200])
    await system.press("return", reason="Gäller skolskjuts, hör till Barn och utbildning.")
    case = await case_is(centre, delivery, CaseState.WAITING)
    assert (case.queue_id, case.unread) == (queue_id, True)
    note = (await centre.store.read(handing.notes, case.id))[-1]
    assert note.text == "Gäller skolskjuts, hör till Barn och utbildning."


async def test_down_and_up_again_it_arrives_exactly_once(centre: Context, system: CaseSystemProcess) -> None:
    await system.stop()
    delivery = await hand_off(centre, system.target)

    async def tried_thrice() -> bool:
        return (await centre.store.read(handoff.get, delivery.id)).attempts >= 3

    await eventually(tried_thrice, 20)
    await eventually(lambda: not healthy(centre, "handoff"), what="the console shows it")
    assert code(centre, "handoff") == "case_system_unreachable"
    await system.start()
    got = await system.has(status="received", requests=1)
    assert len(await system.cases()) == 1
    await delivery_is(centre, delivery.id, state=DeliveryState.DELIVERED)
    assert got["key"] == delivery.idempotency_key
    await eventually(lambda: healthy(centre, "handoff"), what="and that it is well again")


async def test_a_wrong_secret_is_given_up_visibly_and_resent_by_hand(
    centre: Context, system: CaseSystemProcess, tmp_path: Path
) -> None:
    async with case_system(tmp_path / "stranger", secret="not our secret") as stranger:
        delivery = await hand_off(centre, stranger.target)
        given_up = await delivery_is(centre, delivery.id, state=DeliveryState.GIVEN_UP)
        assert given_up.last_error == "the case system refused the case: 401 The signature is not right"
        assert await stranger.cases() == []
    await case_is(centre, delivery, CaseState.WAITING)
    await eventually(lambda: code(centre, "handoff") == "deliveries_given_up")

    def mend(session: Session) -> None:
        row = handoff.get(session, delivery.id)
        row.target = dict(system.target)
        session.add(row)
        desk.resend(session, solvik.actor(session, "anna"), delivery.id, utc_now())

    await centre.store.run(mend)
    await system.has(status="received", key=delivery.idempotency_key)
    await case_is(centre, delivery, CaseState.HANDED_OFF)


async def test_one_target_that_hangs_does_not_hold_up_another(centre: Context, system: CaseSystemProcess) -> None:
    async def hang(request: Request, writer: Any) -> None:
        await writer.wait_closed()

    async with listening(hang) as hanging:
        await centre.store.run(handing.aim, {"connector": "webhook", "url": hanging.url, "secret": "demo"})

        def many(session: Session) -> None:
            for number in range(12):
                handing.handed_off(session, utc_now(), key=f"<many-{number}@mail.example>")

        await centre.store.run(many)
        await eventually(lambda: len(hanging.requests) >= 2)
        delivery = await hand_off(centre, system.target)
        await system.has(key=delivery.idempotency_key)


async def test_a_wrong_target_is_named_before_anybody_uses_it(centre: Context) -> None:
    def configure(session: Session, secret: str) -> None:
        document = copy.deepcopy(solvik.SOLVIK)
        document["topics"][1]["handoff"]["secret"] = secret
        configuration.apply(session, configuration.parse(document), utc_now())

    await eventually(lambda: healthy(centre, "handoff"))
    await centre.store.run(configure, "nosuch")
    await eventually(lambda: code(centre, "handoff") == "handoff_misconfigured")
    health = centre.health.get("handoff")
    assert health is not None
    assert health.hint == "topic bygg.bygglov: CC_HANDOFF__SECRETS__NOSUCH is not set"
    await centre.store.run(configure, "demo")
    await eventually(lambda: healthy(centre, "handoff"))


async def test_the_demos_targets_are_right(centre: Context) -> None:
    document = configuration.parse(yaml.safe_load((ROOT / "contactcenter/demo/solvik.yaml").read_text()))
    targets = [topic.handoff for topic in document.topics if topic.handoff]
    assert {target["connector"] for target in targets} == CONNECTORS.keys()
    for target in targets:
        handoff_connectors.module(target["connector"]).build(centre).check(target)


def healthy(centre: Context, name: str) -> bool:
    health = centre.health.get(name)
    return health is not None and health.ok


def code(centre: Context, name: str) -> str:
    health = centre.health.get(name)
    return health.code if health else "unknown"


class Caller:
    """Somebody who calls our status callback back."""

    def __init__(self, centre: Context, delivery: Delivery) -> None:
        self.url = f"{centre.settings.public_url}/api/v1/handoff/{delivery.idempotency_key}/status"

    async def tell(self, content: bytes, **headers: str) -> httpx2.Response:
        async with httpx2.AsyncClient(trust_env=False) as client:
            return await client.post(self.url, content=content, headers=headers)

    async def signed(self, content: bytes, secret: str = handing.SECRET) -> httpx2.Response:
        header = handoff_signature.sign(secret.encode(), content, utc_now())
        return await self.tell(content, **{handoff_signature.HEADER: header})


def report(status: str, event_id: str = "1", **more: str) -> bytes:
    return json.dumps({"status": status, "event_id": event_id} | more).encode()


async def test_a_callback_proves_itself(centre: Context, system: CaseSystemProcess) -> None:
    delivery = await hand_off(centre, system.target)
    await system.has(answers=[200])
    caller = Caller(centre, delivery)
    unsigned = await caller.tell(report("answered"))
    wrong = await caller.signed(report("answered"), "another secret")
    old = await caller.tell(report("answered"), **{"X-KC-Signature": "t=1000000000,v1=" + "0" * 64})
    assert [answer.status_code for answer in (unsigned, wrong, old)] == [401, 401, 401]
    assert wrong.headers["content-type"] == "application/problem+json"
    assert wrong.json()["code"] == "signature"
    garbage = await caller.signed(b"[]")
    assert garbage.status_code == 422
    assert (await centre.store.read(cases.get, delivery.case_id)).state is CaseState.HANDED_OFF


async def test_a_replayed_callback_is_harmless(centre: Context, system: CaseSystemProcess) -> None:
    delivery = await hand_off(centre, system.target)
    await system.has(answers=[200])
    caller = Caller(centre, delivery)
    content = report("in_progress", "event-7")
    header = {"X-KC-Signature": handoff_signature.sign(handing.SECRET.encode(), content, utc_now())}
    answers = [await caller.tell(content, **header) for _ in range(3)]
    assert [answer.json()["duplicate"] for answer in answers] == [False, True, True]
    assert (await centre.store.read(handing.kinds, delivery.case_id)).count("remote_status") == 2


async def test_an_api_key_speaks_for_its_own_municipality(centre: Context, system: CaseSystemProcess) -> None:
    def keys(session: Session) -> list[str]:
        wanted = (("solvik", "handoff:callback"), ("granby", "handoff:callback"), ("solvik", "cases:read"))
        return [accounts.add_key(session, "test", owner, [scope], utc_now()) for owner, scope in wanted]

    solviks, granbys, reader = await centre.store.run(keys)
    delivery = await hand_off(centre, system.target)
    await system.has(answers=[200])
    caller = Caller(centre, delivery)
    statuses = [
        (await caller.tell(report("in_progress"), Authorization=f"Bearer {key}")).status_code
        for key in (granbys, reader, "kc_unknown", solviks)
    ]
    assert statuses == [404, 403, 401, 200]
    await delivery_is(centre, delivery.id, remote_status=RemoteStatus.IN_PROGRESS)


async def test_a_file_link_is_for_one_file_and_a_time(centre: Context, system: CaseSystemProcess) -> None:
    delivery = await hand_off(centre, system.target)
    [file] = delivery.payload["contacts"][0]["files"]
    secret, public, now = centre.settings.secret_bytes(), centre.settings.public_url, utc_now()
    good = handoff_links.file_url(secret, public, delivery.id, file["id"], now, 1)
    old = handoff_links.file_url(secret, public, delivery.id, file["id"], now - timedelta(hours=2), 1)
    wrong_use = handoff_links.sign(secret, LinkUse.RECEIPT, delivery.id, now + timedelta(hours=1), file["id"])
    async with httpx2.AsyncClient(trust_env=False) as client:
        answers = [await client.get(url) for url in (good, old, f"{public}/handoff/files/{wrong_use}", good[:-1] + "~")]
    assert [answer.status_code for answer in answers] == [200, 410, 404, 404]
    assert answers[0].content == DRAWING
    assert answers[0].headers["referrer-policy"] == "no-referrer"
