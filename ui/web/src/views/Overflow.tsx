import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { get } from "../api";
import { language, t, tCode } from "../i18n";
import { isAdministrator } from "../store";
import { OverflowEditor } from "./OverflowEditor";

interface Step {
  to: "agents" | "queue" | "number" | "voicemail" | "message";
  after_seconds: number;
  callers_per_agent: number | null;
  agents_below: number | null;
  agents_from: number | null;
  queue: string;
  number: string;
  say: string;
  taken: number;
  returned: number;
}

interface QueueSteps {
  queue_id: number;
  queue: string;
  steps: Step[];
}

const COLUMNS = ["overflowStep", "overflowWhen", "overflowTo", "overflowTaken", "overflowReturned"] as const;

/** Each queue's ways out when it is too long, in the order in which they are tried. */
export function Overflow() {
  const queues = useSignal<QueueSteps[] | null>(null);
  const failed = useSignal(false);
  const load = () => {
    get<QueueSteps[]>("/api/console/overflow").then(
      (found) => {
        queues.value = found;
      },
      () => {
        failed.value = true;
      },
    );
  };
  useEffect(load, []);
  return (
    <section aria-labelledby="overflow-title" data-testid="overflow">
      <h2 id="overflow-title">{t("overflowTitle")}</h2>
      <p class="quiet">{t("overflowIntro")}</p>
      {failed.value && (
        <p class="error" role="alert">
          {t("waitingFailed")}
        </p>
      )}
      {queues.value?.length === 0 && <p>{t("overflowNone")}</p>}
      {queues.value?.map((one) => (
        <Steps key={one.queue_id} queue={one} />
      ))}
      {isAdministrator.value && <OverflowEditor changed={load} />}
    </section>
  );
}

function Steps({ queue }: { queue: QueueSteps }) {
  const title = `overflow-${queue.queue_id}`;
  return (
    <>
      <h3 id={title}>{queue.queue}</h3>
      <div class="scroll" tabIndex={0} role="region" aria-labelledby={title}>
        <table>
          <thead>
            <tr>
              {COLUMNS.map((word) => (
                <th scope="col" key={word}>
                  {t(word)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {queue.steps.map((step, n) => (
              <tr key={JSON.stringify(step)}>
                <th scope="row">{n + 1}</th>
                <td>{conditions(step)}</td>
                <td>{target(step)}</td>
                <td class="number">{step.taken}</td>
                <td class="number">{step.to === "number" ? step.returned : "–"}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}

/** All that must hold, in words. */
function conditions(step: Step): string {
  const n = (value: number) => value.toLocaleString(language.value === "sv" ? "sv-SE" : "en-GB");
  const words = [
    step.after_seconds > 0 && t("overflowAfter", { n: n(step.after_seconds) }),
    step.callers_per_agent !== null && t("overflowCrowded", { n: n(step.callers_per_agent) }),
    step.agents_below !== null && t("overflowFew", { n: n(step.agents_below) }),
    step.agents_from !== null && t("overflowEnough", { n: n(step.agents_from) }),
  ].filter(Boolean);
  return words.length ? words.join(", ") : t("overflowAlways");
}

function target(step: Step): string {
  const where = step.queue || step.number || (step.say && t("overflowSaid", { words: step.say }));
  return where ? `${tCode("overflow", step.to)}: ${where}` : tCode("overflow", step.to);
}
