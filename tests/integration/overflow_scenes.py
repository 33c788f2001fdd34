"""The verbs of the ways out of long queues, as the law of the console plays them."""

from collections.abc import Awaitable, Callable
from typing import Any

from sqlmodel import Session, select

from contactcenter.model import Queue
from tests.integration.menu_scenes import Stage, alma

Scene = Callable[[Any], Awaitable[Any]]
STEP = {"to": "voicemail", "after_seconds": 900}


def _queue(session: Session) -> int:
    return session.exec(select(Queue.id).where(Queue.key == "solvik.allmant")).one()


async def overflow_save(stage: Stage) -> None:
    screen, queue_id = await alma(stage), await stage.site.store.read(_queue)
    assert await screen.ok("overflow_save", queue_id=queue_id, steps=[STEP], revision=0) == 1


async def overflow_restore(stage: Stage) -> None:
    screen, queue_id = await alma(stage), await stage.site.store.read(_queue)
    await screen.ok("overflow_save", queue_id=queue_id, steps=[STEP], revision=0)
    await screen.ok("overflow_save", queue_id=queue_id, steps=[], revision=1)
    assert await screen.ok("overflow_restore", queue_id=queue_id, number=1) == 3


SCENES = {scene.__name__: scene for scene in (overflow_save, overflow_restore)}
