// Every key of the console, in one table: what is pressed, what it does, when it may, and what the help says.
// The help text of an action is the word `key_<action>`; that of a group `group_<group>`.

export type Action =
  | "help"
  | "search"
  | "next"
  | "accept"
  | "decline"
  | "reply"
  | "note"
  | "close"
  | "park"
  | "transfer"
  | "merge"
  | "handOff"
  | "letter"
  | "template"
  | "callBack"
  | "hangUp"
  | "mute"
  | "register"
  | "endWrapUp"
  | "release"
  | "wake"
  | "topic"
  | "citizen"
  | "available"
  | "away"
  | "down"
  | "up"
  | "open"
  | "pick"
  | "leave"
  | "tab"
  | "queue"
  | "read"
  | "earlier"
  | "join"
  | "announce"
  | "directory"
  | "moreTime"
  | "hold"
  | "handOn"
  | "parkCall"
  | "cancel"
  | "complete"
  | "confer"
  | "swap"
  | "keypad"
  | "pickUp"
  | "tape";

/**
 * When a key may act: `mine` is a case in my own hands, `case` any case that is shown, `movable` one that I may move,
 * `asleep` one that is parked, handed off or closed, `queue` a row to act on,
 * `onCall` while I am on a call, wherever I am in the console.
 */
export type When =
  | "always"
  | "offer"
  | "case"
  | "mine"
  | "movable"
  | "asleep"
  | "queue"
  | "call"
  | "onCall"
  | "supervisor";

export interface Key {
  /** As `KeyboardEvent.key`, lower case, with `alt+` before it where Alt is held. */
  key: string;
  action: Action;
  when: When;
  group: "everywhere" | "queue" | "case" | "call";
}

const key = (key: string, action: Action, when: When, group: Key["group"]): Key => ({
  key,
  action,
  when,
  group,
});

export const KEYS: readonly Key[] = [
  key("?", "help", "always", "everywhere"),
  key("/", "search", "always", "everywhere"),
  key("alt+n", "register", "always", "everywhere"),
  key("alt+t", "available", "always", "everywhere"),
  key("alt+p", "away", "always", "everywhere"),
  key("alt+e", "endWrapUp", "always", "everywhere"),
  key("alt+q", "queue", "always", "everywhere"),
  key("alt+k", "directory", "always", "everywhere"),
  key("alt+m", "announce", "supervisor", "everywhere"),
  key("n", "next", "always", "queue"),
  key("enter", "accept", "offer", "queue"),
  key("alt+a", "accept", "offer", "queue"),
  key("escape", "decline", "offer", "queue"),
  key("alt+d", "decline", "offer", "queue"),
  key("j", "down", "always", "queue"),
  key("k", "up", "always", "queue"),
  key("o", "open", "queue", "queue"),
  key("v", "pick", "queue", "queue"),
  key("r", "reply", "mine", "case"),
  key("a", "note", "case", "case"),
  key("t", "topic", "case", "case"),
  key("m", "citizen", "case", "case"),
  key("d", "read", "case", "case"),
  key("q", "earlier", "case", "case"),
  key("c", "close", "mine", "case"),
  key("h", "handOff", "mine", "case"),
  key("e", "letter", "mine", "case"),
  key("alt+l", "template", "mine", "case"),
  key("p", "park", "mine", "case"),
  key("f", "transfer", "movable", "case"),
  key("s", "merge", "mine", "case"),
  key("g", "join", "case", "case"),
  key("l", "release", "mine", "case"),
  key("u", "wake", "asleep", "case"),
  key("b", "callBack", "mine", "call"),
  key("alt+x", "hangUp", "call", "call"),
  key("alt+s", "mute", "always", "call"),
  key("alt+h", "hold", "onCall", "call"),
  key("alt+i", "tape", "onCall", "call"),
  key("alt+f", "handOn", "onCall", "call"),
  key("alt+v", "complete", "onCall", "call"),
  key("alt+c", "cancel", "onCall", "call"),
  key("alt+j", "confer", "onCall", "call"),
  key("alt+y", "swap", "onCall", "call"),
  key("alt+o", "parkCall", "onCall", "call"),
  key("alt+r", "pickUp", "always", "call"),
  key("alt+g", "keypad", "onCall", "call"),
  key("alt+z", "moreTime", "always", "call"),
  key("alt+w", "leave", "case", "case"),
  ...[1, 2, 3, 4, 5, 6, 7, 8, 9].map((n) => key(`alt+${n}`, "tab", "always", "everywhere")),
];

export interface Pressed {
  key: string;
  altKey: boolean;
  ctrlKey: boolean;
  metaKey: boolean;
  shiftKey?: boolean;
  code?: string;
}

const EVERYWHERE = "alt+shift+";

/** The pressed key as the table writes it; with Alt and Shift, `alt+shift+` before a letter. */
export function nameOf(event: Pressed): string {
  // With Alt the character may be another one (macOS, some layouts): the place on the keyboard counts.
  const digit = event.altKey ? /^Digit([1-9])$/.exec(event.code ?? "") : null;
  const letter = event.altKey ? /^Key([A-Z])$/.exec(event.code ?? "") : null;
  const bare = digit?.[1] ?? letter?.[1] ?? event.key;
  const shift = event.altKey && event.shiftKey ? "shift+" : "";
  const prefix = (event.ctrlKey || event.metaKey ? "ctrl+" : "") + (event.altKey ? "alt+" : "") + shift;
  return prefix + bare.toLowerCase();
}

/** Whether it is a single character, which whoever dictates or uses a screen reader may want to turn off (WCAG 2.1.4). */
export function isSingle(name: string): boolean {
  return name.length === 1;
}

/**
 * What the key does now, or null. While writing only keys with Alt count, so that nobody closes a case by typing.
 * `singles` false: single characters do nothing by themselves. With Alt and Shift they always do.
 */
export function actionFor(
  event: Pressed,
  allowed: (when: When) => boolean,
  writing: boolean,
  singles = true,
): { action: Action; digit: number } | null {
  const pressed = nameOf(event);
  const isHeld = pressed.startsWith(EVERYWHERE);
  const name = isHeld ? pressed.slice(EVERYWHERE.length) : pressed;
  if (writing && !pressed.startsWith("alt+")) return null;
  if (!singles && isSingle(pressed)) return null;
  if (isHeld && !isSingle(name)) return null;
  const found = KEYS.find((one) => one.key === name && allowed(one.when));
  return found ? { action: found.action, digit: Number(name.slice(-1)) || 0 } : null;
}

/** How a key is shown: `Alt + N`. */
export function shown(name: string): string {
  const words: Record<string, string> = { enter: "Enter", escape: "Esc", alt: "Alt", ctrl: "Ctrl" };
  return name
    .split("+")
    .map((part) => words[part] ?? part.toUpperCase())
    .join(" + ");
}
