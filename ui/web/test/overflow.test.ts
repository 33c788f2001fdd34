import assert from "node:assert/strict";
import { test } from "node:test";
import { blank, drafted, moved, type WrittenStep, written } from "../src/overflow";

const STEPS: WrittenStep[] = [
  { to: "agents", queue: "solvik.bakom", callers_per_agent: 2.5 },
  { to: "number", number: "+46850000999", agents_below: 1 },
  { to: "voicemail", after_seconds: 900 },
  { to: "message", say: "Ring igen i morgon.", agents_from: 2 },
];

test("what is read and not changed is written as it was", () => {
  assert.deepEqual(STEPS.map(drafted).map(written), STEPS);
});

test("only what the target needs is written", () => {
  const step = {
    ...blank(),
    to: "voicemail" as const,
    queue: "solvik.bakom",
    say: "Hej",
    number: "+46850000999",
  };
  assert.deepEqual(written(step), { to: "voicemail" });
});

test("a decimal comma, and a number as people write it", () => {
  const crowded = { ...blank(), callers_per_agent: "2,5" };
  assert.equal(written(crowded).callers_per_agent, 2.5);
  for (const number of ["08-500 009 99", "+46 8 500 009 99", "0046850000999"]) {
    assert.equal(written({ ...blank(), to: "number", number }).number, "+46850000999");
  }
});

test("a step moves by one place, and never out of the list", () => {
  assert.deepEqual(moved(["a", "b", "c"], 0, 1), ["b", "a", "c"]);
  assert.deepEqual(moved(["a", "b", "c"], 2, 1), ["a", "c", "b"]);
  assert.deepEqual(moved(["a", "b"], 0, -1), ["a", "b"]);
  assert.deepEqual(moved(["a", "b"], 1, 2), ["a", "b"]);
});
