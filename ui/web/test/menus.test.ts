import assert from "node:assert/strict";
import { test } from "node:test";
import { added, edges, freeKeys, KINDS, lines, moved, said, type Tree, without } from "../src/menus";
import { wav } from "../src/recorder";

const TREE: Tree = {
  start: "welcome",
  nodes: {
    welcome: { kind: "say", say: { text: { sv: "Hej." } }, next: "choice" },
    choice: {
      kind: "menu",
      say: { text: { sv: "Välj." } },
      choices: [
        { key: "1", next: "permit" },
        { key: "0", next: "choice" },
      ],
      silent: "other",
    },
    permit: { kind: "topic", topic: "bygg" },
    other: { kind: "topic" },
    lost: { kind: "topic", topic: "skola" },
  },
};

test("the lines follow the edges, show again what stands above, and end with what is lost", () => {
  assert.deepEqual(
    lines(TREE).map((line) => [line.id, line.edge, line.level, line.again, line.lost]),
    [
      ["welcome", "", 1, false, false],
      ["choice", "next", 2, false, false],
      ["permit", "1", 3, false, false],
      ["choice", "0", 3, true, false],
      ["other", "silent", 3, false, false],
      ["lost", "", 1, false, true],
    ],
  );
});

test("a circle and an edge that leads nowhere are shown and end", () => {
  const round: Tree = { start: "a", nodes: { a: { kind: "say", next: "b" }, b: { kind: "say", next: "a" } } };
  assert.equal(lines(round).length, 3);
  assert.equal(lines({ start: "gone", nodes: {} }).length, 1);
});

test("arrows move as in a tree", () => {
  const all = lines(TREE);
  assert.equal(moved(all, 0, "ArrowDown"), 1);
  assert.equal(moved(all, 0, "ArrowUp"), 0);
  assert.equal(moved(all, 1, "ArrowRight"), 2);
  assert.equal(moved(all, 2, "ArrowRight"), 2);
  assert.equal(moved(all, 4, "ArrowLeft"), 1);
  assert.equal(moved(all, 2, "End"), 5);
  assert.equal(moved(all, 2, "Home"), 0);
});

test("every kind can be added and taken away, and what was there is not touched", () => {
  const before = JSON.stringify(TREE);
  for (const kind of KINDS) {
    const [tree, id] = added(TREE, kind, "other");
    assert.equal(tree.nodes[id]?.kind, kind);
    for (const [, target] of edges(tree.nodes[id])) assert.equal(target, "other");
    assert.deepEqual(without(tree, id), TREE);
  }
  assert.equal(JSON.stringify(TREE), before);
  assert.equal(without(TREE, "welcome"), TREE);
});

test("a key is offered once", () => {
  const menu = TREE.nodes.choice;
  assert.ok(menu && !freeKeys(menu).includes("1") && freeKeys(menu, "1").includes("1"));
});

test("what is said, in whatever language there is", () => {
  assert.equal(said({ text: { sv: "", en: "Hi." } }), "Hi.");
  assert.equal(said({ recording: "hello" }), "hello");
  assert.equal(said(undefined), "");
});

test("samples become a WAV file of 16 bits", () => {
  const file = new DataView(wav(new Float32Array([0, 1, -1, 2]), 16000));
  assert.equal(file.byteLength, 52);
  assert.equal(file.getUint32(24, true), 16000);
  assert.deepEqual(
    [0, 2, 4, 6].map((at) => file.getInt16(44 + at, true)),
    [0, 32767, -32767, 32767],
  );
});
