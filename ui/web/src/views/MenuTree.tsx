import { useRef } from "preact/hooks";
import { isWord, t, tCode } from "../i18n";
import { type Line, lines, type MenuNode, moved, said, type Tree } from "../menus";
import type { MenuDetail } from "../wire";

/** The tree, walked with the arrow keys. What is passed in a test call is marked as it happens. */
export function MenuTree({
  tree,
  menu,
  passed,
  selected,
  select,
}: {
  tree: Tree;
  menu: MenuDetail;
  passed: string[];
  selected: string;
  select: (id: string) => void;
}) {
  const box = useRef<HTMLUListElement>(null);
  const all = lines(tree);
  const at = Math.max(
    0,
    all.findIndex((line) => line.id === selected && !line.again),
  );
  const onKey = (event: KeyboardEvent) => {
    const here = [...(box.current?.children ?? [])].indexOf(document.activeElement as Element);
    const next = moved(all, here < 0 ? at : here, event.key);
    const line = all[next];
    if (event.ctrlKey || event.altKey || !line || !/^(Arrow|Home|End)/.test(event.key)) return;
    event.preventDefault();
    select(line.id);
    requestAnimationFrame(() => (box.current?.children[next] as HTMLElement | undefined)?.focus());
  };
  return (
    <ul
      role="tree"
      aria-label={t("menuTree")}
      class="menu-tree"
      ref={box}
      onKeyDown={onKey}
      data-testid="menu-tree"
    >
      {all.map((line, n) => (
        <Row
          key={`${line.parent} ${line.edge} ${line.id}`}
          line={line}
          node={tree.nodes[line.id]}
          menu={menu}
          state={passed.at(-1) === line.id ? "here" : passed.includes(line.id) ? "passed" : ""}
          chosen={line.id === selected && !line.again}
          tabbable={n === at}
          select={() => select(line.id)}
        />
      ))}
    </ul>
  );
}

function Row({
  line,
  node,
  menu,
  state,
  chosen,
  tabbable,
  select,
}: {
  line: Line;
  node: MenuNode | undefined;
  menu: MenuDetail;
  state: "" | "here" | "passed";
  chosen: boolean;
  tabbable: boolean;
  select: () => void;
}) {
  const wrong = menu.problems.some((one) => one.node === line.id && one.is_error) || !node;
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the tree takes the keys for all its lines
    <li
      role="treeitem"
      aria-level={line.level}
      aria-selected={chosen}
      aria-current={state === "here" ? "step" : undefined}
      tabIndex={tabbable ? 0 : -1}
      class={`level-${Math.min(line.level, 9)} ${state}`}
      onClick={select}
      data-node={line.id}
    >
      {line.edge && <span class="edge">{edgeText(line.edge)}</span>}
      <span class="kind">{node ? t(`node_${node.kind}`) : t("nowhere")}</span>
      <span class="what">{node ? describe(node, menu) : line.id}</span>
      {line.again && <span class="tag">{t("seeAbove")}</span>}
      {line.lost && <span class="tag bad">{t("lost")}</span>}
      {wrong && <span class="tag bad">{t("isError")}</span>}
    </li>
  );
}

export function edgeText(edge: string): string {
  const word = `edge_${edge}`;
  return isWord(word) ? t(word) : t("pressKey", { key: edge });
}

/** What a node is about, in a few words. */
export function describe(node: MenuNode, menu: MenuDetail): string {
  const named = (list: { key: string; name: string }[], key = "") =>
    list.find((one) => one.key === key)?.name ?? key;
  switch (node.kind) {
    case "topic":
      return named(menu.topics, node.topic) || t("numbersOwnTopic");
    case "number":
    case "outside":
      return node.number ?? "";
    case "voicemail":
      return named(menu.queues, node.queue) || t("numbersOwnQueue");
    case "colleague":
      return named(menu.extensions, node.extension);
    case "language":
      return tCode("lang", node.language ?? "");
    case "hours":
      return node.hours ? t("ownHours") : t("numbersHours");
    default:
      return said(node.say);
  }
}
