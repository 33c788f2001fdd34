import assert from "node:assert/strict";
import { test } from "node:test";
import { readSkills, skillsText } from "../src/skills";

test("skills are read as they are written", () => {
  const skills = { bygg: 3, "lätt svenska": 2 };
  assert.deepEqual(readSkills(skillsText(skills)), skills);
  assert.deepEqual(readSkills("bygg: 3, , lätt svenska  2"), skills);
  assert.deepEqual(readSkills(" "), {});
});

test("what is no skill with a level is refused", () => {
  for (const text of ["bygg", "bygg 6", "bygg 0", "3", "bygg 3 engelska"])
    assert.equal(readSkills(text), null, text);
});
