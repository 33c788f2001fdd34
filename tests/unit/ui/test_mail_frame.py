"""A mail's page: inline images by what they are, nothing from elsewhere without consent, colours on their own sheet."""

from pathlib import Path

import pytest

from channels.email import markup
from contactcenter.files import FileStore
from contactcenter.model import FileRecord
from ui import mail_frame

PNG = b"\x89PNG\r\n\x1a\n" + bytes(20)


@pytest.fixture
def files(tmp_path: Path) -> FileStore:
    return FileStore(tmp_path)


def _image(files: FileStore, content: bytes, cid: str, media_type: str = "image/png") -> FileRecord:
    return FileRecord(
        contact_id=1, sha256=files.put(content)[0], size=len(content), name="x", media_type=media_type,
        facts={"content_id": cid},
    )  # fmt: skip


def _page(files: FileStore, html: str, *images: FileRecord, remote: bool = False, dark: bool = False) -> str:
    return mail_frame.page(markup.safe(html), list(images), files, remote=remote, dark=dark)


def test_inline_images_are_shown_by_what_they_are(files: FileStore) -> None:
    html = '<img src="cid:A&amp;B@x"><img src="cid:svg@x"><img src="cid:none@x">'
    shown = _page(files, html, _image(files, PNG, "<a&b@x>", "image/gif"), _image(files, b"<svg onload=x>", "<svg@x>"))
    assert shown.count('src="data:image/png;base64,') == 1
    assert "svg" not in shown
    assert "cid:" not in shown


def test_an_image_by_its_id_is_shown_wherever_it_is_wanted_and_text_like_it_stays(files: FileStore) -> None:
    shown = _page(files, '<p>src="cid:a@x"</p><img src="cid:a@x"><img src="cid:a@x">', _image(files, PNG, "<a@x>"))
    assert shown.count("data:image/png") == 2
    assert "cid:a@x" in shown


def test_images_from_elsewhere_need_consent(files: FileStore) -> None:
    html = '<img src="http://x.example/a.png?b=1&amp;c">'
    assert "x.example/a" not in _page(files, html)
    assert 'src="https://x.example/a.png?b=1&amp;c" referrerpolicy="no-referrer"' in _page(files, html, remote=True)


@pytest.mark.parametrize(
    ("html", "is_dark"),
    [
        ("<p>Hej</p>", True),
        ("<p style='font-size:14px'>Hej</p>", True),
        ("<p style='color:#000'>Hej</p>", False),
        ("<table bgcolor=white><tr><td>Hej</table>", False),
        ("<font color=navy>Hej</font>", False),
    ],
)
def test_a_mail_with_colours_stays_on_its_white_sheet(files: FileStore, html: str, is_dark: bool) -> None:
    assert ('class="dark"' in _page(files, html, dark=True)) == is_dark
    assert 'class="dark"' not in _page(files, html)


@pytest.mark.parametrize("policy", [mail_frame.POLICY, mail_frame.POLICY_WITH_IMAGES])
def test_the_policy_allows_no_script_no_form_and_no_origin(policy: str) -> None:
    assert "default-src 'none'" in policy
    assert "allow-scripts" not in policy
    assert "allow-same-origin" not in policy
    assert "script-src" not in policy


def test_without_consent_the_policy_lets_nothing_in() -> None:
    assert "img-src data:;" in mail_frame.POLICY
    assert "http" not in mail_frame.POLICY
