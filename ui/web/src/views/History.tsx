import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { get } from "../api";
import { language, t } from "../i18n";
import { queueFilter, state } from "../store";
import type { Report } from "../wire";
import { Overflow } from "./Overflow";
import { Quarantine } from "./Quarantine";
import { Chart, Table } from "./Report";
import { Waiting } from "./Waiting";

const KINDS = ["half_hours", "days", "topics", "channels", "agents", "months"] as const;
type Kind = (typeof KINDS)[number];

const iso = (day: Date) =>
  `${day.getFullYear()}-${String(day.getMonth() + 1).padStart(2, "0")}-${String(day.getDate()).padStart(2, "0")}`;

export function History() {
  const kind = useSignal<Kind>("half_hours");
  const first = useSignal(iso(new Date()));
  const last = useSignal(iso(new Date()));
  const report = useSignal<Report | null>(null);
  const failed = useSignal("");
  const query = () => {
    const params = new URLSearchParams({ first: first.value, last: last.value });
    if (queueFilter.value !== null) params.set("queue_id", String(queueFilter.value));
    return `/api/console/reports/${kind.value}?${params}`;
  };
  useEffect(() => {
    failed.value = "";
    get<Report>(query())
      .then((found) => {
        report.value = found;
      })
      .catch((problem: Error) => {
        failed.value = problem.message || t("failed");
      });
  }, [kind.value, first.value, last.value, queueFilter.value]);
  const choose = (wanted: Kind) => {
    kind.value = wanted;
    if (wanted !== "half_hours" && first.value === last.value)
      first.value = iso(new Date(Date.parse(last.value) - 29 * 86_400_000));
  };
  return (
    <main id="main" class="page history" tabIndex={-1}>
      <h1>{t("history")}</h1>
      <div class="controls">
        <div class="segments" role="group" aria-label={t("by")}>
          {KINDS.map((one) => (
            <button type="button" key={one} aria-pressed={kind.value === one} onClick={() => choose(one)}>
              {t(`report_${one}`)}
            </button>
          ))}
        </div>
        <label>
          {t("from")}{" "}
          <input
            type="date"
            value={first.value}
            max={last.value}
            onChange={(e) => {
              first.value = e.currentTarget.value;
            }}
          />
        </label>
        <label>
          {t("until")}{" "}
          <input
            type="date"
            value={last.value}
            min={first.value}
            onChange={(e) => {
              last.value = e.currentTarget.value;
            }}
          />
        </label>
        <label>
          {t("queue")}
          <select
            value={queueFilter.value ?? ""}
            onChange={(e) => {
              queueFilter.value = Number(e.currentTarget.value) || null;
            }}
          >
            <option value="">{t("allQueues")}</option>
            {Object.values(state.value.queues).map((queue) => (
              <option key={queue.id} value={queue.id}>
                {queue.name}
              </option>
            ))}
          </select>
        </label>
        <a class="button" href={`${query()}&format=csv`} download>
          {t("csv")}
        </a>
      </div>
      {failed.value && (
        <p class="error" role="alert">
          {failed.value}
        </p>
      )}
      {report.value && <Chart report={report.value} />}
      {report.value && <Table report={report.value} />}
      {report.value && <p class="formula">{report.value.formula[language.value] ?? ""}</p>}
      <Quarantine />
      <Waiting />
      <Overflow />
    </main>
  );
}
