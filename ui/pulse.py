"""What time alone brings: heartbeats of those who are there, sessions that end, slow readers, the wallboard."""

import asyncio
import contextlib
from datetime import datetime

import msgspec
from sqlmodel import Session, col, update

from contactcenter.board import board
from contactcenter.errors import Unavailable
from contactcenter.model import User
from ui import session as sessions
from ui.hub import Hub
from ui.link import SIGNED_OUT, TOO_SLOW
from ui.wire import BoardRow

BEAT = 10.0
"""Seconds between heartbeats; an agent has vanished after 60 without one (contactcenter.agents)."""
BOARD = 2.0
"""The wallboard is counted at most this often, …"""
BOARD_AT_LEAST = 15.0
"""… and at least this often, as waiting times grow without events."""


async def beat_for_ever(hub: Hub, slow_seconds: float) -> None:
    """Keep presence, sessions and readers in order until cancelled."""
    while True:
        with contextlib.suppress(Unavailable):  # the database is away; it is asked again
            await beat(hub, slow_seconds)
        await asyncio.sleep(BEAT)


async def beat(hub: Hub, slow_seconds: float) -> None:
    """One round: cut off slow readers, end sessions that are over, note who is there."""
    now = asyncio.get_running_loop().time()
    for link in list(hub.links()):
        if link.behind_since is not None and now - link.behind_since > slow_seconds:
            link.close(TOO_SLOW, "too slow")
            hub.leave(link)
    keys = sorted({link.signed_in.key for link in hub.links()})
    alive = await hub.context.store.read(sessions.still_open, keys, hub.context.clock()) if keys else set()
    for link in list(hub.links()):
        if link.signed_in.key in keys and link.signed_in.key not in alive:
            link.close(SIGNED_OUT, "signed out")
            hub.leave(link)
    there = {link.user_id for link in hub.links() if link.behind_since is None}
    if there:
        await hub.context.store.run(note, sorted(there), sorted(alive), hub.context.clock())
    await hub.roll()


def note(session: Session, user_ids: list[int], keys: list[str], now: datetime) -> None:
    """These consoles are open: their agents are there, their sessions in use."""
    session.exec(update(User).where(col(User.id).in_(user_ids)).values(heartbeat_at=now))
    sessions.touch(session, keys, now)


async def count_for_ever(hub: Hub) -> None:
    """Keep the wallboard true until cancelled."""
    while True:
        hub.stirred.clear()
        with contextlib.suppress(Unavailable):
            await count(hub)
        await asyncio.sleep(BOARD)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(BOARD_AT_LEAST - BOARD):  # wait_for may swallow a cancellation in Python 3.11
                await hub.stirred.wait()


async def count(hub: Hub) -> None:
    """Count once, for every audience of supervisors."""
    for audience in [one for one in hub.members if one.rights.supervisor]:
        now = hub.context.clock()
        counted = await hub.context.store.read(board, audience.rights.scope, now)
        shown = audience.board.get("today")
        row = msgspec.convert({"id": "today", "at": shown.at if shown else now, **counted}, BoardRow)
        if audience in hub.members and row != shown:
            hub.show_board(audience, msgspec.structs.replace(row, at=now))
