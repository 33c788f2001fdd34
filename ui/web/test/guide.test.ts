// The key tables of docs/agent-guide.md are those of the console. To write them anew: UPDATE_GUIDE=1 npm test
import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { test } from "node:test";
import { LANGUAGES, type Word } from "../src/i18n";
import { KEYS, shown } from "../src/keys";

const GUIDE = `${process.cwd()}/../../docs/agent-guide.md`;
const GROUPS = ["everywhere", "queue", "case", "call"] as const;
const MARKS = /(<!-- keys -->\n)[\s\S]*?(<!-- end of keys -->)/;

function table(group: (typeof GROUPS)[number]): string {
  const { sv, en } = LANGUAGES;
  const rows = KEYS.filter((one) => one.group === group && !/^alt\+[2-9]$/.test(one.key)).map((one) => {
    const word = `key_${one.action}` as Word;
    return `| ${one.key === "alt+1" ? "Alt + 1–9" : shown(one.key)} | ${sv[word]} | ${en[word]} |`;
  });
  const head = `| ${sv[`group_${group}`]} | | *${en[`group_${group}`]}* |\n| --- | --- | --- |`;
  return [head, ...rows].join("\n");
}

test("the guide lists the keys of the console", async () => {
  const expected = `\n${GROUPS.map(table).join("\n\n")}\n\n`;
  const guide = await readFile(GUIDE, "utf8");
  const fresh = guide.replace(MARKS, (_, begin: string, end: string) => begin + expected + end);
  assert.match(guide, MARKS);
  if (process.env.UPDATE_GUIDE) await writeFile(GUIDE, fresh);
  else assert.equal(guide, fresh, "run: UPDATE_GUIDE=1 npm test");
});
