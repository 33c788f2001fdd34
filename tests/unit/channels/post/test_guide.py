"""The guide names every setting and every reason."""

import pytest

from channels.post.letters import PROBLEMS
from channels.post.settings import PostSettings
from tests.support import ROOT

GUIDE = (ROOT / "docs" / "post.md").read_text("utf-8")


@pytest.mark.parametrize("name", PostSettings.model_fields)
def test_every_setting_is_in_the_guide(name: str) -> None:
    assert f"`{name.upper()}`" in GUIDE


@pytest.mark.parametrize("code", PROBLEMS)
def test_every_reason_is_in_the_guide(code: str) -> None:
    assert f"`{code}`" in GUIDE
