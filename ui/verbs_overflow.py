"""Verbs of the ways out of queues that are too long."""

from typing import Annotated, Any

from msgspec import Meta, Struct

from contactcenter.overflow import editing
from ui.verb import Verb, plain


class SaveOverflow(Struct, frozen=True, forbid_unknown_fields=True):
    """`steps` in order, each as in the configuration; `revision`: that of the version which was changed."""

    queue_id: int
    steps: Annotated[list[dict[str, Any]], Meta(max_length=editing.MOST_STEPS)]
    revision: int


class RestoreOverflow(Struct, frozen=True, forbid_unknown_fields=True):
    queue_id: int
    number: int


VERBS = {
    "overflow_save": Verb(SaveOverflow, plain(editing.save), int),
    "overflow_restore": Verb(RestoreOverflow, plain(editing.restore), int),
}
