import assert from "node:assert/strict";
import { test } from "node:test";
import { pieces } from "../src/fold";

test("a mail without folds is one piece", () => {
  assert.deepEqual(pieces("Hej", {}), [{ text: "Hej", folded: false }]);
});

test("folds count characters, not the units of UTF-16", () => {
  assert.deepEqual(pieces("Tack 😀😀\n> a 😀\nJa", { folds: [[8, 14]] }), [
    { text: "Tack 😀😀\n", folded: false },
    { text: "> a 😀\n", folded: true },
    { text: "Ja", folded: false },
  ]);
});

test("the pieces are the whole text", () => {
  const text = "> a\nb\n> c\nd\n-- \ne";
  const parts = pieces(text, {
    folds: [
      [0, 4],
      [6, 10],
      [12, 17],
    ],
  });
  assert.equal(parts.map((part) => part.text).join(""), text);
  assert.deepEqual(
    parts.map((part) => part.folded),
    [true, false, true, false, true],
  );
});

test("what was filed before there were folds says how long its new part is", () => {
  assert.deepEqual(
    pieces("Ja\n\n> a", { visible: 2 }).map((part) => part.folded),
    [false, true],
  );
  assert.deepEqual(pieces("Ja", { visible: 2 }), [{ text: "Ja", folded: false }]);
});
