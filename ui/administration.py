"""What administrators do: users, and the configuration as one YAML document."""

from datetime import datetime
from typing import Any

import yaml
from sqlmodel import Session
from starlette.requests import Request
from starlette.responses import Response

from contactcenter import configuration
from contactcenter.configuration import Change, Document
from contactcenter.errors import Misconfigured
from contactcenter.ports import Actor
from ui import own_configuration, people, records
from ui.app import NO_STORE, answer, form, number, signed_in, site_of
from ui.problem import Wrong
from ui.session import SignedIn


@signed_in
async def users(request: Request, found: SignedIn) -> Response:
    """GET /api/console/users"""
    return answer(records.Users(await site_of(request).context.store.read(people.all_users, found.actor)))


@signed_in
async def add_user(request: Request, found: SignedIn) -> Response:
    """POST /api/console/users"""
    return await _save(request, found, None)


@signed_in
async def change_user(request: Request, found: SignedIn) -> Response:
    """PUT /api/console/users/{id}"""
    return await _save(request, found, number(request, "id"))


async def _save(request: Request, found: SignedIn, user_id: int | None) -> Response:
    site = site_of(request)
    wanted = await form(request, records.UserForm)
    row = await site.context.store.run(people.save, found.actor, user_id, wanted, site.context.clock())
    await site.hub.recheck()
    return answer(row, 201 if user_id is None else 200)


@signed_in
async def show_configuration(request: Request, found: SignedIn) -> Response:
    """GET /api/console/configuration: YAML."""
    document = await site_of(request).context.store.read(own_configuration.export, found.actor)
    text = yaml.safe_dump(document.model_dump(mode="json"), allow_unicode=True, sort_keys=False, width=120)
    return Response(text, 200, NO_STORE, "application/yaml; charset=utf-8")


@signed_in
async def apply_configuration(request: Request, found: SignedIn) -> Response:
    """POST /api/console/configuration: what would change, or what has."""
    site = site_of(request)
    wanted = await form(request, records.ConfigurationForm)
    try:
        document = configuration.parse(yaml.safe_load(wanted.yaml))
        if wanted.dry_run:
            changes = await site.context.store.read(_plan, found.actor, document)
        else:
            changes = await site.context.store.run(_apply, found.actor, document, site.context.clock())
    except (yaml.YAMLError, RecursionError) as error:
        raise Wrong(422, "configuration", f"not YAML: {_place(error)}") from error
    except Misconfigured as error:
        raise Wrong(422, "configuration", error.text) from error
    return answer(records.ConfigurationChanges([_row(change) for change in changes]))


def _place(error: Exception) -> str:
    mark: Any = getattr(error, "problem_mark", None)
    return f"line {mark.line + 1}, column {mark.column + 1}" if mark else "nested too deeply"


def _row(change: Change) -> records.ConfigurationChange:
    fields = dict(change.fields)
    return records.ConfigurationChange("change" if fields else "add", change.kind, change.name, fields)


def _plan(session: Session, actor: Actor, document: Document) -> list[Change]:
    own_configuration.check(session, actor, document)
    return configuration.plan(session, document)


def _apply(session: Session, actor: Actor, document: Document, now: datetime) -> list[Change]:
    own_configuration.check(session, actor, document)
    return configuration.apply(session, document, now, actor.user_id)
