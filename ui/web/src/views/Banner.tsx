import { t, tCode } from "../i18n";
import { connection, link, now, state } from "../store";
import type { HealthRow } from "../wire";
import { Icon } from "./Icon";

/** What is down, what to do about it, and how far a long scan has come. */
export function Banner() {
  const sick = Object.values(state.value.health).filter((part) => !part.ok);
  const reading = Object.values(state.value.health).filter((part) => Number(part.facts.pages_total) > 3);
  const lost =
    link.value === "lost" || (link.value === "connecting" && Object.keys(state.value.agents).length > 0);
  void now.value;
  return (
    <section class="banners" aria-label={t("health")} data-testid="banner">
      {lost && (
        <p class="banner bad" role="alert">
          <Icon name="warn" /> <span>{t("linkLost")}</span>
          {connection.unanswered > 0 && (
            <span class="quiet">{t("unsent", { n: connection.unanswered })}</span>
          )}
        </p>
      )}
      {sick.map((part) => (
        <Sick key={part.id} part={part} />
      ))}
      {reading.map((part) => (
        <p key={part.id} class="banner info">
          <Icon name="post" />
          <span>
            {t("reading", {
              file: String(part.facts.file),
              done: Number(part.facts.pages_done),
              total: Number(part.facts.pages_total),
            })}
          </span>
          <progress
            value={Number(part.facts.pages_done)}
            max={Number(part.facts.pages_total)}
            aria-label={t("part_post")}
          />
        </p>
      ))}
    </section>
  );
}

function Sick({ part }: { part: HealthRow }) {
  return (
    <p class="banner warn" role="status">
      <Icon name="warn" />
      <span>
        <strong>{t("isDown", { part: tCode("part", part.id) })}</strong> {part.hint}
      </span>
    </p>
  );
}
