// What a key or a button sets in motion. After an action the next case is selected.

import { t } from "./i18n";
import type { Action } from "./keys";
import {
  act,
  closeTab,
  composer,
  composerFocus,
  current,
  cursor,
  dialog,
  isMine,
  me,
  mine,
  myAgent,
  now,
  offers,
  openCase,
  openTabs,
  route,
  selected,
  state,
  toast,
  waiting,
} from "./store";
import type { OfferRow } from "./wire";

export function perform(action: Action, digit: number): void {
  const row = current.value;
  switch (action) {
    case "help":
    case "register":
      dialog.value = action;
      break;
    case "close":
    case "handOff":
    case "park":
    case "transfer":
    case "merge":
    case "callBack":
    case "topic":
      dialog.value = action;
      break;
    case "citizen":
      focus("#citizen-panel");
      break;
    case "search":
      focus("#search");
      break;
    case "queue":
      focus("#queue-list [tabindex='0']");
      break;
    case "next":
      void next();
      break;
    case "accept":
      if (offers.value[0]) void accept(offers.value[0]);
      break;
    case "decline":
      if (offers.value[0]) void act("decline", { offer_id: offers.value[0].id });
      break;
    case "reply":
    case "note":
      composer.value = action;
      composerFocus.value += 1;
      break;
    case "hangUp":
      void hangUp();
      break;
    case "endWrapUp":
      if (myAgent.value?.state === "wrapping_up") void act("end_wrap_up", {});
      break;
    case "available":
      void act("set_presence", { state: "available" });
      break;
    case "away":
      void act("set_presence", { state: "away", reason: "break" });
      break;
    case "release":
      if (row) void released(row.id);
      break;
    case "join":
      if (row?.suggested_case_id) void act("merge", { case_id: row.id, into_id: row.suggested_case_id });
      break;
    case "down":
    case "up":
      step(action === "down" ? 1 : -1);
      break;
    case "open":
      if (cursor.value !== null) openCase(cursor.value);
      break;
    case "pick":
      if (cursor.value !== null) void pick(cursor.value);
      break;
    case "leave":
      if (selected.value !== null) closeTab(selected.value);
      break;
    case "tab": {
      const id = openTabs.value[digit - 1];
      if (id !== undefined) openCase(id);
      break;
    }
  }
}

export async function accept(offer: OfferRow): Promise<void> {
  const id = await act("accept", { offer_id: offer.id });
  if (id !== undefined) openCase(offer.case_id);
}

export async function next(): Promise<void> {
  const id = await act("next_case", {});
  if (id !== undefined) openCase(id);
}

export async function pick(id: number): Promise<void> {
  if ((await act("pick", { case_id: id })) !== undefined) openCase(id);
}

async function released(id: number): Promise<void> {
  if ((await act("release", { case_id: id })) !== undefined) done(id);
}

export async function hangUp(): Promise<void> {
  const call = current.value;
  const contact = call?.contact_id;
  if (call && contact && ["talking", "ringing"].includes(call.call_state ?? ""))
    await act("hang_up", { contact_id: contact });
}

/** The case has left our hands: leave its tab and show the next of ours. */
export function done(id: number, text = ""): void {
  if (text) toast(text);
  closeTab(id);
  if (selected.value === null && mine.value[0] && mine.value[0].id !== id) openCase(mine.value[0].id);
}

export function allowed(when: string): boolean {
  switch (when) {
    case "offer":
      return offers.value.length > 0 && dialog.value === null;
    case "case":
      return current.value !== null && route.value.view === "work";
    case "mine":
      return isMine.value && route.value.view === "work";
    case "queue":
      return cursor.value !== null;
    case "call":
      return ["talking", "ringing"].includes(current.value?.call_state ?? "");
    default:
      return me.value !== null;
  }
}

function step(by: number): void {
  const ids = waiting.value.map((one) => one.row.id);
  const at = ids.indexOf(cursor.value ?? -1);
  const id = ids[Math.min(ids.length - 1, Math.max(0, at < 0 ? 0 : at + by))];
  if (id === undefined) return;
  cursor.value = id;
  requestAnimationFrame(() => document.querySelector<HTMLElement>(`[data-case="${id}"]`)?.focus());
}

function focus(selector: string): void {
  document.querySelector<HTMLElement>(selector)?.focus();
}

export function agentName(id: number | null): string {
  return (id !== null && state.value.agents[id]?.name) || "–";
}

export function waitedSeconds(iso: string): number {
  return (now.value - Date.parse(iso)) / 1000;
}

export function stateText(
  row: { state: string; agent_id: number | null; parked_until: string | null },
  time: string,
): string {
  if (row.state === "working") return t("caseState_working", { agent: agentName(row.agent_id) });
  if (row.state === "parked") return t("caseState_parked", { time });
  return t(`caseState_${row.state}` as never);
}
