"""The console's WebSocket: what it says, and what it is answered."""

import asyncio
import logging

import msgspec
from starlette.websockets import WebSocket, WebSocketDisconnect

from contactcenter.errors import ContactCenterError
from ui import messages, wire
from ui.answers import Answer
from ui.app import Site, site_of, who
from ui.audience import encoder
from ui.guard import may_open
from ui.link import SIGNED_OUT, Link
from ui.session import SignedIn
from ui.socket import EXTENSION, Socket
from ui.verb import Call
from ui.verbs import VERBS, perform

log = logging.getLogger(__name__)
decoder = msgspec.json.Decoder(wire.ClientMessage)
BAD_MESSAGE = 1007
NOT_ALLOWED = 4403
AT_ONCE = 8
"""Slow verbs of one console that may be under way together."""


async def endpoint(websocket: WebSocket) -> None:
    """One console, from its connecting to its leaving."""
    site = site_of(websocket)
    signed_in = await who(websocket)
    await site.hub.ready.wait()
    await websocket.accept()
    if not may_open(websocket, site.origins) or signed_in is None:
        # Closed after accepting: a browser does not tell its page why a handshake failed.
        code = SIGNED_OUT if signed_in is None else NOT_ALLOWED
        return await websocket.close(code)
    socket: Socket = websocket.scope["extensions"][EXTENSION]
    link = site.hub.join(socket, signed_in)
    try:
        await _listen(websocket, site, link)
    finally:
        site.hub.leave(link)
        socket.drained = None


async def _listen(websocket: WebSocket, site: Site, link: Link) -> None:
    slow: set[asyncio.Task[None]] = set()
    while True:
        try:
            message = decoder.decode(await websocket.receive_text())
        except WebSocketDisconnect:
            return
        except (msgspec.MsgspecError, UnicodeDecodeError, KeyError, RecursionError):
            return link.close(BAD_MESSAGE, "not understood")
        if isinstance(message, wire.Verb) and message.verb in VERBS and VERBS[message.verb].slow:
            while len(slow) >= AT_ONCE:
                await asyncio.wait(slow, return_when=asyncio.FIRST_COMPLETED)
            task = asyncio.create_task(_hear(site, link, message))
            slow.add(task)
            task.add_done_callback(slow.discard)
        else:
            await _hear(site, link, message)


async def _hear(site: Site, link: Link, message: wire.ClientMessage) -> None:
    match message:
        case wire.Ping():
            link.answer(_PONG)
        case wire.Resync():
            link.resync(asyncio.get_running_loop().time())
        case wire.Looking(case_id):
            await site.hub.look_at(link, case_id)
        case wire.Verb():
            await _verb(site, link, message)


_PONG = encoder.encode(wire.Pong())


async def _verb(site: Site, link: Link, verb: wire.Verb) -> None:
    signed_in = await site.sessions.of_key(link.signed_in.key)
    if signed_in is None:
        return link.close(SIGNED_OUT, "signed out")
    answer = await site.answers.once((signed_in.actor.user_id, verb.key), lambda: _answer(site, signed_in, verb))
    link.answer(encoder.encode(msgspec.structs.replace(answer, id=verb.id)))


async def _answer(site: Site, signed_in: SignedIn, verb: wire.Verb) -> Answer:
    call = Call(site.context, signed_in.actor, verb.key, site.context.clock())
    try:
        done = wire.Ok(verb.id, await perform(call, verb.verb, verb.args))
        # Who did something sees it done before the answer: the next key is about what is shown.
        await site.hub.told_up_to(site.context.tail.noted_id)
        return done
    except ContactCenterError as error:
        return _refusal(verb.id, error.code, error.text, signed_in)
    except Exception:
        log.exception("action=verb_broken verb=%s", verb.verb)
        return _refusal(verb.id, "internal_error", "", signed_in)


def _refusal(id: int, code: str, text: str, signed_in: SignedIn) -> wire.Refusal:
    return wire.Refusal(id, code, messages.text(code, signed_in.me.language, text))
