import { togglePause } from "../calls";
import { t, tCode } from "../i18n";
import { act, isSupervisor } from "../store";
import type { CaseRow, TapeRow } from "../wire";
import { Icon } from "./Icon";
import { Player } from "./Player";

/** In the bar of my call: whether it is being recorded. There before it says anything: a screen reader tells changes. */
export function Taping({ row }: { row: CaseRow }) {
  return (
    <span role="status" class={`taping ${row.call_tape}`} data-testid="taping">
      {row.call_tape && (
        <>
          <span class="dot" aria-hidden="true" /> {t(row.call_tape === "on" ? "tapeOn" : "tapePaused")}
        </>
      )}
    </span>
  );
}

/** What I may do about the recording of my call. */
export function TapeButtons({ row }: { row: CaseRow }) {
  const contact = row.contact_id;
  if (!row.call_tape || contact === null) return null;
  return (
    <>
      <button type="button" data-testid="tape-pause" onClick={togglePause}>
        {t(row.call_tape === "on" ? "tapePause" : "tapeResume")} <kbd>Alt I</kbd>
      </button>
      <button
        type="button"
        data-testid="tape-stop"
        onClick={() => void act("tape", { contact_id: contact, wish: "stop" })}
      >
        {t("tapeStop")}
      </button>
    </>
  );
}

/** The recordings of a call that is over. */
export function Tapes({ tapes }: { tapes: TapeRow[] }) {
  return (
    <>
      {tapes.map((tape) => (
        <div key={tape.id} class="tape" data-testid="tape">
          <Told tape={tape} />
        </div>
      ))}
    </>
  );
}

function Told({ tape }: { tape: TapeRow }) {
  if (tape.state === "erased") return <p class="quiet">{tCode("tapeErased", tape.reason)}</p>;
  if (tape.state === "lost") return <p class="error">{t("tapeLost")}</p>;
  if (!tape.url)
    return (
      <p class="quiet">
        <Icon name="lock" size={14} /> {t("tapeNotYours")}
      </p>
    );
  return (
    <>
      <Player
        url={tape.url}
        peaks={tape.peaks}
        seconds={tape.seconds}
        label={t("tapeOf", { agent: tape.agent })}
        lazy
      />
      {isSupervisor.value && (
        <button type="button" class="small" data-testid="tape-erase" onClick={() => erase(tape.id)}>
          {t("tapeErase")}
        </button>
      )}
    </>
  );
}

function erase(id: number): void {
  const reason = window.prompt(t("tapeEraseWhy"));
  if (reason) void act("erase_tape", { tape_id: id, reason });
}
