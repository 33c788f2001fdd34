"""The demo's telephones: one for each agent, answering when the console says so, and one for citizens called back."""

import asyncio
import contextlib
from collections.abc import Callable

from contactcenter.context import Context
from contactcenter.errors import Misconfigured, Unavailable
from contactcenter.ports import Health
from pbx import configure
from pbx.settings import PhoneSettings
from pbx.sipp.drivers import DeskPhone

LOOK_SECONDS = 2.0


class Telephones:
    """SIPp plays every telephone. They ring until the agent answers in the console."""

    name = "demo_telephones"

    def __init__(self, context: Context) -> None:
        self._context = context
        self._settings = context.settings.group("phone", PhoneSettings)

    async def run(self, report: Callable[[Health], None]) -> None:
        if self._settings.exchange != "bundled":
            report(Health(self.name, ok=True, code="disabled"))
            await asyncio.Event().wait()
        report(Health(self.name, ok=True))
        while True:
            await self._exchange_up()
            try:
                await self._plugged_in(report)
            except (Unavailable, Misconfigured) as error:
                report(Health(self.name, ok=False, code=error.code, hint=error.text))
                await asyncio.sleep(LOOK_SECONDS)

    async def _plugged_in(self, report: Callable[[Health], None]) -> None:
        """Plug all telephones in; returns when the exchange or a telephone has gone."""
        found = configure.load(self._context.settings.data_dir / "pbx", self._settings)
        async with contextlib.AsyncExitStack() as stack:
            phones = [
                await stack.enter_async_context(
                    DeskPhone(found.host, found.sip_port, passwords={extension: secret}, then="ring")
                )
                for extension, secret in found.phone_secrets.items()
            ]
            away = DeskPhone(
                found.host, found.sip_port, then="answer", ring=3, talk=60, own_port=self._called_back_port()
            )
            phones.append(await stack.enter_async_context(away))
            report(Health(self.name, ok=True, facts={"telephones": len(phones)}))
            while self._is_up() and all(phone.process and phone.process.returncode is None for phone in phones):
                await asyncio.sleep(LOOK_SECONDS)

    def _called_back_port(self) -> int:
        """Where the trunk leads: there the citizens are who are called back."""
        port = self._settings.trunk_uri.rpartition(":")[2]
        return int(port) if port.isdecimal() else 0

    async def _exchange_up(self) -> None:
        while not self._is_up():
            await asyncio.sleep(LOOK_SECONDS / 4)

    def _is_up(self) -> bool:
        phone = self._context.health.get("phone")
        return phone is not None and phone.ok and phone.code != "disabled"
