"""Solvik, an invented municipality that tests and the demo can use: configuration, not fixtures of single rows."""

from datetime import datetime
from typing import Any

from sqlmodel import Session, select

from contactcenter import agents, configuration
from contactcenter.model import User
from contactcenter.ports import Actor
from contactcenter.states import AgentState

SOLVIK: dict[str, Any] = {
    "organisations": [
        {"key": "solvik", "name": "Solviks kommun", "mail_from": "kontaktcenter@solvik.example"},
        {"key": "solvik.bygg", "name": "Bygg och miljö", "kind": "department", "parent": "solvik"},
        {"key": "solvik.skola", "name": "Barn och utbildning", "kind": "department", "parent": "solvik"},
        {"key": "granby", "name": "Granby kommun", "mail_from": "kommun@granby.example"},
    ],
    "queues": [
        {"key": "solvik.allmant", "name": "Allmänt", "organisation": "solvik"},
        {"key": "solvik.bygg", "name": "Bygg", "organisation": "solvik.bygg"},
        {"key": "granby.allmant", "name": "Allmänt", "organisation": "granby"},
    ],
    "topics": [
        {"key": "solvik.ovrigt", "name": "Övrigt", "organisation": "solvik", "queue": "solvik.allmant"},
        {
            "key": "bygg.bygglov",
            "name": "Bygglov",
            "organisation": "solvik.bygg",
            "queue": "solvik.bygg",
            "skills": {"bygg": 2},
            "handoff": {"connector": "webhook", "url": "http://127.0.0.1:9/", "secret": "demo"},
        },
        {"key": "granby.ovrigt", "name": "Övrigt", "organisation": "granby", "queue": "granby.allmant"},
    ],
    "address_points": [
        {"kind": "phone", "address": "+46101234500", "organisation": "solvik", "queue": "solvik.allmant",
         "menu": {"1": "bygg.bygglov", "2": "solvik.ovrigt"}},
        {"kind": "email", "address": "kontaktcenter@solvik.example", "organisation": "solvik",
         "queue": "solvik.allmant"},
        {"kind": "email", "address": "bygg@solvik.example", "organisation": "solvik.bygg", "queue": "solvik.bygg",
         "topic": "bygg.bygglov"},
        {"kind": "post", "address": "solvik", "organisation": "solvik", "queue": "solvik.allmant"},
        {"kind": "email", "address": "kommun@granby.example", "organisation": "granby", "queue": "granby.allmant"},
    ],
    "users": [
        {"login": "anna", "name": "Anna Ek", "organisation": "solvik", "extension": "201", "skills": {"bygg": 3}},
        {"login": "bo", "name": "Bo Lind", "organisation": "solvik", "extension": "202"},
        {"login": "siv", "name": "Siv Alm", "organisation": "solvik", "role": "supervisor", "sees_protected": True},
        {"login": "alma", "name": "Alma Rask", "organisation": "solvik", "role": "administrator"},
        {"login": "greta", "name": "Greta Holm", "organisation": "granby", "extension": "301"},
    ],
}  # fmt: skip


def build(session: Session, now: datetime) -> None:
    """Write Solvik and its neighbour Granby into an empty database."""
    configuration.apply(session, configuration.parse(SOLVIK), now)


def user(session: Session, login: str) -> User:
    """The user with this login."""
    return session.exec(select(User).where(User.login == login)).one()


def actor(session: Session, login: str) -> Actor:
    """That user as somebody who acts."""
    return agents.actor(session, user(session, login))


def available(session: Session, login: str, now: datetime) -> User:
    """Sign the agent in and make them available."""
    found = user(session, login)
    found.heartbeat_at = now
    agents.set_state(session, found, AgentState.AVAILABLE, now)
    return found
