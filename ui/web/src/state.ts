// The console's picture of the contact centre: rows by id, changed only by what the server sends.
import type { Drop, Put, State } from "./wire";

type Rows = Record<string | number, { id: string | number }>;

export const EMPTY: State = {
  cases: {},
  agents: {},
  offers: {},
  queues: {},
  topics: {},
  organisations: {},
  calendars: {},
  health: {},
  looking: {},
  board: {},
  settings: {},
  announcements: {},
  surges: {},
};

/** A new state with the rows of `put` in it and those of `drop` out of it. What is not touched stays identical. */
export function apply(state: State, put: Put, drop: Drop): State {
  const next: Record<string, Rows> = { ...(state as unknown as Record<string, Rows>) };
  for (const [name, rows] of Object.entries(put) as [string, { id: string | number }[]][]) {
    const collection = { ...next[name] };
    for (const row of rows) collection[row.id] = row;
    next[name] = collection;
  }
  for (const [name, ids] of Object.entries(drop) as [string, (string | number)[]][]) {
    const collection = { ...next[name] };
    for (const id of ids) delete collection[id];
    next[name] = collection;
  }
  return next as unknown as State;
}
