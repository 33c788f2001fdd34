import { moment } from "../format";
import { t } from "../i18n";
import { openCase, senderOf, state } from "../store";
import { stateText } from "../verbs";
import type { CaseBrief } from "../wire";
import { ChannelIcon, Icon } from "./Icon";

/** Cases as lines to open: found ones, or a citizen's. */
export function CaseLines({ cases }: { cases: CaseBrief[] }) {
  return (
    <ul class="hits">
      {cases.map((one) => (
        <li key={one.id}>
          <button type="button" class="row" onClick={() => openCase(one.id)} data-testid={`hit-${one.id}`}>
            <ChannelIcon channel={one.channel} />
            <span class="lines">
              <span class="first">
                <strong class="number">{one.number}</strong>
                <span class={`tag case-${one.state}`}>{stateText({ ...one, parked_until: null }, "")}</span>
                {one.outcome && <span class="tag">{t(`outcome_${one.outcome}`)}</span>}
                <span class="wait number">{moment(one.opened_at)}</span>
              </span>
              <span class="second">
                <span class="about">
                  <span class="sender">
                    {one.protected && <Icon name="lock" size={13} />}
                    {senderOf(one)}
                  </span>
                  {one.subject && ` · ${one.subject}`}
                  <span class="quiet">
                    {one.topic_id !== null && ` · ${state.value.topics[one.topic_id]?.name ?? ""}`}
                  </span>
                </span>
              </span>
              {one.excerpt && <span class="excerpt quiet">{one.excerpt}</span>}
            </span>
          </button>
        </li>
      ))}
    </ul>
  );
}
