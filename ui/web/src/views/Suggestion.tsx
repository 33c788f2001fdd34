import { t } from "../i18n";
import { act, isMine, openCase, state } from "../store";
import { join } from "../verbs";
import type { CaseDetail, CaseRow } from "../wire";
import { Icon } from "./Icon";

/** A letter that carries the number of another case: a human says whether they are one. */
export function Suggestion({ row, detail }: { row: CaseRow; detail: CaseDetail }) {
  const id = row.suggested_case_id;
  if (id === null || !isMine.value) return null;
  const number = detail.suggested?.number ?? state.value.cases[id]?.number ?? `#${id}`;
  return (
    <section class="suggestion" aria-label={t("suggestion", { number })} data-testid="suggestion">
      <Icon name="flag" />
      <button type="button" class="link" onClick={() => openCase(id)}>
        {t("suggestion", { number })}
      </button>
      <span class="quiet">{detail.suggested?.subject}</span>
      <span class="buttons">
        <button type="button" class="small primary" onClick={() => void join(row, id)}>
          {t("join")} <kbd>G</kbd>
        </button>
        <button
          type="button"
          class="small"
          onClick={() => void act("dismiss_suggestion", { case_id: row.id })}
        >
          {t("notSame")}
        </button>
      </span>
    </section>
  );
}
