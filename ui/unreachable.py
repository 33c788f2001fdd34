"""Addresses that mail could not be delivered to, as supervisors and administrators see them."""

from starlette.requests import Request
from starlette.responses import Response

from contactcenter import unreachable
from ui.app import answer, signed_in, site_of
from ui.session import SignedIn


@signed_in
async def every(request: Request, found: SignedIn) -> Response:
    """GET /api/console/unreachable: address, reason, when and in which case, the newest first."""
    context = site_of(request).context
    return answer(await context.store.read(unreachable.told, found.actor, context.clock()))
