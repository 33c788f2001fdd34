import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { get } from "../api";
import { duration, percent } from "../format";
import { language, t } from "../i18n";
import { queueFilter, state } from "../store";
import type { Figures, Report, ReportRow } from "../wire";

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
      {report.value && <Chart rows={report.value.rows} />}
      {report.value && <Table report={report.value} />}
      {report.value && (
        <details class="formula">
          <summary>{t("formulaTitle")}</summary>
          <p>{report.value.formula[language.value] ?? ""}</p>
        </details>
      )}
    </main>
  );
}

const WIDTH = 960;
const HEIGHT = 240;

/** Two bars each: what came and what was answered. The table below says the same in numbers. */
function Chart({ rows }: { rows: ReportRow[] }) {
  const most = Math.max(1, ...rows.map((row) => Math.max(row.figures.offered, row.figures.answered)));
  const step = WIDTH / Math.max(1, rows.length);
  const scale = (n: number) => (n / most) * (HEIGHT - 40);
  const every = Math.ceil(rows.length / 16);
  if (rows.length === 0) return <p class="quiet">{t("noData")}</p>;
  return (
    <figure class="chart">
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={t("chartOf")} preserveAspectRatio="none">
        {[0.25, 0.5, 0.75, 1].map((part) => (
          <line
            key={part}
            x1="0"
            x2={WIDTH}
            y1={HEIGHT - 24 - scale(most * part)}
            y2={HEIGHT - 24 - scale(most * part)}
            class="grid"
          />
        ))}
        {rows.map((row, n) => (
          <g key={row.key}>
            <rect
              class="offered"
              x={n * step + step * 0.12}
              width={step * 0.38}
              y={HEIGHT - 24 - scale(row.figures.offered)}
              height={scale(row.figures.offered)}
            >
              <title>{`${row.label}: ${row.figures.offered} ${t("offered").toLowerCase()}`}</title>
            </rect>
            <rect
              class="answered"
              x={n * step + step * 0.5}
              width={step * 0.38}
              y={HEIGHT - 24 - scale(row.figures.answered)}
              height={scale(row.figures.answered)}
            >
              <title>{`${row.label}: ${row.figures.answered} ${t("answered").toLowerCase()}`}</title>
            </rect>
            {n % every === 0 && (
              <text x={n * step + step / 2} y={HEIGHT - 6} text-anchor="middle">
                {row.label.slice(0, 12)}
              </text>
            )}
          </g>
        ))}
        <text x="2" y="14" class="most">
          {most}
        </text>
      </svg>
      <figcaption>
        <span class="key offered" /> {t("offered")} <span class="key answered" /> {t("answered")}
      </figcaption>
    </figure>
  );
}

const COLUMNS: [Parameters<typeof t>[0], (figures: Figures) => string][] = [
  ["offered", (f) => String(f.offered)],
  ["answered", (f) => String(f.answered)],
  ["serviceLevelShort", (f) => percent(f.service_level)],
  ["abandoned", (f) => String(f.abandoned)],
  ["meanWait", (f) => (f.mean_wait === null ? "–" : duration(f.mean_wait))],
  ["meanHandling", (f) => (f.mean_handling === null ? "–" : duration(f.mean_handling))],
  ["closed", (f) => String(f.closed)],
  ["firstContact", (f) => percent(f.first_contact_share)],
  ["handedOff", (f) => String(f.handed_off)],
  ["replies", (f) => String(f.replies)],
];

function Table({ report }: { report: Report }) {
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label={t("history")}>
      <table class="figures">
        <thead>
          <tr>
            <th scope="col">{t(`report_${report.kind}`)}</th>
            {COLUMNS.map(([word]) => (
              <th scope="col" key={word}>
                {t(word)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {report.rows.map((row) => (
            <tr key={row.key}>
              <th scope="row">{row.label}</th>
              {COLUMNS.map(([word, of]) => (
                <td key={word} class="number">
                  {of(row.figures)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
        <tfoot>
          <tr>
            <th scope="row">{t("total")}</th>
            {COLUMNS.map(([word, of]) => (
              <td key={word} class="number">
                {of(report.total)}
              </td>
            ))}
          </tr>
        </tfoot>
      </table>
    </div>
  );
}
