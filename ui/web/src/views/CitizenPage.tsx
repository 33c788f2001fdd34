import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { get } from "../api";
import { t } from "../i18n";
import { headingTo } from "../store";
import type { CitizenDetail } from "../wire";
import { CaseLines } from "./CaseLines";
import { Person } from "./CitizenPanel";

/** One citizen: who it is and everything they have come with. */
export function CitizenPage({ id }: { id: number }) {
  const found = useSignal<CitizenDetail | null>(null);
  const failed = useSignal("");
  useEffect(() => {
    get<CitizenDetail>(`/api/console/citizens/${id}`)
      .then((answer) => {
        found.value = answer;
        headingTo("citizen-title");
      })
      .catch((problem: Error) => {
        failed.value = problem.message || t("failed");
      });
  }, [id]);
  const person = found.value?.citizen;
  return (
    <main id="main" class="page" tabIndex={-1} data-testid="citizen-page">
      <h1 id="citizen-title" tabIndex={-1}>
        {person?.name || t("citizen")}
      </h1>
      {failed.value && (
        <p class="error" role="alert">
          {failed.value}
        </p>
      )}
      {person && (
        <section class="card" aria-label={t("citizen")}>
          <Person person={person} />
        </section>
      )}
      {found.value && (
        <section aria-labelledby="citizen-cases">
          <h2 id="citizen-cases">{t("itsCases")}</h2>
          {found.value.cases.length === 0 ? (
            <p class="quiet">{t("noEarlier")}</p>
          ) : (
            <CaseLines cases={found.value.cases} />
          )}
        </section>
      )}
    </main>
  );
}
