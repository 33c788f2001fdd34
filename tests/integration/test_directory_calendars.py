"""Calendars fetched from a real server over TLS: what has changed, and every way in which a server can be hostile."""

import asyncio
import contextlib
import functools
import http.server
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlmodel import Session, select

from contactcenter.clock import utc_now
from contactcenter.context import Context
from contactcenter.directory import people
from contactcenter.directory.adapter import DirectoryKeeper
from contactcenter.directory.calendar_child import Workshop
from contactcenter.directory.calendar_fetch import Limits, fetch, may_ask
from contactcenter.directory.look import Look
from contactcenter.directory.model import CalendarState, Person, Reason
from contactcenter.directory.settings import DirectorySettings
from contactcenter.errors import ContactCenterError, Refused, Unavailable
from contactcenter.files import FileStore
from contactcenter.health import HealthBoard
from contactcenter.model import Event
from contactcenter.settings import Settings
from contactcenter.store import Store
from contactcenter.tail import Tail
from tests import town as solvik
from tests.integration import slapd

HERE = ("127.0.0.0/8",)
SECRET_SUBJECT = "Uppsägningssamtal med Bo"


class Server(http.server.ThreadingHTTPServer):
    """Serves what `pages` says; keeps what was asked."""

    daemon_threads = True
    pages: dict[str, Callable[["Handler"], None]]
    asked: list[tuple[str, dict[str, str]]]

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that goes away is what is tested."""


class Handler(http.server.BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        self.server.asked.append((self.path, dict(self.headers)))
        try:
            self.server.pages.get(self.path, missing)(self)
        except (BrokenPipeError, ConnectionResetError, ssl.SSLError):
            self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Nothing."""

    def give(self, data: bytes, status: int = 200, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


def missing(handler: Handler) -> None:
    handler.give(b"", 404)


def calendar(*lines: str) -> bytes:
    head = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//x//x//",
        "BEGIN:VEVENT",
        "UID:1@x",
        f"SUMMARY:{SECRET_SUBJECT}",
    ]
    return "\r\n".join([*head, *lines, "END:VEVENT", "END:VCALENDAR", ""]).encode()


def meeting(begin: datetime, hours: int = 1) -> bytes:
    end = begin + timedelta(hours=hours)
    return calendar(f"DTSTART:{begin:%Y%m%dT%H%M%SZ}", f"DTEND:{end:%Y%m%dT%H%M%SZ}")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return slapd.certificates(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def server(certificate: tuple[Path, Path]) -> Iterator[Server]:
    made = Server(("127.0.0.1", 0), Handler)
    made.pages, made.asked = {}, []
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    made.socket = context.wrap_socket(made.socket, server_side=True)
    thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield made
    made.shutdown()
    made.server_close()


def url(server: Server, path: str) -> str:
    return f"https://localhost:{server.server_address[1]}{path}"


@pytest.fixture
def limits(certificate: tuple[Path, Path]) -> Limits:
    return Limits(seconds=2, size=100_000, networks=(*HERE, "::1/128"), ca_file=certificate[0])


def test_it_is_read_and_read_again_only_when_it_has_changed(server: Server, limits: Limits) -> None:
    def page(handler: Handler) -> None:
        if handler.headers.get("If-None-Match") == '"a"' or handler.headers.get("If-Modified-Since") == "yesterday":
            handler.give(b"", 304)
        else:
            handler.give(b"BEGIN:VCALENDAR", ETag='"a"', Last_Modified="yesterday")

    server.pages["/a.ics?key=s"] = page
    first = fetch(url(server, "/a.ics?key=s"), limits)
    assert (first.data, first.etag, first.modified) == (b"BEGIN:VCALENDAR", '"a"', "yesterday")
    assert fetch(url(server, "/a.ics?key=s"), limits, first.etag).data is None
    assert fetch(url(server, "/a.ics?key=s"), limits, "", first.modified).data is None


def endless(handler: Handler) -> None:
    handler.send_response(200)
    handler.end_headers()
    while True:
        handler.wfile.write(b"X" * 65536)


def dripping(handler: Handler) -> None:
    handler.send_response(200)
    handler.end_headers()
    while True:
        handler.wfile.write(b"X")
        time.sleep(0.05)


def slow_heading(handler: Handler) -> None:
    while True:
        handler.wfile.write(b"X")
        handler.wfile.flush()
        time.sleep(0.05)


def cut(handler: Handler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", "5000")
    handler.end_headers()
    handler.wfile.write(b"BEGIN:VCALENDAR")
    handler.close_connection = True


def to(address: str) -> Callable[[Handler], None]:
    return lambda handler: handler.give(b"", 302, Location=address)


@pytest.mark.parametrize(
    ("page", "code"),
    [
        (lambda handler: handler.give(b"X" * 200_000), "calendar_too_large"),
        (endless, "calendar_too_large"),
        (dripping, "calendar_unreachable"),
        (slow_heading, "calendar_unreachable"),
        (cut, "calendar_unreachable"),
        (missing, "calendar_gone"),
        (lambda handler: handler.give(b"", 500), "calendar_unreachable"),
        (to("/x"), "calendar_address"),
        (to("http://localhost/"), "calendar_address"),
        (to("file:///etc/passwd"), "calendar_address"),
        (to("https://169.254.169.254/latest/meta-data"), "calendar_address"),
        (to("https://10.0.0.1/"), "calendar_address"),
        (to("https://[::ffff:10.0.0.1]/"), "calendar_address"),
    ],
    ids=["large", "endless", "dripping", "slow heading", "cut", "gone", "failing", "in circles", "to http", "to a file",
         "to the cloud's secrets", "inside", "inside in disguise"],
)  # fmt: skip
def test_a_hostile_server_gets_nowhere(
    server: Server, limits: Limits, page: Callable[[Handler], None], code: str
) -> None:
    server.pages["/x"] = page
    started = time.monotonic()
    with pytest.raises(ContactCenterError) as refused:
        fetch(url(server, "/x"), limits)
    assert refused.value.code == code
    assert time.monotonic() - started < limits.seconds + 1.5


def test_a_redirect_to_where_it_may_go_is_followed(server: Server, limits: Limits) -> None:
    server.pages["/old"] = to("/new")
    server.pages["/new"] = lambda handler: handler.give(b"BEGIN")
    assert fetch(url(server, "/old"), limits).data == b"BEGIN"


def test_nothing_inside_is_asked_unless_it_is_allowed(server: Server, certificate: tuple[Path, Path]) -> None:
    closed = Limits(seconds=2, size=1000, ca_file=certificate[0])
    for address in (url(server, "/x"), f"https://127.0.0.1:{server.server_address[1]}/x"):
        with pytest.raises(Refused):
            fetch(address, closed)
    assert server.asked == []


def test_a_name_that_means_something_else_the_second_time_leads_nowhere(
    server: Server, limits: Limits, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DNS rebinding: whoever answers for the name is asked once, and the connection goes to what was checked."""
    answers = iter(["127.0.0.1", "10.0.0.1"])

    def resolve(_host: str, port: int, **_: object) -> list[tuple[object, ...]]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (next(answers), port))]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    monkeypatch.setattr(socket, "create_connection", functools.partial(_connect, server.server_address[1]))
    server.pages["/x"] = lambda handler: handler.give(b"BEGIN")
    assert fetch(url(server, "/x"), limits).data == b"BEGIN"


def _connect(port: int, address: tuple[str, int], timeout: float) -> socket.socket:
    assert address == ("127.0.0.1", port)
    made = socket.socket()
    made.settimeout(timeout)
    made.connect(address)
    return made


def test_a_certificate_of_somebody_else_is_not_believed(server: Server) -> None:
    with pytest.raises(Unavailable):
        fetch(url(server, "/x"), Limits(seconds=2, size=1000, networks=HERE))


@pytest.mark.parametrize(
    ("address", "allowed"),
    [("8.8.8.8", True), ("127.0.0.1", False), ("10.1.2.3", False), ("192.168.1.1", False), ("169.254.1.1", False),
     ("::1", False), ("fe80::1%eth0", False), ("fd00::1", False), ("::ffff:127.0.0.1", False), ("0.0.0.0", False),  # noqa: S104
     ("100.64.0.1", False), ("224.0.0.1", False), ("2002:7f00:1::", False), ("2001:4860:4860::8888", True)],
)  # fmt: skip
def test_which_addresses_are_outside(address: str, allowed: bool) -> None:
    assert may_ask(address, ()) is allowed
    assert may_ask("10.1.2.3", ("10.1.0.0/16",))


# ---------------------------------------------------------------------- working out


LOOK = Look(datetime(2026, 11, 23, tzinfo=UTC), datetime(2026, 12, 7, tzinfo=UTC), UTC)


@pytest.mark.parametrize(
    "lines",
    [
        ("DTSTART:19000101T000000Z", "RRULE:FREQ=SECONDLY"),
        ("DTSTART:20261123T000000Z", "DURATION:PT1S", "RRULE:FREQ=SECONDLY;INTERVAL=1"),
        ("DTSTART:20261123T000000Z", "RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30;BYHOUR=1"),
        ("DTSTART:20261123T000000Z", "RRULE:FREQ=NEVER"),
    ],
    ids=["since 1900", "every second", "the 30th of February", "no rule"],
)
async def test_a_rule_without_end_stops_nothing(lines: tuple[str, ...]) -> None:
    workshop = Workshop(seconds=5)
    try:
        started = time.monotonic()
        with contextlib.suppress(Refused):
            assert len(await workshop.busy(calendar(*lines), LOOK, "UTC")) < 2_000
        assert time.monotonic() - started < 7
        found = await workshop.busy(meeting(datetime(2026, 11, 24, 9, tzinfo=UTC)), LOOK, "UTC")
        assert len(found) == 1  # the next calendar is read, by a new child if need be
    finally:
        await workshop.close()


async def test_the_loop_goes_on_while_a_calendar_is_worked_out() -> None:
    workshop = Workshop(seconds=3)
    longest, last = 0.0, time.monotonic()

    async def tick() -> None:
        nonlocal longest, last
        while True:
            await asyncio.sleep(0.01)
            longest, last = max(longest, time.monotonic() - last), time.monotonic()

    ticking = asyncio.create_task(tick())
    try:
        with pytest.raises(Refused):
            await workshop.busy(calendar("DTSTART:19000101T000000Z", "RRULE:FREQ=SECONDLY"), LOOK, "UTC")
        assert longest < 0.5
    finally:
        ticking.cancel()
        await workshop.close()


# ---------------------------------------------------------------------- the part as a whole


@pytest.fixture
async def keeper(town: Store, tmp_path: Path, server: Server, certificate: tuple[Path, Path]) -> DirectoryKeeper:
    tail = Tail(town)
    files = FileStore(tmp_path / "files")
    context = Context(Settings(data_dir=tmp_path), town, tail, files, utc_now, HealthBoard(utc_now))
    chosen = DirectorySettings(
        calendar_networks=(*HERE, "::1/128"), calendar_ca_file=certificate[0], calendar_seconds=3
    )
    town.sync_run(employ, url(server, "/anna.ics"))
    return DirectoryKeeper(context, chosen)


def employ(session: Session, address: str) -> None:
    place = solvik.user(session, "anna").organisation_id
    session.add(Person(organisation_id=place, source="csv:1", source_key="1", name="Anna Ek", calendar_url=address,
                       email="anna@solvik.example", changed_at=utc_now()))  # fmt: skip


async def test_the_subject_never_reaches_the_database(keeper: DirectoryKeeper, server: Server, town: Store) -> None:
    begin = utc_now().replace(microsecond=0) - timedelta(minutes=10)
    server.pages["/anna.ics"] = lambda handler: handler.give(meeting(begin), ETag='"1"')
    assert await keeper.read_due() == 1
    state = town.sync_read(lambda s: s.exec(select(CalendarState)).one())
    assert (state.failure, state.spans) == ("", [[begin.timestamp(), (begin + timedelta(hours=1)).timestamp(), "busy"]])
    known = town.sync_read(lambda s: people.known(s, [state.person_id], utc_now(), timedelta(hours=4)))
    assert (known[0].status.reason, known[0].status.back) == (Reason.BUSY, begin + timedelta(hours=1))
    assert "Upps" not in dump(town)
    await keeper._workshop.close()


async def test_what_cannot_be_read_is_said_and_what_was_known_is_kept(
    keeper: DirectoryKeeper, server: Server, town: Store
) -> None:
    begin = utc_now().replace(microsecond=0)
    server.pages["/anna.ics"] = lambda handler: handler.give(meeting(begin))
    await keeper.read_due()
    server.pages["/anna.ics"] = lambda handler: handler.give(b"<html>sign in</html>")
    town.sync_run(due_now)
    assert await keeper.read_due() == 1
    state = town.sync_read(lambda s: s.exec(select(CalendarState)).one())
    assert (state.failure, len(state.spans), state.failures) == ("calendar_unreadable", 1, 1)
    await keeper._workshop.close()


def due_now(session: Session) -> None:
    state = session.exec(select(CalendarState)).one()
    state.next_at = utc_now()
    session.add(state)


def dump(store: Store) -> str:
    """Every value of the directory and the journal."""

    def read(session: Session) -> str:
        rows = [session.exec(select(table)).all() for table in (Person, CalendarState, Event)]
        return str([one.model_dump() for some in rows for one in some])

    return store.sync_read(read)
