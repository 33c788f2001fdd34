"""Local accounts and API keys: what is kept of a secret is only its hash."""

import hashlib
import secrets
from datetime import datetime

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from sqlmodel import Session, col, delete, select

from contactcenter import configuration
from contactcenter.entry import ApiKey, SignIn
from contactcenter.errors import NotFound, Refused
from contactcenter.model import Organisation, User

SHORTEST = 10
SCOPES = ("cases:read", "cases:write", "contacts:write", "queues:read", "handoff:callback")
_hasher = PasswordHasher()
_NOBODY = _hasher.hash(secrets.token_hex(16))
"""Checked against when there is no such user, so that both answers take equally long."""


def set_password(session: Session, login: str, password: str) -> None:
    """Set the password (argon2id) and end the user's sessions. Raises NotFound, Refused when too short."""
    if len(password) < SHORTEST:
        raise Refused("password", f"a password has at least {SHORTEST} characters")
    user = session.exec(select(User).where(User.login == login)).first()
    if user is None:
        raise NotFound("no_such_user", "there is no such user")
    user.password_hash = hashed_slowly(password)
    session.add(user)
    session.exec(delete(SignIn).where(col(SignIn.user_id) == user.id))


def add_user(session: Session, login: str, given: dict[str, str], password: str, now: datetime) -> None:
    """Add somebody, or change what is `given` of somebody known, and set the password; all or nothing.

    Raises Misconfigured for a wrong value, Refused for a short password.
    """
    known = {entry.login: entry for entry in configuration.export(session).users}
    entry = known[login].model_dump(mode="json") if login in known else {"login": login}
    document = configuration.parse({"users": [entry | given]})
    configuration.apply(session, document, now)
    set_password(session, login, password)


def is_right(password_hash: str, password: str) -> bool:
    """Whether the password is the one hashed; takes equally long when `password_hash` is empty (no such user)."""
    try:
        _hasher.verify(password_hash or _NOBODY, password)
    except (VerifyMismatchError, InvalidHashError):
        return False
    return bool(password_hash)


def hashed_slowly(secret: str) -> str:
    """What is kept of a short secret (a password, a code for the telephone): argon2id."""
    return _hasher.hash(secret)


def hashed(token: str) -> str:
    """What is kept of a random token: its SHA-256 (a long random token needs no slow hash)."""
    return hashlib.sha256(token.encode()).hexdigest()


def add_key(session: Session, name: str, organisation_key: str, scopes: list[str], now: datetime) -> str:
    """Make an API key and return it; only its hash is kept. Raises NotFound, Refused for an unknown scope."""
    organisation = session.exec(select(Organisation).where(Organisation.key == organisation_key)).first()
    if organisation is None:
        raise NotFound("no_such_organisation", "there is no such organisation")
    if unknown := set(scopes) - set(SCOPES):
        raise Refused("scope", f"unknown scope {min(unknown)}; there are {', '.join(SCOPES)}")
    token = f"kc_{secrets.token_urlsafe(32)}"
    chosen = sorted(set(scopes))
    row = ApiKey(organisation_id=organisation.id, name=name, key_hash=hashed(token), scopes=chosen, created_at=now)
    session.add(row)
    return token
