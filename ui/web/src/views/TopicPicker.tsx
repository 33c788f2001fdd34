import { useSignal } from "@preact/signals";
import { t } from "../i18n";
import { state } from "../store";
import type { TopicRow } from "../wire";

/** Two levels of topics with type-ahead: write some letters, arrows, Enter. A combobox as ARIA 1.2 describes it. */
export function TopicPicker({
  choose,
  chosen = null,
  compact = false,
}: {
  choose: (id: number) => void;
  chosen?: number | null;
  compact?: boolean;
}) {
  const words = useSignal("");
  const at = useSignal(0);
  const picked = useSignal(chosen);
  const all = Object.values(state.value.topics);
  const parents = new Set(all.map((topic) => topic.parent_id));
  const label = (topic: TopicRow) => {
    const parent = topic.parent_id === null ? undefined : state.value.topics[topic.parent_id];
    return parent && parent.name !== topic.name ? `${parent.name} › ${topic.name}` : topic.name;
  };
  const wanted = words.value.toLowerCase().trim().split(/\s+/);
  const found = all
    .filter((topic) => !parents.has(topic.id) || wanted.join("") !== "")
    .filter((topic) => wanted.every((word) => label(topic).toLowerCase().includes(word)))
    .sort((a, b) => label(a).localeCompare(label(b), "sv"))
    .slice(0, compact && picked.value !== null ? 0 : 40);
  const take = (topic: TopicRow | undefined) => {
    if (!topic) return;
    picked.value = topic.id;
    words.value = label(topic);
    choose(topic.id);
  };
  const onKey = (event: KeyboardEvent) => {
    if (event.key === "ArrowDown") at.value = Math.min(found.length - 1, at.value + 1);
    else if (event.key === "ArrowUp") at.value = Math.max(0, at.value - 1);
    else if (event.key === "Enter" && picked.value === null) take(found[at.value]);
    else return;
    event.preventDefault();
  };
  const active = found[at.value];
  return (
    <div class={`topics ${compact ? "compact" : ""}`}>
      <label>
        {t("topic")}
        <input
          data-focus
          role="combobox"
          aria-expanded={found.length > 0}
          aria-controls="topic-list"
          aria-autocomplete="list"
          aria-activedescendant={active ? `topic-${active.id}` : undefined}
          data-testid="topic-input"
          autocomplete="off"
          value={words.value}
          onKeyDown={onKey}
          onInput={(e) => {
            words.value = e.currentTarget.value;
            at.value = 0;
            picked.value = null;
          }}
        />
      </label>
      <ul id="topic-list" role="listbox" aria-label={t("topic")} hidden={found.length === 0}>
        {found.map((topic, n) => (
          <li
            key={topic.id}
            id={`topic-${topic.id}`}
            role="option"
            aria-selected={n === at.value}
            onPointerDown={(e) => {
              e.preventDefault();
              take(topic);
            }}
          >
            {label(topic)}
          </li>
        ))}
      </ul>
    </div>
  );
}
