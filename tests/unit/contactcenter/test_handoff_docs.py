"""docs/handoff.md is true: its example verifies what we send, and nothing of the contract is missing from it."""

import re
from collections.abc import Callable

import pytest
from pydantic import BaseModel

from contactcenter import handoff_signature
from contactcenter.clock import utc_now
from contactcenter.connectors.mail import MailTarget
from contactcenter.connectors.webhook import WebhookTarget
from contactcenter.handoff_connectors import CONNECTORS
from contactcenter.handoff_status import Noted, StatusReport
from contactcenter.settings import HandoffSettings
from contactcenter.states import RemoteStatus
from tests.support import ROOT

PAGE = (ROOT / "docs/handoff.md").read_text()
TARGETS: dict[str, type[BaseModel]] = {"webhook": WebhookTarget, "mail": MailTarget}


@pytest.fixture
def is_genuine() -> Callable[[bytes, str, bytes], bool]:
    """The example of the page."""
    [code] = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    names: dict[str, Callable[[bytes, str, bytes], bool]] = {}
    exec(code, names)  # noqa: S102
    return names["is_genuine"]


def test_the_example_tells_ours_from_others(is_genuine: Callable[[bytes, str, bytes], bool]) -> None:
    header = handoff_signature.sign(b"secret", b"body", utc_now())
    stamp, mark = header.split(",")
    assert is_genuine(b"secret", header, b"body")
    assert is_genuine(b"secret", f"{stamp},v1={'0' * 64},{mark}", b"body")
    assert not is_genuine(b"another", header, b"body")
    assert not is_genuine(b"secret", header, b"other body")
    assert not is_genuine(b"secret", "", b"body")
    assert not is_genuine(b"secret", header.replace("t=", "t=1"), b"body")


@pytest.mark.parametrize("kind", CONNECTORS)
def test_every_connector_and_each_field_of_its_target_is_described(kind: str) -> None:
    section = PAGE.split(f"### Connector `{kind}`")[1].split("\n## ")[0].split("\n### ")[0]
    assert f"connector: {kind}" in section
    for name in TARGETS[kind].model_fields.keys() - {"connector"}:
        assert f"| `{name}` |" in section


def test_every_field_and_status_of_a_report_is_described() -> None:
    for name in StatusReport.model_fields:
        assert f"| `{name}` |" in PAGE
    for word in (*RemoteStatus, *Noted.model_fields):
        assert word in PAGE


def test_every_setting_that_an_administrator_may_want_is_named() -> None:
    inside = {"lease_seconds", "secrets"}
    for name in HandoffSettings.model_fields.keys() - inside:
        assert f"CC_HANDOFF__{name.upper()}" in PAGE
