"""A mail room that scans letters by invented people into the scan folder: for the demonstration and `simulate`.

It goes through the front door only: files appear in the folder as scanners make them appear. Most write under
another name and rename; some write slowly under the final name, which the channel must wait for.
"""

import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from channels.post import generate
from channels.post.sheets import SheetEntry, drawn_sheet

DEMO_LOOKS = ("dpi200", "skewed", "stamped", "typewriter", "faded", "fax", "turned180", "g4table")
DPI = 200
SLOW_SHARE = 0.15
BATCH_SHARE = 0.15
CHUNKS = 12


@dataclass(frozen=True, slots=True)
class Scanned:
    """What was dropped: for those who want to know what should come out."""

    path: Path
    letters: int
    senders: tuple[str, ...]


class MailRoom:
    """Scans into `folder`/`box`. `sheets` are the separator sheets it has; `case_numbers` are those that
    some citizens quote. The same seed makes the same letters."""

    def __init__(
        self,
        folder: Path,
        box: str = "",
        seed: int = 1,
        sheets: Sequence[SheetEntry] = (),
        case_numbers: Sequence[str] = (),
    ) -> None:
        self.folder = folder / box if box else folder
        self._sheets, self._numbers = sheets, case_numbers
        self._random = random.Random(seed)  # noqa: S311 - made-up letters, no secret
        self._count = 0

    async def scan(self) -> Scanned:
        """Scan one letter, or now and then a batch of three between sheets."""
        self._count += 1
        batch = bool(self._sheets) and self._random.random() < BATCH_SHARE
        content, extension, senders = await asyncio.to_thread(self._batch if batch else self._single)
        name = f"skanning-{self._random.randrange(10**6):06d}-{self._count:04d}.{extension}"
        slow = self._random.random() < SLOW_SHARE
        path = await (write_slowly if slow else write_well)(self.folder / name, content)
        return Scanned(path, len(senders), senders)

    async def scan_many(self, count: int, over: float) -> list[Scanned]:
        """Scan `count` times, spread over `over` seconds; the first at once."""
        done = []
        for place in range(count):
            if place:
                await asyncio.sleep(over / count * self._random.uniform(0.6, 1.4))
            done.append(await self.scan())
        return done

    def _letter(self, look: str = "") -> tuple[str, list[Image.Image]]:
        number = self._random.choice(self._numbers) if self._numbers and self._random.random() < 0.2 else ""
        chosen = generate.with_look(look or self._random.choice(DEMO_LOOKS), DPI)
        seed = self._random.randrange(10**9)
        made = generate.made_letter(seed, case_number=number)
        return made.person.name, [page.image for page in generate.scanned(made, chosen, seed)]

    def _single(self) -> tuple[bytes, str, tuple[str, ...]]:
        name, images = self._letter()
        if len(images) == 1 and self._random.random() < 0.3 and images[0].mode != "1":
            return generate.as_image(images[0], "JPEG", DPI), "jpg", (name,)
        if self._random.random() < 0.3:
            return generate.as_tiff(images, DPI), "tif", (name,)
        return generate.as_pdf(images, DPI), "pdf", (name,)

    def _batch(self) -> tuple[bytes, str, tuple[str, ...]]:
        stack: list[Image.Image] = []
        senders = []
        for _ in range(3):
            name, images = self._letter("dpi200")
            stack += [drawn_sheet(self._random.choice(self._sheets), DPI), *images]
            senders.append(name)
        return generate.as_pdf(stack, DPI), "pdf", tuple(senders)


async def write_well(path: Path, content: bytes) -> Path:
    """Write under another name, then rename: the file is whole from the first moment."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f"{path.name}.part")
    await asyncio.to_thread(unfinished.write_bytes, content)
    return unfinished.rename(path)


async def write_slowly(path: Path, content: bytes, seconds: float = 3.0) -> Path:
    """Write piece by piece under the final name, as old scanners do."""
    path.parent.mkdir(parents=True, exist_ok=True)
    step = max(1, len(content) // CHUNKS)
    with path.open("wb") as out:
        for start in range(0, len(content), step):
            out.write(content[start : start + step])
            out.flush()
            await asyncio.sleep(seconds / CHUNKS)
    return path
