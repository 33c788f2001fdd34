import assert from "node:assert/strict";
import test from "node:test";
import { countIn, lanesByCall, lanesByPhone, momentOf, placeOf } from "../src/replay";
import type { ReplayCall, ReplayRoom } from "../src/wire";

const at = (minute: number) => `2026-11-23T10:${String(minute).padStart(2, "0")}:00Z`;
const stretch = (state: string, begin: number, end: number, phone = "", agent = "") => ({
  state,
  phone,
  agent,
  begin: at(begin),
  end: at(end),
});
const call = (id: string, stretches: ReplayCall["stretches"]): ReplayCall => ({
  id,
  exchange: "kc",
  kind: "citizen",
  number: "+46850000200",
  topic: "",
  case_id: 0,
  case_number: "",
  stretches,
});
const room: ReplayRoom = {
  begin: at(0),
  end: at(20),
  gaps: [],
  calls: [
    call("a", [
      stretch("waiting", 0, 5),
      stretch("ringing", 5, 6, "2001", "Åsa"),
      stretch("talking", 6, 15, "2001", "Åsa"),
    ]),
    call("b", [stretch("waiting", 4, 10), stretch("talking", 10, 20, "2002", "Bo")]),
  ],
};

test("a moment shows each call in its state then", () => {
  const going = momentOf(room, Date.parse(at(5)));
  assert.deepEqual(
    going.map((one) => [one.call.id, one.stretch.state]),
    [
      ["a", "ringing"],
      ["b", "waiting"],
    ],
  );
  assert.equal(countIn(going, "waiting", "fallback"), 1);
  assert.deepEqual(momentOf(room, Date.parse(at(20))), []);
});

test("a lane for each call, and for each telephone by name", () => {
  assert.deepEqual(
    lanesByCall(room).map((lane) => lane.going.length),
    [3, 2],
  );
  assert.deepEqual(
    lanesByPhone(room).map((lane) => [lane.agent, lane.going.length]),
    [
      ["Bo", 1],
      ["Åsa", 2],
    ],
  );
});

test("a stretch lies where its time is", () => {
  assert.deepEqual(placeOf(room, room.calls[1]?.stretches[1] ?? stretch("", 0, 1)), { left: 50, width: 50 });
});
