"""/sip: the WebSocket between the telephone in an agent's browser and the exchange."""

import asyncio
import logging
from contextlib import suppress

from starlette.requests import Request
from starlette.responses import Response
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidURI

from contactcenter import ring_choice
from contactcenter.errors import ContactCenterError, Refused
from contactcenter.ports import BrowserPhone
from ui import records, sip
from ui.app import Site, answer, form, signed_in, site_of, who
from ui.guard import may_open
from ui.link import SIGNED_OUT
from ui.session import SignedIn
from ui.sip_leads import Lead
from ui.verbs import e164

log = logging.getLogger(__name__)
SUBPROTOCOL = "sip"
NOT_ALLOWED = 4403
AWAY = 1013
"""The exchange cannot be reached; try again."""
BAD_MESSAGE = 1008
WAITING = 32
"""Messages from the exchange that may wait for a browser that reads slowly; then the exchange waits too."""
SEND_SECONDS = 10.0
OPEN_SECONDS = 5.0
LOOK_SECONDS = 2.0
"""How often it is looked whether the session has ended elsewhere; a sign-out here ends it at once."""


async def endpoint(websocket: WebSocket) -> None:
    """GET /sip: from registering to leaving. Only for who is signed in, from a page of ours."""
    site = site_of(websocket)
    found = await who(websocket)
    await websocket.accept(subprotocol=SUBPROTOCOL if SUBPROTOCOL in websocket.scope["subprotocols"] else None)
    # Closed after accepting: a browser does not tell its page why a handshake failed.
    if found is None:
        return await websocket.close(SIGNED_OUT)
    if not may_open(websocket, site.origins) or SUBPROTOCOL not in websocket.scope["subprotocols"]:
        return await websocket.close(NOT_ALLOWED)
    try:
        phone = phone_of(site, found)
    except ContactCenterError as fault:
        return await websocket.close(AWAY, fault.code)
    lead = site.leads.join(found)
    try:
        code = await _connected(websocket, site, lead, phone)
    finally:
        site.leads.leave(found.actor.user_id, lead)
    if websocket.client_state is WebSocketState.CONNECTED:
        with suppress(RuntimeError):
            await websocket.close(code)


def phone_of(site: Site, found: SignedIn) -> BrowserPhone:
    """The telephone of who is signed in. Raises `Refused` for who has none, `Unavailable` without an exchange."""
    if not found.me.extension or site.context.telephony is None:
        raise Refused("no_telephone", "you have no telephone; an administrator can give you an extension")
    return site.context.telephony.browser_phone(found.me.extension)


async def _connected(websocket: WebSocket, site: Site, lead: Lead, phone: BrowserPhone) -> int:
    """Until one side leaves; with which code the browser is told."""
    try:
        exchange = await connect(
            phone.url, subprotocols=["sip"], max_size=sip.LARGEST, max_queue=WAITING, compression=None, proxy=None,  # type: ignore[list-item]
            open_timeout=OPEN_SECONDS, ping_interval=None, close_timeout=1,
        )  # fmt: skip
    except (OSError, TimeoutError, InvalidHandshake, InvalidURI, ConnectionClosed) as fault:
        log.warning("action=browser_phone_not_connected error=%s", type(fault).__name__)
        return AWAY
    async with exchange:
        ways = [
            asyncio.create_task(_to_exchange(websocket, exchange, phone)),
            asyncio.create_task(_to_browser(websocket, exchange)),
            asyncio.create_task(_while_signed_in(site, lead)),
        ]
        done, rest = await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        for way in rest:
            way.cancel()
        await asyncio.gather(*rest, return_exceptions=True)
        return next(iter(done)).result()


async def _to_exchange(websocket: WebSocket, exchange: ClientConnection, phone: BrowserPhone) -> int:
    """One message at a time: a browser that floods waits for the exchange."""
    while True:
        try:
            text = await websocket.receive_text()
            async with asyncio.timeout(SEND_SECONDS):
                await exchange.send(sip.passed_on(text, phone))
        except (WebSocketDisconnect, KeyError):
            return BAD_MESSAGE
        except Refused as refusal:
            log.warning("action=browser_phone_refused code=%s", refusal.code)
            return NOT_ALLOWED if refusal.code == "sip_somebody_else" else BAD_MESSAGE
        except (ConnectionClosed, TimeoutError):
            return AWAY


async def _to_browser(websocket: WebSocket, exchange: ClientConnection) -> int:
    while True:
        try:
            message = await exchange.recv(decode=True)
            async with asyncio.timeout(SEND_SECONDS):
                await websocket.send_text(str(message))
        except (ConnectionClosed, TimeoutError, UnicodeDecodeError, WebSocketDisconnect, RuntimeError):
            return AWAY


async def _while_signed_in(site: Site, lead: Lead) -> int:
    while True:
        with suppress(TimeoutError):
            async with asyncio.timeout(LOOK_SECONDS):
                return await asyncio.shield(lead.over)
        try:
            if await site.sessions.of_key(lead.session) is None:
                return SIGNED_OUT
        except ContactCenterError:
            continue  # the database is away: calls go on


@signed_in
async def show(request: Request, found: SignedIn) -> Response:
    """GET /api/console/telephone: what the page needs to be a telephone, and where this agent is rung."""
    return answer(await _telephone(site_of(request), found))


@signed_in
async def choose(request: Request, found: SignedIn) -> Response:
    """PUT /api/console/telephone: where this agent is rung from the next call on."""
    site, wanted = site_of(request), await form(request, records.RingForm)
    number = wanted.number and e164(wanted.number)
    await site.context.store.run(ring_choice.choose, found.actor, wanted.place, number, site.context.clock())
    return answer(await _telephone(site, found))


async def _telephone(site: Site, found: SignedIn) -> records.Telephone:
    place, number = await site.context.store.read(ring_choice.of, found.actor.user_id)
    phone = None
    with suppress(ContactCenterError):
        phone = phone_of(site, found)
    return records.Telephone(
        extension=found.me.extension,
        user=phone.user if phone else "",
        place=place,
        number=number,
        servers=[dict(server) for server in phone.servers] if phone else [],
    )
