import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { post } from "../api";
import { consult, handOn, looksLikeNumber, matches, myCall, type Target } from "../calls";
import { moment, phone } from "../format";
import { t, tCode } from "../i18n";
import { act, me, state, toast, waiting } from "../store";
import type { Directory, DirectoryRow } from "../wire";
import { shut } from "./FormParts";
import { Modal } from "./Modal";

const MOST = 8;
const ORDER = ["available", "busy", "wrapping_up", "away", "signed_out"];

function colleagues(typed: string): Target[] {
  return Object.values(state.value.agents)
    .filter(
      (one) => one.extension && one.id !== me.value?.id && matches(typed, `${one.name} ${one.extension}`),
    )
    .sort((a, b) => ORDER.indexOf(a.state) - ORDER.indexOf(b.state) || a.name.localeCompare(b.name, "sv"))
    .slice(0, MOST)
    .map((one) => ({
      key: `agent-${one.id}`,
      name: one.name,
      about: [tCode("state", one.state), one.reason && tCode("reason", one.reason)]
        .filter(Boolean)
        .join(": "),
      presence: one.state,
      agent: one.id,
      whom: one.extension,
    }));
}

function queues(typed: string): Target[] {
  return Object.values(state.value.queues)
    .filter((one) => matches(typed, one.name))
    .slice(0, MOST)
    .map((one) => ({
      key: `queue-${one.id}`,
      name: one.name,
      about: t("handOnQueue", { n: waiting.value.filter(({ row }) => row.queue_id === one.id).length }),
      presence: "",
      queue: one.id,
      whom: "",
    }));
}

/** People of the directory who do not work in the contact centre. */
function others(people: DirectoryRow[]): Target[] {
  return people.flatMap((one) => {
    const { extension, direct, work, mobile } = one.numbers;
    const whom = direct ?? work ?? mobile ?? extension;
    if (!whom || (one.user_id !== null && state.value.agents[one.user_id])) return [];
    const where = one.reason ? tCode("absence", one.reason) : tCode("presence", one.presence);
    const back = one.reason && one.back ? t("handOnBack", { time: moment(one.back) }) : "";
    const presence = one.reason || one.presence === "away" ? "away" : "available";
    const about = [one.unit, where, back].filter(Boolean).join(" · ");
    return [{ key: `person-${one.id}`, name: one.name, about, presence, whom }];
  });
}

/** The number as it is written, when it is nobody's here. */
function written(typed: string): Target[] {
  if (!looksLikeNumber(typed)) return [];
  const whom = typed.replace(/[\s()./-]/g, "");
  return [{ key: "number", name: phone(whom), about: t("handOnNumber"), presence: "", whom }];
}

/** Where the call goes: a colleague, a queue, somebody of the directory or a number. All by keys. */
export function HandOnDialog() {
  const words = useSignal("");
  const at = useSignal(0);
  const people = useSignal<DirectoryRow[]>([]);
  const asked = useRef(0);
  useEffect(() => {
    const turn = ++asked.current;
    const q = words.value.trim();
    if (q.length < 2) people.value = [];
    else
      void post<Directory>("/api/console/directory", { q, most: MOST })
        .then((found) => {
          if (turn === asked.current) people.value = found.people;
        })
        .catch(() => undefined);
  }, [words.value]);
  const typed = words.value;
  const targets = [...colleagues(typed), ...others(people.value), ...queues(typed), ...written(typed)];
  const here = Math.min(at.value, targets.length - 1);
  const chosen = targets[here];
  const send = async (target: Target | undefined, ask: boolean) => {
    const row = myCall.value;
    if (!target || !row) return;
    shut();
    if (ask && target.whom) await consult(row, target);
    else if (await handOn(row, target)) toast(t("handOnDone", { who: target.name }));
  };
  const onKey = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) at.value = Math.max(0, Math.min(targets.length - 1, here + step));
    else if (event.key === "Enter") void send(chosen, !(event.ctrlKey || event.metaKey));
    else return;
    event.preventDefault();
    document.getElementById(`target-${targets[at.value]?.key}`)?.scrollIntoView({ block: "nearest" });
  };
  return (
    <Modal title={t("handOnTitle")} testId="hand-on-dialog">
      <label>
        {t("handOnFind")}
        <input
          data-focus
          type="text"
          role="combobox"
          aria-expanded={targets.length > 0}
          aria-controls="hand-on-list"
          aria-autocomplete="list"
          aria-activedescendant={chosen ? `target-${chosen.key}` : undefined}
          aria-describedby="hand-on-hint"
          autocomplete="off"
          data-testid="hand-on-find"
          value={typed}
          onInput={(e) => {
            words.value = e.currentTarget.value;
            at.value = 0;
          }}
          onKeyDown={onKey}
        />
      </label>
      <p id="hand-on-hint" class="quiet small-print">
        {t("handOnHint")}
      </p>
      <div class="targets" id="hand-on-list" role="listbox" aria-label={t("handOnTitle")}>
        {targets.map((target, place) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are those of the field, which keeps the focus
          <div
            key={target.key}
            id={`target-${target.key}`}
            role="option"
            tabIndex={-1}
            aria-selected={place === here}
            class={`target state-${target.presence}`}
            data-testid={`target-${target.key}`}
            onClick={() => {
              at.value = place;
            }}
          >
            {target.presence && <span class="dot" aria-hidden="true" />}
            <span class="who">
              {target.name} <span class="quiet">{target.about}</span>
            </span>
            <span class="quiet number">{target.key === "number" ? "" : phone(target.whom)}</span>
          </div>
        ))}
      </div>
      {targets.length === 0 && <p role="status">{t("handOnNobody")}</p>}
      <div class="buttons">
        <button
          type="button"
          onClick={() => void send(chosen, false)}
          disabled={!chosen}
          data-testid="hand-on-now"
        >
          {t("handOnNow")} <kbd>Ctrl Enter</kbd>
        </button>
        <button
          type="button"
          class="primary"
          onClick={() => void send(chosen, true)}
          disabled={!chosen?.whom}
          data-testid="hand-on-ask"
        >
          {t("handOnAsk")} <kbd>Enter</kbd>
        </button>
      </div>
    </Modal>
  );
}

const KEYS = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "0", "#"];

/** Tones for a machine at the other end, pressed or written. */
export function KeypadDialog() {
  const sent = useSignal("");
  const send = async (tone: string) => {
    const row = myCall.value;
    if (!row?.contact_id) return;
    sent.value = (sent.value + tone).slice(-20);
    await act("send_tones", { contact_id: row.contact_id, tones: tone });
  };
  const onKey = (event: KeyboardEvent) => {
    if (!KEYS.includes(event.key)) return;
    event.preventDefault();
    void send(event.key);
  };
  return (
    <Modal title={t("keypadTitle")} testId="keypad-dialog">
      <p class="quiet" id="keypad-hint">
        {t("keypadHint")}
      </p>
      <output class="number tones" aria-live="polite">
        {sent.value || "\u00a0"}
      </output>
      <div class="tone-keys" role="group" aria-label={t("keypadTitle")} onKeyDown={onKey}>
        {KEYS.map((one, place) => (
          <button
            type="button"
            key={one}
            data-focus={place === 0 ? "" : undefined}
            onClick={() => void send(one)}
            data-testid={`tone-${one}`}
          >
            {one}
          </button>
        ))}
      </div>
    </Modal>
  );
}
