"""Every verb about mails as they are shown, as the law of the console plays them."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from contactcenter import intake, quarantine
from contactcenter.mail_images import MailImages
from contactcenter.model import AddressPoint, Case, Contact, FileRecord
from contactcenter.quarantine import Held, HeldMail
from contactcenter.scanning import Scan, ScanState
from contactcenter.states import AddressKind
from contactcenter.templates import Template

Scene = Callable[[Any], Awaitable[Any]]


def _newest(session: Session, case_id: int) -> int:
    return session.exec(select(Contact.id).where(Contact.case_id == case_id).order_by(col(Contact.id).desc())).one()


async def allow_images(stage: Any) -> int:
    contact_id = int(await stage.site.store.read(_newest, await stage.working()))
    await stage.anna.ok("allow_images", contact_id=contact_id)
    await stage.anna.ok("allow_images", contact_id=contact_id)
    (kept,) = await stage.site.store.read(lambda session: session.exec(select(MailImages)).all())
    assert kept.user_id == stage.anna.me["id"]
    return contact_id


async def forbid_images(stage: Any) -> None:
    await stage.anna.ok("forbid_images", contact_id=await allow_images(stage))
    assert not await stage.site.store.read(lambda session: session.exec(select(MailImages)).all())


async def _held(stage: Any) -> int:
    """A mail in quarantine."""

    def put(session: Session, now: datetime) -> int:
        row_id = intake.accept_raw(session, b"Subject: Win\r\n\r\nWin!\r\n", {}, "0", now)
        point = session.exec(select(AddressPoint).where(AddressPoint.kind == AddressKind.EMAIL)).first()
        assert point is not None
        places = ((point.address, point.organisation_id),)
        quarantine.hold(session, row_id, Held("x@spam.example", "", "Win", "Win!", "X-Spam-Flag: YES", places), now)
        return session.exec(select(HeldMail.id).order_by(col(HeldMail.id).desc())).first() or 0

    return int(await stage.site.store.run(put, stage.site.context.clock()))


async def release_mail(stage: Any) -> None:
    held_id = await _held(stage)
    await stage.screens["siv"].ok("release_mail", held_id=held_id)
    again = await stage.screens["siv"].refused("release_mail", held_id=held_id)
    assert again == "decided_already"


async def unlock_file(stage: Any) -> None:
    case_id = await stage.working()

    def lock(session: Session) -> int:
        contact_id = _newest(session, case_id)
        file = FileRecord(contact_id=contact_id, sha256="0" * 64, facts=Scan(ScanState.INFECTED, "Eicar").facts())
        session.add(file)
        session.flush()
        return file.id

    file_id = int(await stage.site.store.run(lock))
    siv = stage.screens["siv"]
    assert await stage.anna.refused("unlock_file", file_id=file_id, reason="To look at it") == "not_allowed"
    assert await siv.refused("unlock_file", file_id=file_id, reason=" ") == "unlock_reason"
    assert await siv.ok("unlock_file", file_id=file_id, reason="To look at it") == f"/files/{file_id}"


async def mark_spam(stage: Any) -> None:
    held_id = await _held(stage)
    assert await stage.anna.refused("mark_spam", held_id=held_id) == "not_allowed"
    await stage.screens["siv"].ok("mark_spam", held_id=held_id)


async def look_seal(stage: Any) -> None:
    case_id = await stage.working()
    seen = await stage.anna.ok("look_seal", case_id=case_id, to=["eva@citizen.example"])
    assert seen == {"signed": False, "encrypted": [], "may_open": False, "failing": {}}


async def undo_reply(stage: Any) -> None:
    case_id = await stage.working()
    answer = {"case_id": case_id, "to": ["eva@citizen.example"], "subject": "Hej", "text": "Svar"}
    contact_id = await stage.anna.ok("reply", **answer)
    assert await stage.anna.ok("undo_reply", contact_id=contact_id) == "Svar"


def _template(session: Session, case_id: int) -> int:
    case = session.get_one(Case, case_id)
    made = Template(key="tack", name="Tack", organisation_id=case.organisation_id, text="Ärende {case}")
    session.add(made)
    session.flush()
    return made.id


async def fill_template(stage: Any) -> None:
    case_id = await stage.working()
    template_id = await stage.site.run(_template, case_id)
    text = await stage.anna.ok("fill_template", case_id=case_id, template_id=template_id)
    assert text.startswith("Ärende KC-")


SCENES: dict[str, Scene] = {"undo_reply": undo_reply, "fill_template": fill_template} | {
    "allow_images": allow_images,
    "forbid_images": forbid_images,
    "look_seal": look_seal,
    "mark_spam": mark_spam,
    "unlock_file": unlock_file,
    "release_mail": release_mail,
}
