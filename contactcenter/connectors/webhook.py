"""The signed web hook: the whole case as JSON in one POST, files as links that are valid for a while."""

import asyncio
import json
import ssl
from collections.abc import Mapping
from datetime import timedelta
from email.utils import parsedate_to_datetime
from typing import Any, Literal

import httpx2
from pydantic import BaseModel, Field, HttpUrl

from contactcenter import handoff_links, handoff_payload, handoff_signature
from contactcenter.context import Context
from contactcenter.errors import Misconfigured, Refused, Unavailable
from contactcenter.handoff_connectors import Delivered, DeliveryView, Later, read_target

LARGEST_ANSWER = 64 * 1024
"""Bytes of an answer that are read; more is taken to be a mistake, but a 2xx is still a success."""
PASSING = frozenset({408, 425, 429})
"""4xx that mean: later. Every other one is a refusal."""


class WebhookTarget(BaseModel, frozen=True, extra="forbid"):
    """`Topic.handoff` for this connector."""

    connector: Literal["webhook"]
    url: HttpUrl
    """Where the case is posted to. Set by an administrator, who thereby decides which machine we talk to."""
    secret: str = Field(min_length=1)
    """Name of the HMAC secret in `CC_HANDOFF__SECRETS`."""
    previous_secret: str = ""
    """Name of the one before, still accepted in their callbacks while they change over."""
    proxy: str = ""
    """HTTP proxy to go through, e.g. `http://proxy.example:3128`; those of the environment are not used."""
    ca_file: str = ""
    """PEM file with the certificate authority of an internal server; empty: the system's."""


def build(context: Context) -> "Webhook":
    return Webhook(context)


def accepts(target: Mapping[str, Any], *, protected: bool) -> None:
    """Protected identities may go: the channel is signed, and encrypted unless it stays on this machine."""
    del target, protected


class Webhook:
    """See contactcenter.handoff_connectors.Connector."""

    kind = "webhook"

    def __init__(self, context: Context) -> None:
        self._context = context
        self._settings = context.settings.handoff

    def check(self, target: Mapping[str, Any]) -> None:
        parsed = read_target(WebhookTarget, target)
        self._secret(parsed.secret)
        if parsed.previous_secret:
            self._secret(parsed.previous_secret)
        _tls(parsed)

    async def deliver(self, delivery: DeliveryView) -> Delivered:
        target = read_target(WebhookTarget, delivery.target)
        secret = self._secret(target.secret)
        body = self.body(delivery)
        headers = {
            "Content-Type": "application/json",
            "Idempotency-Key": delivery.key,
            "X-KC-Delivery": str(delivery.id),
            handoff_signature.HEADER: handoff_signature.sign(secret, body, self._context.clock()),
        }
        try:
            async with asyncio.timeout(self._settings.timeout_seconds):
                status, answer, wait = await self._post(target, body, headers)
        except TimeoutError as error:
            raise Unavailable("timeout", "the case system did not answer in time") from error
        except httpx2.HTTPError as error:
            raise Unavailable("unreachable", f"the case system cannot be reached ({type(error).__name__})") from error
        return _judged(status, answer, wait)

    def body(self, delivery: DeliveryView) -> bytes:
        """The payload with fresh links, as it is posted."""
        context, settings = self._context, self._settings
        now = context.clock()

        def url_of(file_id: int) -> str:
            secret, public = context.settings.secret_bytes(), context.settings.public_url
            return handoff_links.file_url(secret, public, delivery.id, file_id, now, settings.link_hours)

        callback = handoff_payload.callback_url(context.settings.public_url, delivery.key)
        expires = now + timedelta(hours=settings.link_hours)
        return handoff_payload.linked(delivery.payload, url_of, callback, expires).model_dump_json().encode()

    async def _post(self, target: WebhookTarget, body: bytes, headers: dict[str, str]) -> tuple[int, bytes, float]:
        """Status, the answer's beginning and the seconds asked for. Redirects are not followed: see docs/handoff.md."""
        async with (
            httpx2.AsyncClient(
                follow_redirects=False,
                trust_env=False,
                proxy=target.proxy or None,
                verify=_tls(target),
                timeout=self._settings.timeout_seconds,
            ) as client,
            client.stream("POST", str(target.url), content=body, headers=headers) as response,
        ):
            answer = b""
            async for chunk in response.aiter_raw():
                answer += chunk
                if len(answer) > LARGEST_ANSWER:
                    break
            return response.status_code, answer, self._asked_for(response.headers.get("Retry-After", ""))

    def _asked_for(self, value: str) -> float:
        """Seconds of a `Retry-After` header (RFC 9110, 10.2.3), which is a number or a date; 0 for none."""
        if value.isascii() and value.isdigit():
            return float(value[:9])
        try:
            return max(0.0, (parsedate_to_datetime(value) - self._context.clock()).total_seconds())
        except (ValueError, TypeError):
            return 0.0

    def _secret(self, name: str) -> bytes:
        secret = self._settings.secrets.get(name)
        if secret is None or not secret.get_secret_value():
            raise Misconfigured("handoff_secret", f"CC_HANDOFF__SECRETS__{name.upper()} is not set")
        return secret.get_secret_value().encode()


def _judged(status: int, answer: bytes, wait: float) -> Delivered:
    if 200 <= status < 300:
        return Delivered(_reference(answer))
    if status in PASSING or status >= 500:
        raise Later(f"http_{status}", f"the case system answered {status}", wait)
    if 300 <= status < 400:
        raise Refused(f"http_{status}", f"the case system answered {status}, a redirect; those are not followed")
    raise Refused(f"http_{status}", f"the case system refused the case: {status} {_detail(answer)}".strip())


def _reference(answer: bytes) -> str:
    """`reference` of a JSON object; anything else means they gave none."""
    value = _object(answer).get("reference", "")
    return str(value)[:200] if isinstance(value, str | int) else ""


def _detail(answer: bytes) -> str:
    """What problem+json (RFC 9457) says in short. `title` only: `detail` may quote the citizen."""
    value = _object(answer).get("title", "")
    return value[:200] if isinstance(value, str) else ""


def _object(answer: bytes) -> dict[str, Any]:
    if len(answer) > LARGEST_ANSWER:
        return {}
    try:
        value = json.loads(answer)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _tls(target: WebhookTarget) -> ssl.SSLContext | bool:
    if target.url.scheme != "https":
        return True
    try:
        return ssl.create_default_context(cafile=target.ca_file or None)
    except OSError as error:
        raise Misconfigured("handoff_target", "handoff.ca_file cannot be read as certificates") from error
