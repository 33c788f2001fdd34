"""Letters that we send, for the console: whom one would go to, how far they have come, how one would look."""

import asyncio
from collections.abc import Collection

from msgspec import Struct
from sqlmodel import Session, col, select
from starlette.requests import Request
from starlette.responses import Response

from contactcenter.context import Context
from contactcenter.errors import Unavailable
from contactcenter.letters import writing
from contactcenter.letters.model import LetterState, OutgoingLetter
from contactcenter.letters.outbox import Sheet
from contactcenter.model import Case
from ui import records
from ui.app import NO_STORE, form, number, signed_in, site_of
from ui.session import SignedIn
from ui.verbs_letters import Address, Line, Text


class Page(Struct, frozen=True, forbid_unknown_fields=True):
    """A letter that is being written."""

    to: Address
    subject: Line
    text: Text
    slip: bool = False
    page: int = 1


def letter_to(session: Session, case: Case) -> records.LetterTo:
    """Whom a letter would go to."""
    digital = bool(writing.personal_number(session, case)) and not case.protected
    return records.LetterTo(writing.suggested_address(session, case), digital, case.protected)


def letters_of(session: Session, contact_ids: Collection[int]) -> dict[int, records.LetterRow]:
    """Contact id -> how far that letter has come."""
    found = session.exec(select(OutgoingLetter).where(col(OutgoingLetter.contact_id).in_(contact_ids)))
    return {
        one.contact_id: records.LetterRow(
            state=one.state,
            way=one.way,
            forwarded=one.forwarded,
            may_cancel=one.state in (LetterState.QUEUED, LetterState.FAILED),
            error=one.last_error,
        )
        for one in found
    }


@signed_in
async def page(request: Request, found: SignedIn) -> Response:
    """POST /api/console/cases/{id}/letter: one page of it as PNG; the header `Pages` says how many there are."""
    site, wanted = site_of(request), await form(request, Page)
    sheet = await site.context.store.read(
        writing.draft_sheet, found.actor, number(request, "id"), site.context.clock(),
        to=wanted.to, subject=wanted.subject, text=wanted.text, slip=wanted.slip,
    )  # fmt: skip
    image, pages = await asyncio.to_thread(_drawn, site.context, sheet, wanted.page)
    return Response(image, media_type="image/png", headers={**NO_STORE, "Pages": str(pages)})


def _drawn(context: Context, sheet: Sheet, which: int) -> tuple[bytes, int]:
    if context.letter_pages is None:
        raise Unavailable("no_letters", "the post channel is not there")
    return context.letter_pages(sheet, which)
