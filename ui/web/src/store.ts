// The console's signals: what the server says, what is open, and what is said to the user.
import { computed, effect, signal } from "@preact/signals";
import { ApiError, get } from "./api";
import { Connection, type Link, Refused } from "./connection";
import { phone } from "./format";
import { type Language, t } from "./i18n";
import { inOrder, type Placed, rulesOf } from "./order";
import { rememberLanguage, sound } from "./preferences";
import { chime } from "./sound";
import { EMPTY } from "./state";
import type { CaseDetail, CaseRow, Me, OfferRow, State, Upload, Verbs, Welcome } from "./wire";

export const me = signal<Me | null>(null);
export const signedIn = signal<boolean | null>(null);
export const welcome = signal<Welcome | null>(null);
export const state = signal<State>(EMPTY);
export const link = signal<Link>("connecting");
export const now = signal(Date.now());
export const openTabs = signal<number[]>([]);
export const selected = signal<number | null>(null);
export const cursor = signal<number | null>(null);
export const details = signal<Record<number, CaseDetail>>({});
export const queueFilter = signal<number | null>(null);
/** How many verbs wait for an answer. */
export const unsent = signal(0);
export const announcement = signal("");
export const alarm = signal("");

export interface Toast {
  id: number;
  text: string;
  kind: "good" | "bad";
  /** What may still be done about it, for as long as it is shown. */
  action?: { word: string; run: () => void };
}
export const toasts = signal<Toast[]>([]);

export type Dialog =
  | "close"
  | "handOff"
  | "letter"
  | "template"
  | "park"
  | "transfer"
  | "merge"
  | "callBack"
  | "register"
  | "help"
  | "topic"
  | "citizen"
  | "telephone"
  | "handOn"
  | "keypad"
  | "listen"
  | null;
export const dialog = signal<Dialog>(null);
export const composer = signal<"reply" | "note">("note");
export const composerFocus = signal(0);
/** The case whose heading is to be given the focus once it is on the screen. */
export const headingFocus = signal<number | null>(null);

const VIEWS = [
  "search",
  "citizen",
  "history",
  "administration",
  "wallboard",
  "menus",
  "messages",
  "directory",
  "replay",
] as const;
/** Where we are. Only words of ours and ids stand in the address: it is kept in the browser's history. */
export type Route = { view: "work" | (typeof VIEWS)[number]; id: number };
export const route = signal<Route>(readRoute());
export const searched = signal("");

function readRoute(): Route {
  if (location.pathname === "/wallboard") return { view: "wallboard", id: 0 };
  const [view = "work", id = ""] = location.hash.replace(/^#\/?/, "").split("/");
  return { view: VIEWS.find((one) => one === view) ?? "work", id: Number(id) || 0 };
}
window.addEventListener("hashchange", () => {
  route.value = readRoute();
});
export function go(view: Route["view"], id = 0): void {
  const place = view === "work" ? "" : `/${view}${id ? `/${id}` : ""}`;
  if (location.pathname === "/wallboard" && view !== "wallboard") location.href = `/#${place}`;
  else location.hash = place;
}

// Slices that stay the same when an event is about something else: thousands of rows are not put in order for nothing.
const cases = computed(() => state.value.cases);
const calendars = computed(() => state.value.calendars);
const rules = computed(() => rulesOf(state.value.settings.routing));

export const waiting = computed<Placed[]>(() => {
  const chosen = queueFilter.value;
  const rows = Object.values(cases.value).filter(
    (row) =>
      (row.state === "waiting" || row.state === "offered") && (chosen === null || row.queue_id === chosen),
  );
  return inOrder(rows, calendars.value, now.value, rules.value);
});
export const mine = computed<CaseRow[]>(() => own("working"));
export const parked = computed<CaseRow[]>(() => own("parked"));
export const handedOff = computed<CaseRow[]>(() => own("handed_off"));
export const offers = computed<OfferRow[]>(() =>
  Object.values(state.value.offers).filter((offer) => state.value.cases[offer.case_id]),
);
export const myAgent = computed(() => (me.value ? state.value.agents[me.value.id] : undefined));
export const isSupervisor = computed(
  () => me.value?.role === "supervisor" || me.value?.role === "administrator",
);
export const isAdministrator = computed(() => me.value?.role === "administrator");
export const current = computed<CaseRow | null>(() => {
  const id = selected.value;
  return id === null ? null : (state.value.cases[id] ?? details.value[id]?.case ?? null);
});
export const isMine = computed(
  () => current.value?.agent_id === me.value?.id && current.value?.state === "working",
);

function own(wanted: CaseRow["state"]): CaseRow[] {
  return Object.values(cases.value)
    .filter((row) => row.agent_id === me.value?.id && row.state === wanted)
    .sort((a, b) => a.arrived_at.localeCompare(b.arrived_at));
}

const socketUrl = () => `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/ws`;

/** The version whose page this is. A newer server asks for a new page, when the agent has the time. */
let loaded = "";
export const isOutdated = signal(false);

export const connection = new Connection(() => new WebSocket(socketUrl()) as never, {
  me: (who, version) => {
    me.value = who;
    loaded ||= version;
    isOutdated.value = version !== loaded;
    if (who.language === "sv" || who.language === "en") rememberLanguage(who.language);
  },
  state: (next, kind, caseId) => {
    const before = state.value;
    state.value = next;
    if (kind === "snapshot") {
      restore();
      refreshOpen();
    } else if (caseId !== null) refresh(caseId);
    if (kind !== "looking" && kind !== "board") {
      noticeOffers(before, next);
      noticeAway(before, next);
    }
  },
  link: (now) => {
    link.value = now;
  },
  unanswered: (count) => {
    unsent.value = count;
  },
  signedOut: () => leave(false),
});

/** What is said aloud: politely, or at once. */
export function announce(text: string): void {
  say(announcement, text);
}

// The same text twice is no change to a screen reader: a space that does not show makes it one.
function say(region: typeof announcement, text: string): void {
  region.value = region.value === text ? `${text}\u00a0` : text;
}

let lastToast = 0;
export function toast(text: string, kind: Toast["kind"] = "good", action?: Toast["action"]): void {
  const id = ++lastToast;
  toasts.value = [...toasts.value.slice(-2), action ? { id, text, kind, action } : { id, text, kind }];
  if (kind === "good") setTimeout(() => dismissToast(id), action ? 10_000 : 5000);
}
export function dismissToast(id: number): void {
  toasts.value = toasts.value.filter((one) => one.id !== id);
}

/** Do a verb; say what the server says when it is refused. Gives undefined then. */
export async function act<V extends keyof Verbs>(
  verb: V,
  args: Verbs[V]["args"],
): Promise<Verbs[V]["result"] | undefined> {
  try {
    return await connection.verb(verb, args);
  } catch (error) {
    toast(error instanceof Refused && error.code !== "offline" ? error.message : t("offline"), "bad");
    return undefined;
  }
}

function noticeOffers(before: State, after: State): void {
  for (const id of Object.keys(after.offers)) {
    const offer = after.offers[Number(id)];
    const row = offer && after.cases[offer.case_id];
    if (row && !before.offers[Number(id)]) {
      say(alarm, t("newOffer", { what: titleOf(row) }));
      if (sound.value) chime();
    }
  }
  // A call that is answered on the telephone opens its case by itself.
  for (const row of Object.values(after.cases)) {
    const was = before.cases[row.id];
    const isOurs = row.agent_id === me.value?.id && row.state === "working";
    if (isOurs && was && was.agent_id !== row.agent_id && selected.value !== row.id) comesToUs(row.id);
  }
}

/** Whoever did not answer in time is told so at once: nothing is offered any more. */
function noticeAway(before: State, after: State): void {
  const id = me.value?.id ?? 0;
  const isSilent = (state: State) =>
    state.agents[id]?.state === "away" && state.agents[id]?.reason === "no_answer";
  if (isSilent(after) && !isSilent(before) && before.agents[id]) toast(t("youAreAway"), "bad");
}

/** Whoever is writing goes on writing, in the new case's note: what is typed must not become commands. */
function comesToUs(id: number): void {
  const isWriting = document.activeElement?.matches("input, textarea, select") ?? false;
  openCase(id);
  if (!isWriting) return;
  headingFocus.value = null;
  composer.value = "note";
  composerFocus.value += 1;
}

export function senderOf(row: Pick<CaseRow, "protected" | "sender" | "channel">): string {
  if (row.sender) return phone(row.sender);
  if (row.protected) return t("protectedIdentity");
  return t(row.channel === "phone" || row.channel === "callback" ? "hiddenNumber" : "unknownSender");
}

export function titleOf(row: CaseRow): string {
  const key = row.channel === "phone" ? "offerCall" : "offerWritten";
  return t(key, { channel: t(`channel_${row.channel}`), sender: senderOf(row) });
}

/** Open a case in a tab, show it and go to its heading. */
export function openCase(id: number): void {
  headingFocus.value = id;
  show(id);
  if (route.value.view !== "work") go("work");
}

let queueScrolled = 0;
function show(id: number): void {
  if (selected.value === null) queueScrolled = window.scrollY;
  if (!openTabs.value.includes(id)) openTabs.value = [...openTabs.value.slice(-8), id];
  selected.value = id;
  connection.look(id);
  void load(id, false);
}

/** Close a tab. When it was the one shown: `next` is shown, or with null the queue has the focus. */
export function closeTab(id: number, next = openTabs.value.filter((one) => one !== id).at(-1) ?? null): void {
  openTabs.value = openTabs.value.filter((one) => one !== id);
  if (selected.value !== id) return;
  if (next === null) showQueue();
  else openCase(next);
}

/** No case is shown; the focus goes to the queue's heading, from where Enter still accepts what is offered. */
export function showQueue(): void {
  selected.value = null;
  connection.look(null);
  setTimeout(() => {
    document.getElementById("queue-title")?.focus({ preventScroll: true });
    window.scrollTo(0, queueScrolled);
  });
}

/** Give the focus to the heading of what was asked for, once it is on the screen. */
export function headingTo(id: string): void {
  setTimeout(() => document.getElementById(id)?.focus({ preventScroll: true }));
}

export interface Unfinished {
  text: string;
  to: string;
  files: Upload[];
}
/** What is being written, by case and kind: it survives going to another tab, and waits while the link is down. */
const unfinished = new Map<string, Unfinished>();
export function unfinishedOf(id: number, kind: "reply" | "note", detail: CaseDetail): Unfinished {
  const key = `${id} ${kind}`;
  const known = unfinished.get(key);
  if (known?.text || known?.files.length) return known;
  const fresh = { text: detail.drafts[kind] ?? "", to: detail.reply_to.join(", "), files: [] };
  unfinished.set(key, fresh);
  return fresh;
}
export function finish(id: number, kind: "reply" | "note"): void {
  unfinished.delete(`${id} ${kind}`);
  const detail = details.value[id];
  if (detail)
    details.value = { ...details.value, [id]: { ...detail, drafts: { ...detail.drafts, [kind]: "" } } };
}

/** What was written stands in the composer again. */
export function giveBack(id: number, text: string): void {
  unfinished.delete(`${id} reply`);
  const detail = details.value[id];
  if (detail)
    details.value = { ...details.value, [id]: { ...detail, drafts: { ...detail.drafts, reply: text } } };
}

export async function load(id: number, again: boolean): Promise<void> {
  try {
    const detail = await get<CaseDetail>(`/api/console/cases/${id}${again ? "?again=1" : ""}`);
    details.value = { ...details.value, [id]: detail };
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) closeTab(id);
    else if (error instanceof ApiError && error.status === 401) leave(false);
  }
}

const pending = new Set<number>();
function refresh(id: number): void {
  if (!openTabs.value.includes(id) || pending.has(id)) return;
  pending.add(id);
  setTimeout(() => {
    pending.delete(id);
    void load(id, true);
  }, 60);
}
function refreshOpen(): void {
  for (const id of openTabs.value) void load(id, true);
}

/** Signed out by the server, not by hand: the sign-in page says so. */
export const hasExpired = signal(false);

export async function begin(): Promise<void> {
  welcome.value = await get<Welcome>("/api/console/welcome").catch(() => null);
  try {
    me.value = await get<Me>("/api/console/me");
  } catch {
    signedIn.value = false;
    return;
  }
  signedIn.value = true;
  connection.start();
}

/** Signed out, by hand or by the server: forget what was shown. What was written is kept for whom the server signed out. */
export function leave(byHand: boolean): void {
  hasExpired.value = !byHand;
  connection.stop();
  restored = false;
  if (byHand) {
    connection.forget();
    unfinished.clear();
    sessionStorage.removeItem("open");
  }
  me.value = null;
  state.value = EMPTY;
  details.value = {};
  openTabs.value = [];
  selected.value = null;
  signedIn.value = false;
}

// Which cases were open survives a reload of this tab: ids only, nothing about anybody.
let restored = false;
effect(() => {
  const tabs = JSON.stringify([me.value?.id ?? null, openTabs.value, selected.value]);
  if (restored) sessionStorage.setItem("open", tabs);
});
function restore(): void {
  if (restored) return;
  restored = true;
  const [who, tabs, here] = JSON.parse(sessionStorage.getItem("open") ?? "[null, [], null]");
  if (who !== me.value?.id) return;
  openTabs.value = tabs;
  for (const id of tabs) if (id !== here) void load(id, true);
  // Where the reader is does not change: the cases wait behind the statistics, the search or the wallboard.
  if (here !== null && route.value.view !== "wallboard") show(here);
}

export function setLanguage(chosen: Language): void {
  rememberLanguage(chosen);
  void act("set_language", { language: chosen });
}

setInterval(() => {
  now.value = Date.now();
}, 1000);
window.addEventListener("online", () => connection.hurry());
window.addEventListener("beforeunload", (event) => {
  if (unsent.value > 0) event.preventDefault();
});
