"""Reading scanned letters: pages per minute and errors, beside bare `tesseract` on the same pages in the same run.

The baseline is the `tesseract` command with the same settings as ours (`swe`, one thread each, as many at a time as
we have reading processes, orientation found, words with places), started once for each page image. Ours is the whole
way: the file in the scanner's folder to committed cases, with searchable PDF, page images and fields. So ours also
draws PDFs, looks for codes, straightens, takes the second look in `eng` and writes to the database.
"""

import asyncio
import os
import random
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from PIL import Image
from sqlmodel import Session, select

from benchmarks.databases import fresh
from channels.post import generate
from channels.post.adapter import PostChannel
from channels.post.settings import PostSettings
from channels.post.wording import Letter
from contactcenter.clock import utc_now
from contactcenter.context import Context
from contactcenter.files import FileStore
from contactcenter.health import HealthBoard
from contactcenter.model import Contact
from contactcenter.settings import Settings
from contactcenter.store import Store
from contactcenter.tail import Tail
from tests import town

WORKERS, ROUND, LEAST_RATIO = 2, 13, 0.9
LOOKS = tuple(generate.LOOKS)
SIGNS = set("åäöÅÄÖ")


def children_seconds() -> float:
    """Processor seconds of all ended child processes and theirs."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


@dataclass
class Sample:
    """A generated letter, its one page and what stands on it."""

    name: str
    look: str
    letter: Letter
    image: Image.Image
    text: str


@dataclass
class Effort:
    """Wall-clock and processor seconds. `before`: what children had used when the measuring began."""

    seconds: float = 0.0
    cpu: float = 0.0
    before: float = field(default_factory=children_seconds)


@dataclass
class Tally:
    """Errors against truth."""

    wrong: int = 0
    signs: int = 0
    words: Counter[bool] = field(default_factory=Counter)
    mails: Counter[bool] = field(default_factory=Counter)
    fields: Counter[bool] = field(default_factory=Counter)

    def add(self, sample: Sample, text: str) -> None:
        truth, read = " ".join(sample.text.split()), " ".join(text.split())
        self.wrong += distance(truth, read)
        self.signs += len(truth)
        there = Counter(_words(read))
        for word in _words(truth):
            if SIGNS & set(word):
                self.words[there[word] > 0] += 1
                there[word] -= 1
        self.mails[sample.letter.person.email in read] += 1

    def add_fields(self, sample: Sample, contact: Contact) -> None:
        for kind, value in sample.letter.fields.items():
            found = [one["value"] for one in contact.facts["fields"] if one["kind"] == kind]
            self.fields[found[:1] == [value] or (kind == "date" and value in found)] += 1

    @property
    def rate(self) -> float:
        """Character error rate in per cent."""
        return 100 * self.wrong / max(1, self.signs)


def distance(one: str, other: str) -> int:
    """Least number of insertions, deletions and substitutions (Levenshtein 1966)."""
    row = list(range(len(other) + 1))
    for place, sign in enumerate(one, 1):
        before, row[0] = row[0], place
        for column, letter in enumerate(other, 1):
            before, row[column] = row[column], min(row[column] + 1, row[column - 1] + 1, before + (sign != letter))
    return row[-1]


def samples(count: int, seed: int = 100) -> list[Sample]:
    """One-page letters in every look; those that take more pages are passed over."""
    found: list[Sample] = []
    rng = random.Random(seed)
    while len(found) < count:
        look = LOOKS[len(found) % len(LOOKS)]
        made, pages = generate.sample(rng.randrange(10**9), look, case_number=f"KC-2026-{rng.randrange(10**6):06d}")
        if len(pages) == 1:
            found.append(Sample(f"{len(found):03d}-{look}", look, made, pages[0].image, pages[0].text))
    return found


def bare(pages: Sequence[Path]) -> tuple[float, list[str]]:
    """Seconds that the tesseract command takes for all pages, and what it read."""
    environment = os.environ | {"OMP_THREAD_LIMIT": "1"}

    def one(page: Path) -> str:
        command = ["tesseract", str(page), str(page.with_suffix("")), "-l", "swe", "--psm", "1", "tsv", "txt"]
        subprocess.run(command, check=True, capture_output=True, env=environment)
        return page.with_suffix(".txt").read_text("utf-8")

    started = time.perf_counter()
    with ThreadPoolExecutor(WORKERS) as threads:
        texts = list(threads.map(one, pages))
    return time.perf_counter() - started, texts


@asynccontextmanager
async def channel(store: Store, folder: Path) -> AsyncIterator[Path]:
    """The post channel at work, started and checked; gives the scanner's folder."""
    scan = folder / "scan"
    scan.mkdir(parents=True)
    post = {"folder": scan, "workers": WORKERS, "poll_seconds": 0.1, "stable_polls": 1, "queue_limit": 10_000}
    settings = Settings(data_dir=folder, database_url=store.url, groups={"post": post})
    context = Context(settings, store, Tail(store), FileStore(folder / "files"), utc_now, HealthBoard(utc_now))
    ready = asyncio.Event()
    running = asyncio.create_task(PostChannel(context, settings.group("post", PostSettings)).run(lambda _: ready.set()))
    await ready.wait()
    yield scan
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def ours(store: Store, scan: Path, files: Sequence[Path], before: int) -> float:
    """Seconds from the first file in the scanner's folder to the last case committed."""
    started = time.perf_counter()
    for file in files:
        file.rename(scan / file.name)
    while len(await store.read(_letters)) < before + len(files):
        await asyncio.sleep(0.1)
    return time.perf_counter() - started


async def race(
    store: Store, folder: Path, pages: Sequence[Path], files: Sequence[Path]
) -> tuple[Effort, Effort, list[str]]:
    """Both on the same pages, in turns, so that whatever else the machine does hits both."""
    base, own, texts = Effort(), Effort(), list[str]()
    async with channel(store, folder) as scan:
        for start in range(0, len(pages), ROUND):
            used = children_seconds()
            seconds, read = await asyncio.to_thread(bare, pages[start : start + ROUND])
            base.seconds += seconds
            base.cpu += children_seconds() - used
            texts += read
            own.seconds += await ours(store, scan, files[start : start + ROUND], start)
    own.cpu = children_seconds() - base.cpu - own.before  # known now that the reading processes have ended
    return base, own, texts


def compare(count: int, kind: str) -> None:
    """Print speed and errors for `count` letters given as `kind` (`png` or `pdf`)."""
    every = samples(count)
    with tempfile.TemporaryDirectory(prefix="contactcenter-ocr-") as name, fresh("sqlite") as store:
        folder = Path(name)
        store.sync_run(town.build, utc_now())
        pages, files = zip(*[_written(sample, folder, kind) for sample in every], strict=True)
        base, own, texts = asyncio.run(race(store, folder / "var", pages, files))
        read = store.sync_read(_letters)
    by_name = {contact.facts["file"]["name"]: contact for contact in read}
    alone, whole, looks = Tally(), Tally(), {look: (Tally(), Tally()) for look in LOOKS}
    for sample, text in zip(every, texts, strict=True):
        contact = by_name[f"{sample.name}.{kind}"]
        one, other = looks[sample.look]
        for tally, got in ((alone, text), (whole, contact.text), (one, text), (other, contact.text)):
            tally.add(sample, got)
        whole.add_fields(sample, contact)
    print(f"{count} letters as {kind}, {WORKERS} processes      bare tesseract   ours")
    _print_speed(count, base, own)
    _print_errors(alone, whole, looks)


def main(count: int = 26) -> None:
    """Measure with PNG files (what the bare command is given, too) and with PDF files."""
    for kind in ("png", "pdf"):
        compare(count, kind)


def _print_speed(count: int, base: Effort, own: Effort) -> None:
    ratio = base.seconds / own.seconds
    print(
        f"  pages per minute                {60 * count / base.seconds:13.1f} {60 * count / own.seconds:10.1f}", end=""
    )
    print(f"   ratio {ratio:.2f} (at least {LEAST_RATIO})")
    print(f"  processor seconds per page      {base.cpu / count:13.2f} {own.cpu / count:10.2f}", end="")
    print(f"   ratio {base.cpu / own.cpu:.2f}")


def _print_errors(alone: Tally, whole: Tally, looks: dict[str, tuple[Tally, Tally]]) -> None:
    print(f"  character errors, %             {alone.rate:13.2f} {whole.rate:10.2f}")
    print(f"  words with å ä ö right, %       {_share(alone.words):13.1f} {_share(whole.words):10.1f}")
    print(f"  e-mail addresses right, %       {_share(alone.mails):13.1f} {_share(whole.mails):10.1f}")
    print(f"  fields right, %                 {'-':>13} {_share(whole.fields):10.1f}")
    for look, (one, other) in looks.items():
        print(f"    {look:<12} character errors, %{one.rate:11.2f} {other.rate:10.2f}")


def _written(sample: Sample, folder: Path, kind: str) -> tuple[Path, Path]:
    """The page as PNG for the bare command, and the file for the scanner's folder."""
    dpi = generate.LOOKS[sample.look].dpi
    page, file = folder / f"bare-{sample.name}.png", folder / f"{sample.name}.{kind}"
    page.write_bytes(generate.as_image(sample.image, "PNG", dpi))
    file.write_bytes(page.read_bytes() if kind == "png" else generate.as_pdf([sample.image], dpi))
    return page, file


def _letters(session: Session) -> list[Contact]:
    return list(session.exec(select(Contact)).all())


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text)


def _share(counted: Counter[bool]) -> float:
    return 100 * counted[True] / max(1, counted.total())


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:]))
