"""`contactcenter exchange`: the exchange alone, in a process or container of its own, as the database configures it."""

import asyncio
import logging
import signal
from pathlib import Path

from channels.phone import place
from contactcenter.errors import Unavailable
from contactcenter.settings import Settings
from contactcenter.store import Store
from pbx.exchange import Exchange

log = logging.getLogger(__name__)
LOOK_SECONDS = 10.0
"""How often the configuration is compared with what was rendered."""


async def run(settings: Settings) -> None:
    """Until SIGTERM or SIGINT. The contact centre connects to it as `CC_PHONE__EXCHANGE=external`.

    Raises `Misconfigured` when there is no Asterisk, `Unavailable` when it ends by itself.
    """
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    store = Store(settings.url())
    try:
        await _serve(store, settings, stop)
    finally:
        await asyncio.to_thread(store.close)


async def render(settings: Settings) -> Path:
    """Write the files alone and say where, for an Asterisk that somebody else starts; see docs/exchanges.md."""
    store = Store(settings.url())
    try:
        plan = await store.read(place.read_plan)
    finally:
        await asyncio.to_thread(store.close)
    made = await asyncio.to_thread(Exchange.prepare, settings.data_dir / "pbx", plan, place.exchange_settings(settings))
    return made.rendered.folder / "etc"


async def _serve(store: Store, settings: Settings, stop: asyncio.Event) -> None:
    phone = place.exchange_settings(settings)
    plan = await store.read(place.read_plan)
    exchange = await asyncio.to_thread(Exchange.prepare, settings.data_dir / "pbx", plan, phone)
    async with exchange:
        while not await _stopped(stop):
            if not exchange.alive():
                raise Unavailable("exchange_died", "Asterisk has ended by itself")
            try:
                wanted = await store.read(place.read_plan)
            except Unavailable:
                continue  # the exchange goes on with what it has
            if wanted != plan:
                await exchange.reconfigure(wanted, phone)
                plan = wanted


async def _stopped(stop: asyncio.Event) -> bool:
    try:
        async with asyncio.timeout(LOOK_SECONDS):
            await stop.wait()
    except TimeoutError:
        return False
    return True
