"""Mail in quarantine, as supervisors and administrators see it."""

from starlette.requests import Request
from starlette.responses import Response

from contactcenter import quarantine
from ui.app import answer, signed_in, site_of
from ui.session import SignedIn

SHOWN = ("id", "address_point", "sender", "sender_name", "subject", "excerpt", "reason", "arrived_at")


@signed_in
async def waiting(request: Request, found: SignedIn) -> Response:
    """GET /api/console/quarantine: how many mails wait, since when, and the oldest of them."""
    seen = await site_of(request).context.store.read(quarantine.waiting, found.actor)
    mails = [{name: getattr(one, name) for name in SHOWN} for one in seen.mails]
    return answer({"count": seen.count, "oldest": seen.oldest, "mails": mails})
