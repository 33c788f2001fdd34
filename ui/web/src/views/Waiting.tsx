import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { get } from "../api";
import { t } from "../i18n";

interface Told {
  queue_id: number;
  queue: string;
  moments: number;
  places_said: number;
  ranges_said: number;
  ranges_settled: number;
  ranges_kept: number;
  error: number | null;
  mean_off_seconds: number | null;
}

const COLUMNS = [
  "waitingQueue",
  "waitingPlaces",
  "waitingRanges",
  "waitingKept",
  "waitingError",
  "waitingMean",
] as const;

/** Per queue, the last day: what callers were told of their wait, and how true it came. */
export function Waiting() {
  const rows = useSignal<Told[] | null>(null);
  const failed = useSignal(false);
  useEffect(() => {
    get<Told[]>("/api/console/waiting").then(
      (found) => {
        rows.value = found.filter((row) => row.moments > 0);
      },
      () => {
        failed.value = true;
      },
    );
  }, []);
  return (
    <section aria-labelledby="waiting-title">
      <h2 id="waiting-title">{t("waitingTitle")}</h2>
      <p class="quiet">{t("waitingIntro")}</p>
      {failed.value && (
        <p class="error" role="alert">
          {t("waitingFailed")}
        </p>
      )}
      {rows.value?.length === 0 && <p>{t("waitingNone")}</p>}
      {rows.value && rows.value.length > 0 && <Table rows={rows.value} />}
    </section>
  );
}

function Table({ rows }: { rows: Told[] }) {
  const seconds = (n: number | null) => (n === null ? "–" : t("waitingSeconds", { n }));
  return (
    <table class="figures">
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
        {rows.map((row) => (
          <tr key={row.queue_id}>
            <th scope="row">{row.queue}</th>
            <td class="number">{row.places_said}</td>
            <td class="number">{row.ranges_said}</td>
            <td class="number">{row.ranges_settled ? `${row.ranges_kept}/${row.ranges_settled}` : "–"}</td>
            <td class="number">{row.error === null ? "–" : `${Math.round(row.error * 100)} %`}</td>
            <td class="number">{seconds(row.mean_off_seconds)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
