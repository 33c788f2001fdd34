"""The page itself, its files, and the addresses for those who run the installation."""

import base64
import hashlib
import hmac
from collections.abc import Callable
from functools import lru_cache
from html import escape
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from contactcenter.states import OPEN_STATES
from ui.app import NO_STORE, answer, site_of
from ui.guard import LOOPBACK
from ui.problem import Wrong

STATIC = Path(__file__).parent / "static"
NOT_BUILT = """<!doctype html><html lang="sv"><meta charset="utf-8"><title>Kontaktcenter</title>
<h1>Konsolen är inte byggd</h1><p>Kör <code>script/setup</code>, som bygger den, och starta om.</p></html>"""
FOR_EVER = "public, max-age=31536000, immutable"
EXPOSITION = "text/plain; version=0.0.4; charset=utf-8"


class Built(StaticFiles):
    """What the front end's build wrote. A name with a hash in it never changes."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        hashed = any(part.isalnum() and len(part) >= 8 for part in Path(path).stem.split("-")[1:])
        response.headers["Cache-Control"] = FOR_EVER if hashed else "no-cache"
        return response


def page(name: str) -> Callable[[Request], Response]:
    """An endpoint that gives one of the built documents."""

    def endpoint(_request: Request) -> Response:
        path = STATIC / name
        if not path.is_file():
            return HTMLResponse(NOT_BUILT, 503, NO_STORE)
        return FileResponse(path, headers={"Cache-Control": "no-cache"}, media_type="text/html; charset=utf-8")

    return endpoint


def healthz(_request: Request) -> Response:
    """GET /healthz: the process answers."""
    return PlainTextResponse("ok", headers=NO_STORE)


def readyz(request: Request) -> Response:
    """GET /readyz: what is there to be worked with, part by part; 503 until the console can be used."""
    site = site_of(request)
    parts = {health.name: {"ok": health.ok, "code": health.code} for health in site.context.health.all()}
    ready = site.hub.ready.is_set() and parts.get("journal", {}).get("ok", True)
    return answer({"ready": ready, "parts": parts}, 200 if ready else 503)


def metrics(request: Request) -> Response:
    """GET /metrics: figures for a Prometheus; nothing about persons. For the loopback, or with the token."""
    site = site_of(request)
    token = site.settings.metrics_token.get_secret_value()
    given = request.headers.get("authorization", "").removeprefix("Bearer ")
    local = not token and request.client is not None and request.client.host in LOOPBACK
    if not local and not (token and hmac.compare_digest(given.encode(), token.encode())):
        raise Wrong(401, "unauthorized", headers={"WWW-Authenticate": "Bearer"})
    lines = ["# TYPE contactcenter_consoles gauge", f"contactcenter_consoles {sum(1 for _ in site.hub.links())}"]
    lines += ["# TYPE contactcenter_part_up gauge"]
    lines += [f'contactcenter_part_up{{part="{health.name}"}} {int(health.ok)}' for health in site.context.health.all()]
    lines += ["# TYPE contactcenter_open_cases gauge"]
    for state in sorted(OPEN_STATES):
        count = sum(row.state is state for row in site.hub.world.cases.values())
        lines.append(f'contactcenter_open_cases{{state="{state.value}"}} {count}')
    return Response("\n".join(lines) + "\n", 200, NO_STORE, EXPOSITION)


async def sink(request: Request) -> Response:
    """GET /sink: the mails that the demo's sink has caught. There is none outside the demo."""
    listing = site_of(request).context.sink
    if listing is None:
        raise Wrong(404, "not_found")
    mails = await listing()
    rows = "".join(_mail({name: str(value) for name, value in mail.items()}) for mail in mails)
    style = f"sha256-{_sha256(SINK_STYLE)}"
    policy = f"default-src 'none'; style-src '{style}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    return HTMLResponse(
        f'<!doctype html><html lang="sv"><meta charset="utf-8"><title>Skickade brev</title><style>{SINK_STYLE}</style>'
        f"<main><h1>Skickade brev</h1><p>Demons brevlåda: ingenting här har lämnat datorn.</p>{rows}</main></html>",
        headers=NO_STORE | {"Content-Security-Policy": policy},
    )


SINK_STYLE = (
    "body{font:1rem/1.5 system-ui,sans-serif;color-scheme:light dark;margin:2rem}main{max-width:50rem;margin:auto}"
    "article{border-top:1px solid;padding:1rem 0}pre{white-space:pre-wrap;overflow-wrap:anywhere;font:inherit}"
)


def _mail(mail: dict[str, str]) -> str:
    said = {name: escape(mail.get(name, "")) for name in ("subject", "from", "to", "date", "text")}
    return (
        f"<article><h2>{said['subject'] or '(utan ämne)'}</h2>"
        f"<p>{said['from']} → {said['to']} · <time>{said['date']}</time></p><pre>{said['text']}</pre></article>"
    )


@lru_cache
def _sha256(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def wallboard(request: Request) -> Response:
    """GET /wallboard: the same page, which shows the board when it is opened here."""
    return page("index.html")(request)


def favicon(_request: Request) -> Response:
    return RedirectResponse("/static/favicon.svg", 308)
