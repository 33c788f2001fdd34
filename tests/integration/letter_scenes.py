"""Every verb about letters that we send, as the law of the console plays them."""

from collections.abc import Awaitable, Callable
from typing import Any

from contactcenter.letters import writing
from contactcenter.letters.model import LetterState

Scene = Callable[[Any], Awaitable[Any]]
WORDS = {"to": "Eva Berg\nStorgatan 5\n123 45 Solvik", "subject": "Altan", "text": "Hej Eva!"}


async def send_letter(stage: Any) -> int:
    return int(await stage.anna.ok("send_letter", case_id=await stage.working(), **WORDS))


async def cancel_letter(stage: Any) -> int:
    contact_id = await send_letter(stage)
    await stage.anna.ok("cancel_letter", contact_id=contact_id)
    letter = await stage.site.store.read(writing.of_contact, contact_id)
    assert letter.state is LetterState.CANCELLED
    return contact_id


async def send_letter_again(stage: Any) -> None:
    contact_id = await cancel_letter(stage)
    await stage.anna.ok("send_letter_again", contact_id=contact_id)
    letter = await stage.site.store.read(writing.of_contact, contact_id)
    assert letter.state is LetterState.QUEUED


SCENES: dict[str, Scene] = {
    "send_letter": send_letter,
    "cancel_letter": cancel_letter,
    "send_letter_again": send_letter_again,
}
