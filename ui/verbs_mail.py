"""Verbs about mails as they are shown."""

from typing import Annotated

from msgspec import Meta, Struct

from contactcenter import mail_images, mail_seal, quarantine, scanning, templates
from ui.records import Seal
from ui.verb import Call, OfContact, Verb, plain


class AllowImages(Struct, frozen=True, forbid_unknown_fields=True):
    """Load this sender's images; `protected`: although the identity is protected."""

    contact_id: int
    protected: bool = False


class OfHeld(Struct, frozen=True, forbid_unknown_fields=True):
    """A mail in quarantine."""

    held_id: int


class LookSeal(Struct, frozen=True, forbid_unknown_fields=True):
    """How an answer to these would be signed and encrypted."""

    case_id: int
    to: Annotated[list[Annotated[str, Meta(max_length=320)]], Meta(max_length=50)]


async def _look_seal(call: Call, args: LookSeal) -> Seal:
    return Seal(**await call.read(mail_seal.look, args.case_id, args.to, call.now))


class Unlock(Struct, frozen=True, forbid_unknown_fields=True):
    """Fetch a file in which a virus was found, and why."""

    file_id: int
    reason: str


class FillTemplate(Struct, frozen=True, forbid_unknown_fields=True):
    """A text with what the case says in its places."""

    case_id: int
    template_id: int


async def _fill(call: Call, args: FillTemplate) -> str:
    zone = call.context.settings.time_zone
    return str(await call.read(templates.fill, args.case_id, args.template_id, call.now, zone))


VERBS = {
    "fill_template": Verb(FillTemplate, _fill, str),
    "look_seal": Verb(LookSeal, _look_seal, Seal),
    "allow_images": Verb(AllowImages, plain(mail_images.allow)),
    "forbid_images": Verb(OfContact, plain(mail_images.forbid)),
    "release_mail": Verb(OfHeld, plain(quarantine.release)),
    "unlock_file": Verb(Unlock, plain(scanning.unlock), result=str),
    "mark_spam": Verb(OfHeld, plain(quarantine.mark_spam)),
}
