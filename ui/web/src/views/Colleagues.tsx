import { duration } from "../format";
import { t, tCode } from "../i18n";
import { me, now, state } from "../store";
import type { AgentRow } from "../wire";

const ORDER = ["available", "busy", "wrapping_up", "away"] as const;
const MOST = 40;

/** Who else is at work, shown while no case is open: whom one can ask, or pass a case to. */
export function Colleagues() {
  const there = Object.values(state.value.agents)
    .filter((agent) => agent.state !== "signed_out" && agent.id !== me.value?.id)
    .sort((a, b) => place(a) - place(b) || a.name.localeCompare(b.name, "sv"));
  return (
    <section class="colleagues" aria-labelledby="colleagues-title">
      <h2 id="colleagues-title">
        {t("colleagues")} <span class="count number">{there.length}</span>
      </h2>
      {there.length === 0 && <p class="quiet">{t("alone")}</p>}
      <ul>
        {there.slice(0, MOST).map((agent) => (
          <li key={agent.id} class={`state-${agent.state}`}>
            <span class="dot" aria-hidden="true" />
            <span class="who">
              {agent.name}
              <span class="quiet">
                {tCode("state", agent.state)}
                {agent.reason && `: ${tCode("reason", agent.reason)}`}
              </span>
            </span>
            <span class="quiet number" aria-hidden="true">
              {agent.since && duration((now.value - Date.parse(agent.since)) / 1000)}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

const place = (agent: AgentRow) => ORDER.indexOf(agent.state as (typeof ORDER)[number]);
