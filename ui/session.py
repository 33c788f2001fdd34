"""Signing in, and who a request comes from."""

import asyncio
import secrets
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, delete, select, update

from contactcenter import accounts, agents, journal
from contactcenter.entry import SignIn
from contactcenter.errors import ContactCenterError, Refused
from contactcenter.model import User
from contactcenter.ports import Actor
from contactcenter.states import EventKind
from contactcenter.store import Store
from ui.people import me
from ui.settings import HttpSettings
from ui.wire import Me

KNOWN_FOR = 5.0
"""Seconds that a session may be believed without looking; a sign-out here is known at once."""
TOUCH = timedelta(minutes=1)
REMEMBERED = 20_000
WINDOW = 300.0
HASHERS = 2
"""Passwords checked at once: each takes 64 MiB for a tenth of a second."""


class TooMany(ContactCenterError):
    """Too many tries; `after` seconds later one may try again."""

    def __init__(self, after: int) -> None:
        super().__init__("too_many_attempts", "too many attempts; wait a while")
        self.after = after


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who a session belongs to."""

    key: str
    """Hash of the session's token."""
    actor: Actor
    me: Me
    expires_at: datetime


class Sessions:
    """Sessions in the database, remembered here for some seconds."""

    def __init__(self, store: Store, settings: HttpSettings, clock: Callable[[], datetime]) -> None:
        self._store, self._settings, self._clock = store, settings, clock
        self._known: OrderedDict[str, tuple[float, SignedIn]] = OrderedDict()
        self._failures = Attempts(settings.attempts)
        self._hashing = asyncio.Semaphore(HASHERS)

    async def sign_in(self, login: str, password: str, address: str) -> tuple[str, SignedIn]:
        """Check the password and open a session; returns its token. Raises Refused, TooMany."""
        who = (login.casefold(), address)
        self._failures.check(who)
        self._failures.add(who)  # before the check, so that many tries at once count too
        password_hash = await self._store.read(_password_hash, login)
        async with self._hashing:
            right = await asyncio.to_thread(accounts.is_right, password_hash, password)
        if not right:
            raise Refused("credentials", "the login or the password is not right")
        self._failures.forget(who)
        token = secrets.token_urlsafe(32)
        expires = self._clock() + timedelta(hours=self._settings.session_hours)
        await self._store.run(_open, login, accounts.hashed(token), self._clock(), expires)
        if (signed_in := await self.who(token)) is None:
            raise Refused("credentials", "the login or the password is not right")
        return token, signed_in

    async def who(self, token: str) -> SignedIn | None:
        """Whose session this is; None when there is none or it is over."""
        return await self.of_key(accounts.hashed(token)) if token else None

    async def of_key(self, key: str) -> SignedIn | None:
        """As `who`, by the token's hash."""
        loop = asyncio.get_running_loop()
        known = self._known.get(key)
        if known and loop.time() - known[0] < KNOWN_FOR and known[1].expires_at > self._clock():
            return known[1]
        self._known.pop(key, None)
        idle = timedelta(minutes=self._settings.idle_minutes)
        found = await self._store.read(_signed_in, key, self._clock(), idle)
        if found is None:
            return None
        signed_in, seen_at = found
        if self._clock() - seen_at > TOUCH:
            await self._store.run(touch, [key], self._clock())
        self._known[key] = (loop.time(), signed_in)
        if len(self._known) > REMEMBERED:
            self._known.popitem(last=False)
        return signed_in

    async def sign_out(self, signed_in: SignedIn) -> None:
        """End the session."""
        self._known.pop(signed_in.key, None)
        await self._store.run(_close, signed_in, self._clock())

    def forget(self) -> None:
        """Look everybody up again: rights may have changed."""
        self._known.clear()


class Attempts:
    """Failures by whom, in a window of five minutes; bounded in memory."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._times: OrderedDict[tuple[str, str], list[float]] = OrderedDict()

    def check(self, who: tuple[str, str]) -> None:
        """Raises TooMany when this login from this address, or this address alone, has failed too often."""
        now = asyncio.get_running_loop().time()
        for whom, limit in ((who, self._limit), (("", who[1]), self._limit * 10)):
            recent = [at for at in self._times.get(whom, []) if now - at < WINDOW]
            if len(recent) >= limit:
                raise TooMany(int(WINDOW - (now - recent[-limit])) + 1)

    def add(self, who: tuple[str, str]) -> None:
        now = asyncio.get_running_loop().time()
        for whom in (who, ("", who[1])):
            recent = [at for at in self._times.pop(whom, []) if now - at < WINDOW]
            self._times[whom] = [*recent[-self._limit * 10 :], now]
        while len(self._times) > REMEMBERED:
            self._times.popitem(last=False)

    def forget(self, who: tuple[str, str]) -> None:
        """It was right: this login's tries are forgotten, and the last one of the address."""
        self._times.pop(who, None)
        if others := self._times.get(("", who[1])):
            others.pop()


def touch(session: Session, keys: list[str], now: datetime) -> None:
    """These sessions are in use."""
    session.exec(update(SignIn).where(col(SignIn.token_hash).in_(keys)).values(seen_at=now))


def still_open(session: Session, keys: list[str], now: datetime) -> set[str]:
    """Which of these sessions have not ended."""
    found = select(SignIn.token_hash).join(User, col(User.id) == col(SignIn.user_id))
    found = found.where(col(SignIn.token_hash).in_(keys), SignIn.expires_at > now, col(User.active))
    return set(session.exec(found).all())


def _password_hash(session: Session, login: str) -> str:
    found = session.exec(select(User.password_hash).where(User.login == login, col(User.active))).first()
    return found or ""


def _open(session: Session, login: str, key: str, now: datetime, expires: datetime) -> None:
    user = session.exec(select(User).where(User.login == login)).one()
    session.exec(delete(SignIn).where(col(SignIn.expires_at) < now))
    session.add(SignIn(token_hash=key, user_id=user.id, created_at=now, seen_at=now, expires_at=expires))
    journal.record(session, EventKind.SIGNED_IN, at=now, organisation_id=user.organisation_id, user_id=user.id)


def _signed_in(session: Session, key: str, now: datetime, idle: timedelta) -> tuple[SignedIn, datetime] | None:
    found = session.exec(select(SignIn).where(SignIn.token_hash == key)).first()
    user = session.get(User, found.user_id) if found else None
    if not found or not user or not user.active or found.expires_at <= now or now - found.seen_at > idle:
        return None
    return SignedIn(key, agents.actor(session, user), me(user), found.expires_at), found.seen_at


def _close(session: Session, signed_in: SignedIn, now: datetime) -> None:
    session.exec(delete(SignIn).where(col(SignIn.token_hash) == signed_in.key))
    actor = signed_in.actor
    journal.record(session, EventKind.SIGNED_OUT, at=now, organisation_id=actor.organisation_id, user_id=actor.user_id)
