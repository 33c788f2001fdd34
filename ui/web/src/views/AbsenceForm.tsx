import { useSignal } from "@preact/signals";
import { useLayoutEffect, useRef } from "preact/hooks";
import { t } from "../i18n";
import { act, toast } from "../store";
import type { Reason } from "../wire";

const REASONS: Reason[] = [
  "meeting",
  "lunch",
  "travel",
  "training",
  "gone_home",
  "leave",
  "parental",
  "sick",
  "child",
  "away",
  "present",
];

/** Where somebody is and when they are back; `personId` null: oneself. */
export function AbsenceForm({
  title,
  name,
  personId,
  absent,
  changed,
}: {
  title: string;
  name: string;
  personId: number | null;
  absent: boolean;
  changed: () => void;
}) {
  const reason = useSignal<Reason>("meeting");
  const until = useSignal("");
  const from = useSignal("");
  const box = useRef<HTMLSelectElement>(null);
  useLayoutEffect(() => {
    if (personId !== null) box.current?.focus();
  }, []);
  const save = async (event: Event) => {
    event.preventDefault();
    const args = {
      reason: reason.value,
      person_id: personId,
      until: moment(until.value),
      begins_at: moment(from.value),
    };
    if ((await act("set_absence", args)) === undefined) return;
    toast(t("absenceSaved", { name }));
    changed();
  };
  const clear = async () => {
    if ((await act("clear_absence", { person_id: personId })) === undefined) return;
    toast(t("cameBack"));
    changed();
  };
  const time = (word: "absenceUntil" | "absenceFrom", value: { value: string }, testId: string) => (
    <label>
      {t(word)}
      <input
        type="datetime-local"
        value={value.value}
        data-testid={testId}
        onInput={(e) => {
          value.value = e.currentTarget.value;
        }}
      />
    </label>
  );
  return (
    <form class="editor" onSubmit={save} aria-label={title} data-testid="absence-form">
      <label>
        {t("absenceReason")}
        <select
          ref={box}
          value={reason.value}
          data-testid="absence-reason"
          onChange={(e) => {
            reason.value = e.currentTarget.value as Reason;
          }}
        >
          {REASONS.map((one) => (
            <option key={one} value={one}>
              {t(`absence_${one}`)}
            </option>
          ))}
        </select>
      </label>
      {time("absenceUntil", until, "absence-until")}
      {time("absenceFrom", from, "absence-from")}
      <p class="buttons">
        {absent && (
          <button type="button" onClick={() => void clear()} data-testid="absence-clear">
            {t("comeBack")}
          </button>
        )}
        <button type="submit" class="primary" data-testid="absence-save">
          {t("setAbsence")}
        </button>
      </p>
    </form>
  );
}

const moment = (local: string) => (local ? new Date(local).toISOString() : null);
