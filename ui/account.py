"""Signing in and out, and who one is."""

import contextlib

from starlette.requests import Request
from starlette.responses import Response

from contactcenter import desk
from contactcenter.errors import ContactCenterError
from contactcenter.states import AgentState
from ui import records
from ui.app import Site, answer, form, signed_in, site_of
from ui.hub import VERSION
from ui.session import SignedIn


async def sign_in(request: Request) -> Response:
    """POST /api/console/session"""
    site = site_of(request)
    wanted = await form(request, records.Credentials)
    address = request.client.host if request.client else ""
    token, found = await site.sessions.sign_in(wanted.login.strip(), wanted.password, address)
    response = answer(found.me)
    response.set_cookie(
        site.cookie,
        token,
        max_age=int(site.settings.session_hours * 3600),
        httponly=True,
        samesite="lax",
        secure=site.is_https,
        path="/",
    )
    return response


@signed_in
async def sign_out(request: Request, found: SignedIn) -> Response:
    """DELETE /api/console/session: ends the session, its sockets, and the presence of an agent with no other."""
    site = site_of(request)
    await site.sessions.sign_out(found)
    site.leads.close_session(found.key)
    alone = site.hub.close_session(found.key) is not None or not _is_connected(site, found)
    if alone:
        # On a call: the call goes on, and so does the agent. Database away: the heartbeat's end signs them out.
        with contextlib.suppress(ContactCenterError):
            now = site.context.clock()
            await site.context.store.run(desk.set_presence, found.actor, AgentState.SIGNED_OUT, "", now)
    response = Response(status_code=204)
    response.delete_cookie(site.cookie, path="/", httponly=True, samesite="lax", secure=site.is_https)
    return response


@signed_in
async def me(_request: Request, found: SignedIn) -> Response:
    """GET /api/console/me"""
    return answer(found.me)


async def welcome(request: Request) -> Response:
    """GET /api/console/welcome: what the sign-in page shows."""
    site = site_of(request)
    accounts = [records.DemoAccount(**account) for account in site.context.demo.get("accounts", [])]
    return answer(records.Welcome(VERSION, accounts, site.context.sink is not None))


def _is_connected(site: Site, found: SignedIn) -> bool:
    return any(link.user_id == found.actor.user_id for link in site.hub.links())
