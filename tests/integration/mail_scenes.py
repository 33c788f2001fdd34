"""Every verb about mails as they are shown, as the law of the console plays them."""

from collections.abc import Awaitable, Callable
from typing import Any

from sqlmodel import Session, col, select

from contactcenter.mail_images import MailImages
from contactcenter.model import Contact

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


SCENES: dict[str, Scene] = {"allow_images": allow_images, "forbid_images": forbid_images}
