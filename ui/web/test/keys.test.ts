import assert from "node:assert/strict";
import { test } from "node:test";
import { LANGUAGES } from "../src/i18n";
import { actionFor, isSingle, KEYS, nameOf, shown, type When } from "../src/keys";

const press = (key: string, more: object = {}) => ({
  key,
  altKey: false,
  ctrlKey: false,
  metaKey: false,
  ...more,
});
const all = () => true;
const only =
  (...states: When[]) =>
  (when: When) =>
    when === "always" || states.includes(when);

test("no key does two things", () => {
  const keys = KEYS.map((one) => one.key);
  assert.deepEqual([...new Set(keys)], keys);
});

test("every key and every group is explained in every language", () => {
  for (const [language, words] of Object.entries(LANGUAGES)) {
    for (const one of KEYS) {
      assert.ok(`key_${one.action}` in words, `${language}: key_${one.action}`);
      assert.ok(`group_${one.group}` in words, `${language}: group_${one.group}`);
    }
  }
});

test("what is explained can be done", () => {
  const actions = new Set(KEYS.map((one) => `key_${one.action}`));
  const explained = Object.keys(LANGUAGES.sv).filter((word) => word.startsWith("key_"));
  assert.deepEqual(
    explained.filter((word) => !actions.has(word)),
    [],
  );
});

test("a key acts only when it may", () => {
  assert.equal(actionFor(press("Enter"), only(), false), null);
  assert.equal(actionFor(press("Enter"), only("offer"), false)?.action, "accept");
  assert.equal(actionFor(press("c"), only("case"), false), null);
  assert.equal(actionFor(press("c"), only("case", "mine"), false)?.action, "close");
});

test("while somebody writes only keys with Alt act", () => {
  for (const one of KEYS.filter((one) => !one.key.startsWith("alt+")))
    assert.equal(actionFor(press(one.key), all, true), null, one.key);
  const alt = (letter: string, more = {}) => press(letter, { altKey: true, code: `Key${letter}`, ...more });
  assert.equal(actionFor(alt("N"), all, true)?.action, "register");
  assert.equal(actionFor(alt("A"), only("offer"), true)?.action, "accept");
});

test("single characters can be turned off and then act with Alt and Shift", () => {
  const singles = KEYS.filter((one) => isSingle(one.key) && /[a-z]/.test(one.key));
  assert.ok(singles.length > 10);
  for (const one of singles) {
    const code = `Key${one.key.toUpperCase()}`;
    assert.equal(actionFor(press(one.key, { code }), all, false, false), null, one.key);
    const held = press(one.key.toUpperCase(), { code, altKey: true, shiftKey: true });
    assert.equal(actionFor(held, all, true, false)?.action, one.action, one.key);
  }
  assert.equal(actionFor(press("Enter"), all, false, false)?.action, "accept", "Enter is no character");
});

test("with Alt the place of the key counts, not what a layout makes of it", () => {
  assert.equal(nameOf(press("ñ", { altKey: true, code: "KeyN" })), "alt+n");
  assert.equal(nameOf(press("¡", { altKey: true, code: "Digit1" })), "alt+1");
  assert.deepEqual(actionFor(press("¢", { altKey: true, code: "Digit4" }), all, true), {
    action: "tab",
    digit: 4,
  });
});

test("the browser keeps its own keys", () => {
  assert.equal(actionFor(press("c", { ctrlKey: true }), all, false), null);
  assert.equal(actionFor(press("r", { metaKey: true }), all, false), null);
});

test("keys are shown as they are written on keyboards", () => {
  assert.equal(shown("alt+n"), "Alt + N");
  assert.equal(shown("escape"), "Esc");
});
