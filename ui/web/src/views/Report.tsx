import { duration, percent } from "../format";
import { language, t, tCode } from "../i18n";
import { state } from "../store";
import type { Figures, Report, ReportRow } from "../wire";

const locale = () => (language.value === "sv" ? "sv-SE" : "en-GB");

function timeOf(iso: string, zone: string): string {
  return new Date(iso).toLocaleTimeString(locale(), { hour: "2-digit", minute: "2-digit", timeZone: zone });
}
function dayOf(iso: string, options: Intl.DateTimeFormatOptions): string {
  return new Date(`${iso}T12:00:00Z`).toLocaleDateString(locale(), { ...options, timeZone: "UTC" });
}

/** What a row is called: the server names topics and agents, the rest are times and codes. */
export function labelOf(kind: Report["kind"], row: ReportRow): string {
  const zone = state.value.settings.routing?.time_zone ?? "Europe/Stockholm";
  switch (kind) {
    case "half_hours":
      return timeOf(row.key, zone);
    case "days":
      return dayOf(row.key, { weekday: "short", day: "numeric", month: "short" });
    case "months":
      return dayOf(`${row.key}-01`, { month: "long" });
    case "channels":
      return tCode("channel", row.key);
    default:
      return row.label || t(kind === "topics" ? "noTopic" : "nobody");
  }
}

const COUNTS = ["offered", "answered", "abandoned", "closed", "handed_off", "replies"] as const;
const isEmpty = (row: ReportRow) => COUNTS.every((count) => row.figures[count] === 0);

/** Without the empty half-hours before the first and after the last in which something happened. */
export function shownRows(report: Report): ReportRow[] {
  if (report.kind !== "half_hours") return report.rows;
  const first = report.rows.findIndex((row) => !isEmpty(row));
  const last = report.rows.findLastIndex((row) => !isEmpty(row));
  return first < 0 ? [] : report.rows.slice(first, last + 1);
}

/** Two bars each: what came and what was answered. The table below says the same in numbers. */
export function Chart({ report }: { report: Report }) {
  const rows = shownRows(report);
  const most = Math.max(1, ...rows.map((row) => Math.max(row.figures.offered, row.figures.answered)));
  if (rows.length === 0) return <p class="quiet">{t("noData")}</p>;
  const every = Math.ceil(rows.length / 24);
  const height = (n: number) => ({ height: `${(n / most) * 100}%` });
  return (
    <figure class="chart">
      <div class="plot" role="img" aria-label={t("chartOf")}>
        <span class="most number">{most}</span>
        {rows.map((row, n) => (
          <div class="column" key={row.key} title={tip(report.kind, row)}>
            <div class="bars">
              <span class="offered" style={height(row.figures.offered)} />
              <span class="answered" style={height(row.figures.answered)} />
            </div>
            <span class="tick">{n % every === 0 ? labelOf(report.kind, row) : "\u00a0"}</span>
          </div>
        ))}
      </div>
      <figcaption>
        <span class="key offered" /> {t("offered")} <span class="key answered" /> {t("answered")}
      </figcaption>
    </figure>
  );
}

function tip(kind: Report["kind"], { figures, ...row }: ReportRow): string {
  const parts = [`${t("offered")} ${figures.offered}`, `${t("answered")} ${figures.answered}`];
  return `${labelOf(kind, { figures, ...row })}: ${parts.join(", ")}`;
}

type Column = [Parameters<typeof t>[0], (figures: Figures, before: Figures | null) => string];

const seconds = (value: number | null) => (value === null ? "–" : duration(value));
const COLUMNS: Column[] = [
  ["offered", (f) => String(f.offered)],
  ["answered", (f) => String(f.answered)],
  ["serviceLevelShort", (f) => percent(f.service_level)],
  ["abandoned", (f) => String(f.abandoned)],
  ["meanWait", (f) => seconds(f.mean_wait)],
  ["meanHandling", (f) => seconds(f.mean_handling)],
  ["closed", (f) => String(f.closed)],
  ["firstContact", (f) => percent(f.first_contact_share)],
  ["handedOff", (f) => String(f.handed_off)],
  ["replies", (f) => String(f.replies)],
];
const YEAR_BEFORE: Column = ["offeredBefore", (_, before) => (before ? String(before.offered) : "–")];

export function Table({ report }: { report: Report }) {
  const columns =
    report.kind === "months" ? [...COLUMNS.slice(0, 1), YEAR_BEFORE, ...COLUMNS.slice(1)] : COLUMNS;
  const cells = (figures: Figures, before: Figures | null) =>
    columns.map(([word, of]) => (
      <td key={word} class="number">
        {of(figures, before)}
      </td>
    ));
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label={t("figures")}>
      <table class="figures">
        <thead>
          <tr>
            <th scope="col">{t(`report_${report.kind}`)}</th>
            {columns.map(([word]) => (
              <th scope="col" key={word}>
                {t(word)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {shownRows(report).map((row) => (
            <tr key={row.key}>
              <th scope="row">{labelOf(report.kind, row)}</th>
              {cells(row.figures, row.before)}
            </tr>
          ))}
        </tbody>
        <tfoot>
          <tr>
            <th scope="row">{t("total")}</th>
            {cells(report.total, null)}
          </tr>
        </tfoot>
      </table>
    </div>
  );
}
