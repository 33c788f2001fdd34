"""The ways out of queues that are too long, as supervisors and administrators see them."""

from datetime import timedelta

from starlette.requests import Request
from starlette.responses import Response

from contactcenter.overflow import seen
from ui.app import answer, signed_in, site_of
from ui.session import SignedIn

COUNTED = timedelta(days=1)


@signed_in
async def steps(request: Request, found: SignedIn) -> Response:
    """GET /api/console/overflow: each queue's steps in order, and how often each was taken in the last day."""
    context = site_of(request).context
    return answer(await context.store.read(seen.queues, found.actor, context.clock() - COUNTED))
