import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { test } from "node:test";
import { LANGUAGES, language, t, tCode, type Word } from "../src/i18n";
import { KEYS } from "../src/keys";

const holes = (text: string) => (text.match(/\{\w+\}/g) ?? []).sort();

test("both languages have the same words, none empty, with the same holes to fill", () => {
  const { sv, en } = LANGUAGES;
  assert.deepEqual(Object.keys(en).sort(), Object.keys(sv).sort());
  for (const word of Object.keys(sv) as Word[]) {
    assert.ok(sv[word].trim() && en[word].trim(), word);
    assert.deepEqual(holes(en[word]), holes(sv[word]), word);
  }
});

test("every word is used", async () => {
  const source = await sourceText();
  const prefixes = [...source.matchAll(/(?:tCode\(\s*"|`)([A-Za-z]+)(?:"|_\$\{)/g)].map((found) => found[1]);
  const used = (word: string) =>
    new RegExp(`["'\`]${word.replace("-", "\\-")}["'\`]`).test(source) ||
    prefixes.some((prefix) => word.startsWith(`${prefix}_`)) ||
    KEYS.some((one) => word === `key_${one.action}`);
  const idle = Object.keys(LANGUAGES.sv).filter((word) => !used(word));
  assert.deepEqual(idle, []);
});

async function sourceText(): Promise<string> {
  const folder = `${process.cwd()}/src`;
  const names = (await readdir(folder, { recursive: true })).filter(
    (name) => /\.tsx?$/.test(name) && !/words|wire/.test(name),
  );
  return (await Promise.all(names.map((name) => readFile(`${folder}/${name}`, "utf8")))).join("\n");
}

test("values fill the holes, and what is missing stays visible", () => {
  language.value = "sv";
  assert.equal(t("queueCount", { n: 3 }), "3 väntar");
  assert.equal(t("queueCount"), "{n} väntar");
  language.value = "en";
  assert.notEqual(t("queueCount", { n: 3 }), "3 väntar");
  language.value = "sv";
});

test("a code without a word is shown as it is", () => {
  assert.equal(tCode("state", "available"), "Tillgänglig");
  assert.equal(tCode("state", "on_the_moon"), "on the moon");
});
