"""Verbs about mails as they are shown."""

from msgspec import Struct

from contactcenter import mail_images
from ui.verb import OfContact, Verb, plain


class AllowImages(Struct, frozen=True, forbid_unknown_fields=True):
    """Load this sender's images; `protected`: although the identity is protected."""

    contact_id: int
    protected: bool = False


VERBS = {
    "allow_images": Verb(AllowImages, plain(mail_images.allow)),
    "forbid_images": Verb(OfContact, plain(mail_images.forbid)),
}
