"""The browser puts the queue in the very order of the server, which is the router's (test_parts.py)."""

import json
import random
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from contactcenter import hours
from contactcenter.routing import Rules
from contactcenter.states import CallPhase, CaseState, Channel
from tests.support import ROOT
from ui.order import Order
from ui.wire import CalendarRow, CaseRow
from ui.world import World

WEB = ROOT / "ui" / "web"
NOW = datetime(2026, 11, 23, 9, 30, 12, 345_000, tzinfo=UTC)
WEEK = {"week": {day: ["08:00-12:00", "13:00-16:30"] for day in ("mon", "tue", "wed", "thu", "fri")}}
SCRIPT = """
import { readFileSync } from "node:fs";
import { inOrder } from "./src/order";
const rounds = JSON.parse(readFileSync(0, "utf8"));
const placed = rounds.map((one) => inOrder(one.cases, one.calendars, one.now, one.rules));
console.log(JSON.stringify(placed.map((rows) => rows.map(({ row, used }) => [row.id, used]))));
"""


@pytest.fixture(scope="module")
def browser_order(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The console's own code, bundled for node."""
    esbuild = WEB / "node_modules" / ".bin" / "esbuild"
    if not esbuild.exists():
        pytest.fail("esbuild is not installed; run: script/setup", pytrace=False)
    made = tmp_path_factory.mktemp("order") / "order.mjs"
    command = [str(esbuild), "--bundle", "--format=esm", "--platform=node", "--loader=ts", f"--outfile={made}"]
    subprocess.run(command, input=SCRIPT, cwd=WEB, check=True, text=True, capture_output=True)
    return made


def case(roll: random.Random, id: int) -> CaseRow:
    """A waiting case; many have used nearly the same share, some arrived in the same millisecond."""
    promised = roll.choice([60, 300, 3600, 28_800])
    waited = roll.choice([0, 1, promised // 2, promised - 1, promised, promised * 5, roll.randrange(promised * 7)])
    arrived = NOW - timedelta(seconds=waited, milliseconds=roll.choice([0, 0, roll.randrange(1000)]))
    return CaseRow(
        id=id, number=f"KC-2026-{id:06}", state=CaseState.WAITING, channel=roll.choice([Channel.PHONE, Channel.EMAIL]),
        organisation_id=1, queue_id=1, topic_id=None, agent_id=None, preferred_agent_id=None, subject="", sender="",
        priority=roll.randint(-1, 2), protected=False, unread=False, arrived_at=arrived, opened_at=arrived,
        promised_seconds=promised, calendar=roll.choice([None, 1]), parked_until=None, citizen_id=None,
        contact_id=None, call_state=None, call_phase=CallPhase.TALKING, call_agent_id=None,
            call_third="", call_third_talks=False, call_overheard="", call_tape="", version=1, suggested_case_id=None,
    )  # fmt: skip


def test_the_browser_s_order_is_the_server_s(browser_order: Path) -> None:
    """Three hundred queues of up to eighty cases, with different numbers in the rule."""
    roll = random.Random(20261123)
    spans = list(hours.Hours.parse(WEEK).spans(NOW - timedelta(days=60), NOW + timedelta(days=1)))
    calendars = {1: CalendarRow(1, spans)}
    sent, expected = [], []
    for _ in range(300):
        rules = Rules(band=roll.choice([0.1, 0.25, 0.07, 1.0]), ceiling=roll.choice([5.0, 2.5, 1.0]))
        cases = {id: case(roll, id) for id in roll.sample(range(1, 1000), roll.randrange(80))}
        order = Order(rules).waiting(World(NOW.date(), NOW, cases=cases, calendars=calendars), NOW)
        expected.append([(row.id, used) for row, used in order.rows])
        asked = {"cases": list(cases.values()), "calendars": calendars, "now": NOW.timestamp() * 1000, "rules": rules}
        sent.append(asked)
    answer = subprocess.run(
        ["node", str(browser_order)], input=msgspec.json.encode(sent), check=True, capture_output=True, timeout=60
    )
    found = json.loads(answer.stdout)
    assert len(found) == 300
    for there, here in zip(found, expected, strict=True):
        assert [id for id, _ in there] == [id for id, _ in here]
        assert [used for _, used in there] == pytest.approx([used for _, used in here], abs=1e-6)
