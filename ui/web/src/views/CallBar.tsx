import { type CallAction, doWithCall, loose, myCall, pickUp, possible } from "../calls";
import { duration, phone } from "../format";
import { t } from "../i18n";
import { details, now, openCase, route, selected, senderOf, state } from "../store";
import { agentName, hangUp } from "../verbs";
import type { CaseRow, Listen } from "../wire";
import { Icon, type IconName } from "./Icon";
import { TapeButtons, Taping } from "./Tape";

const SHORTCUTS: Record<CallAction, string> = {
  hold: "Alt H",
  handOn: "Alt F",
  parkCall: "Alt O",
  cancel: "Alt C",
  complete: "Alt V",
  confer: "Alt J",
  swap: "Alt Y",
  keypad: "Alt G",
  pickUp: "Alt R",
};
const ICONS: Partial<Record<CallAction, IconName>> = { hold: "hold", handOn: "out", keypad: "keypad" };

/** My call, when it is not the one whose case is on the screen: it is never out of sight. */
export function FloatingCall() {
  const row = myCall.value;
  if (!row || (route.value.view === "work" && selected.value === row.id)) return null;
  return (
    <div class="call-elsewhere">
      <CallBar row={row} leads />
    </div>
  );
}

/** The call that goes on: with whom, how it is with them, and all that can be done with it. */
export function CallBar({ row, leads = false }: { row: CaseRow; leads?: boolean }) {
  const isOwn = myCall.value?.id === row.id;
  const call = details.value[row.id]?.contacts.find((one) => one.id === row.contact_id);
  const since = Date.parse(call?.answered_at ?? call?.arrived_at ?? row.arrived_at);
  return (
    <section
      class={`live-call ${row.call_state} phase-${row.call_phase || "talking"}`}
      aria-label={t("callBar")}
      data-testid="live-call"
    >
      <Icon name={row.call_phase === "held" || row.call_phase === "parked" ? "hold" : "phone"} />
      <span class="with">
        <strong role="status">{phaseText(row)}</strong>
        {leads ? (
          <button type="button" class="link number" onClick={() => openCase(row.id)}>
            {senderOf(row)}
          </button>
        ) : (
          <span class="number">{senderOf(row)}</span>
        )}
      </span>
      <span class="number timer" role="timer" aria-live="off">
        {duration((now.value - since) / 1000)}
      </span>
      {/* There before it says anything: a screen reader tells what changes in it. */}
      {isOwn && (
        <span role="status" class="overheard" data-testid="overheard">
          {row.call_overheard && t(`overheard_${row.call_overheard as Listen["how"]}`)}
        </span>
      )}
      {isOwn && <Taping row={row} />}
      {isOwn && (
        <div class="buttons" role="group" aria-label={t("actions")}>
          {possible(row).map((action) => (
            <Do key={action} action={action} row={row} />
          ))}
          <TapeButtons row={row} />
        </div>
      )}
      {(isOwn || row.call_state === "ringing") && (
        <button type="button" class="danger" onClick={() => void hangUp()} data-testid="do-hangUp">
          {t("hangUp")} <kbd>Alt X</kbd>
        </button>
      )}
    </section>
  );
}

function Do({ action, row }: { action: CallAction; row: CaseRow }) {
  const word = action === "hold" && row.call_phase !== "" ? "resume" : action;
  const isFirst = possible(row)[0] === action && row.call_phase !== "";
  const icon = ICONS[action];
  return (
    <button
      type="button"
      class={isFirst ? "primary" : ""}
      data-testid={`call-${word}`}
      onClick={() => void doWithCall(action)}
    >
      {icon && <Icon name={icon} size={15} />} {t(`do_${word}`)} <kbd>{SHORTCUTS[action]}</kbd>
    </button>
  );
}

/** Who the third one is: a colleague by name, else the number. */
function whoIs(third: string): string {
  const colleague = Object.values(state.value.agents).find((one) => one.extension && one.extension === third);
  return colleague?.name ?? phone(third);
}

function phaseText(row: CaseRow): string {
  if (row.call_state !== "talking") return t("ringing");
  const who = whoIs(row.call_third);
  switch (row.call_phase) {
    case "":
      return row.call_third ? t("call_aside", { who }) : t("inCall");
    case "consulting":
      return t(row.call_third_talks ? "call_asked" : "call_asking", { who });
    case "conference":
      return t("call_conference", { who });
    case "outside":
      return t("call_outside", { who });
    default:
      return t(`call_${row.call_phase}`);
  }
}

/** Calls that wait for whoever picks them up. */
export function LooseCalls() {
  if (loose.value.length === 0) return null;
  return (
    <section class="loose" aria-labelledby="loose-title" data-testid="loose-calls">
      <h2 id="loose-title">
        {t("looseTitle")} <span class="count number">{loose.value.length}</span>
      </h2>
      <ul>
        {loose.value.map((row, place) => (
          <li key={row.id}>
            <span class="who">
              <button type="button" class="link number" onClick={() => openCase(row.id)}>
                {senderOf(row)}
              </button>
              <span class="quiet">
                {row.call_phase === "held"
                  ? t("looseBy", { who: agentName(row.call_agent_id) })
                  : t("looseNobody")}
              </span>
            </span>
            <button
              type="button"
              class="small primary"
              data-testid={`pick-up-${row.id}`}
              onClick={() => void pickUp(row)}
            >
              {t("do_pickUp")} {place === 0 && <kbd>{SHORTCUTS.pickUp}</kbd>}
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
