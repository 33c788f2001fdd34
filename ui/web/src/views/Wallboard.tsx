import { duration, percent } from "../format";
import { language, t, tCode } from "../i18n";
import { now, state } from "../store";
import type { Channel } from "../wire";
import { Banner } from "./Banner";
import { ChannelIcon } from "./Icon";

/** Read from across a room: what waits, how long, how the day has gone, who is there. */
export function Wallboard() {
  const board = state.value.board.today;
  const time = new Date(now.value).toLocaleTimeString(language.value === "sv" ? "sv-SE" : "en-GB", {
    hour: "2-digit",
    minute: "2-digit",
  });
  if (!board)
    return (
      <main class="wallboard">
        <h1 class="hidden">{t("wallboard")}</h1>
        <p class="loading">{t("loading")}</p>
      </main>
    );
  const age = Math.max(0, (now.value - Date.parse(board.at)) / 1000);
  const late = (wait: number) => (board.waiting_total > 0 ? duration(wait + age) : "–");
  const formula = board.formula[language.value] ?? Object.values(board.formula).join(" ");
  return (
    <main class="wallboard" data-testid="wallboard">
      <header>
        <h1>{t("wallboard")}</h1>
        <p class="number clock">{time}</p>
      </header>
      <Banner />
      <section class="tiles" aria-label={t("waitingNow")}>
        <Tile label={t("waitingNow")} value={String(board.waiting_total)} big />
        <Tile
          label={t("longestCall")}
          value={board.longest_call_wait > 0 ? duration(board.longest_call_wait + age) : "–"}
          big
        />
        <Tile label={t("serviceLevel")} value={percent(board.service_level)} big />
        <Tile label={t("longestAny")} value={late(board.longest_wait)} />
        <Tile label={t("answeredToday")} value={String(board.answered)} />
        <Tile label={t("abandonedToday")} value={String(board.abandoned)} />
        <Tile label={t("callbacks")} value={String(board.callbacks_waiting)} />
      </section>
      <div class="halves">
        <section aria-labelledby="by-queue">
          <h2 id="by-queue">{t("byQueue")}</h2>
          {board.waiting.length === 0 ? (
            <p class="none">{t("queueEmpty")}</p>
          ) : (
            <table>
              <thead>
                <tr>
                  <th scope="col">{t("queue")}</th>
                  <th scope="col">{t("contactBy")}</th>
                  <th scope="col">{t("waitingNow")}</th>
                  <th scope="col">{t("longestAny")}</th>
                </tr>
              </thead>
              <tbody>
                {board.waiting.map((one) => (
                  <tr key={`${one.queue_id}${one.channel}`}>
                    <th scope="row">{one.queue}</th>
                    <td>
                      <ChannelIcon channel={one.channel} /> {t(`channel_${one.channel}`)}
                    </td>
                    <td class="number">{one.count}</td>
                    <td class="number">{duration((now.value - Date.parse(one.oldest_at)) / 1000)}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          )}
        </section>
        <section aria-labelledby="board-agents">
          <h2 id="board-agents">{t("agents")}</h2>
          <dl class="agents">
            {(["available", "busy", "wrapping_up", "away"] as const).map((one) => (
              <div key={one} class={`state-${one}`}>
                <dt>
                  <span class="dot" aria-hidden="true" /> {tCode("state", one)}
                </dt>
                <dd class="number">{board.agents[one] ?? 0}</dd>
              </div>
            ))}
          </dl>
          <h2>
            {t("channel_phone")} / {t("channel_email")} / {t("channel_post")}
          </h2>
          <dl class="agents channels">
            {(["phone", "callback", "email", "post"] as Channel[]).map((one) => (
              <div key={one}>
                <dt>
                  <ChannelIcon channel={one} /> {t(`channel_${one}`)}
                </dt>
                <dd class="number">{board.waiting_by_channel[one] ?? 0}</dd>
              </div>
            ))}
          </dl>
        </section>
      </div>
      <details class="formula">
        <summary>{t("formulaTitle")}</summary>
        <p>{formula}</p>
      </details>
    </main>
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
