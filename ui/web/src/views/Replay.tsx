import { useSignal } from "@preact/signals";
import { get } from "../api";
import { language, t, tCode } from "../i18n";
import { countIn, type Going, momentOf } from "../replay";
import { openCase, state } from "../store";
import type { ReplayCall, ReplayRoom } from "../wire";
import { AllStates, Timeline } from "./ReplayRows";

const STEP = 10;
const PAGE = 60;
const two = (n: number) => String(n).padStart(2, "0");
const dayOf = (time: Date) => `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`;
const minuteOf = (time: Date) => `${two(time.getHours())}:${two(time.getMinutes())}`;
const zone = () => state.value.settings.routing?.time_zone ?? "Europe/Stockholm";

/** A time of day with seconds, in the municipality's zone. */
export function clock(at: number | string): string {
  return new Date(at).toLocaleTimeString(language.value === "sv" ? "sv-SE" : "en-GB", { timeZone: zone() });
}

/** The room between two times of a day: scrubbed by a slider, and in words. */
export function Replay() {
  const now = new Date();
  const day = useSignal(dayOf(now));
  const from = useSignal(minuteOf(new Date(now.getTime() - 15 * 60_000)));
  const to = useSignal(minuteOf(now));
  const room = useSignal<ReplayRoom | null>(null);
  const moment = useSignal(0);
  const failed = useSignal("");
  const query = () => {
    const begin = new Date(`${day.value}T${from.value}:00`);
    const end = new Date(`${day.value}T${to.value}:00`);
    const valid = !Number.isNaN(begin.getTime()) && !Number.isNaN(end.getTime());
    return valid
      ? new URLSearchParams({ begin: begin.toISOString(), end: end.toISOString() }).toString()
      : "";
  };
  const show = async (event: Event) => {
    event.preventDefault();
    failed.value = "";
    try {
      room.value = await get<ReplayRoom>(`/api/console/replay?${query()}`);
      moment.value = 0;
    } catch (problem) {
      room.value = null;
      failed.value = problem instanceof Error && problem.message ? problem.message : t("failed");
    }
  };
  return (
    <main id="main" class="page replay" tabIndex={-1}>
      <h1>{t("replayTitle")}</h1>
      <p class="quiet">{t("replayIntro")}</p>
      <form class="controls" onSubmit={show}>
        {(
          [
            ["replayDay", "date", day],
            ["replayFrom", "time", from],
            ["replayTo", "time", to],
          ] as const
        ).map(([word, type, value]) => (
          <label key={word}>
            {t(word)}{" "}
            <input
              type={type}
              required
              value={value.value}
              onInput={(e) => {
                value.value = e.currentTarget.value;
              }}
            />
          </label>
        ))}
        <button type="submit" class="primary">
          {t("replayShow")}
        </button>
        <a class="button" href={`/api/console/replay?${query()}&format=csv`} download>
          {t("csv")}
        </a>
      </form>
      {failed.value && (
        <p class="error" role="alert">
          {failed.value}
        </p>
      )}
      {room.value && (
        <Room room={room.value} moment={moment.value} onMoment={(at: number) => (moment.value = at)} />
      )}
    </main>
  );
}

function Room(props: { room: ReplayRoom; moment: number; onMoment: (seconds: number) => void }) {
  const { room, moment, onMoment } = props;
  const begin = Date.parse(room.begin);
  const whole = Math.round((Date.parse(room.end) - begin) / 1000);
  const going = momentOf(room, begin + moment * 1000);
  const said = t("replayAt", {
    time: clock(begin + moment * 1000),
    waiting: countIn(going, "waiting", "fallback"),
    ringing: countIn(going, "ringing", "dialling"),
    talking: countIn(going, "talking", "held", "parked", "outside", "conference"),
  });
  const byPage = (event: KeyboardEvent) => {
    const step = event.key === "PageUp" ? PAGE : event.key === "PageDown" ? -PAGE : 0;
    if (step === 0) return;
    event.preventDefault();
    onMoment(Math.min(whole, Math.max(0, moment + step)));
  };
  return (
    <>
      {room.gaps.map((gap) => (
        <p class="banner warn" key={gap.exchange + gap.begin}>
          {t("replayGap", { name: gap.exchange, begin: clock(gap.begin), end: clock(gap.end) })}
        </p>
      ))}
      {room.calls.length === 0 && <p class="quiet">{t("replayNothing")}</p>}
      <label class="scrub">
        {t("replayMoment")}
        <input
          type="range"
          min={0}
          max={whole}
          step={STEP}
          value={moment}
          aria-valuetext={said}
          aria-describedby="scrub-hint"
          data-testid="moment"
          onInput={(e) => onMoment(Number(e.currentTarget.value))}
          onKeyDown={byPage}
        />
      </label>
      <p id="scrub-hint" class="quiet">
        {t("replayMomentHint")}
      </p>
      <p class="said" data-testid="said">
        {said}
      </p>
      <Now going={going} />
      <Timeline room={room} moment={moment} />
      <AllStates room={room} />
    </>
  );
}

/** The case a call became, as a way to it. */
export function CallName({ call }: { call: ReplayCall }) {
  if (call.case_id === 0) return <>{`${call.number || call.id} (${t("replayOutside")})`}</>;
  return (
    <button type="button" class="link" onClick={() => openCase(call.case_id)}>
      {call.case_number}
    </button>
  );
}

function Now({ going }: { going: Going[] }) {
  if (going.length === 0) return <p class="quiet">{t("replayNobody")}</p>;
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label={t("replayMoment")}>
      <table class="figures" data-testid="now">
        <thead>
          <tr>
            {(["replayCall", "topic", "replayState", "replayBegan", "replayAgent"] as const).map((word) => (
              <th scope="col" key={word}>
                {t(word)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {going.map(({ call, stretch }) => (
            <tr key={call.id}>
              <th scope="row">
                <CallName call={call} />
              </th>
              <td>{call.topic}</td>
              <td>{tCode("was", stretch.state)}</td>
              <td class="number">{clock(stretch.begin)}</td>
              <td>{stretch.agent || stretch.phone}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
