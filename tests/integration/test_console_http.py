"""The console's addresses: other sites, wrong bodies, headers, files, uploads, reports, users and configuration."""

import json
import re
from typing import Any

import httpx2
import msgspec
import pytest
from sqlmodel import select

from contactcenter import mailout
from contactcenter.clock import utc_now
from contactcenter.model import FileRecord, OutgoingMail
from contactcenter.ports import StoredFile
from contactcenter.store import Store
from tests.integration.consoles import PASSWORD, Browser, Site, give_passwords, running
from ui import records, uploads
from ui.routes import routes

pytestmark = pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
PNG = bytes.fromhex("89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489")


def changing_addresses() -> list[tuple[str, str]]:
    """Every (method, path) of the console that changes something."""
    found = []
    for route in routes():
        path, methods = getattr(route, "path", ""), getattr(route, "methods", None) or set()
        if path.startswith("/api/console/"):
            found += [(method, path) for method in sorted(methods - {"GET", "HEAD"})]
    return found


# other sites


@pytest.mark.parametrize("origin", ["https://evil.example", "null", ""])
async def test_another_site_changes_nothing(still: Site, origin: str) -> None:
    anna = await still.browser("anna")
    for method, path in changing_addresses():
        address = path.replace("{id:int}", "1")
        answer = await anna.http.request(method, address, json={}, headers={"Origin": origin})
        assert (answer.status_code, answer.json()["code"]) == (403, "origin"), (method, path)


async def test_a_name_that_is_not_ours_is_not_answered(still: Site) -> None:
    answer = await still.stranger().get("/", headers={"Host": "rebound.evil.example"})
    assert (answer.status_code, answer.json()["code"]) == (421, "unknown_host")


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"])
async def test_only_json_is_taken(still: Site, kind: str) -> None:
    content = json.dumps({"login": "anna", "password": PASSWORD})
    answer = await still.stranger().http.post("/api/console/session", content=content, headers={"Content-Type": kind})
    assert (answer.status_code, answer.json()["code"]) == (415, "json_only")


# wrong bodies


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"\xff\xfe", 400),
        (b'{"login":"\xed\xa0\x80","password":"x"}', 400),
        (b'{"login":"a","password":"b","x":' + b"[" * 100_000, 422),
        (b"[]", 422),
        (b"{}", 422),
        (b'{"login":"anna"}', 422),
        (b'{"login":1,"password":"x"}', 422),
        (b'{"login":"anna","password":"x","admin":true}', 422),
    ],
)
async def test_a_wrong_body_is_a_problem_and_never_a_fault(still: Site, content: bytes, status: int) -> None:
    answer = await still.stranger().http.post(
        "/api/console/session", content=content, headers={"Content-Type": "application/json"}
    )
    assert answer.status_code == status, answer.text
    problem = msgspec.json.decode(answer.content, type=records.Problem)
    assert problem.status == status
    assert problem.code in ("bad_json", "arguments")


async def test_a_body_that_is_too_large_is_refused_whether_it_says_so_or_not(still: Site) -> None:
    stranger = still.stranger()
    large = b'{"login":"' + b"x" * (600 * 1024) + b'"}'

    async def piecemeal() -> Any:
        for start in range(0, len(large), 4096):
            yield large[start : start + 4096]

    for content in (large, piecemeal()):
        answer = await stranger.http.post(
            "/api/console/session", content=content, headers={"Content-Type": "application/json"}
        )
        assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")


async def test_what_is_not_there_is_a_problem_in_the_reader_s_language(still: Site) -> None:
    answer = await still.stranger().get("/nowhere", headers={"Accept-Language": "en-GB"})
    assert answer.status_code == 404
    assert answer.json()["detail"] == "There is no such page."
    assert (await still.stranger().get("/nowhere")).json()["detail"] == "Sidan finns inte."


async def test_a_fault_of_ours_tells_nothing_outside(still: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    anna = await still.browser("anna")

    async def broken(*_args: object) -> None:
        raise RuntimeError("password=hunter2 at /secret/path")

    monkeypatch.setattr(still.store, "read", broken)
    answer = await anna.post("/api/console/search", {"q": "x"})
    assert answer.status_code == 500
    assert answer.json()["code"] == "internal_error"
    assert "hunter2" not in answer.text


# headers


async def test_every_answer_keeps_the_browser_in_its_place(still: Site) -> None:
    anna = await still.browser("anna")
    for path in ("/", "/wallboard", "/api/console/me", "/nowhere", "/healthz", "/static/nothing.js"):
        headers = (await anna.get(path)).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"
        assert "server" not in headers


# files


async def with_file(site: Site, name: str, media_type: str, data: bytes, **fields: Any) -> int:
    sha256, size = site.context.files.put(data)
    facts = fields.pop("file_facts", {})
    await site.mail(files=(StoredFile(sha256, size, name, media_type, facts=facts),), **fields)
    return int(await site.store.read(lambda session: session.exec(select(FileRecord.id)).one()))


@pytest.mark.parametrize(
    ("media_type", "how", "sent_as"),
    [
        ("image/png", "inline", "image/png"),
        ("image/jpeg", "inline", "image/jpeg"),
        ("application/pdf", "inline", "application/pdf"),
        ("text/html", "attachment", "application/octet-stream"),
        ("image/svg+xml", "attachment", "application/octet-stream"),
        ("application/javascript", "attachment", "application/octet-stream"),
        ("application/x-msdownload", "attachment", "application/octet-stream"),
    ],
)
async def test_only_safe_types_are_shown_and_none_can_do_anything(
    still: Site, media_type: str, how: str, sent_as: str
) -> None:
    file_id = await with_file(still, "fil", media_type, b"<script>alert(1)</script>")
    answer = await (await still.browser("anna")).get(f"/files/{file_id}")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == sent_as
    assert answer.headers["content-disposition"].startswith(how)
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "script-src" not in answer.headers["content-security-policy"]


async def test_a_file_s_name_cannot_add_a_header(still: Site) -> None:
    name = 'å"b\r\nSet-Cookie: x=1; "日本.pdf'
    answer = await (await still.browser("anna")).get(f"/files/{await with_file(still, name, 'application/pdf', b'x')}")
    assert "set-cookie" not in answer.headers
    assert re.fullmatch(
        r"inline; filename=\"[\w. -]+\"; filename\*=UTF-8''[\w.%~-]+", answer.headers["content-disposition"]
    )


async def test_a_mail_s_page_is_in_a_frame_that_can_do_nothing_and_has_its_images_in_it(still: Site) -> None:
    html = '<p>Hej</p><img src="cid:bild1">'
    await with_file(still, "b.png", "image/png", PNG, html=html, file_facts={"content_id": "bild1"})
    anna = await still.browser("anna")
    contact = (await anna.get("/api/console/cases/1")).json()["contacts"][0]
    answer = await anna.get(contact["html_url"])
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("sandbox")
    assert "allow-scripts" not in policy
    assert "allow-same-origin" not in policy
    assert "default-src 'none'" in policy
    assert 'src="data:image/png;base64,iVBORw0K' in answer.text
    assert "cid:" not in answer.text


# uploads


async def upload(browser: Browser, data: bytes, name: str = "svar%20till%20Kim.pdf") -> httpx2.Response:
    headers = {"Content-Type": "application/pdf", "X-File-Name": name}
    return await browser.http.post("/api/console/uploads", content=data, headers=headers)


async def test_an_uploaded_file_goes_out_with_the_reply(still: Site) -> None:
    sent: list[Any] = []

    def compose(**mail: Any) -> bytes:
        sent.append(mail["attachments"])
        return b"raw"

    mailout.use_composer(compose)
    anna = await still.console_of("anna")
    await still.mail()
    case_id = await anna.ok("next_case")
    data = b"%PDF" + b"x" * 3_000_000
    answer = await upload(anna.browser, data)
    assert answer.status_code == 201
    assert answer.json()["name"] == "svar till Kim.pdf"
    reply = {"to": ["kim@medborgare.example"], "subject": "Svar", "text": "Hej!", "files": [answer.json()["id"]]}
    await anna.ok("reply", case_id=case_id, **reply)
    assert sent == [[("svar till Kim.pdf", "application/pdf", data)]]
    assert await still.store.read(lambda session: session.exec(select(OutgoingMail.raw)).one()) == b"raw"


async def test_an_upload_belongs_to_who_sent_it_and_cannot_be_made_up(still: Site) -> None:
    anna, bo = await still.console_of("anna"), await still.browser("bo")
    await still.mail()
    case_id = await anna.ok("next_case")
    handle = (await upload(bo, b"Bos fil")).json()["id"]
    sha256, size = still.context.files.put(b"annans fil")
    forged = uploads.handle(StoredFile(sha256, size, "x"), 1, b"wrong secret", utc_now())
    for wrong in (handle, forged, "", "AAAA", "åäö", handle[:-4] + "AAAA"):
        reply = {"to": ["a@b.example"], "subject": "", "text": "x", "files": [wrong]}
        assert await anna.refused("reply", case_id=case_id, **reply) == "upload"


async def test_an_upload_that_is_too_large_is_refused_and_leaves_nothing(town: Store, tmp_path: Any) -> None:
    town.sync_run(give_passwords)
    async with running(town, tmp_path, upload_megabytes=1) as site:
        answer = await upload(await site.browser("anna"), b"x" * (1024 * 1024 + 1))
        await site.close()
    assert (answer.status_code, answer.json()["code"]) == (413, "file_too_large")
    assert [path for path in (tmp_path / "files").rglob("*") if path.is_file()] == []


# search


async def test_cases_are_found_newest_first_page_by_page(still: Site) -> None:
    for number in range(30):
        await still.mail(subject=f"Altan {number}")
    anna = await still.browser("anna")
    first = (await anna.post("/api/console/search", {"q": "alta"})).json()
    second = (await anna.post("/api/console/search", {"q": "alta", "before": first["before"]})).json()
    subjects = [case["subject"] for case in first["cases"] + second["cases"]]
    assert subjects == [f"Altan {number}" for number in reversed(range(30))]
    assert second["before"] is None


@pytest.mark.parametrize(
    "query", ["ask", "KIM", "070-174 06 05", "+46701740605", "kim@medborgare.example", "198901029286"]
)
async def test_a_citizen_is_found_by_name_and_by_every_mark(still: Site, query: str) -> None:
    anna = await still.console_of("anna")
    await still.mail()
    marks = [
        {"kind": "phone", "value": "070-174 06 05"},
        {"kind": "email", "value": "Kim@medborgare.example"},
        {"kind": "personal_number", "value": "19890102-9286"},
    ]
    await anna.ok("link_citizen", case_id=1, name="Kim Ask", marks=marks)
    found = (await anna.browser.post("/api/console/citizens", {"q": query})).json()["citizens"]
    assert [citizen["name"] for citizen in found] == ["Kim Ask"]


async def test_a_wildcard_is_only_a_letter(still: Site) -> None:
    anna = await still.console_of("anna")
    await still.mail()
    await anna.ok("link_citizen", case_id=1, name="Kim Ask")
    for query in ("%", "_", "K%", "' OR 1=1 --"):
        assert (await anna.browser.post("/api/console/citizens", {"q": query})).json()["citizens"] == []
