"""The figures of the waiting over HTTP: for supervisors, checked, without personal data."""

import pytest

from tests.integration.consoles import Site


async def test_supervisors_see_what_was_told_and_agents_do_not(still: Site) -> None:
    found = await (await still.browser("siv")).get("/api/console/waiting")
    assert found.status_code == 200
    assert {one["queue"] for one in found.json()} == {"Allmänt", "Bygg"}
    assert all(one["moments"] == 0 and one["error"] is None for one in found.json())
    refused = await (await still.browser("anna")).get("/api/console/waiting")
    assert refused.status_code == 403


@pytest.mark.parametrize("hours", ["0", "-1", "x", "1e3", "999999"])
async def test_a_span_that_is_none_is_a_problem(still: Site, hours: str) -> None:
    found = await (await still.browser("siv")).get(f"/api/console/waiting?hours={hours}")
    assert found.status_code == 422
