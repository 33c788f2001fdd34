"""The doors for case systems: files behind signed links, status callbacks, and the receipt page of mailed hand-offs.

None of them knows a cookie: each request carries its own proof, so another site gains nothing by sending one.
"""

import uuid
from datetime import datetime
from html import escape
from urllib.parse import parse_qs

from sqlmodel import Session, col, select
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from contactcenter import accounts, agents, cases, handoff, handoff_links, handoff_signature, handoff_status
from contactcenter.entry import ApiKey
from contactcenter.errors import ContactCenterError, NotFound, Refused
from contactcenter.handoff_links import Link, LinkUse
from contactcenter.handoff_status import Noted, StatusReport
from contactcenter.states import RemoteStatus
from ui import work
from ui.app import NO_STORE, body, site_of
from ui.problem import Wrong

SCOPE = "handoff:callback"
PRIVATE = NO_STORE | {"Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex"}
POLICY = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'"
PAGE_HEADERS = PRIVATE | {"Content-Security-Policy": POLICY}
STATUSES = {
    RemoteStatus.RECEIVED: "Vi har tagit emot ärendet",
    RemoteStatus.IN_PROGRESS: "Vi har påbörjat ärendet",
    RemoteStatus.ANSWERED: "Vi har besvarat ärendet",
    RemoteStatus.RETURNED: "Ärendet är inte vårt",
}
STYLE = """
:root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif }
body { max-width: 40rem; margin: 2rem auto; padding: 0 1rem }
fieldset, textarea, button { font: inherit }
fieldset { border: 1px solid #767676; border-radius: .5rem; margin: 1rem 0 }
label { display: block; padding: .4rem 0 }
textarea { width: 100%; box-sizing: border-box }
button { padding: .6rem 1.2rem }
"""


async def file(request: Request) -> Response:
    """GET /handoff/files/{token}: one file of a hand-off, for whoever has the link, while it is valid."""
    context = site_of(request).context
    link = _link(request, LinkUse.FILE)
    record = await context.store.read(handoff_status.linked_file, link)
    answer = work.send(context.files, record)
    answer.headers.update(PRIVATE)
    return answer


async def status(request: Request) -> Response:
    """POST /api/v1/handoff/{key}/status: what became of a case, signed or with an API key."""
    context, content = site_of(request).context, await body(request)
    key, now = request.path_params["key"], context.clock()
    # Proved beside the writer, so that strangers cannot keep it busy.
    if signature := request.headers.get(handoff_signature.HEADER, ""):
        await _prove_signature(request, key, signature, content, now)
        scope = None
    else:
        scope = await context.store.read(_scope_of_key, _bearer(request))
    noted = await context.store.run(handoff_status.report, key, handoff_status.parse(content), now, scope)
    return Response(noted.model_dump_json(), 200, NO_STORE, "application/json")


async def receipt(request: Request) -> Response:
    """GET /handoff/receipt/{token}: the page of a mailed hand-off. Looking changes nothing: mail scanners look too."""
    try:
        link = _link(request, LinkUse.RECEIPT)
        return await _page(request, link)
    except ContactCenterError as error:
        return _no_link(error)


async def answer_receipt(request: Request) -> Response:
    """POST /handoff/receipt/{token}: what the receiver of the mail says."""
    context = site_of(request).context
    try:
        link = _link(request, LinkUse.RECEIPT)
    except ContactCenterError as error:
        return _no_link(error)
    given = parse_qs((await body(request)).decode("utf-8", "replace"))
    try:
        told = _told({name: values[0] for name, values in given.items()})
    except Refused as error:
        return await _page(request, link, error.text, 422)
    await context.store.run(_receive, link, told, context.clock())
    return await _page(request, link, "Tack! Kontaktcentret har fått din återkoppling.")


ROUTES = [
    Route("/handoff/files/{token}", file, methods=["GET"]),
    Route("/handoff/receipt/{token}", receipt, methods=["GET"]),
    Route("/handoff/receipt/{token}", answer_receipt, methods=["POST"]),
    Route("/api/v1/handoff/{key}/status", status, methods=["POST"]),
]


def _link(request: Request, use: LinkUse) -> Link:
    context = site_of(request).context
    token = request.path_params["token"]
    return handoff_links.verify(context.settings.secret_bytes(), use, token, context.clock())


async def _prove_signature(request: Request, key: str, signature: str, content: bytes, now: datetime) -> None:
    context = site_of(request).context
    prove = handoff_status.prove_signature
    try:
        await context.store.read(prove, context.settings.handoff, key, signature, content, now)
    except Refused as error:
        raise Wrong(401, error.code, error.text) from error


def _bearer(request: Request) -> str:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise Wrong(401, "unauthorized", headers={"WWW-Authenticate": "Bearer"})
    return token


def _scope_of_key(session: Session, token: str) -> frozenset[int]:
    """The organisations that an API key may speak for: its own and those below."""
    found = select(ApiKey).where(ApiKey.key_hash == accounts.hashed(token), col(ApiKey.revoked_at).is_(None))
    api_key = session.exec(found).first()
    if api_key is None:
        raise Wrong(401, "unauthorized", headers={"WWW-Authenticate": "Bearer"})
    if SCOPE not in api_key.scopes:
        raise Wrong(403, "scope", f"the key lacks the scope {SCOPE}")
    return agents.scope(session, api_key.organisation_id)


def _told(fields: dict[str, str]) -> StatusReport:
    """The form as a report. Raises Refused with what is missing."""
    status, words = fields.get("status", ""), fields.get("words", "").strip()[: handoff_status.TEXT_LIMIT]
    if status not in list(RemoteStatus):
        raise Refused("status", "Välj vad som har hänt med ärendet.")
    returned = status == RemoteStatus.RETURNED
    if returned and not words:
        raise Refused("reason", "Skriv varför ärendet inte är ert, och gärna vart det hör.")
    event_id = fields.get("once", "")[:100] or uuid.uuid4().hex
    return StatusReport(
        status=RemoteStatus(status),
        event_id=f"receipt:{event_id}",
        reason=words if returned else "",
        text="" if returned else words,
    )


def _receive(session: Session, link: Link, told: StatusReport, now: datetime) -> Noted:
    return handoff_status.report(session, handoff.get(session, link.delivery_id).idempotency_key, told, now)


def _shown(session: Session, delivery_id: int) -> tuple[str, RemoteStatus | None]:
    """Case number and the status that holds: all that the page shows, since mails are forwarded."""
    delivery = handoff.get(session, delivery_id)
    return cases.get(session, delivery.case_id).number, delivery.remote_status


async def _page(request: Request, link: Link, message: str = "", code: int = 200) -> Response:
    number, now = await site_of(request).context.store.read(_shown, link.delivery_id)
    choices = "".join(_choice(one, words, one is now) for one, words in STATUSES.items())
    said = f'<p role="status"><strong>{escape(message)}</strong></p>' if message else ""
    form = (
        f'<form method="post"><input type="hidden" name="once" value="{uuid.uuid4().hex}">'
        f"<fieldset><legend>Vad har hänt?</legend>{choices}</fieldset>"
        '<label for="words">Svar, eller varför ärendet inte är ert och vart det hör</label>'
        '<textarea id="words" name="words" rows="6"></textarea>'
        "<p><button>Skicka till kontaktcentret</button></p></form>"
    )
    return HTMLResponse(_document(f"Ärende {number}", said + form), code, PAGE_HEADERS)


def _choice(one: RemoteStatus, words: str, holds: bool) -> str:
    checked = " checked" if holds else ""
    return f'<label><input type="radio" name="status" value="{one.value}"{checked}> {words}</label>'


def _no_link(error: ContactCenterError) -> Response:
    gone = not isinstance(error, NotFound)
    words = "Länken gäller inte längre." if gone else "Länken är inte riktig."
    page = _document("Länken fungerar inte", f"<p>{words} Svara i stället på brevet; svaret hamnar i ärendet.</p>")
    return HTMLResponse(page, 410 if gone else 404, PAGE_HEADERS)


def _document(title: str, content: str) -> str:
    return (
        '<!doctype html><html lang="sv"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{escape(title)}</title><style>{STYLE}</style><main><h1>{escape(title)}</h1>{content}</main></html>"
    )
