"""What supervisors see of the waiting: what callers were told, and how true it came."""

from datetime import timedelta

from starlette.requests import Request
from starlette.responses import Response

from contactcenter.errors import Refused
from contactcenter.waiting import told
from ui.app import answer, signed_in, site_of
from ui.problem import Wrong
from ui.session import SignedIn

LONGEST_HOURS = 24 * 92


@signed_in
async def errors(request: Request, found: SignedIn) -> Response:
    """GET /api/console/waiting?hours=24: for each queue what was said and how far off it was. No personal data."""
    if not found.actor.is_supervisor:
        raise Refused("not_allowed", "this is for supervisors")
    words = request.query_params.get("hours", "24")
    if not words.isdecimal() or not 1 <= int(words) <= LONGEST_HOURS:
        raise Wrong(422, "arguments", f"hours is a number between 1 and {LONGEST_HOURS}")
    context = site_of(request).context
    since = context.clock() - timedelta(hours=int(words))
    return answer(await context.store.read(told.errors, found.actor, since))
