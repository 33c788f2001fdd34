import { useSignal } from "@preact/signals";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { get } from "../api";
import { t } from "../i18n";
import { blank, type DraftStep, drafted, MOST_STEPS, moved, type WrittenStep, written } from "../overflow";
import { act, announce, toast } from "../store";
import { StepForm } from "./OverflowStep";
import { type KeptSteps, OverflowVersions } from "./OverflowVersions";

export interface Way {
  key: string;
  name: string;
  helps: boolean;
}

interface Editing {
  queue_id: number;
  queue: string;
  revision: number;
  steps: WrittenStep[];
  ways: Way[];
  versions: KeptSteps[];
}

interface QueueName {
  queue_id: number;
  queue: string;
}

/** Which queue's steps are to be written, and their editor. */
export function OverflowEditor({ changed }: { changed: () => void }) {
  const queues = useSignal<QueueName[]>([]);
  const chosen = useSignal(0);
  const editing = useSignal<Editing | null>(null);
  const open = async (queueId: number) => {
    editing.value = await get<Editing>(`/api/console/overflow/${queueId}`).catch(() => null);
    if (!editing.value) toast(t("waitingFailed"), "bad");
  };
  useEffect(() => {
    get<QueueName[]>("/api/console/overflow/queues").then(
      (found) => {
        queues.value = found;
        chosen.value = found[0]?.queue_id ?? 0;
      },
      () => toast(t("waitingFailed"), "bad"),
    );
  }, []);
  const written = async () => {
    changed();
    if (editing.value) await open(editing.value.queue_id);
  };
  if (queues.value.length === 0) return null;
  return (
    <>
      <form
        class="with-button"
        onSubmit={(event) => {
          event.preventDefault();
          void open(chosen.value);
        }}
      >
        <label>
          {t("overflowQueue")}
          <select
            value={chosen.value}
            data-testid="overflow-queue"
            onChange={(event) => {
              chosen.value = Number(event.currentTarget.value);
            }}
          >
            {queues.value.map((one) => (
              <option key={one.queue_id} value={one.queue_id}>
                {one.queue}
              </option>
            ))}
          </select>
        </label>
        <button type="submit" data-testid="overflow-edit">
          {t("overflowEdit")}
        </button>
      </form>
      {editing.value && (
        <Steps
          key={`${editing.value.queue_id} ${editing.value.revision}`}
          editing={editing.value}
          close={() => {
            editing.value = null;
          }}
          saved={written}
        />
      )}
    </>
  );
}

function Steps({
  editing,
  close,
  saved,
}: {
  editing: Editing;
  close: () => void;
  saved: () => Promise<void>;
}) {
  const steps = useSignal<DraftStep[]>(editing.steps.map(drafted));
  const title = useRef<HTMLHeadingElement>(null);
  const list = useRef<HTMLOListElement>(null);
  const focus = useRef<number | null>(null);
  useLayoutEffect(() => title.current?.focus(), []);
  useLayoutEffect(() => {
    // The step that was added or moved keeps the keyboard.
    if (focus.current === null) return;
    list.current?.querySelector<HTMLElement>(`[data-step="${focus.current}"] select`)?.focus();
    focus.current = null;
  });
  const put = (next: DraftStep[], id: number | null = null) => {
    focus.current = id;
    steps.value = next;
  };
  const move = (from: number, to: number) => {
    put(moved(steps.value, from, to), steps.value[from]?.id ?? null);
    announce(t("overflowMoved", { n: to + 1, all: steps.value.length }));
  };
  const remove = (place: number) => {
    put(steps.value.filter((_, n) => n !== place));
    title.current?.focus();
  };
  const save = async (event: Event) => {
    event.preventDefault();
    const wanted = steps.value.map(written) as unknown as Record<string, unknown>[];
    const args = { queue_id: editing.queue_id, steps: wanted, revision: editing.revision };
    if ((await act("overflow_save", args)) === undefined) return;
    toast(t("overflowSaved"));
    await saved();
  };
  return (
    <form class="overflow-editor" onSubmit={(event) => void save(event)} data-testid="overflow-editor">
      <h3 ref={title} tabIndex={-1}>
        {t("overflowEditing", { queue: editing.queue })}
      </h3>
      <p class="quiet">{steps.value.length ? t("overflowOptional") : t("overflowEmpty")}</p>
      <ol ref={list}>
        {steps.value.map((step, place) => (
          <StepForm
            key={step.id}
            step={step}
            place={place}
            all={steps.value.length}
            ways={editing.ways}
            change={(next) => put(steps.value.map((one) => (one.id === step.id ? next : one)))}
            move={(to) => move(place, to)}
            remove={() => remove(place)}
          />
        ))}
      </ol>
      <div class="buttons">
        <button
          type="button"
          disabled={steps.value.length >= MOST_STEPS}
          data-testid="overflow-add"
          onClick={() => {
            const step = blank();
            put([...steps.value, step], step.id);
          }}
        >
          {t("overflowAdd")}
        </button>
        <button type="submit" class="primary" data-testid="overflow-save">
          {t("overflowSave")}
        </button>
        <button type="button" onClick={close}>
          {t("cancel")}
        </button>
      </div>
      <OverflowVersions queueId={editing.queue_id} versions={editing.versions} restored={saved} />
    </form>
  );
}
