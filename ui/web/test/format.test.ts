import assert from "node:assert/strict";
import { test } from "node:test";
import { bytes, duration, percent, phone, spoken } from "../src/format";
import { language } from "../src/i18n";

test("lengths of time", () => {
  assert.equal(duration(0), "0:00");
  assert.equal(duration(37), "0:37");
  assert.equal(duration(725.9), "12:05");
  assert.equal(duration(12_000), "3 h 20");
  assert.equal(duration(187_200), "2 d 4 h");
  assert.equal(duration(-5), "0:00");
});

test("lengths of time as they are said", () => {
  language.value = "sv";
  assert.equal(spoken(40), "40 sekunder");
  assert.equal(spoken(1), "1 sekund");
  assert.equal(spoken(60), "1 minut");
  assert.equal(spoken(125), "2 minuter");
  assert.equal(spoken(3600), "1 timme");
  language.value = "en";
  assert.equal(spoken(86_400), "1 day");
  assert.equal(spoken(200_000), "2 days");
  language.value = "sv";
});

test("telephone numbers as they are written in Sweden", () => {
  assert.equal(phone("+46701740605"), "070-174 06 05");
  assert.equal(phone("+468123456"), "08-12 34 56");
  assert.equal(phone("+4681234567"), "08-123 45 67");
  assert.equal(phone("+46846500400"), "08-465 004 00");
  assert.equal(phone("+4633123456"), "033-12 34 56");
  assert.equal(phone("+4614012345"), "0140-123 45");
  assert.equal(phone("+4790510000"), "+4790510000");
  assert.equal(phone("eva@citizen.example"), "eva@citizen.example");
  assert.equal(phone(""), "");
});

test("sizes and shares", () => {
  assert.equal(bytes(12), "12 B");
  assert.equal(bytes(20_480), "20 kB");
  assert.equal(bytes(3_500_000), "3.3 MB");
  assert.equal(percent(0.804), "80 %");
  assert.equal(percent(null), "–");
});
