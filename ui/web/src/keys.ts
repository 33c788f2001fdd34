// Every key of the console, in one table: what is pressed, what it does, when it may, and what the help says.

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
  | "callBack"
  | "hangUp"
  | "register"
  | "endWrapUp"
  | "release"
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
  | "join";

export type When = "always" | "offer" | "case" | "mine" | "queue" | "call";

export interface Key {
  /** As `KeyboardEvent.key`, lower case, with `alt+` or `ctrl+` before it. */
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
  key("n", "next", "always", "queue"),
  key("enter", "accept", "offer", "queue"),
  key("escape", "decline", "offer", "queue"),
  key("j", "down", "always", "queue"),
  key("k", "up", "always", "queue"),
  key("o", "open", "queue", "queue"),
  key("v", "pick", "queue", "queue"),
  key("r", "reply", "mine", "case"),
  key("a", "note", "case", "case"),
  key("t", "topic", "case", "case"),
  key("m", "citizen", "case", "case"),
  key("c", "close", "mine", "case"),
  key("h", "handOff", "mine", "case"),
  key("p", "park", "mine", "case"),
  key("f", "transfer", "mine", "case"),
  key("s", "merge", "mine", "case"),
  key("g", "join", "case", "case"),
  key("l", "release", "mine", "case"),
  key("b", "callBack", "mine", "call"),
  key("alt+x", "hangUp", "call", "call"),
  key("alt+w", "leave", "case", "case"),
  ...[1, 2, 3, 4, 5, 6, 7, 8, 9].map((n) => key(`alt+${n}`, "tab", "always", "everywhere")),
];

export interface Pressed {
  key: string;
  altKey: boolean;
  ctrlKey: boolean;
  metaKey: boolean;
  code?: string;
}

/** The pressed key as the table writes it. */
export function nameOf(event: Pressed): string {
  const digit = event.altKey ? /^Digit([1-9])$/.exec(event.code ?? "") : null;
  const letter = event.altKey ? /^Key([A-Z])$/.exec(event.code ?? "") : null;
  const bare = digit?.[1] ?? letter?.[1] ?? event.key;
  const prefix = (event.ctrlKey || event.metaKey ? "ctrl+" : "") + (event.altKey ? "alt+" : "");
  return prefix + bare.toLowerCase();
}

/** What the key does now, or null. While writing only keys with Alt count, so that nobody closes a case by typing. */
export function actionFor(
  event: Pressed,
  allowed: (when: When) => boolean,
  writing: boolean,
): { action: Action; digit: number } | null {
  const name = nameOf(event);
  if (writing && !name.startsWith("alt+")) return null;
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
