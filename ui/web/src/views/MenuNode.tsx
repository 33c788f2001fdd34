import { useSignal } from "@preact/signals";
import { t, tCode } from "../i18n";
import {
  added,
  type Choice,
  freeKeys,
  KINDS,
  type Kind,
  type MenuNode,
  type Speech,
  type Tree,
  withNode,
  without,
} from "../menus";
import type { MenuDetail } from "../wire";
import { describe } from "./MenuTree";

interface Editing {
  tree: Tree;
  menu: MenuDetail;
  id: string;
  change: (next: Tree, select?: string) => void;
}

/** What one node says and where it leads. */
export function NodeEditor(editing: Editing) {
  const { tree, id, change } = editing;
  const node = tree.nodes[id];
  if (!node) return <p class="quiet">{t("nowhere")}</p>;
  const set = (some: Partial<MenuNode>) => change(withNode(tree, id, { ...node, ...some }));
  return (
    <form
      class="node-editor"
      aria-label={`${t("editNode")}: ${id}`}
      data-testid="node-editor"
      onSubmit={(e) => e.preventDefault()}
    >
      <h3>
        {t(`node_${node.kind}`)} <span class="quiet">{id}</span>
      </h3>
      {"say" in node && (
        <SpeechFields label={t("says")} speech={node.say} editing={editing} set={(say) => set({ say })} />
      )}
      <Fields node={node} editing={editing} set={set} />
      <p class="buttons">
        <button
          type="button"
          disabled={id === tree.start}
          onClick={() => change(without(tree, id), tree.start)}
          data-testid="remove-node"
        >
          {t("removeNode")}
        </button>
        {id !== tree.start && (
          <button type="button" onClick={() => change({ ...tree, start: id }, id)}>
            {t("startHere")}
          </button>
        )}
      </p>
    </form>
  );
}

interface FieldsOf {
  node: MenuNode;
  editing: Editing;
  set: (some: Partial<MenuNode>) => void;
}

function Fields({ node, editing, set }: FieldsOf) {
  const { menu } = editing;
  const pick = (
    label: string,
    value: string,
    options: [string, string][],
    name: keyof MenuNode,
    none = "",
  ) => (
    <label>
      {label}
      <select
        value={value}
        data-testid={`node-${name}`}
        onChange={(e) => set({ [name]: e.currentTarget.value })}
      >
        {(none || !value) && <option value="">{none || "–"}</option>}
        {options.map(([key, text]) => (
          <option key={key} value={key}>
            {text}
          </option>
        ))}
      </select>
    </label>
  );
  const named = (list: { key: string; name: string }[]) =>
    list.map((one): [string, string] => [one.key, one.name]);
  switch (node.kind) {
    case "menu":
      return <MenuFields node={node} editing={editing} set={set} />;
    case "hours":
      return (
        <>
          <Target label={t("edge_open")} name="open" node={node} editing={editing} set={set} />
          <Target label={t("edge_closed")} name="closed" node={node} editing={editing} set={set} />
          <OwnHours node={node} editing={editing} set={set} />
        </>
      );
    case "language":
      return (
        <>
          {pick(
            t("language"),
            node.language ?? "",
            menu.languages.map((one): [string, string] => [one, tCode("lang", one)]),
            "language",
          )}
          <Target label={t("edge_next")} name="next" node={node} editing={editing} set={set} />
        </>
      );
    case "say":
      return <Target label={t("edge_next")} name="next" node={node} editing={editing} set={set} />;
    case "topic":
      return pick(t("topic"), node.topic ?? "", named(menu.topics), "topic", t("numbersOwnTopic"));
    case "number":
      return pick(
        t("number"),
        node.number ?? "",
        menu.numbers.map((one): [string, string] => [one, one]),
        "number",
      );
    case "outside":
      return (
        <label>
          {t("number")}
          <input
            value={node.number ?? ""}
            placeholder="+46…"
            inputMode="tel"
            onInput={(e) => set({ number: e.currentTarget.value.replace(/[^+0-9]/g, "") })}
          />
        </label>
      );
    case "voicemail":
      return pick(t("queue"), node.queue ?? "", named(menu.queues), "queue", t("numbersOwnQueue"));
    case "colleague":
      return pick(t("extension"), node.extension ?? "", named(menu.extensions), "extension");
    default:
      return null;
  }
}

/** Keys with where they lead, and what happens to silence and wrong keys. */
function MenuFields({ node, editing, set }: FieldsOf) {
  const choices = node.choices ?? [];
  const put = (n: number, choice: Choice) =>
    set({ choices: choices.map((one, at) => (at === n ? choice : one)) });
  const add = () => {
    const key = freeKeys(node)[0];
    if (!key) return;
    const [tree, id] = added(editing.tree, "topic", editing.tree.start);
    editing.change(withNode(tree, editing.id, { ...node, choices: [...choices, { key, next: id }] }));
  };
  return (
    <>
      <fieldset>
        <legend>{t("keys")}</legend>
        {choices.map((choice, n) => (
          <div class="choice" key={choice.key}>
            <label>
              <span class="hidden">{t("key")}</span>
              <select
                value={choice.key}
                data-testid={`key-${n}`}
                onChange={(e) => put(n, { ...choice, key: e.currentTarget.value })}
              >
                {freeKeys(node, choice.key).map((key) => (
                  <option key={key}>{key}</option>
                ))}
              </select>
            </label>
            <TargetSelect
              label={t("pressKey", { key: choice.key })}
              hidden
              value={choice.next}
              editing={editing}
              choose={(next, tree) =>
                editing.change(
                  withNode(tree, editing.id, {
                    ...node,
                    choices: choices.map((one, at) => (at === n ? { ...choice, next } : one)),
                  }),
                )
              }
            />
            <button
              type="button"
              class="small"
              onClick={() => set({ choices: choices.filter((_, at) => at !== n) })}
            >
              {t("removeKey")} <span class="hidden">{choice.key}</span>
            </button>
          </div>
        ))}
        <button type="button" class="small" onClick={add} data-testid="add-key">
          {t("addKey")}
        </button>
      </fieldset>
      <Target label={t("edge_silent")} name="silent" node={node} editing={editing} set={set} />
      <Target label={t("edge_wrong")} name="wrong" node={node} editing={editing} set={set} optional />
      <SpeechFields
        label={t("mistaken")}
        speech={node.mistaken}
        editing={editing}
        set={(mistaken) => set({ mistaken })}
      />
      <div class="two">
        <Count label={t("seconds")} value={node.seconds ?? 6} most={30} set={(seconds) => set({ seconds })} />
        <Count label={t("tries")} value={node.tries ?? 2} most={5} set={(tries) => set({ tries })} />
      </div>
    </>
  );
}

function Count(of: { label: string; value: number; most: number; set: (value: number) => void }) {
  return (
    <label>
      {of.label}
      <input
        type="number"
        min={1}
        max={of.most}
        value={of.value}
        onInput={(e) => of.set(Math.max(1, Math.min(of.most, Number(e.currentTarget.value) || 1)))}
      />
    </label>
  );
}

function Target({
  label,
  name,
  node,
  editing,
  optional,
}: FieldsOf & { label: string; name: "next" | "silent" | "wrong" | "open" | "closed"; optional?: boolean }) {
  return (
    <TargetSelect
      label={label}
      value={node[name] ?? ""}
      editing={editing}
      optional={!!optional}
      choose={(id, tree) => editing.change(withNode(tree, editing.id, { ...node, [name]: id }))}
    />
  );
}

/** A node that is there, or a new one of a kind. */
function TargetSelect({
  label,
  value,
  editing,
  choose,
  hidden,
  optional,
}: {
  label: string;
  value: string;
  editing: Editing;
  choose: (id: string, tree: Tree) => void;
  hidden?: boolean;
  optional?: boolean;
}) {
  const { tree, menu } = editing;
  const chosen = (wanted: string) => {
    if (!wanted.startsWith("+")) return choose(wanted, tree);
    const [more, id] = added(tree, wanted.slice(1) as Kind, tree.start);
    choose(id, more);
  };
  return (
    <label>
      <span class={hidden ? "hidden" : ""}>{label}</span>
      <select value={value} onChange={(e) => chosen(e.currentTarget.value)}>
        {(optional || !tree.nodes[value]) && (
          <option value="">{optional ? t("asSilent") : t("nowhere")}</option>
        )}
        <optgroup label={t("existing")}>
          {Object.entries(tree.nodes).map(([id, node]) => (
            <option key={id} value={id}>
              {`${t(`node_${node.kind}`)}: ${describe(node, menu).slice(0, 40)} (${id})`}
            </option>
          ))}
        </optgroup>
        <optgroup label={t("makeNew")}>
          {KINDS.map((kind) => (
            <option key={kind} value={`+${kind}`}>
              {`+ ${t(`node_${kind}`)}`}
            </option>
          ))}
        </optgroup>
      </select>
    </label>
  );
}

/** What is said: a text for each language, or a recording. */
function SpeechFields({
  label,
  speech,
  editing,
  set,
}: {
  label: string;
  speech: Speech | undefined;
  editing: Editing;
  set: (speech: Speech) => void;
}) {
  const texts = speech?.text ?? {};
  const spoken = new Set(["sv", ...Object.keys(texts)]);
  for (const node of Object.values(editing.tree.nodes)) if (node.language) spoken.add(node.language);
  return (
    <fieldset>
      <legend>{label}</legend>
      {[...spoken].map((language) => (
        <label key={language}>
          {tCode("lang", language)}
          <textarea
            rows={2}
            maxLength={1000}
            lang={language}
            value={texts[language] ?? ""}
            data-testid={`say-${language}`}
            onInput={(e) => set({ ...speech, text: { ...texts, [language]: e.currentTarget.value } })}
          />
        </label>
      ))}
      <label>
        {t("recording")}
        <select
          value={speech?.recording ?? ""}
          onChange={(e) => set({ ...speech, recording: e.currentTarget.value })}
        >
          <option value="">{t("spoken")}</option>
          {[...new Set([...editing.menu.recordings, speech?.recording ?? ""])]
            .filter((key) => key)
            .map((key) => (
              <option key={key}>{key}</option>
            ))}
        </select>
      </label>
    </fieldset>
  );
}

/** Hours of this node alone, written as in the configuration; empty: those of the number. */
function OwnHours({ node, set }: FieldsOf) {
  const text = useSignal(node.hours ? JSON.stringify(node.hours, null, 1) : "");
  const wrong = useSignal(false);
  return (
    <label>
      {t("ownHoursHint")}
      <textarea
        class="code"
        rows={5}
        spellcheck={false}
        aria-invalid={wrong.value}
        placeholder={
          '{"week": {"mon": ["08:00-16:30"]}, "holidays": "SE", "dates": {"2026-12-23": ["08:00-12:00"]}}'
        }
        value={text.value}
        onInput={(e) => {
          text.value = e.currentTarget.value;
          try {
            const hours = text.value.trim() ? JSON.parse(text.value) : undefined;
            wrong.value = false;
            set({ hours });
          } catch {
            wrong.value = true;
          }
        }}
      />
      {wrong.value && (
        <span class="error" role="alert">
          {t("notJson")}
        </span>
      )}
    </label>
  );
}
