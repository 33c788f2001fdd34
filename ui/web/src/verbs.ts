// What a key or a button sets in motion. After an action the next case is selected.

import { doWithCall, myCall, togglePause } from "./calls";
import { t } from "./i18n";
import type { Action, When } from "./keys";
import {
  act,
  closeTab,
  composer,
  composerFocus,
  current,
  cursor,
  dialog,
  go,
  isMine,
  isSupervisor,
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
import { mute } from "./telephone";
import type { CaseRow, OfferRow } from "./wire";

export function perform(action: Action, digit: number): void {
  const row = current.value;
  switch (action) {
    case "help":
    case "register":
      dialog.value = action;
      break;
    case "close":
    case "handOff":
    case "letter":
    case "template":
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
    case "directory":
      go("directory");
      break;
    case "search":
      focus("#search");
      break;
    case "queue":
      focus("#queue-list [tabindex='0']", "#queue-title");
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
    case "read":
      focus(".timeline > ol > li:last-child article");
      break;
    case "earlier":
      unfold();
      break;
    case "reply":
    case "note":
      composer.value = action;
      composerFocus.value += 1;
      break;
    case "hangUp":
      void hangUp();
      break;
    case "tape":
      togglePause();
      break;
    case "hold":
    case "handOn":
    case "parkCall":
    case "cancel":
    case "complete":
    case "confer":
    case "swap":
    case "keypad":
    case "pickUp":
      void doWithCall(action);
      break;
    case "moreTime":
      if (myAgent.value?.state === "wrapping_up") void act("prolong_wrap_up", {});
      break;
    case "mute":
      mute();
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
      if (row) void released(row);
      break;
    case "wake":
      if (row) void wake(row);
      break;
    case "join":
      if (row?.suggested_case_id) void join(row, row.suggested_case_id);
      break;
    case "down":
    case "up":
      step(action === "down" ? 1 : -1);
      break;
    case "open":
      if (cursor.value !== null) openCase(cursor.value);
      break;
    case "pick":
      void pick(pointed());
      break;
    case "announce":
      go("messages", Object.values(state.value.surges)[0]?.id ?? 0);
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

export async function pick(id: number | null): Promise<void> {
  const row = id === null ? undefined : state.value.cases[id];
  if (id === null || !row) return;
  if (row.call_state === "waiting" && row.contact_id) await act("pick_call", { contact_id: row.contact_id });
  else if ((await act("pick", { case_id: id })) !== undefined) openCase(id);
}

/** The case that is pointed at: the row in focus, else the one that is shown. */
function pointed(): number | null {
  const focused = document.activeElement?.closest<HTMLElement>("[data-case]")?.dataset.case;
  return focused ? Number(focused) : (current.value?.id ?? cursor.value);
}

export function mayPick(row: CaseRow): boolean {
  const isElsewhere = row.call_state !== null && row.call_state !== "waiting";
  return row.state === "waiting" && !isElsewhere && (me.value?.may_pick === true || isSupervisor.value);
}

/** Take up again what was parked, handed off or closed. */
export async function wake(row: CaseRow): Promise<void> {
  if (row.state === "parked") await act("resume", { case_id: row.id });
  else await act("reopen", { case_id: row.id });
}

async function released(row: CaseRow): Promise<void> {
  if ((await act("release", { case_id: row.id })) !== undefined) done(row, t("done_released"));
}

/** The case becomes part of another one, which is then shown. */
export async function join(row: CaseRow, into: number): Promise<void> {
  if ((await act("merge", { case_id: row.id, into_id: into })) === undefined) return;
  toast(`${row.number}: ${t("done_merged")}`);
  closeTab(row.id, into);
}

export async function hangUp(): Promise<void> {
  const call = myCall.value ?? current.value;
  const contact = call?.contact_id;
  if (call && contact && inCall(call)) await act("hang_up", { contact_id: contact });
}

/** The case has left our hands: say so, leave its tab and show the next of ours, else the queue. */
export function done(row: CaseRow, text: string): void {
  toast(`${row.number}: ${text}`);
  closeTab(row.id, mine.value.find((one) => one.id !== row.id)?.id ?? null);
}

/** One's own case can be moved; a supervisor may move anybody's. */
export function mayMove(row: CaseRow | null): boolean {
  if (row === null || inCall(row)) return false;
  return isMine.value || (isSupervisor.value && ["waiting", "working", "parked"].includes(row.state));
}

export function isAsleep(row: CaseRow | null): boolean {
  if (row?.state === "parked") return row.agent_id === me.value?.id;
  return row?.state === "closed" || row?.state === "handed_off";
}

export function inCall(row: CaseRow | null): boolean {
  return row?.call_state === "talking" || row?.call_state === "ringing";
}

export function allowed(when: When): boolean {
  switch (when) {
    case "offer":
      return offers.value.length > 0 && dialog.value === null;
    case "case":
      return current.value !== null && route.value.view === "work";
    case "mine":
      return isMine.value && route.value.view === "work";
    case "movable":
      return mayMove(current.value) && route.value.view === "work";
    case "asleep":
      return isAsleep(current.value) && route.value.view === "work";
    case "queue":
      return (cursor.value !== null || current.value !== null) && route.value.view === "work";
    case "call":
      return myCall.value !== null || inCall(current.value);
    case "onCall":
      return myCall.value !== null;
    case "supervisor":
      return isSupervisor.value;
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

/** Give the focus to the first of these that is there. */
function focus(...selectors: string[]): void {
  const found = selectors.map((one) => document.querySelector<HTMLElement>(one));
  found.find((one) => one !== null)?.focus();
}

/** Show or hide the earlier text of the mail that has the focus, else of the last one that has any. */
function unfold(): void {
  const own = document.activeElement?.closest("article")?.querySelector<HTMLElement>("button.unfold");
  const all = document.querySelectorAll<HTMLElement>(".timeline button.unfold");
  (own ?? all[all.length - 1])?.click();
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
