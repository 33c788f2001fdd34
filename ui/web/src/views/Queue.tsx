import { useSignal } from "@preact/signals";
import { duration, moment, spoken } from "../format";
import { t } from "../i18n";
import {
  cursor,
  handedOff,
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
import { next, perform } from "../verbs";
import type { CaseRow } from "../wire";
import { LooseCalls } from "./CallBar";
import { ChannelIcon, Icon } from "./Icon";
import { whyText } from "./why";

const STEP = 60;

/** What is in my hands, what I parked, and everything that waits, in the one order. */
export function Queue() {
  const shown = useSignal(STEP);
  const rows = waiting.value;
  const visible = rows.slice(0, shown.value);
  // One row can be reached with Tab: the one where the reader was, while it waits, else the first.
  const here = visible.some(({ row }) => row.id === cursor.value) ? cursor.value : visible[0]?.row.id;
  const onKey = (event: KeyboardEvent) => {
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    event.preventDefault();
    perform(event.key === "ArrowDown" ? "down" : "up", 0);
  };
  return (
    <>
      <LooseCalls />
      <Hand title={t("mine")} rows={mine.value} />
      <Hand title={t("parked")} rows={parked.value} />
      <Hand title={t("handedOffToday")} rows={handedOff.value} folded />
      <section class="queue" data-testid="queue" aria-labelledby="queue-title">
        <QueueHead count={rows.length} />
        <Reading />
        <First />
        <ol id="queue-list" onKeyDown={onKey}>
          {visible.map(({ row, used }) => (
            <li key={row.id}>
              <QueueRow row={row} used={used} isHere={row.id === here} />
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

function QueueHead({ count }: { count: number }) {
  return (
    <header>
      <h2 id="queue-title" tabIndex={-1}>
        {t("queue")} <span class="count number">{t("queueCount", { n: count })}</span>
      </h2>
      <QueueFilter />
      <button type="button" class="small primary" onClick={() => void next()} data-testid="next">
        {t("next")} <kbd>N</kbd>
      </button>
    </header>
  );
}

/** Why the first is first; or that nobody waits. */
function First() {
  const first = waiting.value[0];
  if (!first)
    return (
      <div class="empty">
        <Icon name="check" size={28} />
        <p>{t("queueEmpty")}</p>
        <p class="quiet">{t("queueEmptyHint")}</p>
      </div>
    );
  return (
    <details class="why">
      <summary>{t("whyFirst")}</summary>
      <p>{whyText({ used: first.used, priority: first.row.priority, place: 1 }, first.row)}</p>
    </details>
  );
}

/** How far the reading of a long batch of letters has come. */
function Reading() {
  const part = state.value.health.post;
  const total = Number(part?.facts.pages_total ?? 0);
  const done = Number(part?.facts.pages_done ?? 0);
  if (total < 4 || done >= total) return null;
  return (
    <p class="reading">
      <Icon name="post" size={15} />
      <span class="number">{t("reading", { file: String(part?.facts.file ?? ""), done, total })}</span>
      <progress value={done} max={total} aria-label={t("part_post")} />
    </p>
  );
}

function QueueFilter() {
  const queues = Object.values(state.value.queues);
  if (queues.length < 2) return null;
  return (
    <label class="filter">
      <span class="hidden">{t("showQueue")}</span>
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

function QueueRow({ row, used, isHere }: { row: CaseRow; used: number; isHere: boolean }) {
  const topic = row.topic_id === null ? "" : (state.value.topics[row.topic_id]?.name ?? "");
  const seconds = (now.value - Date.parse(row.arrived_at)) / 1000;
  const level = used >= 1 ? "late" : used >= 0.7 ? "soon" : "calm";
  return (
    <button
      type="button"
      class={`row ${level} ${selected.value === row.id ? "selected" : ""}`}
      data-case={row.id}
      data-testid={`queue-row-${row.id}`}
      tabIndex={isHere ? 0 : -1}
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
          <Sender row={row} />
          {row.priority > 0 && (
            <span class={`tag priority-${row.priority}`}>{t(`priority_${row.priority}` as never)}</span>
          )}
          {row.state === "offered" && <span class="tag">{t("caseState_offered")}</span>}
          <span class="wait number">
            <span aria-hidden="true">{duration(seconds)}</span>
            <span class="hidden">. {t("waited", { time: spoken(seconds) })}</span>
          </span>
        </span>
        <span class="second">
          <span class="about">
            {row.subject || topic || t("noSubject")}
            {row.subject && topic && <span class="quiet"> · {topic}</span>}
          </span>
          <Share used={used} />
        </span>
      </span>
    </button>
  );
}

function Sender({ row }: { row: CaseRow }) {
  return (
    <span class="sender number">
      {row.protected && <Icon name="lock" size={13} />}
      {senderOf(row)}
    </span>
  );
}

/** Share of the promised time used: a bar, a colour and a number. */
function Share({ used }: { used: number }) {
  const share = Math.round(used * 100);
  return (
    <span class="share number">
      <span class="meter" aria-hidden="true">
        <span style={{ width: `${Math.min(100, share)}%` }} />
      </span>
      <span class="figure" aria-hidden="true">
        {share > 999 ? "> 999" : share} %
      </span>
      <span class="hidden">. {t("usedShare", { percent: share })}</span>
    </span>
  );
}

function Hand({ title, rows, folded = false }: { title: string; rows: CaseRow[]; folded?: boolean }) {
  const open = useSignal(!folded);
  if (rows.length === 0) return null;
  const name = (
    <>
      {title} <span class="count number">{rows.length}</span>
    </>
  );
  return (
    <section class="hand" aria-label={title}>
      <h2>
        {folded ? (
          <button
            type="button"
            class="plain fold"
            aria-expanded={open.value}
            onClick={() => {
              open.value = !open.value;
            }}
          >
            {name} <Icon name="down" size={14} />
          </button>
        ) : (
          name
        )}
      </h2>
      <ul hidden={!open.value}>
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
                  <span class="hidden">{t(`channel_${row.channel}`)}: </span>
                  <Sender row={row} />
                  {row.unread && <span class="tag new">{t("unread")}</span>}
                  {row.call_state === "talking" && <span class="tag live">{t("callState_talking")}</span>}
                  {row.parked_until && <span class="wait number">{untilText(row.parked_until)}</span>}
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

const untilText = (iso: string) => t("untilTime", { time: moment(iso) });
