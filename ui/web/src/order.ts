// The one order of the queue, by the same rule as contactcenter/routing.py: share of the promised time used,
// in bands; then priority; then arrival.
import type { CalendarRow, CaseRow, SettingsRow } from "./wire";

export interface Rules {
  band: number;
  ceiling: number;
}

export const RULES: Rules = { band: 0.1, ceiling: 5 };

export function rulesOf(settings: SettingsRow | undefined): Rules {
  return settings ? { band: settings.band, ceiling: settings.ceiling } : RULES;
}

/** Seconds of `spans` between two moments, all in milliseconds since 1970. */
export function openSeconds(spans: readonly (readonly [number, number])[], from: number, to: number): number {
  let sum = 0;
  for (const [opens, closes] of spans) {
    const overlap = Math.min(closes, to) - Math.max(opens, from);
    if (overlap > 0) sum += overlap;
  }
  return sum / 1000;
}

const parsedSpans = new WeakMap<CalendarRow, [number, number][]>();

function spansOf(calendar: CalendarRow): [number, number][] {
  let spans = parsedSpans.get(calendar);
  if (!spans) {
    spans = calendar.spans.map(([opens, closes]) => [Date.parse(opens), Date.parse(closes)]);
    parsedSpans.set(calendar, spans);
  }
  return spans;
}

const arrivals = new WeakMap<CaseRow, number>();

export function arrivedAt(row: CaseRow): number {
  let at = arrivals.get(row);
  if (at === undefined) {
    at = Date.parse(row.arrived_at);
    arrivals.set(row, at);
  }
  return at;
}

/** Share of the promised time used; 1 is all of it. Calls wait by the clock, written work in open hours. */
export function usedShare(row: CaseRow, calendars: Record<number, CalendarRow>, now: number): number {
  const promise = Math.max(1, row.promised_seconds);
  const calendar = row.calendar === null ? undefined : calendars[row.calendar];
  const arrived = arrivedAt(row);
  const waited = calendar ? openSeconds(spansOf(calendar), arrived, now) : (now - arrived) / 1000;
  return waited / promise;
}

export interface Placed {
  row: CaseRow;
  used: number;
}

/** The band that a used share lies in; at the ceiling only arrival counts. */
export function bandOf(used: number, rules: Rules): number {
  if (!(used < rules.ceiling)) return Math.ceil(rules.ceiling / rules.band);
  return used > 0 ? Math.floor(used / rules.band) : 0;
}

/** The waiting cases, the first to be taken first. */
export function inOrder(
  cases: Iterable<CaseRow>,
  calendars: Record<number, CalendarRow>,
  now: number,
  rules: Rules,
): Placed[] {
  // What is compared is counted once for each case, not once for each comparison.
  const keyed = [...cases].map((row) => {
    const used = usedShare(row, calendars, now);
    const priority = used < rules.ceiling ? row.priority : 0;
    return { row, used, band: bandOf(used, rules), priority, arrived: arrivedAt(row) };
  });
  return keyed.sort(
    (a, b) => b.band - a.band || b.priority - a.priority || a.arrived - b.arrived || a.row.id - b.row.id,
  );
}
