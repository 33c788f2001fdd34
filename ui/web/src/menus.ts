// A menu's tree as the editor works on it: plain values in, new plain values out. The server says what is wrong with it.

export interface Speech {
  text?: Record<string, string>;
  recording?: string;
}
export interface Choice {
  key: string;
  next: string;
}
export const KINDS = [
  "say",
  "menu",
  "hours",
  "language",
  "topic",
  "closed",
  "goodbye",
  "number",
  "outside",
  "voicemail",
  "colleague",
] as const;
export type Kind = (typeof KINDS)[number];
export interface MenuNode {
  kind: Kind;
  say?: Speech;
  mistaken?: Speech;
  next?: string;
  choices?: Choice[];
  silent?: string;
  wrong?: string;
  seconds?: number;
  tries?: number;
  open?: string;
  closed?: string;
  hours?: Record<string, unknown>;
  language?: string;
  topic?: string;
  number?: string;
  queue?: string;
  extension?: string;
}
export interface Tree {
  start: string;
  nodes: Record<string, MenuNode>;
}

/** One line of the tree as it is shown. `again`: the node stands further up already. */
export interface Line {
  id: string;
  edge: string;
  parent: string;
  level: number;
  again: boolean;
  lost: boolean;
}

const EDGES = ["next", "open", "closed", "silent", "wrong"] as const;

/** (edge, id) of every node that this one leads to, keys first. */
export function edges(node: MenuNode | undefined): [string, string][] {
  if (!node) return [];
  const keys = (node.choices ?? []).map((choice): [string, string] => [choice.key, choice.next]);
  const named = EDGES.filter((name) => node[name]).map((name): [string, string] => [
    name,
    String(node[name]),
  ]);
  return [...keys, ...named];
}

/** The lines of the tree from its start, then what nobody can come to. */
export function lines(tree: Tree): Line[] {
  const found: Line[] = [];
  const seen = new Set<string>();
  const walk = (id: string, edge: string, parent: string, level: number, lost: boolean) => {
    const again = seen.has(id);
    found.push({ id, edge, parent, level, again, lost });
    if (again || !tree.nodes[id]) return;
    seen.add(id);
    for (const [name, target] of edges(tree.nodes[id])) walk(target, name, id, level + 1, lost);
  };
  walk(tree.start, "", "", 1, false);
  for (const id of Object.keys(tree.nodes)) if (!seen.has(id)) walk(id, "", "", 1, true);
  return found;
}

/** A fresh node of a kind, with what it cannot be without. */
export function fresh(kind: Kind, otherwise: string): MenuNode {
  switch (kind) {
    case "say":
      return { kind, say: { text: {} }, next: otherwise };
    case "menu":
      return { kind, say: { text: {} }, choices: [], silent: otherwise };
    case "hours":
      return { kind, open: otherwise, closed: otherwise };
    case "language":
      return { kind, language: "en", next: otherwise };
    case "closed":
    case "goodbye":
      return { kind, say: { text: {} } };
    default:
      return { kind };
  }
}

/** An id that is not taken, made of the kind. */
export function newId(tree: Tree, kind: Kind): string {
  for (let n = 1; ; n++) if (!tree.nodes[`${kind}-${n}`]) return `${kind}-${n}`;
}

export function withNode(tree: Tree, id: string, node: MenuNode): Tree {
  return { ...tree, nodes: { ...tree.nodes, [id]: node } };
}

/** The tree with a node more, and its id. Where it must lead somewhere it leads to `otherwise`. */
export function added(tree: Tree, kind: Kind, otherwise: string): [Tree, string] {
  const id = newId(tree, kind);
  return [withNode(tree, id, fresh(kind, otherwise)), id];
}

/** The tree without a node; what led there leads nowhere, which is then shown as wrong. The start stays. */
export function without(tree: Tree, id: string): Tree {
  if (id === tree.start) return tree;
  const nodes = { ...tree.nodes };
  delete nodes[id];
  return { ...tree, nodes };
}

/** The keys that are still free in a menu. */
export function freeKeys(node: MenuNode, own = ""): string[] {
  const taken = new Set((node.choices ?? []).map((choice) => choice.key));
  return [..."1234567890*#"].filter((key) => key === own || !taken.has(key));
}

/** What is said, in the first language that has words. */
export function said(speech: Speech | undefined): string {
  const texts = speech?.text ?? {};
  return (texts.sv || Object.values(texts).find((text) => text) || speech?.recording) ?? "";
}

/** Moving in the tree by key: the line to go to. */
export function moved(all: Line[], at: number, key: string): number {
  const here = all[at];
  switch (key) {
    case "ArrowDown":
      return Math.min(all.length - 1, at + 1);
    case "ArrowUp":
      return Math.max(0, at - 1);
    case "Home":
      return 0;
    case "End":
      return all.length - 1;
    case "ArrowRight":
      return (all[at + 1]?.level ?? 0) > (here?.level ?? 0) ? at + 1 : at;
    case "ArrowLeft": {
      for (let n = at - 1; n >= 0; n--) if ((all[n]?.level ?? 0) < (here?.level ?? 0)) return n;
      return at;
    }
    default:
      return at;
  }
}
