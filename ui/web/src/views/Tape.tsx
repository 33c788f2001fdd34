import { togglePause } from "../calls";
import { t, tCode } from "../i18n";
import { act, isSupervisor } from "../store";
import type { CaseRow, TapeRow } from "../wire";
import { Icon } from "./Icon";
import { Player } from "./Player";

/** In the bar of my call: whether it is being recorded, and what I may do about it. */
export function Taping({ row }: { row: CaseRow }) {
  const isOn = row.call_tape === "on";
  return (
    <>
      {/* There before it says anything: a screen reader tells what changes in it. */}
      <span role="status" class={`taping ${row.call_tape}`} data-testid="taping">
        {row.call_tape && (
          <>
            <span class="dot" aria-hidden="true" /> {t(isOn ? "tapeOn" : "tapePaused")}
          </>
        )}
      </span>
      {row.call_tape && (
        <span class="buttons">
          <button type="button" class="small" data-testid="tape-pause" onClick={togglePause}>
            {t(isOn ? "tapePause" : "tapeResume")} <kbd>Alt I</kbd>
          </button>
          <button
            type="button"
            class="small"
            data-testid="tape-stop"
            onClick={() =>
              row.contact_id !== null && void act("tape", { contact_id: row.contact_id, wish: "stop" })
            }
          >
            {t("tapeStop")}
          </button>
        </span>
      )}
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
  if (tape.state === "erased") return <p class="quiet">{tCode("tape_erased", tape.reason)}</p>;
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
