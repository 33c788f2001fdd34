import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { get } from "../api";
import { moment, phone } from "../format";
import { t, tCode } from "../i18n";
import type { Tree } from "../menus";
import { act, announce, state, toast } from "../store";
import type { MenuDetail, NumberRow, TrialRow } from "../wire";
import { Icon } from "./Icon";
import { NodeEditor } from "./MenuNode";
import { Prompts } from "./MenuPrompts";
import { MenuTree } from "./MenuTree";

/** So many looks at a test call that nobody answers. */
const RINGS = 100;

/** What callers to each number are led by: shown, changed, judged, called in test, put in force, taken back. */
export function Menus() {
  const numbers = useSignal<NumberRow[] | null>(null);
  const chosen = useSignal<number | null>(null);
  const load = async () => {
    numbers.value = await get<NumberRow[]>("/api/console/menus").catch(() => []);
    chosen.value ??= numbers.value[0]?.id ?? null;
  };
  useEffect(() => void load(), []);
  if (numbers.value === null) return <p class="loading">{t("loading")}</p>;
  return (
    <main id="main" class="page menus" tabIndex={-1}>
      <h1>{t("menus")}</h1>
      {numbers.value.length === 0 && <p class="quiet">{t("noNumbers")}</p>}
      <label class="short">
        {t("menuFor")}
        <select
          value={chosen.value ?? ""}
          data-testid="menu-number"
          onChange={(e) => {
            chosen.value = Number(e.currentTarget.value);
          }}
        >
          {numbers.value.map((one) => (
            <option key={one.id} value={one.id}>
              {phone(one.address)} – {state.value.organisations[one.organisation_id]?.name}
            </option>
          ))}
        </select>
      </label>
      {chosen.value !== null && <Editor id={chosen.value} key={chosen.value} />}
      <Prompts />
    </main>
  );
}

function Editor({ id }: { id: number }) {
  const menu = useSignal<MenuDetail | null>(null);
  const tree = useSignal<Tree>({ start: "", nodes: {} });
  const selected = useSignal("");
  const dirty = useSignal(false);
  const trial = useSignal<TrialRow | null>(null);
  const load = async () => {
    menu.value = await get<MenuDetail>(`/api/console/menus/${id}`).catch(() => null);
    if (!menu.value) return;
    tree.value = menu.value.tree as unknown as Tree;
    if (!tree.value.nodes[selected.value]) selected.value = tree.value.start;
    dirty.value = false;
  };
  useEffect(() => void load(), [id]);
  if (!menu.value) return <p class="loading">{t("loading")}</p>;
  const now = menu.value;
  const change = (next: Tree, select = selected.value) => {
    tree.value = next;
    selected.value = next.nodes[select] ? select : next.start;
    dirty.value = true;
  };
  const save = async (): Promise<boolean> => {
    const saved = await act("menu_save", {
      point_id: id,
      tree: tree.value as unknown as Record<string, unknown>,
      revision: menu.value?.revision ?? 0,
    });
    if (!saved || !menu.value) return false;
    menu.value = { ...menu.value, revision: saved.revision, problems: saved.problems };
    dirty.value = false;
    announce(t("menuSaved", { n: saved.problems.length }));
    return true;
  };
  const publish = async () => {
    if (dirty.value && !(await save())) return;
    const number = await act("menu_publish", { point_id: id });
    if (number === undefined) return;
    toast(t("menuPublished", { n: number }));
    await load();
  };
  const hasErrors = !dirty.value && now.problems.some((one) => one.is_error);
  return (
    <section aria-labelledby="menu-title" class="menu-editor">
      <h2 id="menu-title">{t("menuTree")}</h2>
      <p class="buttons" role="toolbar" aria-label={t("menuTree")}>
        <button type="button" onClick={() => void save()} disabled={!dirty.value} data-testid="menu-save">
          {t("saveDraft")}
        </button>
        <button
          type="button"
          class="primary"
          onClick={() => void publish()}
          disabled={hasErrors}
          data-testid="menu-publish"
        >
          {t("publish")}
        </button>
        <Trial id={id} ready={async () => !dirty.value || (await save())} trial={trial} />
        {dirty.value && <span class="tag">{t("notSaved")}</span>}
      </p>
      <div class="menu-halves">
        <MenuTree
          tree={tree.value}
          menu={now}
          passed={trial.value?.passed ?? []}
          selected={selected.value}
          select={(node) => {
            selected.value = node;
          }}
        />
        <NodeEditor tree={tree.value} menu={now} id={selected.value} change={change} key={selected.value} />
      </div>
      <Problems
        menu={now}
        dirty={dirty.value}
        select={(node) => {
          selected.value = node;
        }}
      />
      <Versions menu={now} reload={load} />
    </section>
  );
}

/** "Call me": the administrator's own telephone rings and plays the draft; where they are is shown meanwhile. */
function Trial({
  id,
  ready,
  trial,
}: {
  id: number;
  ready: () => Promise<boolean>;
  trial: { value: TrialRow | null };
}) {
  const when = useSignal<"now" | "open" | "closed">("now");
  const begin = async () => {
    if (!(await ready())) return;
    const token = await act("menu_try", { point_id: id, when: when.value });
    if (token === undefined) return;
    trial.value = { state: "ringing", passed: [], keys: [], end: "" };
    for (let looks = 0; looks < 600 && trial.value.state !== "ended"; looks++) {
      const seen = await get<TrialRow>(`/api/console/menus/trials/${token}`).catch(() => null);
      if (!seen) break;
      // The telephone stops ringing by itself; nobody has lifted.
      trial.value = seen.state === "ringing" && looks > RINGS ? { ...seen, state: "failed" } : seen;
      if (trial.value.state === "failed") break;
      await new Promise((resolve) => setTimeout(resolve, 400));
    }
  };
  return (
    <>
      <button type="button" onClick={() => void begin()} data-testid="menu-try">
        <Icon name="phone" size={16} /> {t("callMe")}
      </button>
      <label class="inline">
        {t("tryWhen")}
        <select
          value={when.value}
          onChange={(e) => {
            when.value = e.currentTarget.value as "now";
          }}
        >
          {(["now", "open", "closed"] as const).map((one) => (
            <option key={one} value={one}>
              {t(`when_${one}`)}
            </option>
          ))}
        </select>
      </label>
      <span role="status" data-testid="trial">
        {trial.value && (
          <>
            {tCode("trial", trial.value.state)}: {trial.value.passed.join(" → ")}
            {trial.value.end && <strong> → {trial.value.end}</strong>}
          </>
        )}
      </span>
    </>
  );
}

function Problems({
  menu,
  dirty,
  select,
}: {
  menu: MenuDetail;
  dirty: boolean;
  select: (node: string) => void;
}) {
  if (dirty) return <p class="quiet">{t("judgedWhenSaved")}</p>;
  if (menu.problems.length === 0)
    return (
      <p class="tag good" data-testid="menu-good">
        {t("menuGood")}
      </p>
    );
  return (
    <section aria-labelledby="problems-title" data-testid="menu-problems">
      <h3 id="problems-title">{t("menuProblems")}</h3>
      <ul class="problems">
        {menu.problems.map((one) => (
          <li key={one.code + one.node + one.detail}>
            <span class={`tag ${one.is_error ? "bad" : ""}`}>
              {t(one.is_error ? "isError" : "isWarning")}
            </span>{" "}
            {one.node && (
              <button type="button" class="small" onClick={() => select(one.node)}>
                {one.node}
              </button>
            )}{" "}
            {tCode("problem", one.code)} <span class="quiet">{one.detail}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Versions({ menu, reload }: { menu: MenuDetail; reload: () => Promise<void> }) {
  const restore = async (number: number) => {
    const made = await act("menu_restore", { point_id: menu.point_id, number });
    if (made === undefined) return;
    toast(t("menuPublished", { n: made }));
    await act("menu_discard", { point_id: menu.point_id });
    await reload();
  };
  if (menu.versions.length === 0) return <p class="quiet">{t("noVersions")}</p>;
  return (
    <details>
      <summary>{t("versions", { n: menu.versions.length })}</summary>
      <table>
        <thead>
          <tr>
            {(["version", "madeAt", "madeBy"] as const).map((word) => (
              <th scope="col" key={word}>
                {t(word)}
              </th>
            ))}
            <th scope="col">
              <span class="hidden">{t("restore")}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {menu.versions.map((one, n) => (
            <tr key={one.number}>
              <th scope="row">
                {one.number} {n === 0 && <span class="tag good">{t("inForce")}</span>}{" "}
                {one.restored_from > 0 && <span class="quiet">{t("copyOf", { n: one.restored_from })}</span>}
              </th>
              <td>{moment(one.made_at)}</td>
              <td>{one.made_by || "–"}</td>
              <td>
                {n > 0 && (
                  <button type="button" class="small" onClick={() => void restore(one.number)}>
                    {t("restore")} <span class="hidden">{one.number}</span>
                  </button>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  );
}
