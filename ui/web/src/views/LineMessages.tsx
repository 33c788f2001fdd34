import { clock } from "../format";
import { t } from "../i18n";
import { act, go, isSupervisor, now, state } from "../store";
import type { AnnouncementRow, SurgeRow } from "../wire";
import { Icon } from "./Icon";

/** What callers are told before the queue just now; and, for supervisors, what unusually many come about. */
export function LineMessages() {
  const on = Object.values(state.value.announcements).filter(
    (row) => Date.parse(row.active_until) > now.value,
  );
  return (
    <>
      {on.map((row) => (
        <Told key={row.id} row={row} />
      ))}
      {Object.values(state.value.surges).map((row) => (
        <Surge key={row.id} row={row} />
      ))}
    </>
  );
}

function Told({ row }: { row: AnnouncementRow }) {
  const topic = row.topic_id ? state.value.topics[row.topic_id]?.name : "";
  return (
    <p class="banner info" role="status" data-testid="line-message">
      <Icon name="flag" />
      <span>
        <strong>{t("bannerMessage", { time: clock(row.active_until) })}</strong> {row.name}
        {topic && ` (${topic})`}: {row.text || t("recorded")}
      </span>
      {isSupervisor.value && (
        <button type="button" class="small" onClick={() => void act("message_off", { id: row.id })}>
          {t("switchOff")} <span class="hidden">{row.name}</span>
        </button>
      )}
    </p>
  );
}

function Surge({ row }: { row: SurgeRow }) {
  const what =
    row.kind === "topic"
      ? (state.value.topics[row.topic_id ?? 0]?.name ?? row.key)
      : t("surgeArea", { key: row.key });
  const normal = row.expected < 1 ? row.expected.toFixed(1) : Math.round(row.expected);
  return (
    <p class="banner warn" role="status" data-testid="surge">
      <Icon name="warn" />
      <span>{t("surgeSeen", { what, n: row.counted, minutes: row.minutes, normal })}</span>
      <button type="button" class="small primary" onClick={() => go("messages", row.id)}>
        {t("compose")} <kbd>Alt M</kbd>
      </button>
      <button type="button" class="small" onClick={() => void act("surge_settle", { surge_id: row.id })}>
        {t("notNow")}
      </button>
    </p>
  );
}
