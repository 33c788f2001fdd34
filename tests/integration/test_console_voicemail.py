"""A voice message as the console plays it."""

import io
import wave

from contactcenter import voicemail
from contactcenter.clock import utc_now
from contactcenter.ports import Received, StoredFile
from contactcenter.voicemail import Left, Note
from tests.integration.consoles import Site


def sound(seconds: float = 3.0) -> bytes:
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
        file.writeframes(b"\x00\x10" * int(8000 * seconds))
    return out.getvalue()


async def left(still: Site, kind: Left = Left.MESSAGE, seconds: float = 3.0, call_id: str = "kc-1.1") -> Received:
    sha256, size = still.context.files.put(sound(seconds))
    file = StoredFile(sha256, size, "voicemail.wav", "audio/wav", voicemail.ROLE, {"seconds": seconds, "peaks": [100]})
    now = utc_now()
    note = Note(kind, call_id, now, now, "+46101234500", "solvik.ovrigt", "+46701740605", file, seconds)
    received: Received = await still.run(voicemail.take_in, note, now)
    return received


async def test_it_is_listened_to_from_any_place_in_it(still: Site) -> None:
    siv = await still.browser("siv")
    received = await left(still)
    detail = (await siv.get(f"/api/console/cases/{received.case_id}")).json()
    (contact,) = detail["contacts"]
    assert (contact["channel"], contact["facts"]["left"], contact["facts"]["seconds"]) == ("callback", "message", 3.0)
    url = contact["files"][0]["url"]
    whole = await siv.get(url)
    assert (whole.headers["content-type"], whole.content) == ("audio/wav", sound())
    part = await siv.get(url, headers={"Range": "bytes=1000-1999"})
    assert (part.status_code, part.content) == (206, sound()[1000:2000])
    assert (await still.stranger().get(url)).status_code == 401


async def test_told_twice_it_is_one_message_and_too_short_it_is_a_missed_call(still: Site) -> None:
    first, again = await left(still), await left(still)
    assert (again.case_id, again.duplicate) == (first.case_id, True)
    short = await left(still, seconds=0.5, call_id="kc-2.2")
    assert short.case_id != first.case_id
    siv = await still.browser("siv")
    (contact,) = (await siv.get(f"/api/console/cases/{short.case_id}")).json()["contacts"]
    assert (contact["channel"], contact["state"]) == ("phone", "missed")
