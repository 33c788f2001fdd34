"""Each part backs off alone; only a wrong setting of our own ends the whole."""

import asyncio
from collections.abc import Callable

import pytest

from contactcenter.clock import utc_now
from contactcenter.errors import Misconfigured, Unavailable
from contactcenter.health import HealthBoard
from contactcenter.ports import Health
from contactcenter.supervise import run_all
from tests.support import eventually


class Part:
    """A part that does what the test says, the first time; after that it is well."""

    def __init__(self, name: str, first: Exception | None = None, *, ends: bool = False) -> None:
        self.name, self.first, self.ends, self.runs = name, first, ends, 0

    async def run(self, report: Callable[[Health], None]) -> None:
        self.runs += 1
        if self.first and self.runs == 1:
            raise self.first
        report(Health(self.name, ok=True))
        if not self.ends:
            await asyncio.Event().wait()


async def test_a_sick_part_is_started_again_and_the_others_never_notice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("contactcenter.supervise.FIRST_PAUSE", 0.01)
    board, stop = HealthBoard(utc_now), asyncio.Event()
    sick, well = Part("sick", Unavailable("gone", "it is gone")), Part("well")
    broken, ended = Part("broken", RuntimeError("a defect")), Part("ended", ends=True)
    running = asyncio.create_task(run_all([sick, well, broken, ended], board, stop))
    await eventually(lambda: sick.runs == broken.runs == 2)
    assert well.runs == 1
    assert all(part.ok for part in board.all())
    stop.set()
    await running


async def test_a_wrong_setting_of_ours_ends_the_whole_with_its_words() -> None:
    board = HealthBoard(utc_now)
    wrong = Part("door", Misconfigured("settings", "CC_EMAIL__PORT: taken"))
    with pytest.raises(Misconfigured, match="CC_EMAIL__PORT"):
        await run_all([Part("well"), wrong], board, asyncio.Event())


async def test_a_fault_outside_of_us_is_shown_and_does_not_end_anything() -> None:
    board, stop = HealthBoard(utc_now), asyncio.Event()
    running = asyncio.create_task(run_all([Part("phone", Misconfigured("ami_login", "wrong secret"))], board, stop))
    await eventually(lambda: bool(board.all()))
    (phone,) = board.all()
    assert (phone.ok, phone.code, phone.hint) == (False, "ami_login", "wrong secret")
    stop.set()
    await running
