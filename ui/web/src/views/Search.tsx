import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { post } from "../api";
import { moment } from "../format";
import { t } from "../i18n";
import { announce, openCase, route, senderOf } from "../store";
import { stateText } from "../verbs";
import type { CaseBrief, Found } from "../wire";
import { ChannelIcon } from "./Icon";

export function Search() {
  const q = route.value.query;
  const cases = useSignal<CaseBrief[]>([]);
  const before = useSignal<number | null>(null);
  const searched = useSignal("");
  const look = async (from: number | null) => {
    const found = await post<Found>("/api/console/search", { q, before: from }).catch(() => ({
      cases: [],
      before: null,
    }));
    cases.value = from === null ? found.cases : [...cases.value, ...found.cases];
    before.value = found.before;
    searched.value = q;
    announce(t("hits", { n: cases.value.length }));
  };
  useEffect(() => void look(null), [q]);
  return (
    <main id="main" class="page" tabIndex={-1}>
      <h1>{t("searchTitle")}</h1>
      {searched.value === q && cases.value.length === 0 && <p>{t("noHits", { q })}</p>}
      <ul class="hits">
        {cases.value.map((one) => (
          <li key={one.id}>
            <button type="button" class="row" onClick={() => openCase(one.id)} data-testid={`hit-${one.id}`}>
              <ChannelIcon channel={one.channel} />
              <span class="lines">
                <span class="first">
                  <strong class="number">{one.number}</strong> <span class="sender">{senderOf(one)}</span>
                  <span class={`tag case-${one.state}`}>{stateText({ ...one, parked_until: null }, "")}</span>
                  <span class="wait quiet">{moment(one.opened_at)}</span>
                </span>
                <span class="second">
                  <span class="about">{one.subject}</span>
                </span>
                {one.excerpt && <span class="third quiet">{one.excerpt}</span>}
              </span>
            </button>
          </li>
        ))}
      </ul>
      {before.value !== null && (
        <button type="button" onClick={() => void look(before.value)}>
          {t("older")}
        </button>
      )}
    </main>
  );
}
