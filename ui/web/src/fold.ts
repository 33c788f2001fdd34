// A mail in pieces: what was written now, and what is folded (quotations, signatures). Nothing is left out.

export interface Piece {
  text: string;
  folded: boolean;
}

/**
 * The whole text in pieces. `folds` are starts and ends in code points, as the server counts; strings here count UTF-16
 * units. Contacts filed before there were folds say only how long their new part is (`visible`).
 */
export function pieces(text: string, facts: Record<string, unknown>): Piece[] {
  const places = facts.folds ?? (typeof facts.visible === "number" ? [[facts.visible, Infinity]] : []);
  const made: Piece[] = [];
  const at = counter(text);
  let end = 0;
  for (const [from, to] of places as [number, number][]) {
    const start = at(from);
    made.push({ text: text.slice(end, start), folded: false });
    end = at(to);
    made.push({ text: text.slice(start, end), folded: true });
  }
  made.push({ text: text.slice(end), folded: false });
  return made.filter((piece) => piece.text.trim() !== "");
}

/** From code points to UTF-16 units, for places that only grow. */
function counter(text: string): (place: number) => number {
  let units = 0;
  let points = 0;
  return (place) => {
    for (; points < place && units < text.length; points++)
      units += (text.codePointAt(units) ?? 0) > 0xffff ? 2 : 1;
    return units;
  };
}
