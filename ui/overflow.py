"""The ways out of queues that are too long, as supervisors and administrators see them."""

from dataclasses import fields
from datetime import timedelta
from typing import Any

from sqlmodel import Session
from starlette.requests import Request
from starlette.responses import Response

from contactcenter.overflow import editing, seen
from contactcenter.ports import Actor
from ui.app import answer, number, signed_in, site_of
from ui.session import SignedIn

COUNTED = timedelta(days=1)


@signed_in
async def queues(request: Request, found: SignedIn) -> Response:
    """GET /api/console/overflow/queues: the queues whose steps an administrator may write."""
    rows = await site_of(request).context.store.read(editing.queues, found.actor)
    return answer([{"queue_id": id, "queue": name} for id, name in rows])


@signed_in
async def queue(request: Request, found: SignedIn) -> Response:
    """GET /api/console/overflow/{id}: one queue's steps as they are written, its versions, and where they may lead."""
    return answer(await site_of(request).context.store.read(_editing, found.actor, number(request, "id")))


def _editing(session: Session, actor: Actor, queue_id: int) -> dict[str, Any]:
    seen = editing.editing(session, actor, queue_id)
    steps = [step.model_dump(mode="json", exclude_defaults=True) for step in seen.steps]
    return {field.name: getattr(seen, field.name) for field in fields(seen)} | {"steps": steps}


@signed_in
async def steps(request: Request, found: SignedIn) -> Response:
    """GET /api/console/overflow: each queue's steps in order, and how often each was taken in the last day."""
    context = site_of(request).context
    return answer(await context.store.read(seen.queues, found.actor, context.clock() - COUNTED))
