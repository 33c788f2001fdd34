"""The sitemap: every address there is."""

from starlette.routing import BaseRoute, Mount, Route, WebSocketRoute

from ui import (
    account,
    administration,
    api_v1,
    console,
    directory,
    handoff,
    letters,
    menus,
    overflow,
    pages,
    replay,
    reports,
    sip_door,
    waiting,
    work,
)

CONSOLE = "/api/console"


def routes() -> list[BaseRoute]:
    """All routes, most used first."""
    return [
        WebSocketRoute("/ws", console.endpoint),
        WebSocketRoute("/sip", sip_door.endpoint),
        Route("/", pages.page("index.html")),
        Route("/wallboard", pages.wallboard),
        Route("/sink", pages.sink),
        Route("/healthz", pages.healthz),
        Route("/readyz", pages.readyz),
        Route("/metrics", pages.metrics),
        Route("/favicon.ico", pages.favicon),
        Mount("/static", pages.Built(directory=pages.STATIC, check_dir=False)),
        Route(f"{CONSOLE}/welcome", account.welcome),
        Route(f"{CONSOLE}/session", account.sign_in, methods=["POST"]),
        Route(f"{CONSOLE}/session", account.sign_out, methods=["DELETE"]),
        Route(f"{CONSOLE}/me", account.me),
        Route(f"{CONSOLE}/telephone", sip_door.show, methods=["GET"]),
        Route(f"{CONSOLE}/telephone", sip_door.choose, methods=["PUT"]),
        Route(f"{CONSOLE}/cases/{{id:int}}", work.case),
        Route(f"{CONSOLE}/cases/{{id:int}}/contacts/{{contact:int}}/html", work.html),
        Route(f"{CONSOLE}/cases/{{id:int}}/letter", letters.page, methods=["POST"]),
        Route(f"{CONSOLE}/search", work.search, methods=["POST"]),
        Route(f"{CONSOLE}/citizens", work.citizens, methods=["POST"]),
        Route(f"{CONSOLE}/citizens/{{id:int}}", work.citizen),
        Route(f"{CONSOLE}/uploads", work.upload, methods=["POST"]),
        Route("/files/{id:int}", work.file),
        Route(f"{CONSOLE}/reports/{{kind}}", reports.report),
        Route(f"{CONSOLE}/replay", replay.room),
        Route(f"{CONSOLE}/waiting", waiting.errors),
        Route(f"{CONSOLE}/overflow", overflow.steps),
        Route(f"{CONSOLE}/overflow/queues", overflow.queues),
        Route(f"{CONSOLE}/overflow/{{id:int}}", overflow.queue),
        Route(f"{CONSOLE}/users", administration.users, methods=["GET"]),
        Route(f"{CONSOLE}/users", administration.add_user, methods=["POST"]),
        Route(f"{CONSOLE}/users/{{id:int}}", administration.change_user, methods=["PUT"]),
        Route(f"{CONSOLE}/configuration", administration.show_configuration, methods=["GET"]),
        Route(f"{CONSOLE}/configuration", administration.apply_configuration, methods=["POST"]),
        Route(f"{CONSOLE}/menus", menus.numbers),
        Route(f"{CONSOLE}/menus/{{id:int}}", menus.menu),
        Route(f"{CONSOLE}/menus/trials/{{token}}", menus.trial),
        Route(f"{CONSOLE}/prompts", menus.prompts),
        Route(f"{CONSOLE}/prompts/{{id:int}}/sound", menus.prompt_sound),
        Route(f"{CONSOLE}/messages", menus.messages),
        Route(f"{CONSOLE}/messages/{{id:int}}/sound", menus.message_sound),
        *directory.routes(CONSOLE),
        *api_v1.routes(),
        *handoff.ROUTES,
    ]
