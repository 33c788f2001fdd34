import { duration } from "../format";
import { t } from "../i18n";
import { act, now, offers, senderOf, state } from "../store";
import { accept } from "../verbs";
import type { OfferRow } from "../wire";
import { ChannelIcon } from "./Icon";
import { whyText } from "./why";

/** Cases that are put before this agent right now. */
export function Offers() {
  if (offers.value.length === 0) return null;
  return (
    <section class="offers" aria-label={t("offerTitle")}>
      {offers.value.map((offer) => (
        <OfferCard key={offer.id} offer={offer} />
      ))}
    </section>
  );
}

function OfferCard({ offer }: { offer: OfferRow }) {
  const row = state.value.cases[offer.case_id];
  if (!row) return null;
  const total = Date.parse(offer.expires_at) - Date.parse(offer.offered_at);
  const left = Math.max(0, Date.parse(offer.expires_at) - now.value);
  const topic = row.topic_id === null ? "" : (state.value.topics[row.topic_id]?.name ?? "");
  const isCall = row.channel === "phone";
  const waited = duration((now.value - Date.parse(row.arrived_at)) / 1000);
  return (
    <article
      class={`offer ${isCall ? "call" : ""}`}
      data-testid="offer"
      data-offer={row.id}
      aria-labelledby={`offer-${offer.id}`}
    >
      <h2 id={`offer-${offer.id}`}>
        <ChannelIcon channel={row.channel} /> {t(isCall ? "callForYou" : "caseForYou")}
        <span class="left-seconds number">{t("secondsLeft", { n: Math.ceil(left / 1000) })}</span>
      </h2>
      <p class="sender number">{senderOf(row)}</p>
      <p class="about">{[topic, row.subject].filter(Boolean).join(" · ") || t("noSubject")}</p>
      <p class="about">{t("waited", { time: waited })}</p>
      <div class="time-bar" aria-hidden="true">
        <span style={{ width: `${(left / total) * 100}%` }} />
      </div>
      <div class="buttons">
        <button type="button" class="primary" data-testid="offer-accept" onClick={() => void accept(offer)}>
          {t(isCall ? "answerCall" : "accept")} <kbd>Enter</kbd>
        </button>
        <button
          type="button"
          data-testid="offer-decline"
          onClick={() => void act("decline", { offer_id: offer.id })}
        >
          {t("decline")} <kbd>Esc</kbd>
        </button>
      </div>
      <details>
        <summary>{t("whyMe")}</summary>
        <p>{whyText(offer.why, row)}</p>
      </details>
    </article>
  );
}
