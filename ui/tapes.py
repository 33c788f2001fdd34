"""Recorded calls for the console: which there are, and their sound for whoever may hear it."""

from collections import defaultdict
from collections.abc import Sequence

from sqlmodel import Session
from starlette.requests import Request
from starlette.responses import FileResponse, Response

from contactcenter.errors import NotFound
from contactcenter.ports import Actor
from contactcenter.tapes import keeping
from contactcenter.tapes.model import TapeState
from ui import people, records
from ui.app import NO_STORE, number, signed_in, site_of
from ui.session import SignedIn


def tapes_of(session: Session, actor: Actor, contact_ids: Sequence[int]) -> dict[int, list[records.TapeRow]]:
    """Contact id -> its recordings. That there are any is told to everybody who sees the case."""
    found = keeping.of_contacts(session, contact_ids)
    names = people.names(session, {one.agent_id for one in found})
    rows = defaultdict(list)
    for one in found:
        heard = one.state is TapeState.KEPT and keeping.may_hear(actor)
        rows[one.contact_id].append(
            records.TapeRow(
                id=one.id,
                state=one.state,
                agent=names.get(one.agent_id, ""),
                begun_at=one.begun_at,
                seconds=one.seconds,
                peaks=one.peaks if heard else [],
                reason=one.reason,
                url=f"/recordings/{one.id}" if heard else None,
            )
        )
    return rows


@signed_in
async def sound(request: Request, found: SignedIn) -> Response:
    """GET /recordings/{id}: the sound; whoever begins to listen is journalled."""
    context, tape_id = site_of(request).context, number(request, "id")
    now = context.clock()
    if request.headers.get("range", "bytes=0-").replace(" ", "").startswith("bytes=0-"):
        token = await context.store.run(keeping.play, found.actor, tape_id, now)
    else:
        token = (await context.store.read(keeping.heard_by, found.actor, tape_id))[0].token
    path = context.settings.data_dir / "recordings" / f"{token}.wav"
    if not path.is_file():
        raise NotFound("no_such_recording")
    return FileResponse(path, headers=NO_STORE, media_type="audio/wav")
