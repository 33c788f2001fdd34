// My own call, the calls that somebody may pick up, and what can be done with each.
import { computed } from "@preact/signals";
import { act, dialog, isSupervisor, me, state } from "./store";
import type { CaseRow } from "./wire";

export type CallAction =
  | "hold"
  | "swap"
  | "handOn"
  | "parkCall"
  | "cancel"
  | "complete"
  | "confer"
  | "keypad"
  | "pickUp";

const cases = computed(() => Object.values(state.value.cases));

/** The case whose call I am on, or that rings at my telephone because I called somebody. */
export const myCall = computed<CaseRow | null>(
  () =>
    cases.value.find(
      (row) =>
        row.call_state === "talking" && row.call_agent_id !== null && row.call_agent_id === me.value?.id,
    ) ?? null,
);

/** Calls that I may pick up: parked ones, and with the right those that a colleague holds. */
export const loose = computed<CaseRow[]>(() =>
  cases.value
    .filter((row) => row.call_state === "talking" && row.call_agent_id !== me.value?.id && mayPickUp(row))
    .sort((a, b) => a.arrived_at.localeCompare(b.arrived_at)),
);

function mayPickUp(row: CaseRow): boolean {
  if (row.call_phase === "parked") return true;
  return row.call_phase === "held" && (me.value?.may_pick === true || isSupervisor.value);
}

/** What may be done with the call as it is now, in the order in which it is shown. */
export function possible(row: CaseRow): CallAction[] {
  switch (row.call_phase) {
    case "":
      return row.call_third ? ["swap", "cancel", "keypad"] : ["hold", "handOn", "parkCall", "keypad"];
    case "held":
      return ["hold", "handOn", "parkCall"];
    case "consulting":
      return row.call_third_talks
        ? ["complete", "confer", "swap", "cancel", "hold", "keypad"]
        : ["cancel", "hold"];
    default:
      return [];
  }
}

export const mayDo = (action: CallAction): boolean =>
  action === "pickUp"
    ? loose.value.length > 0 && myCall.value === null
    : myCall.value !== null && possible(myCall.value).includes(action);

export async function doWithCall(action: CallAction): Promise<void> {
  if (action === "pickUp") return pickUp(loose.value[0]);
  const row = myCall.value;
  if (!row?.contact_id || !mayDo(action)) return;
  const call = { contact_id: row.contact_id };
  switch (action) {
    case "hold":
      await act(row.call_phase === "" ? "hold_call" : "resume_call", call);
      break;
    case "handOn":
    case "keypad":
      dialog.value = action;
      break;
    case "parkCall":
      await act("park_call", call);
      break;
    case "cancel":
      await act("cancel_consult", call);
      break;
    case "complete":
      await act("complete_transfer", call);
      break;
    case "swap":
      await act("swap_calls", call);
      break;
    case "confer":
      await act("confer", call);
      break;
  }
}

export async function pickUp(row: CaseRow | undefined): Promise<void> {
  if (row?.contact_id) await act("pick_up_call", { contact_id: row.contact_id });
}

/** Somebody that a call can be handed on to. */
export interface Target {
  key: string;
  name: string;
  about: string;
  /** State of a colleague, for the dot. */
  presence: string;
  queue?: number;
  agent?: number;
  /** What is dialled to ask first; empty: cannot be asked. */
  whom: string;
}

export async function handOn(row: CaseRow, target: Target): Promise<boolean> {
  if (!row.contact_id) return false;
  const where =
    target.queue !== undefined
      ? { queue_id: target.queue }
      : target.agent !== undefined
        ? { agent_id: target.agent }
        : { number: target.whom };
  return (await act("hand_on", { contact_id: row.contact_id, ...where })) !== undefined;
}

export async function consult(row: CaseRow, target: Target): Promise<boolean> {
  if (!row.contact_id || !target.whom) return false;
  return (await act("consult", { contact_id: row.contact_id, whom: target.whom })) !== undefined;
}

export const looksLikeNumber = (text: string): boolean => /^\+?[\d\s()./-]{2,}$/.test(text.trim());

/** Whether all that was typed is somewhere in the text. */
export function matches(typed: string, text: string): boolean {
  const wanted = typed.trim().toLocaleLowerCase("sv").split(/\s+/);
  const there = text.toLocaleLowerCase("sv");
  return wanted.every((word) => there.includes(word));
}

/** Pause the recording of my call, or go on with it; nothing when it is not recorded. */
export function togglePause(): void {
  const row = myCall.value;
  if (!row?.call_tape || row.contact_id === null) return;
  void act("tape", { contact_id: row.contact_id, wish: row.call_tape === "on" ? "pause" : "resume" });
}
