import { useSignal } from "@preact/signals";
import { useLayoutEffect, useRef } from "preact/hooks";
import { moment } from "../format";
import { t, tCode } from "../i18n";
import { state } from "../store";
import type { CaseDetail, HistoryRow } from "../wire";
import { Contact, Delivery } from "./Cards";

// What happened to the case as a whole, told in its place; the rest of the journal on demand.
const TOLD = new Set([
  "case_parked",
  "case_transferred",
  "case_merged",
  "case_closed",
  "case_reopened",
  "case_returned",
  "callback_promised",
  "call_overflowed",
  "overflow_returned",
  "call_listened",
  "mail_failed",
  "mail_bounced",
  "file_locked",
  "file_unlocked",
  "delivery_given_up",
]);

type Item = { at: string; node: preact.ComponentChildren; key: string };

function itemsOf(detail: CaseDetail, showAll: boolean): Item[] {
  const lines = detail.events.filter((line) => showAll || TOLD.has(line.kind));
  return [
    ...detail.contacts.map((contact) => ({
      at: contact.arrived_at,
      key: `c${contact.id}`,
      node: <Contact contact={contact} />,
    })),
    ...detail.deliveries.map((one) => ({
      at: one.created_at,
      key: `d${one.id}`,
      node: <Delivery delivery={one} />,
    })),
    ...lines.map((line) => ({ at: line.at, key: `e${line.id}`, node: <Line line={line} /> })),
  ].sort((a, b) => a.at.localeCompare(b.at));
}

/** Everything that came and went, oldest first, the newest nearest to the composer. */
export function Timeline({ detail }: { detail: CaseDetail }) {
  const showAll = useSignal(false);
  const list = useRef<HTMLOListElement>(null);
  const items = itemsOf(detail, showAll.value);
  const last = items.at(-1)?.key;
  useLayoutEffect(() => {
    // What came last is read first; all of one that fits, else its beginning.
    if (items.length > 1) list.current?.lastElementChild?.scrollIntoView({ block: "nearest" });
  }, [last]);
  return (
    <section class="timeline" data-testid="timeline" aria-label={t("timeline")} tabIndex={0}>
      <ol ref={list}>
        {items.map((item) => (
          <li key={item.key}>{item.node}</li>
        ))}
      </ol>
      <button
        type="button"
        class="plain journal"
        aria-expanded={showAll.value}
        onClick={() => {
          showAll.value = !showAll.value;
        }}
      >
        {showAll.value ? t("hideJournal") : t("showJournal", { n: detail.events.length })}
      </button>
    </section>
  );
}

/** What the line says beyond its kind: where to, until when, with what outcome, why. */
function more(line: HistoryRow): string {
  const { queue_id, until, outcome, reason, target, into } = line.data as Record<string, unknown>;
  const words = [
    typeof queue_id === "number" && line.kind === "case_transferred" && state.value.queues[queue_id]?.name,
    typeof until === "string" && t("untilTime", { time: moment(until) }),
    typeof outcome === "string" && tCode("outcome", outcome),
    typeof target === "string" && line.kind === "call_overflowed" && tCode("overflow", target),
    typeof into === "string" && into,
    typeof reason === "string" && reason && tCode("reason", reason),
  ];
  return words.filter(Boolean).join(", ");
}

function Line({ line }: { line: HistoryRow }) {
  const extra = more(line);
  return (
    <p class="line">
      <time dateTime={line.at}>{moment(line.at)}</time> {tCode("event", line.kind)}
      {extra && `: ${extra}`}
      {line.user && ` · ${line.user}`}
      {line.agent && line.agent !== line.user && ` → ${line.agent}`}
    </p>
  );
}
