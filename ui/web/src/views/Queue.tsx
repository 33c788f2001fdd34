import { useSignal } from "@preact/signals";
import { duration, spoken } from "../format";
import { t } from "../i18n";
import {
  cursor,
  mine,
  now,
  openCase,
  parked,
  queueFilter,
  selected,
  senderOf,
  state,
  waiting,
} from "../store";
import { next } from "../verbs";
import type { CaseRow } from "../wire";
import { ChannelIcon, Icon } from "./Icon";
import { whyText } from "./why";

const STEP = 60;

/** What is in my hands, what I parked, and everything that waits, in the one order. */
export function Queue() {
  const shown = useSignal(STEP);
  const rows = waiting.value;
  const first = rows[0];
  return (
    <>
      {mine.value.length > 0 && <Hand title={t("mine")} rows={mine.value} />}
      {parked.value.length > 0 && <Hand title={t("parked")} rows={parked.value} />}
      <section class="queue" data-testid="queue" aria-labelledby="queue-title">
        <header>
          <h2 id="queue-title">{t("queue")}</h2>
          <span class="count number" role="status">
            {t("queueCount", { n: rows.length })}
          </span>
          <button type="button" class="small primary" onClick={() => void next()} data-testid="next">
            {t("next")} <kbd>N</kbd>
          </button>
        </header>
        <QueueFilter />
        {first ? (
          <details class="why">
            <summary>{t("whyNext")}</summary>
            <p>{whyText({ used: first.used, priority: first.row.priority, place: 1 }, first.row)}</p>
          </details>
        ) : (
          <div class="empty">
            <Icon name="check" size={28} />
            <p>{t("queueEmpty")}</p>
            <p class="quiet">{t("queueEmptyHint")}</p>
          </div>
        )}
        <ol id="queue-list">
          {rows.slice(0, shown.value).map(({ row, used }, place) => (
            <li key={row.id}>
              <QueueRow
                row={row}
                used={used}
                isCursor={cursor.value === null ? place === 0 : cursor.value === row.id}
              />
            </li>
          ))}
        </ol>
        {rows.length > shown.value && (
          <button
            type="button"
            class="more"
            onClick={() => {
              shown.value += STEP;
            }}
          >
            {t("showMore", { n: Math.min(STEP, rows.length - shown.value) })}
          </button>
        )}
      </section>
    </>
  );
}

function QueueFilter() {
  const queues = Object.values(state.value.queues);
  if (queues.length < 2) return null;
  return (
    <label class="filter">
      <span class="hidden">{t("byQueue")}</span>
      <select
        value={queueFilter.value ?? ""}
        onChange={(e) => {
          queueFilter.value = Number(e.currentTarget.value) || null;
        }}
      >
        <option value="">{t("allQueues")}</option>
        {queues.map((queue) => (
          <option key={queue.id} value={queue.id}>
            {queue.name}
          </option>
        ))}
      </select>
    </label>
  );
}

function QueueRow({ row, used, isCursor }: { row: CaseRow; used: number; isCursor: boolean }) {
  const topic = row.topic_id === null ? "" : (state.value.topics[row.topic_id]?.name ?? "");
  const seconds = (now.value - Date.parse(row.arrived_at)) / 1000;
  const share = Math.round(used * 100);
  const level = used >= 1 ? "late" : used >= 0.7 ? "soon" : "calm";
  return (
    <button
      type="button"
      class={`row ${level} ${selected.value === row.id ? "selected" : ""}`}
      data-case={row.id}
      data-testid={`queue-row-${row.id}`}
      tabIndex={isCursor ? 0 : -1}
      aria-current={selected.value === row.id ? "true" : undefined}
      onFocus={() => {
        cursor.value = row.id;
      }}
      onClick={() => openCase(row.id)}
    >
      <ChannelIcon channel={row.channel} />
      <span class="lines">
        <span class="first">
          <span class="hidden">{t(`channel_${row.channel}`)}: </span>
          <span class="sender">
            {row.protected && <Icon name="lock" size={13} />}
            {senderOf(row)}
          </span>
          {row.priority > 0 && (
            <span class={`tag priority-${row.priority}`}>{t(`priority_${row.priority}` as never)}</span>
          )}
          <span class="wait number" title={t("waited", { time: duration(seconds) })}>
            <span aria-hidden="true">{duration(seconds)}</span>
            <span class="hidden">{t("waited", { time: spoken(seconds) })}</span>
          </span>
        </span>
        <span class="second">
          <span class="about">{row.subject || topic || t("noSubject")}</span>
        </span>
        <span class="third">
          <span class="topic">{row.subject ? topic : ""}</span>
          <span class="meter" aria-hidden="true">
            <span style={{ width: `${Math.min(100, share)}%` }} />
          </span>
          <span class="share number">
            <span aria-hidden="true">{share} %</span>
            <span class="hidden">{t("usedShare", { percent: share })}</span>
          </span>
        </span>
      </span>
    </button>
  );
}

function Hand({ title, rows }: { title: string; rows: CaseRow[] }) {
  return (
    <section class="hand" aria-label={title}>
      <h2>
        {title} <span class="count number">{rows.length}</span>
      </h2>
      <ul>
        {rows.map((row) => (
          <li key={row.id}>
            <button
              type="button"
              class={`row ${selected.value === row.id ? "selected" : ""}`}
              onClick={() => openCase(row.id)}
              aria-current={selected.value === row.id ? "true" : undefined}
              data-testid={`mine-${row.id}`}
            >
              <ChannelIcon channel={row.channel} />
              <span class="lines">
                <span class="first">
                  <span class="sender">
                    {row.protected && <Icon name="lock" size={13} />}
                    {senderOf(row)}
                  </span>
                  {row.unread && <span class="tag new">{t("unread")}</span>}
                  {row.call_state === "talking" && <span class="tag live">{t("callState_talking")}</span>}
                </span>
                <span class="second">
                  <span class="about">{row.subject || t("noSubject")}</span>
                </span>
              </span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
