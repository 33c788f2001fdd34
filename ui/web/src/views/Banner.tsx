import { isWord, t, tCode, type Word } from "../i18n";
import { isOutdated, isSupervisor, link, state, unsent } from "../store";
import type { HealthRow } from "../wire";
import { Draining } from "./Exchanges";
import { Icon } from "./Icon";
import { LineMessages } from "./LineMessages";

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
      {isOutdated.value && (
        <p class="banner info" role="status">
          <Icon name="check" /> <span>{t("newVersion")}</span>
          <button type="button" class="small" onClick={() => location.reload()}>
            {t("reload")}
          </button>
        </p>
      )}
      <LineMessages />
      <Draining />
      {sick.map((part) => (
        <Sick key={part.id} part={part} />
      ))}
    </section>
  );
}

/** What is wrong, what it means for whoever works here, and, for those who can mend it, what to do. */
function Sick({ part }: { part: HealthRow }) {
  const known = `fault_${part.code}` as Word;
  const exchange = part.id.startsWith("phone:") ? part.id.slice("phone:".length) : "";
  const name = exchange ? t("exchangeNamed", { name: exchange }) : tCode("part", part.id);
  const meaning = `meaning_${exchange ? "exchange" : part.id}` as Word;
  return (
    <p class="banner warn" role="status">
      <Icon name="warn" />
      <span>
        <strong>
          {exchange && isWord(known) && `${name}: `}
          {isWord(known) ? t(known) : t("isDown", { part: name })}
        </strong>{" "}
        {isWord(meaning) && t(meaning)}{" "}
        {isSupervisor.value && part.hint && (
          <span class="hint" lang="en">
            ({part.hint})
          </span>
        )}
      </span>
    </p>
  );
}
