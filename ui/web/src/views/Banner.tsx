import { t, tCode } from "../i18n";
import { link, state, unsent } from "../store";
import type { HealthRow } from "../wire";
import { Icon } from "./Icon";

/** What is down and what to do about it. */
export function Banner() {
  const sick = Object.values(state.value.health).filter((part) => !part.ok);
  const hadLink = Object.keys(state.value.agents).length > 0;
  const isLost = link.value === "lost" || (link.value === "connecting" && hadLink);
  return (
    <section class="banners" aria-label={t("faults")} data-testid="banner">
      {isLost && (
        <p class="banner bad" role="alert">
          <Icon name="warn" /> <span>{t("linkLost")}</span>
          {unsent.value > 0 && <strong>{t("unsent", { n: unsent.value })}</strong>}
        </p>
      )}
      {sick.map((part) => (
        <Sick key={part.id} part={part} />
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
