"""Answers that are written often: texts by unit, topic and language, with places that the case fills in.

A place is `{name}`. What the case cannot fill stands as `⟦name⟧`, for the agent to fill in or take out: an answer with
such a place left is not sent.
"""

import re
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Column
from sqlmodel import Field, Session, SQLModel, col, select

from contactcenter import field, layout
from contactcenter.columns import Clean
from contactcenter.errors import NotFound, Refused
from contactcenter.model import Case, Citizen, Organisation, Topic
from contactcenter.ports import Actor
from contactcenter.sight import visible

PLACES = frozenset({"citizen", "case", "subject", "agent", "unit", "municipality", "topic", "today"})
MOST = 500
_PLACE = re.compile(r"\{([^{}\n]{0,40})\}")
UNFILLED = re.compile(r"⟦[^⟧\n]{1,40}⟧")


class Template(SQLModel, table=True):
    """One text, in one language."""

    id: int = field.identity()
    key: str = Field(sa_column=Column(Clean, unique=True, nullable=False))
    name: str = field.text()
    organisation_id: int = field.reference("organisation")
    """Who uses it: that organisation and all below it."""
    topic_id: int | None = field.reference("topic", null=True)
    """Offered first for cases of this topic."""
    language: str = field.text("sv")
    text: str = field.text()


def check(text: str) -> str:
    """The text, when every place in it is one of `PLACES`. Raises ValueError naming the first that is not."""
    for name in _PLACE.findall(text):
        if name not in PLACES:
            raise ValueError(f"{{{name}}} is none of: {', '.join(sorted(PLACES))}")
    return text


def offered(session: Session, case: Case) -> list[Template]:
    """Those of the case's organisation and the ones above it; for its topic and in its language first."""
    above = _chain(session, case.organisation_id)
    found = session.exec(select(Template).where(col(Template.organisation_id).in_(above)).limit(MOST)).all()
    speaks = case.language or "sv"

    def rank(one: Template) -> tuple[bool, bool, int, str]:
        return (
            one.language != speaks, one.topic_id is None or one.topic_id != case.topic_id,
            above.index(one.organisation_id), one.name,
        )  # fmt: skip

    return sorted(found, key=rank)


def fill(session: Session, actor: Actor, case_id: int, template_id: int, now: datetime, zone: str) -> str:
    """The text with what the case says in its places. A protected identity is never filled in. Raises NotFound."""
    case = visible(session, actor, case_id)
    template = session.get(Template, template_id)
    if template is None or template.organisation_id not in _chain(session, case.organisation_id):
        raise NotFound("no_such_template")
    return render(template.text, values(session, actor, case, now, zone))


def values(session: Session, actor: Actor, case: Case, now: datetime, zone: str) -> dict[str, str]:
    """What each place is for this case; empty: it cannot be filled in."""
    citizen = session.get(Citizen, case.citizen_id) if case.citizen_id and not case.protected else None
    topic = session.get(Topic, case.topic_id) if case.topic_id else None
    chain = [session.get_one(Organisation, one) for one in _chain(session, case.organisation_id)]
    return {
        "citizen": citizen.name if citizen else "",
        "case": case.number,
        "subject": "" if case.protected else case.subject,
        "agent": actor.name,
        "unit": chain[0].name,
        "municipality": chain[-1].name,
        "topic": topic.name if topic else "",
        "today": now.astimezone(ZoneInfo(zone)).date().isoformat(),
    }


def render(text: str, known: dict[str, str]) -> str:
    """The text with its places filled in. What is filled in is never looked through for places."""
    return _PLACE.sub(lambda found: known.get(found[1]) or f"⟦{found[1]}⟧", text)


def demand_filled(text: str) -> None:
    """Raises Refused `unfilled` when a place is left open."""
    if found := UNFILLED.search(text):
        raise Refused("unfilled", f"{found[0]} is still to be filled in")


def _chain(session: Session, organisation_id: int) -> list[int]:
    """The organisation and those above it, itself first."""
    parents, one, seen = layout.of(session).parents, organisation_id, list[int]()
    while one not in seen:
        seen.append(one)
        one = parents.get(one) or one
    return seen
