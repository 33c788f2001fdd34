import assert from "node:assert/strict";
import { test } from "node:test";
import { bandOf, inOrder, openSeconds, RULES, usedShare } from "../src/order";
import type { CaseRow } from "../src/wire";
import { ago, caseRow, NOW } from "./rows";

const order = (cases: CaseRow[], calendars = {}) =>
  inOrder(cases, calendars, NOW, RULES).map((one) => one.row.id);

test("who has used most of the promised time is first, whatever the channel", () => {
  const mail = caseRow(1, { arrived_at: ago(3600), promised_seconds: 28_800 });
  const call = caseRow(2, { channel: "phone", arrived_at: ago(30), promised_seconds: 60 });
  const letter = caseRow(3, { channel: "post", arrived_at: ago(27_000), promised_seconds: 28_800 });
  assert.deepEqual(order([mail, call, letter]), [3, 2, 1]);
});

test("within a band priority decides, then arrival, then the number", () => {
  const rows = [
    caseRow(4, { arrived_at: ago(41) }),
    caseRow(3, { arrived_at: ago(45) }),
    caseRow(2, { arrived_at: ago(45) }),
    caseRow(1, { arrived_at: ago(42), priority: 1 }),
    caseRow(5, { arrived_at: ago(51), priority: -1 }),
  ];
  assert.deepEqual(order(rows), [5, 1, 2, 3, 4]);
});

test("from the ceiling on only arrival counts, so that nothing waits for ever", () => {
  const rows = [
    caseRow(1, { arrived_at: ago(501), priority: 0 }),
    caseRow(2, { arrived_at: ago(500), priority: 2 }),
    caseRow(3, { arrived_at: ago(499), priority: 2 }),
  ];
  assert.deepEqual(order(rows), [1, 2, 3]);
  assert.equal(bandOf(500, RULES), bandOf(5, RULES));
  assert.equal(bandOf(Number.NaN, RULES), 50);
  assert.equal(bandOf(-1, RULES), 0);
});

test("written work waits in open hours, calls by the clock", () => {
  const calendar = {
    id: 7,
    spans: [
      [ago(7200), ago(5400)],
      [ago(1800), ago(-3600)],
    ] as [string, string][],
  };
  const row = caseRow(1, { arrived_at: ago(7200), promised_seconds: 7200, calendar: 7 });
  assert.equal(usedShare(row, { 7: calendar }, NOW), 0.5);
  assert.equal(usedShare({ ...row, calendar: null }, {}, NOW), 1);
});

test("open seconds are the overlap with the spans", () => {
  assert.equal(
    openSeconds(
      [
        [0, 1000],
        [5000, 9000],
      ],
      500,
      6000,
    ),
    1.5,
  );
  assert.equal(openSeconds([], 0, 1000), 0);
  assert.equal(openSeconds([[0, 1000]], 2000, 3000), 0);
});

test("a promise of nothing does not divide by nothing", () => {
  assert.equal(usedShare(caseRow(1, { arrived_at: ago(5), promised_seconds: 0 }), {}, NOW), 5);
});

test("five thousand rows are put in order between two frames", () => {
  const rows = Array.from({ length: 5000 }, (_, id) =>
    caseRow(id, { arrived_at: ago((id * 7919) % 9000), promised_seconds: 3600, priority: id % 4 }),
  );
  inOrder(rows, {}, NOW, RULES);
  const times = Array.from({ length: 9 }, () => {
    const begun = performance.now();
    inOrder(rows, {}, NOW, RULES);
    return performance.now() - begun;
  }).sort((a, b) => a - b);
  assert.ok((times[0] ?? 99) < 16, `the fastest of nine took ${times[0]} ms`);
});
