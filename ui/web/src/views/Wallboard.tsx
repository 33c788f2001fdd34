import { duration, percent } from "../format";
import { language, t, tCode } from "../i18n";
import { now, state } from "../store";
import type { BoardRow, Channel } from "../wire";
import { Banner } from "./Banner";
import { ChannelIcon } from "./Icon";

const CHANNELS: Channel[] = ["phone", "callback", "email", "web", "post"];
const STATES = ["available", "busy", "wrapping_up", "away"] as const;

/** Read from across a room: what waits, how long, how the day has gone, who is there. */
export function Wallboard() {
  const board = state.value.board.today;
  return (
    <main class="wallboard" data-testid={board && "wallboard"}>
      <header>
        <h1>{t("wallboard")}</h1>
        <p class="number clock">{clockNow()}</p>
      </header>
      <Banner />
      {board ? <Figures board={board} /> : <p class="loading">{t("loading")}</p>}
    </main>
  );
}

function clockNow(): string {
  const zone = state.value.settings.routing?.time_zone;
  const style: Intl.DateTimeFormatOptions = { hour: "2-digit", minute: "2-digit" };
  if (zone) style.timeZone = zone;
  return new Date(now.value).toLocaleTimeString(language.value === "sv" ? "sv-SE" : "en-GB", style);
}

function Figures({ board }: { board: BoardRow }) {
  const age = Math.max(0, (now.value - Date.parse(board.at)) / 1000);
  const wait = (seconds: number) => (seconds > 0 ? duration(seconds + age) : "–");
  return (
    <>
      <section class="tiles" aria-label={t("waitingNow")}>
        <Tile label={t("waitingNow")} value={String(board.waiting_total)} big />
        <Tile label={t("longestCall")} value={wait(board.longest_call_wait)} big />
        <Tile label={t("serviceLevel")} value={percent(board.service_level)} big />
        <Tile label={t("longestAny")} value={wait(board.longest_wait)} />
        <Tile label={t("answeredToday")} value={String(board.today_by_channel.phone?.answered ?? 0)} />
        <Tile label={t("abandonedToday")} value={String(board.abandoned)} />
        <Tile label={t("callbacks")} value={String(board.callbacks_waiting)} />
      </section>
      <div class="halves">
        <ByQueue board={board} />
        <Agents board={board} />
      </div>
      <p class="formula">{board.formula[language.value] ?? ""}</p>
    </>
  );
}

/** One line for each queue where somebody waits, one column for each channel. */
function ByQueue({ board }: { board: BoardRow }) {
  const channels = CHANNELS.filter((one) => (board.waiting_by_channel[one] ?? 0) > 0);
  const queues = [...new Map(board.waiting.map((one) => [one.queue_id, one.queue])).entries()];
  const oldest = (id: number) =>
    Math.min(...board.waiting.filter((one) => one.queue_id === id).map((one) => Date.parse(one.oldest_at)));
  const count = (id: number, channel: Channel) =>
    board.waiting.find((one) => one.queue_id === id && one.channel === channel)?.count;
  return (
    <section aria-labelledby="by-queue">
      <h2 id="by-queue">{t("byQueue")}</h2>
      {queues.length === 0 ? (
        <p class="none">{t("queueEmpty")}</p>
      ) : (
        <table>
          <thead>
            <tr>
              <th scope="col">{t("queue")}</th>
              {channels.map((one) => (
                <th scope="col" key={one}>
                  <ChannelIcon channel={one} /> {t(`channel_${one}`)}
                </th>
              ))}
              <th scope="col">{t("longestAny")}</th>
            </tr>
          </thead>
          <tbody>
            {queues.map(([id, name]) => (
              <tr key={id}>
                <th scope="row">{name}</th>
                {channels.map((one) => (
                  <td key={one} class="number">
                    {count(id, one) ?? <span class="quiet">·</span>}
                  </td>
                ))}
                <td class="number">{duration((now.value - oldest(id)) / 1000)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

function Agents({ board }: { board: BoardRow }) {
  return (
    <section aria-labelledby="board-agents">
      <h2 id="board-agents">{t("agents")}</h2>
      <dl class="agents">
        {STATES.map((one) => (
          <div key={one} class={`state-${one}`}>
            <dt>
              <span class="dot" aria-hidden="true" /> {tCode("state", one)}
            </dt>
            <dd class="number">{board.agents[one] ?? 0}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

function Tile({ label, value, big }: { label: string; value: string; big?: boolean }) {
  return (
    <dl class={`tile ${big ? "big" : ""}`}>
      <dt>{label}</dt>
      <dd class="number">{value}</dd>
    </dl>
  );
}
