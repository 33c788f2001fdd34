"""The directory as the console's server offers it: who sees what, who may what, once for each key."""

import io
import math
import struct
import wave
from datetime import timedelta
from typing import Any

from sqlmodel import Session, select

from channels.email.compose import compose
from contactcenter import mailout
from contactcenter.clock import utc_now
from contactcenter.directory.model import Person
from contactcenter.model import OutgoingMail
from tests.integration.consoles import Browser, Site

STAFF = """Nyckel;Namn;Titel;Enhet;Sökord;Telefon;E-post;Användarnamn;Skyddad
1;Anna Ek;Kommunvägledare;;;040-628 04 01;anna@solvik.example;anna;
2;Bo Lind;Kommunvägledare;;;040-628 04 02;bo@solvik.example;bo;
3;Åsa Öberg;Handläggare;Bygg och miljö;bygglov;040-628 04 11;asa@solvik.example;;
4;Berit Sköld;Socialsekreterare;;;040-628 04 13;berit@solvik.example;;ja
"""
ADDRESS = "/api/console/directory"


async def bring(site: Site, text: str = STAFF, query: str = "?write=1", login: str = "alma") -> Any:
    browser = await site.browser(login)
    headers = {"Content-Type": "text/csv"}
    return await browser.http.post(f"{ADDRESS}/import{query}", content=text.encode("cp1252"), headers=headers)


async def find(browser: Browser, q: str) -> list[dict[str, Any]]:
    people: list[dict[str, Any]] = (await browser.post(ADDRESS, {"q": q})).json()["people"]
    return people


async def test_the_picker_s_row_has_all_that_a_transfer_shows(site: Site) -> None:
    assert (await bring(site)).json()["counts"] == {"add": 4, "change": 0, "gone": 0, "back": 0, "faults": 0}
    [row] = await find(await site.browser("bo"), "bygglov")
    shown = {
        "name": "Åsa Öberg", "title": "Handläggare", "unit": "Bygg och miljö", "numbers": {"work": "+46406280411"},
        "presence": "unknown", "reason": "", "back": None, "may_set": False,
    }  # fmt: skip
    assert shown.items() <= row.items()
    again = (await (await site.browser("bo")).post(ADDRESS, {"ids": [row["id"]]})).json()
    assert (again["people"][0]["name"], again["count"]) == ("Åsa Öberg", 4)


async def test_what_is_protected_is_not_sent_at_all(site: Site) -> None:
    await bring(site)
    [row] = await find(await site.browser("bo"), "berit")
    assert (row["numbers"], row["email"], row["protected"], row["has_mail"]) == ({}, "", True, True)
    [row] = await find(await site.browser("siv"), "berit")
    assert row["numbers"] == {"work": "+46406280413"}
    assert await find(await site.browser("greta"), "berit") == []
    greta = await site.browser("greta")
    assert (await greta.post(ADDRESS, {"ids": [row["id"]]})).json()["people"] == []
    assert (await greta.get(f"{ADDRESS}/{row['id']}")).status_code == 404


async def test_only_administrators_import_and_strangers_see_nothing(site: Site) -> None:
    assert (await bring(site, login="siv")).status_code == 403
    assert (await site.stranger().post(ADDRESS, {"q": "anna"})).status_code == 401
    assert (await bring(site, "no;columns\n", "")).status_code == 422
    looked = (await bring(site, STAFF.replace("040-628 04 02", "nej"), "")).json()
    assert looked["faults"] == [{"line": 3, "what": "number", "field": "work"}]
    assert await find(await site.browser("bo"), "anna") == []


async def test_absence_is_set_by_verb_and_seen_by_colleagues(site: Site) -> None:
    await bring(site)
    screen, colleague = await site.console_of("anna"), await site.browser("bo")
    until = utc_now() + timedelta(hours=2)
    await screen.ok("set_absence", reason="sick", until=until.isoformat())
    [row] = await find(colleague, "anna")
    assert (row["presence"], row["reason"], row["layer"]) == ("away", "away", "hand")
    own = (await (await site.browser("anna")).get(f"{ADDRESS}/own")).json()
    assert [one["reason"] for one in own["absences"]] == ["sick"]
    await screen.ok("clear_absence")
    assert (await find(colleague, "anna"))[0]["reason"] == ""
    assert await screen.refused("set_absence", reason="lunch", person_id=row["id"] + 1) == "not_allowed"
    assert await screen.refused("set_calendar", url="http://cal.solvik.example/") == "calendar_address"
    assert await screen.refused("set_absence_code", pin="1111") == "phone_code"
    assert await (await site.console_of("alma")).refused("set_absence", reason="lunch") == "no_directory_entry"


async def test_a_calendar_s_address_is_never_told_again(site: Site) -> None:
    await bring(site)
    screen = await site.console_of("anna")
    await screen.ok("set_calendar", url="https://cal.solvik.example/secret-key.ics")
    browser = await site.browser("anna")
    own = await browser.get(f"{ADDRESS}/own")
    assert own.json()["has_calendar"]
    everything = own.text + (await browser.post(ADDRESS, {"q": "anna"})).text
    assert "secret-key" not in everything


async def test_a_colleague_is_told_once_by_one_key(site: Site) -> None:
    await bring(site)
    [row] = await find(await site.browser("bo"), "bygglov")
    screen = await site.console_of("bo")
    mailout.use_composer(compose)
    told = {"person_id": row["id"], "number": "070-174 06 05", "text": "Gäller tomten"}
    first = await screen.do("mail_colleague", "the-same-key-twice", **told)
    assert (await screen.do("mail_colleague", "the-same-key-twice", **told))["result"] == first["result"]
    mails = await site.context.store.read(lambda s: s.exec(select(OutgoingMail)).all())
    assert [mail.recipient for mail in mails] == ["asa@solvik.example"]
    assert b"070-174 06 05" in mails[0].raw


async def test_a_name_is_kept_as_it_is_said(site: Site) -> None:
    await bring(site)
    browser, screen = await site.browser("anna"), await site.console_of("anna")
    answer = await browser.http.post(
        "/api/console/uploads", content=tone(), headers={"Content-Type": "audio/wav", "X-File-Name": "namn.wav"}
    )
    await screen.ok("set_name_recording", upload=answer.json()["id"])

    def recording(session: Session) -> str:
        return session.exec(select(Person.recording).where(Person.name == "Anna Ek")).one()

    sha256 = await site.context.store.read(recording)
    assert site.context.files.read(sha256) == tone()
    await screen.ok("set_name_recording", upload="")
    assert await site.context.store.read(recording) == ""


def tone() -> bytes:
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16_000)
        samples = (int(9000 * math.sin(place / 5)) for place in range(16_000))
        file.writeframes(b"".join(struct.pack("<h", sample) for sample in samples))
    return out.getvalue()
