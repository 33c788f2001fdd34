import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { post } from "../api";
import { t } from "../i18n";
import { announce, go, headingTo, searched } from "../store";
import type { CaseBrief, CitizenRow, Citizens, Found } from "../wire";
import { CaseLines } from "./CaseLines";
import { marksText } from "./CitizenPanel";
import { Icon } from "./Icon";

export function Search() {
  const q = searched.value;
  const cases = useSignal<CaseBrief[]>([]);
  const people = useSignal<CitizenRow[]>([]);
  const before = useSignal<number | null>(null);
  const state = useSignal<"idle" | "busy" | "done" | "failed">("idle");
  const look = async (from: number | null) => {
    if (!q) return;
    state.value = "busy";
    try {
      const [found, persons] = await Promise.all([
        post<Found>("/api/console/search", { q, before: from }),
        from === null ? post<Citizens>("/api/console/citizens", { q }) : null,
      ]);
      if (q !== searched.value) return;
      cases.value = from === null ? found.cases : [...cases.value, ...found.cases];
      if (persons) people.value = persons.citizens;
      before.value = found.before;
      state.value = "done";
      announce(t("hits", { n: cases.value.length }));
      if (from === null) headingTo("search-title");
    } catch {
      state.value = "failed";
    }
  };
  useEffect(() => {
    cases.value = [];
    people.value = [];
    before.value = null;
    void look(null);
  }, [q]);
  const isEmpty = state.value === "done" && cases.value.length + people.value.length === 0;
  return (
    <main id="main" class="page" tabIndex={-1}>
      <h1 id="search-title" tabIndex={-1}>
        {t("searchTitle")}
      </h1>
      {isEmpty && <p>{t("noHits", { q })}</p>}
      {state.value === "failed" && (
        <p class="error" role="alert">
          {t("failed")}
        </p>
      )}
      {people.value.length > 0 && <PeopleFound people={people.value} />}
      {cases.value.length > 0 && (
        <section aria-labelledby="found-cases">
          <h2 id="found-cases">{t("work")}</h2>
          <CaseLines cases={cases.value} />
        </section>
      )}
      {before.value !== null && (
        <p>
          <button type="button" disabled={state.value === "busy"} onClick={() => void look(before.value)}>
            {t("older")}
          </button>
        </p>
      )}
    </main>
  );
}

function PeopleFound({ people }: { people: CitizenRow[] }) {
  return (
    <section aria-labelledby="found-people">
      <h2 id="found-people">{t("citizens")}</h2>
      <ul class="found-people">
        {people.map((one) => (
          <li key={one.id}>
            <button type="button" class="row" onClick={() => go("citizen", one.id)}>
              <span class="channel">
                <Icon name="person" size={17} />
              </span>
              <span class="lines">
                <strong>{one.name || t("protectedIdentity")}</strong>
                <span class="quiet number">{marksText(one.marks)}</span>
              </span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
