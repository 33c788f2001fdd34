import { t } from "../i18n";
import { act, isAdministrator, isSupervisor, state } from "../store";
import type { HealthRow } from "../wire";
import { Icon } from "./Icon";

const GONE = ["UNAVAILABLE", "INVALID", "UNKNOWN"];

interface Facts {
  exchange?: string;
  calls?: number;
  draining?: boolean;
  left?: number;
  phones?: Record<string, string>;
}

const factsOf = (part: HealthRow) => part.facts as Facts;
const exchanges = () => Object.values(state.value.health).filter((part) => factsOf(part).exchange);

/** The telephone exchanges: how they are, and emptying one for maintenance. */
export function Exchanges() {
  const rows = exchanges();
  if (rows.length === 0) return null;
  return (
    <section class="exchanges" aria-labelledby="exchanges-title">
      <h2 id="exchanges-title">{t("exchanges")}</h2>
      <p class="quiet">{t("exchangesHint")}</p>
      <table class="figures">
        <thead>
          <tr>
            {(["replayExchange", "replayState", "exchangeCalls", "exchangePhones"] as const).map((word) => (
              <th scope="col" key={word}>
                {t(word)}
              </th>
            ))}
            <th scope="col">
              <span class="hidden">{t("exchangeDrain")}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((part) => (
            <Exchange part={part} key={part.id} />
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Exchange({ part }: { part: HealthRow }) {
  const facts = factsOf(part);
  const name = facts.exchange ?? "";
  const draining = facts.draining === true;
  const phones = Object.values(facts.phones ?? {}).filter((one) => !GONE.includes(one)).length;
  return (
    <tr>
      <th scope="row">{name}</th>
      <td>{t(draining ? "exchangeDraining" : part.ok ? "exchangeWell" : "exchangeAway")}</td>
      <td class="number">{facts.calls ?? 0}</td>
      <td class="number">{phones}</td>
      <td>
        <button type="button" onClick={() => act("drain_exchange", { exchange: name, on: !draining })}>
          {t(draining ? "exchangeFill" : "exchangeDrain")}
        </button>
      </td>
    </tr>
  );
}

/** What supervisors are told while an exchange is emptied: how much is left. */
export function Draining() {
  if (!isSupervisor.value && !isAdministrator.value) return null;
  return (
    <>
      {exchanges()
        .filter((part) => factsOf(part).draining)
        .map((part) => (
          <p class="banner info" role="status" key={part.id}>
            <Icon name="warn" />{" "}
            <span>
              {t("exchangeLeft", { name: factsOf(part).exchange ?? "", left: factsOf(part).left ?? 0 })}
            </span>
          </p>
        ))}
    </>
  );
}
