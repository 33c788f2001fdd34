import { useSignal } from "@preact/signals";
import { t } from "../i18n";
import { act, dialog, isSupervisor, me, selected, state } from "../store";
import type { CaseRow, Listen } from "../wire";
import { Icon } from "./Icon";
import { Modal } from "./Modal";

const WAYS: Listen["how"][] = ["listen", "whisper", "barge"];
const SHORTEST_REASON = 5;

/** Whether I may listen to the call of this case: a supervisor, and a colleague talks. */
export function mayListen(row: CaseRow): boolean {
  const talks = row.call_state === "talking" && (row.call_phase === "" || row.call_phase === "conference");
  return isSupervisor.value && talks && row.call_agent_id !== null && row.call_agent_id !== me.value?.id;
}

/** Opens the dialog; beside the call of a colleague. */
export function ListenButton({ row }: { row: CaseRow }) {
  if (!mayListen(row)) return null;
  return (
    <button
      type="button"
      data-testid="listen"
      onClick={() => {
        dialog.value = "listen";
      }}
    >
      <Icon name="phone" size={15} /> {t("do_listen")}
    </button>
  );
}

/** Why and how: the reason is kept, and the colleague sees that somebody listens. */
export function ListenDialog() {
  const how = useSignal<Listen["how"]>("listen");
  const reason = useSignal("");
  const row = selected.value === null ? undefined : state.value.cases[selected.value];
  const contactId = row?.contact_id;
  if (!row || !contactId || !mayListen(row)) return null;
  const listen = async (event: Event) => {
    event.preventDefault();
    const args = { contact_id: contactId, how: how.value, reason: reason.value };
    if ((await act("listen_to_call", args)) !== undefined) dialog.value = null;
  };
  return (
    <Modal title={t("listenTitle")} testId="listen-dialog">
      <form onSubmit={(event) => void listen(event)}>
        <p class="quiet">{t("listenHint")}</p>
        <fieldset>
          <legend>{t("listenHow")}</legend>
          {WAYS.map((way) => (
            <label class="check" key={way}>
              <input
                type="radio"
                name="how"
                checked={how.value === way}
                onChange={() => {
                  how.value = way;
                }}
              />
              {t(`listen_${way}`)}
            </label>
          ))}
        </fieldset>
        <label>
          {t("listenReason")}
          <textarea
            rows={2}
            required
            minLength={SHORTEST_REASON}
            maxLength={500}
            value={reason.value}
            onInput={(event) => {
              reason.value = event.currentTarget.value;
            }}
          />
        </label>
        <div class="buttons">
          <button type="submit" class="primary" disabled={reason.value.trim().length < SHORTEST_REASON}>
            {t("do_listen")}
          </button>
        </div>
      </form>
    </Modal>
  );
}
