// Skills with their levels, as administrators write them.

export const skillsText = (skills: Record<string, number>) =>
  Object.entries(skills)
    .map(([skill, level]) => `${skill} ${level}`)
    .join(", ");

/** `bygg 3, engelska 2` as skills; null when it cannot be read so. */
export function readSkills(text: string): Record<string, number> | null {
  const skills: Record<string, number> = {};
  for (const piece of text.split(",").map((one) => one.trim())) {
    if (!piece) continue;
    const found = /^(.+?)[\s:]+([1-5])$/.exec(piece);
    if (!found?.[1]) return null;
    skills[found[1].trim()] = Number(found[2]);
  }
  return skills;
}
