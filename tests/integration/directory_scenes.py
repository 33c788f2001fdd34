"""Every verb of the staff directory, as the law of the console plays them."""

from collections.abc import Awaitable, Callable
from typing import Any

from tests.integration.consoles import Screen
from tests.integration.test_console_directory import bring, find, tone

Scene = Callable[[Any], Awaitable[Any]]


async def _anna(stage: Any) -> Screen:
    """Anna, who is in the directory now."""
    assert (await bring(stage.site)).status_code == 200
    screen: Screen = stage.screens["anna"]
    return screen


async def set_absence(stage: Any) -> None:
    await (await _anna(stage)).ok("set_absence", reason="meeting")


async def clear_absence(stage: Any) -> None:
    screen = await _anna(stage)
    await screen.ok("set_absence", reason="lunch")
    await screen.ok("clear_absence")


async def mail_colleague(stage: Any) -> None:
    screen = await _anna(stage)
    [colleague] = await find(screen.browser, "bygglov")
    await screen.ok("mail_colleague", person_id=colleague["id"], number="+46701740605", text="Ring gärna.")


async def set_absence_code(stage: Any) -> None:
    await (await _anna(stage)).ok("set_absence_code", pin="482913")


async def set_calendar(stage: Any) -> None:
    await (await _anna(stage)).ok("set_calendar", url="https://calendar.example/anna.ics")


async def set_name_recording(stage: Any) -> None:
    screen = await _anna(stage)
    headers = {"Content-Type": "audio/wav", "X-File-Name": "namn.wav"}
    answer = await screen.browser.http.post("/api/console/uploads", content=tone(), headers=headers)
    await screen.ok("set_name_recording", upload=answer.json()["id"])


SCENES: dict[str, Scene] = {
    scene.__name__: scene
    for scene in (set_absence, clear_absence, mail_colleague, set_absence_code, set_calendar, set_name_recording)
}
