"""Who calls the API: keys with scopes, a rate for each, and answers that are given again."""

import asyncio
import hashlib
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session, col, delete, select
from starlette.requests import Request

from contactcenter import accounts, agents
from contactcenter.entry import ApiKey, IdempotentAnswer
from contactcenter.store import Store
from ui.audience import encoder
from ui.problem import Wrong

KNOWN_FOR = 5.0
KEPT = timedelta(hours=24)
"""How long the answer to an Idempotency-Key is kept."""
REMEMBERED = 5_000
LONGEST_KEY = 200


@dataclass(frozen=True, slots=True)
class Caller:
    """The system behind a key."""

    key_id: int
    name: str
    organisation_id: int
    organisations: frozenset[int]
    scopes: frozenset[str]


class Keys:
    """API keys in the database, remembered here for some seconds."""

    def __init__(self, store: Store, per_minute: int) -> None:
        self._store, self._per_minute = store, per_minute
        self._known: OrderedDict[str, tuple[float, Caller]] = OrderedDict()
        self._used: dict[int, tuple[float, float]] = {}

    async def caller(self, request: Request, scope: str) -> Caller:
        """Who calls. Raises Wrong: 401 no key or a wrong one, 403 without `scope`, 429 too often."""
        kind, _, token = request.headers.get("authorization", "").partition(" ")
        found = await self._of(accounts.hashed(token)) if kind.lower() == "bearer" and token else None
        if found is None:
            raise Wrong(401, "unauthorized", "a key is asked for", {"WWW-Authenticate": "Bearer"})
        self._spend(found.key_id)
        if scope not in found.scopes:
            raise Wrong(403, "scope", f"this asks for the scope {scope}")
        return found

    async def _of(self, key_hash: str) -> Caller | None:
        now = asyncio.get_running_loop().time()
        known = self._known.get(key_hash)
        if known and now - known[0] < KNOWN_FOR:
            return known[1]
        self._known.pop(key_hash, None)
        if found := await self._store.read(_caller, key_hash):
            self._known[key_hash] = (now, found)
            if len(self._known) > REMEMBERED:
                self._known.popitem(last=False)
        return found

    def _spend(self, key_id: int) -> None:
        """A bucket that refills evenly: bursts of a tenth of a minute's requests are welcome."""
        now, rate = asyncio.get_running_loop().time(), self._per_minute / 60
        size = max(1.0, rate * 6)
        left, at = self._used.get(key_id, (size, now))
        left = min(size, left + (now - at) * rate)
        if left < 1:
            self._used[key_id] = (left, now)
            raise Wrong(429, "too_many_requests", headers={"Retry-After": str(int((1 - left) / rate) + 1)})
        self._used[key_id] = (left - 1, now)


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer as it is sent, and sent again."""

    status: int
    body: bytes


def once(
    session: Session, caller: Caller, key: str, request_hash: str, now: datetime, status: int, work: Callable[..., Any]
) -> Answered:
    """Do `work(session)` unless this key was answered before; then give that answer again.

    In one transaction, so an answer is kept exactly when the work was. Raises Wrong (422) when the key was used
    for another request.
    """
    if not key:
        return Answered(status, encoder.encode(work(session)))
    known = session.exec(
        select(IdempotentAnswer).where(IdempotentAnswer.api_key_id == caller.key_id, IdempotentAnswer.key == key)
    ).first()
    if known and now - known.at <= KEPT:
        if known.request_hash != request_hash:
            raise Wrong(422, "key_reused")
        return Answered(known.status, known.body.encode())
    session.exec(delete(IdempotentAnswer).where(col(IdempotentAnswer.at) < now - KEPT))
    answered = Answered(status, encoder.encode(work(session)))
    session.add(
        IdempotentAnswer(
            api_key_id=caller.key_id,
            key=key,
            request_hash=request_hash,
            status=status,
            body=answered.body.decode(),
            at=now,
        )
    )
    return answered


def idempotency_key(request: Request) -> str:
    """The Idempotency-Key, or nothing. Raises Wrong when it is too long."""
    key = request.headers.get("idempotency-key", "").strip()
    if len(key) > LONGEST_KEY:
        raise Wrong(422, "arguments", f"an Idempotency-Key has at most {LONGEST_KEY} characters")
    return key


def fingerprint(request: Request, body: bytes) -> str:
    """What makes two requests the same."""
    return hashlib.sha256(f"{request.method} {request.url.path}\n".encode() + body).hexdigest()


def _caller(session: Session, key_hash: str) -> Caller | None:
    key = session.exec(select(ApiKey).where(ApiKey.key_hash == key_hash, col(ApiKey.revoked_at).is_(None))).first()
    if key is None:
        return None
    scope = agents.scope(session, key.organisation_id)
    return Caller(key.id, key.name, key.organisation_id, scope, frozenset(key.scopes))
