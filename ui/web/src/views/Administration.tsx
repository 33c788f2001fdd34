import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { ApiError, get, post } from "../api";
import { moment } from "../format";
import { t, tCode } from "../i18n";
import { state } from "../store";
import type { ConfigurationChange, ConfigurationChanges } from "../wire";
import { Exchanges } from "./Exchanges";
import { Overflow } from "./Overflow";
import { Unreachable } from "./Unreachable";
import { Users } from "./Users";

export function Administration() {
  return (
    <main id="main" class="page administration" tabIndex={-1}>
      <header class="with-button">
        <h1>{t("administration")}</h1>
        <a class="button" href="#/menus">
          {t("menus")}
        </a>
      </header>
      <HealthTable />
      <Exchanges />
      <Overflow />
      <Unreachable />
      <Users />
      <Configuration />
    </main>
  );
}

function HealthTable() {
  return (
    <section aria-labelledby="health-title">
      <h2 id="health-title">{t("health")}</h2>
      <table>
        <thead>
          <tr>
            <th scope="col">{t("partName")}</th>
            <th scope="col">{t("partState")}</th>
            <th scope="col">{t("partHint")}</th>
          </tr>
        </thead>
        <tbody>
          {Object.values(state.value.health).map((part) => (
            <tr key={part.id}>
              <th scope="row">{tCode("part", part.id)}</th>
              <td>
                <span class={`tag ${part.ok ? "good" : "bad"}`}>{t(part.ok ? "ok" : "notOk")}</span>{" "}
                <span class="quiet">{part.since && t("since", { time: moment(part.since) })}</span>
              </td>
              <td>{part.hint || part.code}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Configuration() {
  const yaml = useSignal("");
  const changes = useSignal<ConfigurationChange[] | null>(null);
  const applied = useSignal(false);
  const error = useSignal("");
  useEffect(() => {
    get<string>("/api/console/configuration")
      .then((text) => {
        yaml.value = text;
      })
      .catch(() => undefined);
  }, []);
  const send = async (dryRun: boolean) => {
    error.value = "";
    try {
      const found = await post<ConfigurationChanges>("/api/console/configuration", {
        yaml: yaml.value,
        dry_run: dryRun,
      });
      changes.value = found.changes;
      applied.value = !dryRun;
    } catch (problem) {
      changes.value = null;
      error.value = problem instanceof ApiError ? problem.message : t("failed");
    }
  };
  return (
    <section aria-labelledby="configuration-title">
      <h2 id="configuration-title">{t("configuration")}</h2>
      <p class="quiet">{t("configurationHint")}</p>
      <textarea
        class="code"
        rows={18}
        spellcheck={false}
        aria-label={t("configuration")}
        value={yaml.value}
        onInput={(e) => {
          yaml.value = e.currentTarget.value;
          changes.value = null;
        }}
      />
      <p class="error" role="alert">
        {error.value}
      </p>
      <p class="buttons">
        <button type="button" onClick={() => void send(true)}>
          {t("dryRun")}
        </button>
        <button
          type="button"
          class="primary"
          disabled={changes.value === null || applied.value}
          onClick={() => void send(false)}
        >
          {t("applyChanges")}
        </button>
      </p>
      {changes.value && (
        <div role="status">
          <p>{t(applied.value ? "changesMade" : "changesWould", { n: changes.value.length })}</p>
          <ul class="changes">
            {changes.value.map((change) => (
              <li key={change.kind + change.name}>
                <strong>
                  {change.action} {change.kind} {change.name}
                </strong>
                {Object.entries(change.fields).map(([field, [was, then]]) => (
                  <div key={field} class="quiet">
                    {field}: {JSON.stringify(was)} → {JSON.stringify(then)}
                  </div>
                ))}
              </li>
            ))}
          </ul>
        </div>
      )}
    </section>
  );
}
