"""The directory as a part of the process: reads calendars as they fall due, and the directory server by the clock."""

import asyncio
import logging
from collections.abc import Callable
from datetime import timedelta
from zoneinfo import ZoneInfo

from contactcenter.context import Context
from contactcenter.directory import absence, calendar_fetch, calendars, importing, ldap
from contactcenter.directory.calendar_child import Workshop
from contactcenter.directory.calendar_fetch import Limits
from contactcenter.directory.calendars import Due
from contactcenter.directory.look import Look
from contactcenter.directory.settings import DirectorySettings
from contactcenter.errors import ContactCenterError
from contactcenter.ports import Health

log = logging.getLogger(__name__)

LOOK_SECONDS = 5.0
"""How often it is looked which calendars are due."""
TOGETHER = 4
"""Calendars that are fetched at the same time."""
TIDY_SECONDS = 3600.0


def build(context: Context) -> "DirectoryKeeper":
    return DirectoryKeeper(context, context.settings.group("directory", DirectorySettings))


class DirectoryKeeper:
    """See contactcenter.ports.Adapter."""

    name = "directory"

    def __init__(self, context: Context, settings: DirectorySettings) -> None:
        self._context, self._settings = context, settings
        self._zone = context.settings.time_zone
        self._workshop = Workshop(settings.calendar_seconds)
        self._pause = timedelta(minutes=settings.calendar_minutes)
        self._limits = Limits(
            settings.calendar_seconds, settings.calendar_kilobytes * 1024, settings.calendar_networks,
            settings.calendar_ca_file,
        )  # fmt: skip

    async def run(self, report: Callable[[Health], None]) -> None:
        """Until cancelled."""
        report(Health(self.name, ok=True))
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._keep_calendars(), name="directory-calendars")
                group.create_task(self._tidy(), name="directory-tidy")
                if self._settings.ldap_url:
                    group.create_task(self._keep_ldap(report), name="directory-ldap")
        finally:
            await self._workshop.close()

    # ------------------------------------------------------------------ calendars

    async def _keep_calendars(self) -> None:
        while True:
            if not await self.read_due():
                await asyncio.sleep(LOOK_SECONDS)

    async def read_due(self) -> int:
        """Read the calendars that are due now; returns how many they were."""
        due = await self._context.store.run(calendars.take_due, self._context.clock(), self._pause)
        room = asyncio.Semaphore(TOGETHER)

        async def one(calendar: Due) -> None:
            async with room:
                await self._read(calendar)

        await asyncio.gather(*(one(calendar) for calendar in due))
        return len(due)

    async def _read(self, due: Due) -> None:
        store = self._context.store
        try:
            fetched = await asyncio.to_thread(calendar_fetch.fetch, due.url, self._limits, due.etag, due.modified)
            if fetched.data is None:
                await store.run(calendars.unchanged, due, self._context.clock())
                return
            busy = await self._workshop.busy(fetched.data, self._look(due.owner), self._zone)
            await store.run(calendars.read, due, fetched, busy, self._context.clock())
        except ContactCenterError as fault:
            log.info("action=calendar_not_read person=%d code=%s", due.person_id, fault.code)
            await store.run(calendars.failed, due, fault.code, self._context.clock(), self._pause)

    def _look(self, owner: str) -> Look:
        now = self._context.clock()
        end = now + timedelta(days=self._settings.calendar_days)
        return Look(now - timedelta(hours=1), end, ZoneInfo(self._zone), owner, self._settings.tentative_is_busy)

    # ------------------------------------------------------------------ directory server

    async def _keep_ldap(self, report: Callable[[Health], None]) -> None:
        while True:
            try:
                plan = await self.read_ldap()
                report(Health(self.name, ok=True, facts={"changes": len(plan.changes), "faults": len(plan.faults)}))
            except ContactCenterError as fault:
                log.warning("action=directory_server_not_read code=%s", fault.code)
                report(Health(self.name, ok=False, code=fault.code, hint=fault.text))
            await asyncio.sleep(self._settings.ldap_minutes * 60)

    async def read_ldap(self) -> importing.Plan:
        """Read the directory server once and write what has changed. Raises ContactCenterError."""
        records, faults = await ldap.fetch(self._settings)
        settings, store = self._settings, self._context.store
        place = await store.read(importing.organisation_of, settings.organisation)
        return await store.run(
            importing.apply, "ldap", place.id, records, faults, self._context.clock(), most_gone=settings.most_gone
        )

    async def _tidy(self) -> None:
        """The past is not kept: who was ill when is nobody's business."""
        while True:
            await self._context.store.run(absence.forget_past, self._context.clock())
            await asyncio.sleep(TIDY_SECONDS)
