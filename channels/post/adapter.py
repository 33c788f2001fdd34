"""The post channel: watches the scanner's folder, takes whole files, has them read, files each letter."""

import asyncio
import logging
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from channels.post import letters
from channels.post.folder import Arrival, Folder, copy, discard, move
from channels.post.letters import Taken
from channels.post.outgoing import LetterSender, preview
from channels.post.pool import Pool
from channels.post.reader import FileReader, Progress
from channels.post.settings import PostSettings
from contactcenter.context import Context
from contactcenter.errors import Misconfigured, Refused, Unavailable
from contactcenter.ports import Adapter, Health

log = logging.getLogger(__name__)
TAKEN_AT_ONCE = 8
OLDEST_ARRIVAL = timedelta(days=7)
"""A file's own time is believed as time of arrival when it is no older than this and not in the future."""


def build(context: Context) -> list[Adapter]:
    """The channel, in and out, from the settings `CC_POST__…`."""
    settings = context.settings.group("post", PostSettings)
    context.letter_pages = partial(preview, context, settings)
    return [PostChannel(context, settings), LetterSender(context, settings)]


@dataclass(slots=True)
class Places:
    """Where things lie: the scanner's folder, files that are being read, and room to work."""

    scan: Path
    taken: Path
    work: Path

    @classmethod
    def of(cls, data_dir: Path, settings: PostSettings) -> "Places":
        root = (data_dir / "post").resolve()
        return cls((settings.folder or data_dir / "scan").resolve(), root / "taken", root / "work")

    def prepare(self) -> None:
        """Make the folders; raises Unavailable when the scanner's is not there and cannot be made."""
        shutil.rmtree(self.work, ignore_errors=True)
        for folder in (self.taken, self.work, self.scan):
            try:
                folder.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise Unavailable("scan_folder", f"{folder.name}: {error.strerror}") from error


@dataclass(slots=True)
class _State:
    """What the health report is made of."""

    trouble: tuple[str, str] = ("", "")
    queue_length: int = 0
    in_folder: int = 0
    progress: dict[int, Progress] = field(default_factory=dict)
    stuck: set[str] = field(default_factory=set)


class PostChannel:
    """The adapter. Its health's facts are `{file, pages_done, pages_total, queue_length, in_folder, files_in_work}`."""

    name = "post"

    def __init__(self, context: Context, settings: PostSettings) -> None:
        self._context, self._settings = context, settings
        self._places = Places.of(context.settings.data_dir, settings)
        self._state = _State()
        self._report: Callable[[Health], None] = lambda _: None
        self._wake = asyncio.Event()

    async def run(self, report: Callable[[Health], None]) -> None:
        """Watch and read until cancelled."""
        self._report = report
        if not self._settings.enabled:
            report(Health(self.name, ok=True, code="disabled"))
            await asyncio.Event().wait()
        await asyncio.to_thread(self._places.prepare)
        await self._discard_done()
        settings = self._settings
        async with Pool(settings.workers, settings.memory_mb, str(self._places.work)) as pool:
            await self._check(pool)
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._watch(), name="post-watch")
                tasks.create_task(self._read_all(pool), name="post-read")

    async def _check(self, pool: Pool) -> None:
        """Raises Misconfigured when Tesseract or one of its languages is not there."""
        languages = [self._settings.language, self._settings.second_language]
        try:
            await pool.ask({"do": "check", "languages": languages}, self._settings.page_seconds)
        except Refused as refused:
            raise Misconfigured(refused.code, refused.text) from refused

    async def _discard_done(self) -> None:
        """Files whose row was done when the process was killed before it could throw them away."""
        for path in self._places.taken.iterdir():
            row_id = path.name.partition("-")[0]
            if row_id.isdigit() and await self._context.store.read(letters.is_done, int(row_id)):
                path.unlink()

    async def _watch(self) -> None:
        settings = self._settings
        folder = Folder(self._places.scan, settings.post_box, settings.stable_polls, settings.patience_seconds)
        while True:
            try:
                await self._take_ready(folder)
                self._say()
            except Unavailable as error:
                self._say(error.code, error.text)
            except OSError as error:
                self._say("scan_folder", f"the scan folder cannot be read: {error.strerror}")
            await asyncio.sleep(settings.poll_seconds)

    async def _take_ready(self, folder: Folder) -> None:
        """Take what lies there whole, as far as there is room in the queue."""
        self._state.queue_length = await self._context.store.read(letters.count_waiting)
        room = self._settings.queue_limit - self._state.queue_length
        ready = await asyncio.to_thread(folder.look, time.monotonic(), max(0, room))
        ready = [arrival for arrival in ready if str(arrival.identity) not in self._state.stuck]
        self._state.in_folder = folder.present
        for start in range(0, len(ready), TAKEN_AT_ONCE):
            takers = [self._take(arrival) for arrival in ready[start : start + TAKEN_AT_ONCE]]
            for outcome in await asyncio.gather(*takers, return_exceptions=True):
                if outcome is not None:
                    raise outcome

    async def _take(self, arrival: Arrival) -> None:
        """File store, then row, then out of the folder: killed anywhere between, nothing is lost or doubled."""
        try:
            sha256 = await asyncio.to_thread(copy, arrival, self._context.files)
        except OSError as error:
            self._cannot(arrival, "scan_file_unreadable", f"a scanned file cannot be read: {error.strerror}")
            return
        if not sha256:
            return
        now = _arrived(arrival, self._context.clock())
        row_id = await self._context.store.run(letters.accept, arrival, sha256, now)
        try:
            await asyncio.to_thread(move, arrival, self._places.taken, row_id)
        except OSError as error:
            self._cannot(arrival, "scan_folder_locked", f"a taken file cannot be moved away: {error.strerror}")
        self._state.in_folder -= 1
        self._state.queue_length += 1
        self._wake.set()

    def _cannot(self, arrival: Arrival, code: str, hint: str) -> None:
        self._state.stuck.add(str(arrival.identity))
        self._say(code, hint)

    async def _read_all(self, pool: Pool) -> None:
        """Keep as many files in work as there are reading processes, in the order they came."""
        active: dict[int, asyncio.Task[None]] = {}
        try:
            while True:
                await self._start_reading(pool, active)
                waiter = asyncio.ensure_future(self._wake.wait())
                await asyncio.wait(
                    {waiter, *active.values()}, timeout=self._settings.poll_seconds, return_when=asyncio.FIRST_COMPLETED
                )
                waiter.cancel()
                self._wake.clear()
                for row_id in [row_id for row_id, task in active.items() if task.done()]:
                    active.pop(row_id).result()
        finally:
            for task in active.values():
                task.cancel()
            await asyncio.gather(*active.values(), return_exceptions=True)

    async def _start_reading(self, pool: Pool, active: dict[int, asyncio.Task[None]]) -> None:
        free = self._settings.workers - len(active)
        if free <= 0:
            return
        try:
            rows = await self._context.store.read(letters.waiting, len(active) + free)
        except Unavailable as error:
            self._say(error.code, error.text)
            return
        for taken in [row for row in rows if row.id not in active][:free]:
            active[taken.id] = asyncio.create_task(self._read(taken, pool), name=f"post-read-{taken.id}")

    async def _read(self, taken: Taken, pool: Pool) -> None:
        progress = self._state.progress[taken.id] = Progress(taken.name)
        reader = FileReader(self._context, self._settings, pool, self._places.work, progress, self._say)
        try:
            await reader.read(taken)
            await asyncio.to_thread(discard, self._places.taken, taken.id)
        except (Unavailable, Misconfigured) as error:
            self._say(error.code, error.text)
            await asyncio.sleep(self._settings.poll_seconds)  # the row still waits; it is begun again
        finally:
            del self._state.progress[taken.id]
            self._say(*self._state.trouble)

    def _say(self, code: str = "", hint: str = "") -> None:
        state = self._state
        if not code and state.stuck:
            code, hint = (
                "scan_folder_locked",
                "some files in the scan folder cannot be read or moved away: see its rights",
            )
        state.trouble = (code, hint)
        oldest = next(iter(state.progress.values()), Progress(""))
        facts = {
            "file": oldest.file,
            "pages_done": oldest.done,
            "pages_total": oldest.total,
            "queue_length": state.queue_length,
            "in_folder": state.in_folder,
            "files_in_work": len(state.progress),
        }
        self._report(Health(self.name, ok=not code, code=code, hint=hint, facts=facts))


def _arrived(arrival: Arrival, now: datetime) -> datetime:
    """When the letter came: the file's own time where it is believable, so that a long backlog does not hide it."""
    written = datetime.fromtimestamp(min(arrival.mtime_ns / 1e9, 2**32), UTC)
    return written if now - OLDEST_ARRIVAL < written < now else now
