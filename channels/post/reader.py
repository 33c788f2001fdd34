"""Reading one taken file: its pages in parallel, its letters in order, each filed as soon as it is whole."""

import asyncio
import logging
import shutil
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from channels.post import letters
from channels.post.batches import PageSeen, Part, Splitter
from channels.post.codes import Separator
from channels.post.kinds import EXTENSIONS, MEDIA_TYPES
from channels.post.letters import Letter, Taken
from channels.post.pool import Pool
from channels.post.settings import PostSettings
from contactcenter.context import Context
from contactcenter.errors import Misconfigured, Refused, Unavailable
from contactcenter.letters import marks
from contactcenter.letters.marks import LetterMark
from contactcenter.ports import InboundContact, StoredFile

log = logging.getLogger(__name__)
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
T = TypeVar("T")


@dataclass(slots=True)
class Progress:
    """How far a file has been read."""

    file: str
    done: int = 0
    total: int = 0


@dataclass(frozen=True, slots=True)
class _Open:
    """The file being read: what it is, where it lies, and its room to work."""

    taken: Taken
    path: Path
    kind: str
    count: int
    folder: Path


class FileReader:
    """Reads one file. Whatever is wrong with the file ends as a case; whatever is wrong with us is tried again."""

    def __init__(
        self,
        context: Context,
        settings: PostSettings,
        pool: Pool,
        work: Path,
        progress: Progress,
        say: Callable[[str, str], None],
    ) -> None:
        self._context, self._settings, self._pool = context, settings, pool
        self._work, self._progress, self._say = work, progress, say
        self._unread: dict[int, str] = {}
        self._seen: dict[int, dict[str, Any]] = {}

    async def read(self, taken: Taken) -> None:
        """Read and file all of it; afterwards its row is done."""
        if taken.copy_of:
            await self._read_copy(taken)
            return
        attempts = await self._context.store.run(letters.begin, taken.id)
        try:
            if attempts > self._settings.attempts:
                await self._give_up(taken, "gave_up")
            else:
                await self._read_letters(taken)
        except Refused as refused:
            await self._give_up(taken, refused.code)
        except asyncio.CancelledError:
            await asyncio.shield(self._context.store.run(letters.give_back, taken.id))
            raise
        except (Unavailable, Misconfigured):
            await self._kept(lambda: self._context.store.run(letters.give_back, taken.id))
            raise
        except Exception:
            log.exception("action=scan_failed inbox=%d", taken.id)
            await self._give_up(taken, "internal_error")

    async def _read_copy(self, taken: Taken) -> None:
        """The same content came before: say so once that one is done, and read nothing twice."""
        store = self._context.store
        while not await store.read(letters.is_done, taken.copy_of):
            await asyncio.sleep(self._settings.poll_seconds)
        numbers = await store.read(letters.cases_of, taken.copy_of)
        await self._deliver(taken, letters.repeated(taken, numbers, self._original(taken)), last=True)

    async def _give_up(self, taken: Taken, code: str) -> None:
        log.info("action=scan_refused inbox=%d code=%s", taken.id, code)
        await self._deliver(taken, letters.unread(taken, code, self._original(taken)), last=True)

    async def _read_letters(self, taken: Taken) -> None:
        folder = self._work / str(taken.id)
        folder.mkdir(parents=True, exist_ok=True)
        try:
            file = await self._opened(taken, folder)
            self._progress.total = file.count
            splitter, held = Splitter(), list[Part]()
            async with aclosing(self._pages(file)) as pages:
                async for page in pages:
                    held += splitter.add(page)
                    while len(held) > 1:  # the last is kept back: with it the file is done
                        await self._file(file, held.pop(0), alone=False, last=False)
            held += splitter.end()
            await self._file_rest(file, held)
        finally:
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)

    async def _file_rest(self, file: _Open, held: list[Part]) -> None:
        if not held:
            await self._give_up(file.taken, "no_letter")
        alone = len(held) == 1 and self._is_whole(file, held[0])
        for place, part in enumerate(held, 1):
            await self._file(file, part, alone=alone, last=place == len(held))

    def _is_whole(self, file: _Open, part: Part) -> bool:
        """Whether the part is all of the file, so that the original is its own."""
        sheets = 1 if part.separator else 0
        return part.first == 0 and len(part.pages) + len(part.blank) + sheets == file.count

    async def _opened(self, taken: Taken, folder: Path) -> _Open:
        path = self._context.files.path(taken.sha256)
        request = {"do": "open", "path": str(path), "limits": self._limits()}
        opened = await self._pool.ask(request, self._settings.page_seconds)
        return _Open(taken, path, opened["kind"], opened["pages"], folder)

    def _limits(self) -> dict[str, int]:
        settings = self._settings
        return {
            "bytes": settings.max_file_mb << 20,
            "pages": settings.max_pages,
            "pixels": settings.max_pixels,
            "side": settings.max_side,
            "dpi": settings.dpi,
        }

    async def _pages(self, file: _Open) -> AsyncGenerator[PageSeen]:
        """All pages in order; some more than there are processes are asked for ahead."""
        ahead: deque[asyncio.Task[PageSeen]] = deque()
        following = iter(range(file.count))
        try:
            while True:
                while len(ahead) < self._pool.workers + 2 and (index := next(following, None)) is not None:
                    ahead.append(asyncio.create_task(self._page(file, index)))
                if not ahead:
                    return
                yield await ahead.popleft()
                self._progress.done += 1
                self._say("", "")
        finally:
            for task in ahead:
                task.cancel()
            await asyncio.gather(*ahead, return_exceptions=True)

    async def _page(self, file: _Open, index: int) -> PageSeen:
        settings = self._settings
        folder = file.folder / f"{index:05d}"
        folder.mkdir()
        request = {
            "do": "page",
            "path": str(file.path),
            "limits": self._limits(),
            "index": index,
            "folder": str(folder),
            "languages": [settings.language, settings.second_language],
            "page_dpi": settings.page_dpi,
        }
        try:
            seen = await self._pool.ask(request, settings.page_seconds)
        except Refused as refused:
            self._unread[index] = refused.code
            return PageSeen(index, unseen=refused.code)
        self._seen[index] = seen
        for name in (f"page-{index:05d}.jpg", f"page-{index:05d}.json"):
            if (folder / name).exists():
                (folder / name).rename(file.folder / name)
        separator = Separator(**seen["separator"]) if seen["separator"] else None
        return PageSeen(index, separator, seen["blank"], mark=_mark(seen["codes"]))

    async def _file(self, file: _Open, part: Part, *, alone: bool, last: bool) -> None:
        """Bind one letter and file it."""
        pages = [index for index in part.pages or part.blank if index in self._seen]
        bound, problems = await self._bound(file, pages)
        own = await self._kept(lambda: self._context.store.read(letters.ours))
        original = [self._original(file.taken, file.kind)] if alone else await self._extracted(file, part)
        made = await self._kept(lambda: asyncio.to_thread(self._store_files, file, bound))
        unread = {str(index + 1): self._unread[index] for index in part.pages if index in self._unread}
        if unread and not pages:
            problems = (*unread.values(), *problems)
        facts: dict[str, Any] = {"unread_pages": unread} if unread else {}
        if codes := [code for index in pages for code in self._seen[index]["codes"]]:
            facts["codes"] = codes
        letter = Letter(part, bound, (*original, *made), file.count, facts, problems)
        await self._deliver(file.taken, letters.contact(file.taken, letter, self._settings.sure, own), last=last)
        self._forget(file, part)

    async def _bound(self, file: _Open, pages: list[int]) -> tuple[dict[str, Any], tuple[str, ...]]:
        if not pages:
            return {}, ()
        request = {
            "do": "bind",
            "folder": str(file.folder),
            "pages": pages,
            "page_dpi": self._settings.page_dpi,
            "today": self._context.clock().date().isoformat(),
        }
        try:
            return await self._pool.ask(request, self._settings.bind_seconds), ()
        except Refused as refused:
            return {}, (refused.code,)

    async def _extracted(self, file: _Open, part: Part) -> list[StoredFile]:
        """The letter's own pages of a batch, because the rest of the file is other people's letters. Should that
        fail, the whole file: it is all there is to look at."""
        pages = sorted((*part.pages, *part.blank))
        if not pages:
            return []
        target = file.folder / f"extract-{pages[0]:05d}"
        request = {"do": "extract", "path": str(file.path), "kind": file.kind, "pages": pages, "target": str(target)}
        try:
            await self._pool.ask(request, self._settings.bind_seconds)
        except Refused:
            return [self._original(file.taken, file.kind)]
        numbers = [index + 1 for index in pages]
        extension, media_type = EXTENSIONS[file.kind], MEDIA_TYPES[file.kind]
        name = f"{Path(file.taken.name).stem}-sida-{numbers[0]}-{numbers[-1]}.{extension}"
        facts = {"of_sha256": file.taken.sha256, "pages": numbers}
        return [await self._kept(lambda: asyncio.to_thread(self._stored, target, name, media_type, "original", facts))]

    def _store_files(self, file: _Open, bound: dict[str, Any]) -> list[StoredFile]:
        """The searchable PDF and the page images."""
        if not bound:
            return []
        stem = Path(file.taken.name).stem
        found = [self._stored(file.folder / bound["searchable"], f"{stem}-sokbar.pdf", "application/pdf", "searchable")]
        for number, page in enumerate(bound["pages"], 1):
            path = file.folder / self._seen[page["index"]]["image"]
            facts = self._page_facts(page, number)
            found.append(self._stored(path, f"{stem}-{number}.jpg", "image/jpeg", "page", facts))
        return found

    def _page_facts(self, page: dict[str, Any], number: int) -> dict[str, Any]:
        seen = self._seen[page["index"]]
        return {
            "page": number,
            "page_of_file": page["index"] + 1,
            "width": seen["width"],
            "height": seen["height"],
            "turned": seen["turned"],
            "skew": seen["skew"],
            "confidence": round(seen["confidence"], 3),
            "words": page["words"],
        }

    def _original(self, taken: Taken, kind: str = "") -> StoredFile:
        media_type = MEDIA_TYPES.get(kind, "application/octet-stream")
        return StoredFile(taken.sha256, taken.size, taken.name, media_type, "original")

    def _stored(
        self, path: Path, name: str, media_type: str, role: str, facts: dict[str, Any] | None = None
    ) -> StoredFile:
        sha256, size = self._context.files.put_file(path)
        return StoredFile(sha256, size, name, media_type, role, facts or {})

    def _forget(self, file: _Open, part: Part) -> None:
        """Let go of what a filed letter needed, so that a long batch needs no more than its longest letter."""
        for index in (*part.pages, *part.blank):
            self._seen.pop(index, None)
            shutil.rmtree(file.folder / f"{index:05d}", ignore_errors=True)
            for end in ("jpg", "json"):
                (file.folder / f"page-{index:05d}.{end}").unlink(missing_ok=True)

    async def _deliver(self, taken: Taken, inbound: InboundContact, *, last: bool) -> None:
        now = self._context.clock()
        await self._kept(lambda: self._context.store.run(letters.deliver, inbound, taken.id, last, now))

    async def _kept(self, work: Callable[[], Awaitable[T]]) -> T:
        """Do `work` until database and disk take it: a letter that was read is not read again for their sake."""
        pause = FIRST_PAUSE
        while True:
            try:
                return await work()
            except (Unavailable, Misconfigured) as error:
                self._say(error.code, error.text)
            await asyncio.sleep(pause)
            pause = min(LONGEST_PAUSE, pause * 2)


def _mark(codes: Sequence[str]) -> LetterMark | None:
    """Which letter of ours the page is of; None when it is of none, or its codes disagree."""
    found = {mark for code in codes if (mark := marks.parse(code))}
    return found.pop() if len(found) == 1 else None
