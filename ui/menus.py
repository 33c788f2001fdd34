"""Menus, prompts and messages before the queue as the console reads them; `ui.verbs_menus` changes them."""

import asyncio
from typing import Any

from sqlmodel import Session, col, select
from starlette.requests import Request
from starlette.responses import Response

from contactcenter import announcements, announcements_code, citizens, menus_prompts, menus_versions
from contactcenter.errors import NotFound
from contactcenter.menus import LANGUAGES
from contactcenter.menus_check import Problem
from contactcenter.menus_model import DRAFT, Announcement, MenuVersion, Prompt
from contactcenter.model import AddressPoint, Queue, Topic, User
from contactcenter.ports import Actor
from contactcenter.states import AddressKind
from ui import people
from ui.app import NO_STORE, answer, number, signed_in, site_of
from ui.records_menus import (
    MenuDetail,
    MenuProblem,
    MenuVersionRow,
    MessageRow,
    Messages,
    Named,
    NumberRow,
    PromptRow,
    TrialRow,
)
from ui.session import SignedIn


@signed_in
async def numbers(request: Request, found: SignedIn) -> Response:
    """GET /api/console/menus"""
    return answer(await site_of(request).context.store.read(_numbers, found.actor))


@signed_in
async def menu(request: Request, found: SignedIn) -> Response:
    """GET /api/console/menus/{id}: the draft of that number, its versions, and what it may name."""
    return answer(await site_of(request).context.store.read(_detail, found.actor, number(request, "id")))


@signed_in
async def trial(request: Request, found: SignedIn) -> Response:
    """GET /api/console/menus/trials/{token}: where the administrator's own test call is."""
    one = site_of(request).context.trials.of(request.path_params["token"], found.actor.user_id)
    return answer(TrialRow(one.state, list(one.passed), list(one.keys), one.end))


@signed_in
async def prompts(request: Request, found: SignedIn) -> Response:
    """GET /api/console/prompts: every version of every recording."""
    return answer(await site_of(request).context.store.read(_prompts, found.actor))


@signed_in
async def prompt_sound(request: Request, found: SignedIn) -> Response:
    """GET /api/console/prompts/{id}/sound"""
    return await _sound(request, await site_of(request).context.store.read(_prompt_file, found.actor, _id(request)))


@signed_in
async def messages(request: Request, found: SignedIn) -> Response:
    """GET /api/console/messages: for supervisors."""
    context = site_of(request).context
    line = str(context.settings.groups.get("phone", {}).get("message_line", "*77"))
    return answer(await context.store.read(_messages, found.actor, line))


@signed_in
async def message_sound(request: Request, found: SignedIn) -> Response:
    """GET /api/console/messages/{id}/sound"""
    return await _sound(request, await site_of(request).context.store.read(_message_file, found.actor, _id(request)))


def _id(request: Request) -> int:
    return number(request, "id")


async def _sound(request: Request, sha256: str) -> Response:
    if not sha256:
        raise NotFound("no_such_file")
    data = await asyncio.to_thread(site_of(request).context.files.read, sha256)
    return Response(data, 200, NO_STORE | {"Content-Disposition": "inline"}, "audio/wav")


def problem(one: Problem) -> MenuProblem:
    return MenuProblem(one.code, one.node, one.detail, one.is_error)


def _numbers(session: Session, actor: Actor) -> list[NumberRow]:
    return [_number(session, point) for point in menus_versions.numbers(session, actor)]


def _number(session: Session, point: AddressPoint) -> NumberRow:
    known = session.exec(select(MenuVersion.number).where(MenuVersion.address_point_id == point.id)).all()
    return NumberRow(point.id, point.address, point.organisation_id, max(known, default=0), DRAFT in known)


def _detail(session: Session, actor: Actor, point_id: int) -> MenuDetail:
    draft = menus_versions.draft(session, actor, point_id)
    point = session.get_one(AddressPoint, point_id)
    known = menus_versions.known(session, point.organisation_id)
    return MenuDetail(
        point_id=point.id,
        address=point.address,
        organisation_id=point.organisation_id,
        tree=draft.tree,
        revision=draft.revision,
        problems=[problem(one) for one in draft.problems],
        versions=[
            MenuVersionRow(row.number, row.made_at, who, row.restored_from)
            for row, who in menus_versions.versions(session, actor, point_id)
        ],
        topics=_named(session, Topic.key, Topic.name, known.topics),
        queues=_named(session, Queue.key, Queue.name, known.queues),
        numbers=sorted(known.numbers),
        extensions=_named(session, User.extension, User.name, known.extensions),
        recordings=sorted(known.recordings),
        languages=list(LANGUAGES),
    )


def _named(session: Session, key: Any, name: Any, wanted: frozenset[str]) -> list[Named]:
    rows = session.exec(select(key, name).where(col(key).in_(wanted)).order_by(name)).all()
    return [Named(*row) for row in rows]


def _prompts(session: Session, actor: Actor) -> list[PromptRow]:
    rows = menus_prompts.every(session, actor)
    names = people.names(session, {row.made_by_id for row in rows if row.made_by_id})
    newest = {(row.key, row.language): row.number for row in reversed(rows)}
    return [_prompt(row, names, newest[row.key, row.language] == row.number) for row in rows]


def _prompt(row: Prompt, names: dict[int, str], current: bool) -> PromptRow:
    return PromptRow(
        row.id, row.key, row.language, row.number, row.seconds, row.how, row.made_at,
        names.get(row.made_by_id or 0, ""), current, not row.sha256,
    )  # fmt: skip


def _prompt_file(session: Session, actor: Actor, id: int) -> str:
    return menus_prompts.one(session, actor, id).sha256


def _message_file(session: Session, actor: Actor, id: int) -> str:
    found = [row.sha256 for row in announcements.every(session, actor) if row.id == id]
    return found[0] if found else ""


def _messages(session: Session, actor: Actor, line: str) -> Messages:
    rows = announcements.every(session, actor)
    names = people.names(session, {row.switched_by_id for row in rows if row.switched_by_id})
    municipality = citizens.municipality_of(session, actor.organisation_id)
    points = session.exec(select(AddressPoint).where(AddressPoint.kind == AddressKind.PHONE)).all()
    ours = [one for one in points if citizens.municipality_of(session, one.organisation_id) == municipality]
    return Messages(
        [_message(row, names) for row in rows],
        [_number(session, point) for point in ours],
        announcements_code.has_code(session, actor.user_id),
        line,
    )


def _message(row: Announcement, names: dict[int, str]) -> MessageRow:
    return MessageRow(
        row.id, row.name, row.text, bool(row.sha256), row.address_point_id, row.topic_id, row.must_stay,
        row.active_until, row.switched_at, names.get(row.switched_by_id or 0, ""), row.heard, row.helped,
    )  # fmt: skip
