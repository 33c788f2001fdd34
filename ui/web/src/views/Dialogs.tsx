import { useSignal } from "@preact/signals";
import { post } from "../api";
import { moment } from "../format";
import { t, tCode } from "../i18n";
import { KEYS, shown } from "../keys";
import { act, current, details, dialog, me, state } from "../store";
import { done, join } from "../verbs";
import type { CaseBrief, CaseRow, Found, Outcome } from "../wire";
import { ListenDialog } from "./CallBarListen";
import { HandOnDialog, KeypadDialog } from "./CallBarTransfer";
import { Area, Buttons, shut } from "./FormParts";
import { LetterDialog } from "./LetterDialog";
import { Choices, Modal } from "./Modal";
import { PhoneDialog } from "./PhoneDialog";
import { Register } from "./Register";
import { TemplatePicker } from "./TemplatePicker";
import { TopicPicker } from "./TopicPicker";

export function Dialogs() {
  const row = current.value;
  switch (dialog.value) {
    case "help":
      return <Help />;
    case "telephone":
      return <PhoneDialog />;
    case "handOn":
      return <HandOnDialog />;
    case "keypad":
      return <KeypadDialog />;
    case "listen":
      return <ListenDialog />;
    case "register":
      return <Register />;
    case "topic":
      return row && <Topic row={row} />;
    case "close":
      return row && <Close row={row} />;
    case "handOff":
      return row && <HandOff row={row} />;
    case "template":
      return row && <TemplatePicker row={row} />;
    case "letter":
      return row && <LetterDialog row={row} />;
    case "park":
      return row && <Park row={row} />;
    case "transfer":
      return row && <Transfer row={row} />;
    case "merge":
      return row && <Merge row={row} />;
    case "callBack":
      return row && <CallBack row={row} />;
    default:
      return null;
  }
}

const GROUPS = ["everywhere", "call", "queue", "case"] as const;

/** The keys of a group, one line for each thing they do. */
function linesOf(group: (typeof GROUPS)[number]): [string, string[]][] {
  const lines = new Map<string, string[]>();
  for (const one of KEYS.filter((one) => one.group === group && !/^alt\+[2-9]$/.test(one.key)))
    lines.set(one.action, [
      ...(lines.get(one.action) ?? []),
      one.key === "alt+1" ? "Alt + 1–9" : shown(one.key),
    ]);
  return [...lines];
}

function Help() {
  return (
    <Modal title={t("helpTitle")} testId="help-sheet" wide>
      <p class="quiet">{t("helpWriting")}</p>
      <div class="help">
        {GROUPS.map((group) => (
          <section key={group}>
            <h3>{t(`group_${group}`)}</h3>
            <dl>
              {linesOf(group).map(([action, keys]) => (
                <div key={action}>
                  <dt>
                    {keys.map((one) => (
                      <kbd key={one}>{one}</kbd>
                    ))}
                  </dt>
                  <dd>{tCode("key", action)}</dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </Modal>
  );
}

function Topic({ row }: { row: CaseRow }) {
  const choose = async (topic: number) => {
    shut();
    await act("change", { case_id: row.id, topic_id: topic });
  };
  return (
    <Modal title={t("chooseTopic")} testId="topic-dialog">
      <TopicPicker choose={(topic) => void choose(topic)} />
    </Modal>
  );
}

function Close({ row }: { row: CaseRow }) {
  const outcomes = state.value.settings.routing?.outcomes ?? [];
  const close = async (outcome: Outcome) => {
    shut();
    if ((await act("close", { case_id: row.id, outcome })) !== undefined) done(row, t("done_closed"));
  };
  const choose = async (topic: number) => {
    await act("change", { case_id: row.id, topic_id: topic });
  };
  return (
    <Modal title={t("closeTitle")} testId="close-dialog">
      {row.topic_id === null ? (
        <>
          <p>{t("topicFirst")}</p>
          <TopicPicker choose={(topic) => void choose(topic)} />
        </>
      ) : (
        <>
          <p class="quiet">{t("outcome")}</p>
          <Choices
            label={t("outcome")}
            testId="outcome"
            choose={(outcome) => void close(outcome)}
            options={outcomes.map((value) => ({ value, text: t(`outcome_${value}`) }))}
          />
        </>
      )}
    </Modal>
  );
}

function HandOff({ row }: { row: CaseRow }) {
  const note = useSignal("");
  const topic = row.topic_id === null ? undefined : state.value.topics[row.topic_id];
  const send = async () => {
    shut();
    if ((await act("hand_off", { case_id: row.id, note: note.value })) !== undefined)
      done(row, t("done_handedOff"));
  };
  return (
    <Modal title={t("handOffTitle")} testId="handoff-dialog">
      {topic?.handoff ? (
        <form
          onSubmit={(e) => {
            e.preventDefault();
            void send();
          }}
        >
          <p>
            <strong>{topic.name}</strong>
          </p>
          <Area
            label={t("handOffNote")}
            value={note}
            testId="handoff-note"
            first
            submit={() => void send()}
          />
          <Buttons submit={t("handOff")} />
        </form>
      ) : (
        <p>{t(row.topic_id === null ? "topicFirst" : "handOffNowhere")}</p>
      )}
    </Modal>
  );
}

function at(days: number, hour: number): Date {
  const day = new Date();
  day.setDate(day.getDate() + days);
  day.setHours(hour, 0, 0, 0);
  return day;
}

function Park({ row }: { row: CaseRow }) {
  const other = useSignal("");
  const park = async (until: Date) => {
    shut();
    if ((await act("park", { case_id: row.id, until: until.toISOString() })) !== undefined)
      done(row, t("done_parked", { time: moment(until.toISOString()) }));
  };
  const times = [
    { value: new Date(Date.now() + 3_600_000).toISOString(), text: t("parkHour") },
    { value: at(0, 13).toISOString(), text: t("parkAfternoon") },
    { value: at(1, 8).toISOString(), text: t("parkTomorrow") },
    { value: at(7, 8).toISOString(), text: t("parkWeek") },
  ].filter((one) => Date.parse(one.value) > Date.now());
  return (
    <Modal title={t("parkTitle")} testId="park-dialog">
      <Choices
        label={t("parkTitle")}
        testId="park"
        choose={(iso) => void park(new Date(iso))}
        options={times.map((one) => ({ ...one, more: moment(one.value) }))}
      />
      <form
        onSubmit={(e) => {
          e.preventDefault();
          if (other.value) void park(new Date(other.value));
        }}
      >
        <label>
          {t("parkOther")}
          <input
            type="datetime-local"
            value={other.value}
            onInput={(e) => {
              other.value = e.currentTarget.value;
            }}
          />
        </label>
        <Buttons submit={t("park")} />
      </form>
    </Modal>
  );
}

function nameOf(kind: string | undefined, id: number): string {
  return (kind === "queue" ? state.value.queues[id]?.name : state.value.agents[id]?.name) ?? "";
}

function Transfer({ row }: { row: CaseRow }) {
  const reason = useSignal("");
  const target = useSignal("");
  const queues = Object.values(state.value.queues).filter((queue) => queue.id !== row.queue_id);
  const people = Object.values(state.value.agents).filter((agent) => agent.id !== me.value?.id);
  const send = async () => {
    const [kind, id] = target.value.split(":");
    if (!id) return;
    shut();
    const where = kind === "queue" ? { queue_id: Number(id) } : { agent_id: Number(id) };
    if ((await act("transfer", { case_id: row.id, reason: reason.value, ...where })) !== undefined)
      done(row, t("done_transferred", { target: nameOf(kind, Number(id)) }));
  };
  return (
    <Modal title={t("transferTitle")} testId="transfer-dialog">
      <form
        onSubmit={(e) => {
          e.preventDefault();
          void send();
        }}
      >
        <label>
          {t("transfer")}
          <select
            data-focus
            required
            value={target.value}
            data-testid="transfer-target"
            onChange={(e) => {
              target.value = e.currentTarget.value;
            }}
          >
            <option value="" />
            <optgroup label={t("toQueue")}>
              {queues.map((queue) => (
                <option key={queue.id} value={`queue:${queue.id}`}>
                  {queue.name}
                </option>
              ))}
            </optgroup>
            <optgroup label={t("toColleague")}>
              {people.map((one) => (
                <option key={one.id} value={`agent:${one.id}`}>
                  {one.name} ({tCode("state", one.state)})
                </option>
              ))}
            </optgroup>
          </select>
        </label>
        <Area label={t("reason")} value={reason} submit={() => void send()} />
        <Buttons submit={t("transfer")} />
      </form>
    </Modal>
  );
}

function Merge({ row }: { row: CaseRow }) {
  const words = useSignal("");
  const found = useSignal<CaseBrief[]>(details.value[row.id]?.history ?? []);
  const look = async () => {
    const hits = await post<Found>("/api/console/search", { q: words.value }).catch(() => null);
    found.value = (hits?.cases ?? []).filter((one) => one.id !== row.id && one.state !== "merged");
  };
  const merge = async (into: number) => {
    shut();
    await join(row, into);
  };
  return (
    <Modal title={t("mergeTitle")} testId="merge-dialog">
      <p class="quiet">{t("mergeHint")}</p>
      <form
        role="search"
        onSubmit={(e) => {
          e.preventDefault();
          void look();
        }}
      >
        <label>
          {t("search")}
          <input
            data-focus
            type="search"
            value={words.value}
            onInput={(e) => {
              words.value = e.currentTarget.value;
            }}
            placeholder={t("searchHint")}
          />
        </label>
      </form>
      <ul class="pick">
        {found.value.map((one) => (
          <li key={one.id}>
            <button type="button" onClick={() => void merge(one.id)}>
              <strong class="number">{one.number}</strong> {one.subject || one.sender}{" "}
              <span class="quiet">{t(`caseState_${one.state}` as never, { agent: "", time: "" })}</span>
            </button>
          </li>
        ))}
      </ul>
    </Modal>
  );
}

function CallBack({ row }: { row: CaseRow }) {
  const number = useSignal(details.value[row.id]?.call_back ?? "");
  const ring = async () => {
    shut();
    await act("call_back", { case_id: row.id, number: number.value.replace(/[\s-]/g, "") });
  };
  return (
    <Modal title={t("callBackTitle")} testId="callback-dialog">
      <form
        onSubmit={(e) => {
          e.preventDefault();
          void ring();
        }}
      >
        <label>
          {t("number")}
          <input
            data-focus
            type="tel"
            required
            value={number.value}
            onInput={(e) => {
              number.value = e.currentTarget.value;
            }}
          />
        </label>
        <Buttons submit={t("ring")} />
      </form>
    </Modal>
  );
}
