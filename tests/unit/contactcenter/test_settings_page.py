"""Every setting is in the documentation, with its meaning."""

from contactcenter import settings_page
from tests.support import ROOT


def test_the_page_is_fresh() -> None:
    written = (ROOT / "docs" / "settings.md").read_text("utf-8")
    assert written == settings_page.page(), "run: python -m contactcenter.settings_page > docs/settings.md"


def test_every_setting_says_what_it_means() -> None:
    rows = [line for line in settings_page.page().splitlines() if line.startswith("| `CC_")]
    assert len(rows) > 60
    silent = [row for row in rows if row.endswith("|  |")]
    assert silent == []
