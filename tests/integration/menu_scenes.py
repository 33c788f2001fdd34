"""Every verb of the menus and of messages before the queue, as the law of the console plays them."""

import array
import io
import math
import wave
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from sqlmodel import Session, select

from contactcenter import journal, menus
from contactcenter.clock import utc_now
from contactcenter.menus_model import Surge
from contactcenter.model import AddressPoint, Organisation, Topic
from contactcenter.ports import StoredFile
from contactcenter.states import AddressKind, EventKind
from tests.integration.consoles import Screen, Site
from ui import uploads


class Stage(Protocol):
    """Siv sees everything."""

    site: Site
    screens: dict[str, Screen]


Scene = Callable[[Any], Awaitable[Any]]


async def alma(stage: Stage) -> Screen:
    """An administrator comes too."""
    stage.screens["alma"] = await stage.site.console_of("alma")
    return stage.screens["alma"]


def _point(session: Session) -> int:
    return session.exec(select(AddressPoint.id).where(AddressPoint.kind == AddressKind.PHONE)).one()


async def _saved(stage: Stage) -> tuple[Screen, int]:
    screen, point = await alma(stage), await stage.site.store.read(_point)
    tree = menus.plain(menus.one_level("Hej.", {"1": ("bygg.bygglov", "bygglov")}))
    await screen.ok("menu_save", point_id=point, tree=tree, revision=0)
    return screen, point


async def menu_save(stage: Stage) -> None:
    await _saved(stage)


async def menu_publish(stage: Stage) -> None:
    screen, point = await _saved(stage)
    assert await screen.ok("menu_publish", point_id=point) == 1


async def menu_restore(stage: Stage) -> None:
    screen, point = await _saved(stage)
    await screen.ok("menu_publish", point_id=point)
    assert await screen.ok("menu_restore", point_id=point, number=1) == 2


async def menu_discard(stage: Stage) -> None:
    screen, point = await _saved(stage)
    await screen.ok("menu_discard", point_id=point)


async def menu_try(stage: Stage) -> None:
    screen, point = await _saved(stage)
    token = await screen.ok("menu_try", point_id=point, when="open")
    assert stage.site.context.trials.get(token)


def wav() -> bytes:
    samples = array.array("h", (int(9000 * math.sin(n / 7)) for n in range(8000)))
    kept = io.BytesIO()
    with wave.open(kept, "wb") as out:
        out.setparams((1, 2, 8000, 0, "NONE", ""))
        out.writeframes(samples.tobytes())
    return kept.getvalue()


def _upload(stage: Stage, user_id: int) -> str:
    sha256, size = stage.site.context.files.put(wav())
    secret = stage.site.context.settings.secret_bytes()
    return uploads.handle(StoredFile(sha256, size, "a.wav", "audio/wav"), user_id, secret, utc_now())


async def _prompt(stage: Stage) -> Screen:
    screen = await alma(stage)
    assert screen.me
    upload = _upload(stage, int(screen.me["id"]))
    await screen.ok("prompt_add", prompt="hej", language="sv", upload=upload)
    return screen


async def prompt_add(stage: Stage) -> None:
    await _prompt(stage)


async def prompt_restore(stage: Stage) -> None:
    assert await (await _prompt(stage)).ok("prompt_restore", prompt_id=1) == 2


async def prompt_silence(stage: Stage) -> None:
    assert await (await _prompt(stage)).ok("prompt_silence", prompt_id=1) == 2


async def _message(stage: Stage) -> int:
    id: int = await stage.screens["siv"].ok("message_save", name="Vatten", text={"sv": "Vattnet är avstängt."})
    return id


async def message_save(stage: Stage) -> None:
    id = await _message(stage)
    await stage.screens["siv"].ok("message_save", id=id, name="Vatten", text={"sv": "Nu är det på."}, must_stay=True)


async def message_on(stage: Stage) -> None:
    await stage.screens["siv"].ok("message_on", id=await _message(stage))


async def message_prolong(stage: Stage) -> None:
    id = await _message(stage)
    await stage.screens["siv"].ok("message_on", id=id, minutes=60)
    await stage.screens["siv"].ok("message_prolong", id=id, minutes=240)


async def message_off(stage: Stage) -> None:
    id = await _message(stage)
    await stage.screens["siv"].ok("message_on", id=id)
    await stage.screens["siv"].ok("message_off", id=id)


async def message_remove(stage: Stage) -> None:
    await stage.screens["siv"].ok("message_remove", id=await _message(stage))


async def set_phone_code(stage: Stage) -> None:
    await stage.screens["siv"].ok("set_phone_code", code="480215")


async def surge_settle(stage: Stage) -> None:
    id = await stage.site.run(_surge)
    await stage.screens["siv"].sees(lambda one: str(id) in one.rows("surges"), "it is proposed")
    assert not stage.screens["anna"].rows("surges")
    await stage.screens["siv"].ok("surge_settle", surge_id=id)


def _surge(session: Session) -> int:
    place = session.exec(select(Organisation).where(Organisation.key == "solvik")).one()
    topic = session.exec(select(Topic).where(Topic.key == "bygg.bygglov")).one()
    now = utc_now()
    hour = now.replace(minute=0, second=0, microsecond=0)
    row = Surge(
        organisation_id=place.id, kind="topic", key=topic.key, topic_id=topic.id, began_at=hour, seen_at=now, counted=14
    )
    session.add(row)
    session.flush()
    journal.record(session, EventKind.SURGE_SEEN, at=now, organisation_id=place.id, surge_id=row.id)
    return row.id


SCENES: dict[str, Scene] = {
    scene.__name__: scene
    for scene in (
        menu_save, menu_publish, menu_restore, menu_discard, menu_try, prompt_add, prompt_restore, prompt_silence,
        message_save, message_on, message_prolong, message_off, message_remove, set_phone_code, surge_settle,
    )
}  # fmt: skip
