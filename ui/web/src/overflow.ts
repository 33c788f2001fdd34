// The steps out of a queue as the editor works on them: plain values in, new plain values out.

export const TARGETS = ["agents", "queue", "number", "voicemail", "message"] as const;
export type Target = (typeof TARGETS)[number];
export const MOST_STEPS = 20;

/** A step as it is written in the configuration; what is not said is not there. */
export interface WrittenStep {
  to: Target;
  after_seconds?: number;
  callers_per_agent?: number;
  agents_below?: number;
  agents_from?: number;
  queue?: string;
  number?: string;
  say?: string;
}

/** A step on the screen: every field is text. `id` keeps it apart from the others while they move. */
export interface DraftStep {
  id: number;
  to: Target;
  queue: string;
  number: string;
  say: string;
  after_seconds: string;
  callers_per_agent: string;
  agents_below: string;
  agents_from: string;
}

export const CONDITIONS = ["after_seconds", "callers_per_agent", "agents_below", "agents_from"] as const;
const DETAIL: Partial<Record<Target, "queue" | "number" | "say">> = {
  agents: "queue",
  queue: "queue",
  number: "number",
  message: "say",
};
let lastId = 0;

/** Which further word a target needs, if any. */
export const detailOf = (to: Target) => DETAIL[to];

export function blank(): DraftStep {
  lastId += 1;
  const empty = { after_seconds: "", callers_per_agent: "", agents_below: "", agents_from: "" };
  return { id: lastId, to: "voicemail", queue: "", number: "", say: "", ...empty };
}

export function drafted(step: WrittenStep): DraftStep {
  const shown = blank();
  for (const [name, value] of Object.entries(step)) {
    Object.assign(shown, { [name]: name === "to" ? value : String(value) });
  }
  return shown;
}

/** As the server takes it. Blanks, dashes and a national zero in a number are what people write. */
export function written(step: DraftStep): WrittenStep {
  const found: WrittenStep = { to: step.to };
  for (const name of CONDITIONS) {
    const value = Number(step[name].replace(",", "."));
    if (step[name].trim() !== "" && !(name === "after_seconds" && value === 0)) found[name] = value;
  }
  const detail = detailOf(step.to);
  if (detail === "number") found.number = international(step.number);
  else if (detail) found[detail] = step[detail].trim();
  return found;
}

function international(number: string): string {
  const digits = number.replace(/[^0-9+]/g, "");
  return digits.replace(/^00/, "+").replace(/^0/, "+46");
}

/** The same steps with one moved to another place. */
export function moved<T>(steps: readonly T[], from: number, to: number): T[] {
  if (to < 0 || to >= steps.length) return [...steps];
  const rest = steps.filter((_, n) => n !== from);
  return [...rest.slice(0, to), steps[from] as T, ...rest.slice(to)];
}
