"""The life of the process: named adapters in one task group, each backing off alone when it is sick."""

import asyncio
import logging
import random

from contactcenter.errors import Misconfigured, Unavailable
from contactcenter.health import HealthBoard
from contactcenter.ports import Adapter, Health

log = logging.getLogger(__name__)
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 30.0


async def keep_running(adapter: Adapter, board: HealthBoard) -> None:
    """Run `adapter` until cancelled; start it again after a growing pause when it fails.

    `Misconfigured` is shown with its hint and tried again at the longest pause: an administrator may mend what is
    outside of us (a password in the exchange) without a restart. One of our own settings (code `settings`) is
    raised: it ends the process.
    """
    pause = FIRST_PAUSE
    loop = asyncio.get_running_loop()
    while True:
        started = loop.time()
        try:
            await adapter.run(board.report)
            return
        except Unavailable as error:
            board.report(Health(adapter.name, ok=False, code=error.code, hint=error.text))
        except Misconfigured as error:
            if error.code == "settings":
                raise
            board.report(Health(adapter.name, ok=False, code=error.code, hint=error.text))
            pause = LONGEST_PAUSE
        except Exception:
            log.exception("action=part_failed part=%s", adapter.name)
            board.report(Health(adapter.name, ok=False, code="internal_error"))
        if loop.time() - started > LONGEST_PAUSE:
            pause = FIRST_PAUSE
        await asyncio.sleep(pause * random.uniform(0.7, 1.0))  # noqa: S311 (jitter, no secret)
        pause = min(LONGEST_PAUSE, pause * 2)


async def run_all(adapters: list[Adapter], board: HealthBoard, stop: asyncio.Event) -> None:
    """Run every adapter until `stop`, then cancel them and wait until they have closed what they opened.

    Raises Misconfigured when one of our own settings turns out to be wrong.
    """
    tasks = [asyncio.create_task(keep_running(one, board), name=one.name) for one in adapters]
    stopping = asyncio.create_task(stop.wait())
    waiting = {stopping, *tasks}
    wrong: list[BaseException] = []
    while not stopping.done() and not wrong:
        done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        wrong = [error for task in done if (error := task.exception()) is not None]
    for task in reversed(tasks):
        task.cancel()
    stopping.cancel()
    await asyncio.gather(stopping, *tasks, return_exceptions=True)
    if wrong:
        raise wrong[0]
