import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { moment } from "../format";
import { t } from "../i18n";
import {
  act,
  closeTab,
  current,
  details,
  dialog,
  isMine,
  me,
  openCase,
  openTabs,
  route,
  selected,
  senderOf,
  state,
} from "../store";
import { agentName, hangUp, perform, pick, stateText } from "../verbs";
import type { CaseDetail, CaseRow } from "../wire";
import { Composer } from "./Composer";
import { ChannelIcon, Icon } from "./Icon";
import { Timeline } from "./Timeline";

export function CaseView() {
  const row = current.value;
  const detail = row ? details.value[row.id] : undefined;
  return (
    <>
      <Tabs />
      {row ? (
        <article class="case" data-testid="case" aria-labelledby="case-title">
          <Head row={row} detail={detail} />
          {detail ? <Body row={row} detail={detail} /> : <p class="loading">{t("loading")}</p>}
        </article>
      ) : (
        <div class="empty big">
          <Icon name="email" size={44} />
          <h1>{t("noCase")}</h1>
          <p class="quiet">{t("noCaseHint")}</p>
        </div>
      )}
    </>
  );
}

function Tabs() {
  if (openTabs.value.length === 0) return null;
  return (
    <nav class="tabs" aria-label={t("mine")}>
      {openTabs.value.map((id, place) => {
        const row = state.value.cases[id] ?? details.value[id]?.case;
        const isHere = selected.value === id;
        return (
          <span key={id} class={`tab ${isHere ? "here" : ""}`}>
            <button
              type="button"
              aria-current={isHere ? "true" : undefined}
              onClick={() => openCase(id)}
              title={`${row?.number ?? ""} (Alt ${place + 1})`}
            >
              {row && <ChannelIcon channel={row.channel} />}
              <span>{row ? senderOf(row) : "…"}</span>
              {row?.unread && !isHere && (
                <span class="dot new">
                  <span class="hidden">{t("unread")}</span>
                </span>
              )}
            </button>
            <button
              type="button"
              class="plain close"
              aria-label={`${t("leave")}: ${row?.number ?? ""}`}
              onClick={() => closeTab(id)}
            >
              <Icon name="close" size={13} />
            </button>
          </span>
        );
      })}
    </nav>
  );
}

function Head({ row, detail }: { row: CaseRow; detail: CaseDetail | undefined }) {
  const title = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    // Whoever opened the case is taken to it; reading goes on from its heading.
    if (route.value.view === "work") title.current?.focus({ preventScroll: true });
  }, [row.id]);
  const others = (state.value.looking[row.id]?.user_ids ?? []).filter((id) => id !== me.value?.id);
  const outcome = detail?.outcome;
  return (
    <header class="case-head">
      <button
        type="button"
        class="plain back"
        onClick={() => {
          selected.value = null;
        }}
        aria-label={t("back")}
      >
        <Icon name="back" />
      </button>
      <div class="identity">
        <h1 id="case-title" ref={title} tabIndex={-1} data-testid="case-number">
          <ChannelIcon channel={row.channel} />
          <span class="hidden">{t(`channel_${row.channel}`)}, </span>
          <span class="number">{row.number}</span>
          {row.protected && (
            <span class="tag protected">
              <Icon name="lock" size={13} /> {t("protectedIdentity")}
            </span>
          )}
        </h1>
        <p class="status">
          <span class={`tag case-${row.state}`}>
            {stateText(row, row.parked_until ? moment(row.parked_until) : "")}
          </span>
          {outcome && <span class="tag">{t(`outcome_${outcome}`)}</span>}
          <span class="quiet">{t("opened", { time: moment(row.opened_at) })}</span>
          {others.length > 0 && (
            <span class="looking" role="status">
              <Icon name="person" size={14} /> {t("alsoLooking", { names: others.map(agentName).join(", ") })}
            </span>
          )}
        </p>
      </div>
      <Fields row={row} />
      <Actions row={row} />
    </header>
  );
}

function Fields({ row }: { row: CaseRow }) {
  const subject = useSignal(row.subject);
  const known = useRef(row.subject);
  if (known.current !== row.subject) {
    known.current = row.subject;
    subject.value = row.subject;
  }
  const topic = row.topic_id === null ? null : state.value.topics[row.topic_id];
  const save = () => {
    if (subject.value !== row.subject) void act("change", { case_id: row.id, subject: subject.value });
  };
  return (
    <div class="fields">
      <label class="subject">
        <span>{t("subject")}</span>
        <input
          value={subject.value}
          maxLength={500}
          onInput={(e) => {
            subject.value = e.currentTarget.value;
          }}
          onBlur={save}
          onKeyDown={(e) => {
            if (e.key === "Enter") e.currentTarget.blur();
          }}
        />
      </label>
      <div class="field">
        <span id="topic-label">{t("topic")}</span>
        <button
          type="button"
          class={`choose ${topic ? "" : "missing"}`}
          data-testid="topic"
          aria-describedby="topic-label"
          onClick={() => {
            dialog.value = "topic";
          }}
        >
          {topic?.name ?? t("chooseTopic")} <kbd>T</kbd>
        </button>
      </div>
      <label class="field">
        <span>{t("priority")}</span>
        <select
          value={String(row.priority)}
          onChange={(e) => void act("change", { case_id: row.id, priority: Number(e.currentTarget.value) })}
        >
          {[2, 1, 0, -1].map((one) => (
            <option key={one} value={String(one)}>
              {t(`priority_${one}` as never)}
            </option>
          ))}
        </select>
      </label>
    </div>
  );
}

function Actions({ row }: { row: CaseRow }) {
  const topic = row.topic_id === null ? undefined : state.value.topics[row.topic_id];
  const button = (word: Parameters<typeof t>[0], key: string, run: () => void, more = "") => (
    <button type="button" class={more} onClick={run} data-testid={`do-${String(word)}`}>
      {t(word)} {key && <kbd>{key}</kbd>}
    </button>
  );
  const open = (name: "close" | "park" | "transfer" | "merge" | "handOff" | "callBack") => () => {
    dialog.value = name;
  };
  const inCall = row.call_state === "talking" || row.call_state === "ringing";
  if (isMine.value) {
    return (
      <div class="actions" role="toolbar" aria-label={t("actions")}>
        {inCall
          ? button("hangUp", "Alt X", () => void hangUp(), "danger")
          : button("close", "C", open("close"), "primary")}
        {!inCall && button("callBack", "B", open("callBack"))}
        {topic?.handoff && button("handOff", "H", open("handOff"))}
        {button("park", "P", open("park"))}
        {button("transfer", "F", open("transfer"))}
        {button("merge", "S", open("merge"))}
        {button("release", "L", () => perform("release", 0))}
      </div>
    );
  }
  const mayPick =
    row.state === "waiting" &&
    (me.value?.may_pick || me.value?.role !== "agent") &&
    row.call_state !== "waiting";
  return (
    <div class="actions" role="toolbar" aria-label={t("actions")}>
      {mayPick && button("take", "V", () => void pick(row.id), "primary")}
      {row.state === "parked" &&
        row.agent_id === me.value?.id &&
        button("resume", "", () => void act("resume", { case_id: row.id }), "primary")}
      {(row.state === "closed" || row.state === "handed_off") &&
        button("reopen", "", () => void act("reopen", { case_id: row.id }))}
    </div>
  );
}

function Body({ row, detail }: { row: CaseRow; detail: CaseDetail }) {
  if (detail.masked)
    return (
      <p class="masked">
        <Icon name="lock" /> {t("masked")}
      </p>
    );
  return (
    <div class="case-body">
      {row.suggested_case_id !== null && isMine.value && <Suggestion row={row} />}
      <Timeline detail={detail} />
      <Composer row={row} detail={detail} key={row.id} />
    </div>
  );
}

function Suggestion({ row }: { row: CaseRow }) {
  const id = row.suggested_case_id;
  if (id === null) return null;
  const other = state.value.cases[id];
  return (
    <div class="suggestion" role="status">
      <Icon name="flag" />
      <button type="button" class="link" onClick={() => openCase(id)}>
        {t("suggestion", { number: other?.number ?? `#${id}` })}
      </button>
      <button
        type="button"
        class="small primary"
        onClick={() => void act("merge", { case_id: row.id, into_id: id })}
      >
        {t("join")} <kbd>G</kbd>
      </button>
      <button type="button" class="small" onClick={() => void act("dismiss_suggestion", { case_id: row.id })}>
        {t("notSame")}
      </button>
    </div>
  );
}
