"""An Asterisk of our own: found, started as a child in its own process group, watched, stopped.

An Asterisk that outlived us (we were killed) is adopted instead of started again: its calls go on.
"""

import asyncio
import logging
import os
import shutil
import signal
import subprocess
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from contactcenter.errors import Misconfigured
from pbx import configure
from pbx.configure import Install, Rendered
from pbx.plan import Plan
from pbx.settings import PhoneSettings

log = logging.getLogger(__name__)

FETCHED = Path(__file__).resolve().parents[1] / ".cache" / "asterisk"
MEND = "install it (apt install asterisk) or run: make setup"
LOADERS = ("usr/lib64/ld-linux-*.so.*", "usr/lib/*-linux-gnu/ld-linux-*.so.*", "usr/lib/ld-linux-*.so.*")
BOOT_SECONDS = 40
STOP_SECONDS = 10
LOOK_SECONDS = 0.1
LONGEST_SOCKET_PATH = 107  # sun_path in Linux, see unix(7)
RELOADS = ("dialplan reload", "module reload res_pjsip.so", "queue reload all", "moh reload")


def find_asterisk(root: Path | None = None) -> Install:
    """The Asterisk to run: the folder named, else the system's own, else the fetched one.

    Raises `Misconfigured` with the command that mends it.
    """
    if root:
        return _fetched(root)
    own = shutil.which("asterisk") or shutil.which("asterisk", path="/usr/sbin:/usr/local/sbin")
    if own:
        return Install(command=(own,), modules=_modules(Path("/")), data=Path("/usr/share/asterisk"))
    return _fetched(FETCHED)


def _fetched(root: Path) -> Install:
    """A tree of Debian packages runs without chroot when its own loader is told where its libraries are."""
    program = root / "usr/sbin/asterisk"
    found = (loader for pattern in LOADERS for loader in sorted(root.glob(pattern)))
    loader = next(found, None)
    if not program.is_file() or loader is None:
        raise Misconfigured("asterisk_missing", f"no Asterisk found; {MEND}")
    libraries = next(iter(sorted(root.glob("usr/lib/*-linux-gnu"))))
    command = (str(loader), "--library-path", str(libraries), str(program))
    return Install(command=command, modules=_modules(root), data=root / "usr/share/asterisk")


def _modules(root: Path) -> Path:
    for pattern in ("usr/lib/*/asterisk/modules", "usr/lib/asterisk/modules", "usr/local/lib/asterisk/modules"):
        for folder in sorted(root.glob(pattern)):
            if (folder / "chan_pjsip.so").is_file():
                return folder
    raise Misconfigured("asterisk_modules_missing", f"Asterisk has no chan_pjsip module; {MEND}")


@dataclass(slots=True)
class Exchange:
    """A configured Asterisk. `start` returns when it takes calls; `ended` returns when it is gone."""

    rendered: Rendered
    install: Install
    process: subprocess.Popen[bytes] | None = None

    @classmethod
    def prepare(cls, folder: Path, plan: Plan, settings: PhoneSettings) -> "Exchange":
        """Find and configure (slow the first time: prompts are spoken); an Asterisk still running keeps its ports."""
        install = find_asterisk(settings.asterisk_root)
        folder = folder.resolve()
        if len(str(folder / "run" / "asterisk.ctl")) > LONGEST_SOCKET_PATH:
            raise Misconfigured("data_dir", "the path of the data folder is too long for Asterisk's control socket")
        try:
            return cls(configure.render(folder, plan, settings, install, keep_ports=running(folder)), install)
        except PermissionError as cause:
            raise Misconfigured("data_dir", f"no permission to write {cause.filename}") from cause

    async def start(self) -> None:
        """Start and wait until booted. Raises `Misconfigured` with Asterisk's own last words when it does not."""
        if running(self.rendered.folder):
            log.info("action=exchange_adopted")
            await self.reload()
            return
        self.process = self._spawn()
        try:
            async with asyncio.timeout(BOOT_SECONDS):
                await self._booted()
        except TimeoutError as cause:
            await self.stop()
            raise Misconfigured("asterisk_slow", f"Asterisk was not ready in {BOOT_SECONDS} s") from cause
        log.info("action=exchange_started sip_port=%d", self.rendered.sip_port)

    def _spawn(self) -> subprocess.Popen[bytes]:
        """In a session of its own: a Ctrl-C meant for us must not cut the calls before we have said goodbye."""
        with (self.rendered.folder / "log" / "console").open("wb") as output:
            return subprocess.Popen(
                (*self.install.command, "-C", str(self.rendered.main_file), "-f", "-n"),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    async def _booted(self) -> None:
        while "fully booted" not in await self.command("core waitfullybooted"):
            if self.process and self.process.poll() is not None:
                raise Misconfigured("asterisk_died", f"Asterisk did not start: {self._last_words()}")
            await asyncio.sleep(LOOK_SECONDS)

    def _last_words(self) -> str:
        lines = (self.rendered.folder / "log" / "console").read_text(errors="replace").splitlines()
        return " / ".join(line for line in lines if "ERROR" in line)[-500:] or "see log/console in its folder"

    async def command(self, words: str) -> str:
        """Run a console command over the control socket (not AMI: our AMI user may not); empty when unreachable."""
        process = await asyncio.create_subprocess_exec(
            *self.install.command, "-C", str(self.rendered.main_file), "-rx", words,
            stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        try:
            async with asyncio.timeout(BOOT_SECONDS):
                output, _ = await process.communicate()
        except (TimeoutError, asyncio.CancelledError):
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
            raise
        return output.decode(errors="replace")

    async def reload(self) -> None:
        """Take up changed configuration; calls go on."""
        for words in RELOADS:
            await self.command(words)

    async def reconfigure(self, plan: Plan, settings: PhoneSettings) -> None:
        """Render anew (numbers, menus, telephones changed) and reload."""
        folder = self.rendered.folder
        self.rendered = await asyncio.to_thread(configure.render, folder, plan, settings, self.install, keep_ports=True)
        await self.reload()

    async def ended(self) -> None:
        """Return when Asterisk is no more."""
        while self.alive():  # an adopted process is no child: there is nothing to await
            await asyncio.sleep(LOOK_SECONDS)

    def alive(self) -> bool:
        return self.process.poll() is None if self.process else running(self.rendered.folder)

    async def stop(self) -> None:
        """Hang up everything and end the process; whatever does not go is killed."""
        pid = self.process.pid if self.process else _pid(self.rendered.folder)
        if not pid or not self.alive():
            return
        _signal(pid, signal.SIGTERM)
        try:
            async with asyncio.timeout(STOP_SECONDS):
                await self.ended()
        except TimeoutError:
            log.warning("action=exchange_killed")
            _signal(pid, signal.SIGKILL)
            await self.ended()
        (self.rendered.folder / "run" / "asterisk.pid").unlink(missing_ok=True)

    def let_go(self) -> None:
        """Leave it running; whoever comes next adopts it."""
        if self.process:
            self.process.returncode = 0  # not ours to wait for any more
            self.process = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()


def _signal(pid: int, number: signal.Signals) -> None:
    """To the group, so that nothing it started stays behind."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, number)


def running(folder: Path) -> bool:
    """Whether an Asterisk runs from this folder: the pid file may be old and its number somebody else's."""
    pid = _pid(folder)
    with suppress(OSError):
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        return bool(pid) and str(folder / "etc" / "asterisk.conf").encode() in words and not _zombie(pid)
    return False


def _zombie(pid: int) -> bool:
    return ") Z " in Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")


def _pid(folder: Path) -> int:
    with suppress(OSError, ValueError):
        return int((folder / "run" / "asterisk.pid").read_text(encoding="ascii"))
    return 0
