"""The web hook against servers that are slow, huge, wrong or rude; and that what is sent is what the documents say."""

import asyncio
import dataclasses
import hashlib
import hmac
import json
import ssl
import subprocess
from collections.abc import Iterator
from datetime import timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from contactcenter.clock import utc_now
from contactcenter.connectors.webhook import LARGEST_ANSWER, Webhook
from contactcenter.context import Context
from contactcenter.errors import Refused, Unavailable
from contactcenter.files import FileStore
from contactcenter.handoff_connectors import DeliveryView, Later
from contactcenter.handoff_payload import CasePayload
from contactcenter.ports import StoredFile
from contactcenter.store import Store
from tests import handing
from tests import town as solvik
from tests.fixtures.store import NOW
from tests.integration.case_systems import Request, answering, listening
from tests.support import ROOT

SCHEMA = json.loads((ROOT / "docs/handoff-payload.schema.json").read_text())


@pytest.fixture
def context(migrated_sqlite: Path, tmp_path: Path, files: FileStore) -> Iterator[Context]:
    """A contact centre whose attempts may take a fifth of a second."""
    (tmp_path / "store.sqlite3").write_bytes(migrated_sqlite.read_bytes())
    store = Store(f"sqlite:///{tmp_path}/store.sqlite3")
    store.sync_run(solvik.build, NOW)
    yield handing.context(store, files, handing.settings(tmp_path, timeout_seconds=0.5))
    store.close()


@pytest.fixture
def view(context: Context) -> DeliveryView:
    """Eva's case, as the connector gets it."""
    sha256, size = context.files.put(b"a drawing")
    files = (StoredFile(sha256, size, "ritning.pdf", "application/pdf"),)
    delivery = context.store.sync_run(lambda session: handing.handed_off(session, NOW, files=files))
    payload = CasePayload.model_validate(delivery.payload)
    return DeliveryView(delivery.id, delivery.idempotency_key, 0, delivery.case_id, delivery.target, payload)


def at(view: DeliveryView, url: str, **more: str) -> DeliveryView:
    return dataclasses.replace(view, target={"connector": "webhook", "url": url, "secret": "demo"} | more)


async def test_what_is_sent_is_signed_as_documented_and_fits_the_schema(context: Context, view: DeliveryView) -> None:
    async with listening(answering(201, b'{"reference": 17}')) as listener:
        delivered = await Webhook(context).deliver(at(view, listener.url))
    assert delivered.reference == "17"
    [request] = listener.requests
    assert request.headers["idempotency-key"] == view.key
    assert request.headers["content-type"] == "application/json"
    stamp, given = (part.partition("=")[2] for part in request.headers["x-kc-signature"].split(","))
    signed = stamp.encode() + b"." + request.body
    assert given == hmac.new(handing.SECRET.encode(), signed, hashlib.sha256).hexdigest()
    assert abs(int(stamp) - utc_now().timestamp()) < 60
    payload = json.loads(request.body)
    jsonschema.validate(payload, SCHEMA)
    [file] = payload["contacts"][0]["files"]
    assert file["url"].startswith("http://127.0.0.1:8000/handoff/files/")
    assert payload["callback"]["url"].endswith("/api/v1/handoff/KC-2026-000001%3A1/status")
    assert "ritning" not in file["url"]


async def test_the_schema_refuses_what_is_no_case(context: Context, view: DeliveryView) -> None:
    payload = json.loads(Webhook(context).body(view))
    for missing in ("key", "case", "contacts"):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate({name: value for name, value in payload.items() if name != missing}, SCHEMA)


def test_the_schema_in_the_documents_is_that_of_the_code() -> None:
    assert CasePayload.model_json_schema(mode="serialization") == SCHEMA


@pytest.mark.parametrize("status", [400, 401, 404, 409, 410, 413, 422, 301, 302, 307, 308])
async def test_a_refusal_or_redirect_is_for_good(context: Context, view: DeliveryView, status: int) -> None:
    elsewhere = "http://127.0.0.1:9/elsewhere"
    async with listening(answering(status, b"", Location=elsewhere)) as listener:
        with pytest.raises(Refused) as refused:
            await Webhook(context).deliver(at(view, listener.url))
    assert refused.value.code == f"http_{status}"
    assert str(status) in refused.value.text


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
async def test_a_passing_trouble_is_tried_again(context: Context, view: DeliveryView, status: int) -> None:
    async with listening(answering(status)) as listener:
        with pytest.raises(Unavailable) as later:
            await Webhook(context).deliver(at(view, listener.url))
    assert later.value.code == f"http_{status}"


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120),
        ("-1", 0),
        ("soon", 0),
        ("", 0),
        ("9" * 400, 999_999_999),
        ("Sun, 06 Nov 1994 08:49:37 GMT", 0),
        ("Sun, 06 Nov 1994 08:49:37 -0000", 0),
    ],
)
async def test_retry_after_is_a_number_or_a_date(
    context: Context, view: DeliveryView, value: str, seconds: float
) -> None:
    assert await asked_for(context, view, value) == seconds


async def test_a_date_in_retry_after_counts_from_now(context: Context, view: DeliveryView) -> None:
    value = format_datetime(utc_now() + timedelta(hours=1), usegmt=True)
    assert await asked_for(context, view, value) == pytest.approx(3600, abs=30)


async def asked_for(context: Context, view: DeliveryView, value: str) -> float:
    """Seconds that we understand a target to want to be left alone."""
    async with listening(answering(503, b"", Retry_After=value)) as listener:
        with pytest.raises(Later) as later:
            await Webhook(context).deliver(at(view, listener.url))
    return later.value.seconds


async def hang(request: Request, writer: asyncio.StreamWriter) -> None:
    await writer.wait_closed()


async def drip(request: Request, writer: asyncio.StreamWriter) -> None:
    """One byte now and then: no single wait is long, all together are."""
    writer.write(b"HTTP/1.1 201 Created\r\nContent-Length: 1000\r\n\r\n")
    for _ in range(1000):
        writer.write(b"x")
        await writer.drain()
        await asyncio.sleep(0.05)


async def drop(request: Request, writer: asyncio.StreamWriter) -> None:
    writer.transport.abort()


async def garbage(request: Request, writer: asyncio.StreamWriter) -> None:
    writer.write(b"\x00\xffthis is no HTTP\r\n\r\n")
    await writer.drain()


@pytest.mark.parametrize("behaviour", [hang, drip, drop, garbage])
async def test_a_sick_server_is_tried_again_within_the_time(
    context: Context, view: DeliveryView, behaviour: Any
) -> None:
    async with listening(behaviour) as listener, asyncio.timeout(5):
        with pytest.raises(Unavailable):
            await Webhook(context).deliver(at(view, listener.url))


async def test_of_a_huge_answer_little_is_read(context: Context, view: DeliveryView) -> None:
    written = 0

    async def pour(request: Request, writer: asyncio.StreamWriter) -> None:
        nonlocal written
        writer.write(b"HTTP/1.1 201 Created\r\nContent-Length: 10000000000\r\n\r\n")
        while True:
            writer.write(b" " * 65536)
            await writer.drain()
            written += 65536

    async with listening(pour) as listener:
        delivered = await Webhook(context).deliver(at(view, listener.url))
    assert delivered.reference == ""
    # What the sockets of both sides hold comes on top.
    assert written < LARGEST_ANSWER + 16 * 1024 * 1024


@pytest.mark.parametrize(
    "answer", [b"", b"OK", b"[1]", b'{"reference": {"a": 1}}', b'{"reference": null}', b"\xff", b"[" * 20_000]
)
async def test_an_answer_without_a_reference_is_still_a_success(
    context: Context, view: DeliveryView, answer: bytes
) -> None:
    async with listening(answering(200, answer)) as listener:
        assert (await Webhook(context).deliver(at(view, listener.url))).reference == ""


async def test_the_environments_proxy_is_not_used(
    context: Context, view: DeliveryView, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    async with listening(answering(201)) as listener:
        await Webhook(context).deliver(at(view, listener.url))
    assert len(listener.requests) == 1


async def test_a_proxy_of_the_target_is_used(context: Context, view: DeliveryView) -> None:
    async with listening(answering(201)) as proxy:
        await Webhook(context).deliver(at(view, "http://case.invalid/cases", proxy=proxy.url))
    assert proxy.requests[0].headers["host"] == "case.invalid"


async def test_a_secret_that_is_gone_is_named(context: Context, view: DeliveryView) -> None:
    with pytest.raises(Exception, match="CC_HANDOFF__SECRETS__GONE"):
        await Webhook(context).deliver(at(view, "http://127.0.0.1:9/", secret="gone"))


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A PEM file with the key and certificate of an internal server that nobody else trusts."""
    folder = tmp_path_factory.mktemp("tls")
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=case system"]
    names = ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(certificate)]
    subprocess.run([*command, *names], check=True, capture_output=True)
    both = folder / "both.pem"
    both.write_text(key.read_text() + certificate.read_text())
    return both


async def test_a_certificate_is_checked_and_one_of_the_house_can_be_named(
    context: Context, view: DeliveryView, certificate: Path
) -> None:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate)
    async with listening(answering(201), tls) as listener:
        with pytest.raises(Unavailable, match="cannot be reached"):
            await Webhook(context).deliver(at(view, listener.url))
        assert listener.requests == []
        await Webhook(context).deliver(at(view, listener.url, ca_file=str(certificate)))
        assert len(listener.requests) == 1
        strange_name = listener.url.replace("127.0.0.1", "localhost")
        with pytest.raises(Unavailable, match="cannot be reached"):
            await Webhook(context).deliver(at(view, strange_name, ca_file=str(certificate)))
