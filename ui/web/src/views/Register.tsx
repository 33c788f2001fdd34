import { useSignal } from "@preact/signals";
import { get } from "../api";
import { t } from "../i18n";
import { act, openCase, state, toast } from "../store";
import type { CaseDetail, Channel, Outcome } from "../wire";
import { Area, Buttons, shut } from "./FormParts";
import { Modal } from "./Modal";
import { TopicPicker } from "./TopicPicker";

/** Quick registration of a contact, in seconds. */
export function Register() {
  const topic = useSignal<number | null>(null);
  const text = useSignal("");
  const sender = useSignal("");
  const channel = useSignal<Channel>("phone");
  const outcome = useSignal<Outcome | "">("answered");
  const outcomes = state.value.settings.routing?.outcomes ?? [];
  const save = async () => {
    if (topic.value === null) return;
    const id = await act("register", {
      topic_id: topic.value,
      text: text.value,
      sender: sender.value,
      channel: channel.value,
      outcome: outcome.value || null,
    });
    if (id === undefined) return;
    shut();
    const made = await get<CaseDetail>(`/api/console/cases/${id}?again=1`).catch(() => null);
    toast(made ? t("registered", { number: made.case.number }) : t("saved"));
    if (!outcome.value) openCase(id);
  };
  return (
    <Modal title={t("registerTitle")} testId="register-dialog">
      <form
        onSubmit={(e) => {
          e.preventDefault();
          void save();
        }}
      >
        <TopicPicker
          choose={(id) => {
            topic.value = id;
            document.querySelector<HTMLElement>("[data-testid=register-text]")?.focus();
          }}
          chosen={topic.value}
          compact
        />
        <Area label={t("registerText")} value={text} testId="register-text" submit={() => void save()} />
        <div class="two">
          <label>
            {t("contactBy")}
            <select
              value={channel.value}
              onChange={(e) => {
                channel.value = e.currentTarget.value as Channel;
              }}
            >
              {(["phone", "email", "post", "web", "note"] as const).map((one) => (
                <option key={one} value={one}>
                  {t(`channel_${one}`)}
                </option>
              ))}
            </select>
          </label>
          <label>
            {t("outcome")}
            <select
              value={outcome.value}
              data-testid="register-outcome"
              onChange={(e) => {
                outcome.value = e.currentTarget.value as Outcome;
              }}
            >
              {outcomes.map((one) => (
                <option key={one} value={one}>
                  {t(`outcome_${one}`)}
                </option>
              ))}
              <option value="">{t("keepOpen")}</option>
            </select>
          </label>
        </div>
        <label>
          {t("name")} / {t("phone").toLowerCase()}
          <input
            value={sender.value}
            onInput={(e) => {
              sender.value = e.currentTarget.value;
            }}
            autocomplete="off"
          />
        </label>
        <Buttons submit={t("save")} disabled={topic.value === null} />
      </form>
    </Modal>
  );
}
