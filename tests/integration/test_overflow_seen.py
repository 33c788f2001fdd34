"""The ways out of long queues over HTTP: written by an administrator, seen by supervisors, kept from agents."""

import yaml

from tests.integration.consoles import Site

STEPS = [{"to": "number", "number": "+46701740611", "agents_below": 1}, {"to": "voicemail", "after_seconds": 900}]


async def test_an_administrator_writes_steps_and_supervisors_see_them_in_order(still: Site) -> None:
    alma = await still.browser("alma")
    document = yaml.safe_load((await alma.get("/api/console/configuration")).text)
    wanted = {"queues": [one | {"overflow": STEPS} for one in document["queues"] if one["key"] == "solvik.allmant"]}
    form = {"yaml": yaml.safe_dump(wanted), "dry_run": True}
    told = (await alma.post("/api/console/configuration", form)).json()
    ((field, (before, after)),) = told["changes"][0]["fields"].items()
    assert (field, before, len(after)) == ("overflow", [], 2)
    await alma.post("/api/console/configuration", form | {"dry_run": False})
    for login in ("alma", "siv"):
        (queue,) = (await (await still.browser(login)).get("/api/console/overflow")).json()
        assert queue["queue"] == "Allmänt"
        assert [(step["to"], step["number"], step["taken"]) for step in queue["steps"]] == [
            ("number", "+46701740611", 0),
            ("voicemail", "", 0),
        ]


async def test_agents_do_not_see_them(still: Site) -> None:
    assert (await (await still.browser("anna")).get("/api/console/overflow")).status_code == 403


async def test_a_step_that_cannot_be_meant_is_told_by_its_place(still: Site) -> None:
    wrong = "queues: [{key: solvik.allmant, name: A, organisation: solvik, overflow: [{to: number}]}]"
    alma = await still.browser("alma")
    told = await alma.post("/api/console/configuration", {"yaml": wrong, "dry_run": True})
    assert told.status_code == 422
    assert "queues.0.overflow.0" in told.json()["detail"]
    another = "queues: [{key: solvik.allmant, name: A, organisation: solvik, overflow: [{to: queue, queue: %s}]}]"
    seen = [
        await alma.post("/api/console/configuration", {"yaml": another % key, "dry_run": True})
        for key in ("granby.allmant", "nowhere")
    ]
    assert seen[0].json()["detail"] == seen[1].json()["detail"], "one municipality's queues are not told to another"
