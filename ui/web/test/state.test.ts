import assert from "node:assert/strict";
import { test } from "node:test";
import { apply, EMPTY } from "../src/state";
import { caseRow, casesOf } from "./rows";

test("put adds and replaces by id, drop removes, and the rest stays the very same", () => {
  const one = apply(EMPTY, { cases: [caseRow(1), caseRow(2)] }, {});
  const two = apply(one, { cases: [caseRow(2, { subject: "Ny" }), caseRow(3)] }, { cases: [1], offers: [9] });
  assert.deepEqual(casesOf(two), [2, 3]);
  assert.equal(two.cases[2]?.subject, "Ny");
  assert.equal(two.agents, one.agents);
  assert.deepEqual(casesOf(one), [1, 2], "what was there before is not touched");
});

test("rows with a name for id are kept by name", () => {
  const board = { id: "today" } as never;
  const state = apply(EMPTY, { board: [board] }, {});
  assert.equal(state.board.today, board);
});

test("the law: events applied one after another give what a new snapshot would", () => {
  // A source of truth that changes at random, and a reader that only hears of the changes.
  let seed = 20_261_123;
  const roll = (n: number) => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
    return (seed >>> 8) % n;
  };
  const truth = new Map<number, ReturnType<typeof caseRow>>();
  let heard = EMPTY;
  for (let round = 0; round < 2000; round++) {
    const id = roll(40);
    if (roll(4) === 0) {
      truth.delete(id);
      heard = apply(heard, {}, { cases: [id] });
    } else {
      const row = caseRow(id, { version: round, subject: `S${round}` });
      truth.set(id, row);
      heard = apply(heard, { cases: [row] }, {});
    }
  }
  assert.deepEqual(heard.cases, Object.fromEntries(truth));
  assert.ok(truth.size > 5);
});
