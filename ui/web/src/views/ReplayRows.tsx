import { useSignal } from "@preact/signals";
import { t, tCode } from "../i18n";
import { type Lane, lanesByCall, lanesByPhone, placeOf } from "../replay";
import type { ReplayRoom } from "../wire";
import { CallName, clock } from "./Replay";

const MOST = 300;

/** A bar for each state of each call, and where the moment is. */
export function Timeline({ room, moment }: { room: ReplayRoom; moment: number }) {
  const by = useSignal<"call" | "phone">("call");
  const lanes = (by.value === "call" ? lanesByCall(room) : lanesByPhone(room)).slice(0, MOST);
  const whole = (Date.parse(room.end) - Date.parse(room.begin)) / 1000;
  const at = { left: `${(moment / whole) * 100}%` };
  return (
    <section class="lanes">
      <div class="segments" role="group" aria-label={t("by")}>
        <button type="button" aria-pressed={by.value === "call"} onClick={() => (by.value = "call")}>
          {t("replayByCall")}
        </button>
        <button type="button" aria-pressed={by.value === "phone"} onClick={() => (by.value = "phone")}>
          {t("replayByAgent")}
        </button>
      </div>
      <div class="plotted" role="img" aria-label={t("replayTimeline")} data-testid="timeline">
        {lanes.map((lane) => (
          <div class="lane" key={lane.key}>
            <span class="of">{nameOf(lane)}</span>
            <div class="bar">
              {lane.going.map(({ call, stretch }) => {
                const { left, width } = placeOf(room, stretch);
                const place = { left: `${left}%`, width: `${width}%` };
                const tip = `${call.case_number || call.id}: ${tCode("was", stretch.state)} ${stretch.agent}`;
                return (
                  <i
                    key={call.id + stretch.begin + stretch.state}
                    class={`state-${stretch.state}`}
                    style={place}
                    title={tip}
                  />
                );
              })}
              <i class="now" style={at} />
            </div>
          </div>
        ))}
      </div>
      <p class="legend" aria-hidden="true">
        {(["menu", "waiting", "ringing", "talking", "held", "fallback"] as const).map((one) => (
          <span key={one}>
            <i class={`state-${one}`} /> {tCode("was", one)}
          </span>
        ))}
      </p>
    </section>
  );
}

function nameOf(lane: Lane): string {
  return lane.call
    ? lane.call.case_number || clock(lane.going[0]?.stretch.begin ?? "")
    : lane.agent || lane.phone;
}

/** The same in words: every state of every call. */
export function AllStates({ room }: { room: ReplayRoom }) {
  const rows = room.calls.flatMap((call) => call.stretches.map((stretch, n) => ({ call, stretch, n })));
  return (
    <details>
      <summary>{t("replayTable")}</summary>
      <div class="scroll" tabIndex={0} role="region" aria-label={t("replayTable")}>
        <table class="figures" data-testid="states">
          <thead>
            <tr>
              {(
                [
                  "replayCall",
                  "topic",
                  "replayState",
                  "replayBegan",
                  "replayEnded",
                  "replayAgent",
                  "replayExchange",
                ] as const
              ).map((word) => (
                <th scope="col" key={word}>
                  {t(word)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map(({ call, stretch, n }) => (
              <tr key={`${call.id}-${n}`}>
                <th scope="row">
                  <CallName call={call} />
                </th>
                <td>{call.topic}</td>
                <td>{tCode("was", stretch.state)}</td>
                <td class="number">{clock(stretch.begin)}</td>
                <td class="number">{clock(stretch.end)}</td>
                <td>{stretch.agent || stretch.phone}</td>
                <td>{call.exchange}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}
