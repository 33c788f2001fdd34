import { useSignal } from "@preact/signals";
import { useLayoutEffect, useRef } from "preact/hooks";
import { moment } from "../format";
import { t } from "../i18n";
import { act, dialog, headingFocus, isMine, me, openCase, senderOf, showQueue, state } from "../store";
import { agentName, inCall, isAsleep, mayMove, mayPick, perform, pick, stateText, wake } from "../verbs";
import type { CaseDetail, CaseRow } from "../wire";
import { CallBar } from "./CallBar";
import { ListenButton } from "./CallBarListen";
import { ChannelIcon, Icon } from "./Icon";

export function CaseHead({ row, detail }: { row: CaseRow; detail: CaseDetail | undefined }) {
  return (
    <header class="case-head">
      <Identity row={row} detail={detail} />
      <Fields row={row} />
      {inCall(row) && <CallBar row={row} />}
      <Actions row={row} />
    </header>
  );
}

function Identity({ row, detail }: { row: CaseRow; detail: CaseDetail | undefined }) {
  const title = useRef<HTMLHeadingElement>(null);
  useLayoutEffect(() => {
    // Whoever opened the case is taken to it; reading goes on from its heading.
    if (headingFocus.value !== row.id) return;
    headingFocus.value = null;
    title.current?.focus({ preventScroll: true });
    window.scrollTo(0, 0);
  }, [row.id, headingFocus.value]);
  return (
    <div class="identity">
      <button type="button" class="plain back" onClick={showQueue} aria-label={t("back")}>
        <Icon name="back" />
      </button>
      <h1 id="case-title" ref={title} tabIndex={-1} data-testid="case-number">
        <ChannelIcon channel={row.channel} />
        <span class="hidden">{t(`channel_${row.channel}`)}, </span>
        <span class="number">{row.number}</span>
        <span class="hidden">
          , {senderOf(row)}, {row.subject}
        </span>
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
        {detail?.outcome && <span class="tag">{t(`outcome_${detail.outcome}`)}</span>}
        <Into detail={detail} />
        <span class="quiet">{t("opened", { time: moment(row.opened_at) })}</span>
      </p>
      <Others id={row.id} />
    </div>
  );
}

function Into({ detail }: { detail: CaseDetail | undefined }) {
  const id = detail?.merged_into_id;
  if (!id) return null;
  return (
    <button type="button" class="link" onClick={() => openCase(id)}>
      {t("openOther")}
    </button>
  );
}

/** Who else looks at this case now. Always there, so that a change is said. */
function Others({ id }: { id: number }) {
  const others = (state.value.looking[id]?.user_ids ?? []).filter((one) => one !== me.value?.id);
  return (
    <p class="looking" role="status">
      {others.length > 0 && (
        <>
          <Icon name="person" size={14} /> {t("alsoLooking", { names: others.map(agentName).join(", ") })}
        </>
      )}
    </p>
  );
}

function Fields({ row }: { row: CaseRow }) {
  const topic = row.topic_id === null ? null : state.value.topics[row.topic_id];
  return (
    <div class="fields">
      <Subject row={row} key={row.id} />
      <button
        type="button"
        class={`choose ${topic ? "" : "missing"}`}
        data-testid="topic"
        onClick={() => {
          dialog.value = "topic";
        }}
      >
        {topic && <span class="label">{t("topic")}</span>}
        <span class="chosen">{topic?.name ?? t("chooseTopic")}</span>
        <kbd>T</kbd>
      </button>
      <label class={`priority p${row.priority}`}>
        <span class="label">{t("priority")}</span>
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

/** The subject can be written over where it stands. What the server says counts, unless one is writing. */
function Subject({ row }: { row: CaseRow }) {
  const subject = useSignal(row.subject);
  const known = useRef(row.subject);
  if (known.current !== row.subject) {
    known.current = row.subject;
    subject.value = row.subject;
  }
  const save = () => {
    const text = subject.value.trim();
    if (text !== row.subject) void act("change", { case_id: row.id, subject: text });
  };
  return (
    <label class="subject">
      <span class="hidden">{t("subject")}</span>
      <input
        value={subject.value}
        maxLength={500}
        placeholder={t("noSubject")}
        data-testid="subject"
        onInput={(e) => {
          subject.value = e.currentTarget.value;
        }}
        onBlur={save}
        onKeyDown={(e) => {
          if (e.key === "Escape") subject.value = row.subject;
          if (e.key === "Enter" || e.key === "Escape") {
            e.preventDefault();
            document.getElementById("case-title")?.focus();
          }
        }}
      />
    </label>
  );
}

type Opens = "close" | "park" | "transfer" | "merge" | "handOff" | "letter" | "callBack";

function Actions({ row }: { row: CaseRow }) {
  return (
    <div class="actions" role="group" aria-label={t("actions")}>
      {isMine.value ? <Own row={row} /> : <NotMine row={row} />}
      <ListenButton row={row} />
    </div>
  );
}

function Button({
  word,
  shortcut,
  run,
  kind = "",
}: {
  word: Parameters<typeof t>[0];
  shortcut: string;
  run: () => void;
  kind?: string;
}) {
  return (
    <button type="button" class={kind} onClick={run} data-testid={`do-${word}`}>
      {t(word)} {shortcut && <kbd>{shortcut}</kbd>}
    </button>
  );
}

const open = (name: Opens) => () => {
  dialog.value = name;
};

/** What can be done with a case in one's own hands; during a call it can only be hung up. */
function Own({ row }: { row: CaseRow }) {
  const topic = row.topic_id === null ? undefined : state.value.topics[row.topic_id];
  if (inCall(row)) return null;
  return (
    <>
      <Button word="close" shortcut="C" run={open("close")} kind="primary" />
      {topic?.handoff && <Button word="handOff" shortcut="H" run={open("handOff")} />}
      <Button word="letter" shortcut="E" run={open("letter")} />
      <Button word="callBack" shortcut="B" run={open("callBack")} />
      <Button word="park" shortcut="P" run={open("park")} />
      <Button word="transfer" shortcut="F" run={open("transfer")} />
      <Button word="merge" shortcut="S" run={open("merge")} />
      <Button word="release" shortcut="L" run={() => perform("release", 0)} />
    </>
  );
}

/** What can be done with a case that nobody, or somebody else, has. */
function NotMine({ row }: { row: CaseRow }) {
  const isParked = row.state === "parked";
  return (
    <>
      {mayPick(row) && <Button word="take" shortcut="V" run={() => void pick(row.id)} kind="primary" />}
      {isAsleep(row) && (
        <Button
          word={isParked ? "resume" : "reopen"}
          shortcut="U"
          run={() => void wake(row)}
          kind="primary"
        />
      )}
      {mayMove(row) && <Button word="transfer" shortcut="F" run={open("transfer")} />}
    </>
  );
}
