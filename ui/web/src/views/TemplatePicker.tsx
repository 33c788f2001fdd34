import { useSignal } from "@preact/signals";
import { t } from "../i18n";
import { act, details, giveBack, unfinishedOf } from "../store";
import { givenBack } from "../undo";
import type { CaseRow, TemplateRow } from "../wire";
import { shut } from "./FormParts";
import { Modal } from "./Modal";

/** Texts that are written often: some letters, arrows, Enter. It is put after what stands in the answer already. */
export function TemplatePicker({ row }: { row: CaseRow }) {
  const detail = details.value[row.id];
  const words = useSignal("");
  const at = useSignal(0);
  if (!detail) return null;
  const wanted = words.value.toLowerCase().trim().split(/\s+/);
  const found = detail.templates
    .filter((one) => wanted.every((word) => one.name.toLowerCase().includes(word)))
    .slice(0, 30);
  const active = found[at.value];
  const take = async (one: TemplateRow | undefined) => {
    if (!one) return;
    const text = await act("fill_template", { case_id: row.id, template_id: one.id });
    shut();
    if (text === undefined) return;
    const begun = unfinishedOf(row.id, "reply", detail).text.trimEnd();
    const whole = begun ? `${begun}\n\n${text}` : text;
    giveBack(row.id, whole);
    givenBack.value += 1;
    await act("save_draft", { case_id: row.id, kind: "reply", text: whole });
    requestAnimationFrame(() =>
      document.querySelector<HTMLTextAreaElement>("[data-testid=reply-text]")?.focus(),
    );
  };
  const onKey = (event: KeyboardEvent) => {
    if (event.key === "ArrowDown") at.value = Math.min(found.length - 1, at.value + 1);
    else if (event.key === "ArrowUp") at.value = Math.max(0, at.value - 1);
    else if (event.key === "Enter") void take(active);
    else return;
    event.preventDefault();
  };
  return (
    <Modal title={t("templatesTitle")} testId="template-dialog">
      {detail.templates.length === 0 ? (
        <p class="quiet">{t("templatesNone")}</p>
      ) : (
        <div class="topics">
          <label>
            {t("templateFind")}
            <input
              data-focus
              role="combobox"
              aria-expanded={found.length > 0}
              aria-controls="template-list"
              aria-autocomplete="list"
              aria-activedescendant={active ? `template-${active.id}` : undefined}
              data-testid="template-find"
              autocomplete="off"
              value={words.value}
              onKeyDown={onKey}
              onInput={(e) => {
                words.value = e.currentTarget.value;
                at.value = 0;
              }}
            />
          </label>
          <ul id="template-list" role="listbox" aria-label={t("templatesTitle")} hidden={found.length === 0}>
            {found.map((one, n) => (
              <li
                key={one.id}
                id={`template-${one.id}`}
                role="option"
                aria-selected={n === at.value}
                onPointerDown={(e) => {
                  e.preventDefault();
                  void take(one);
                }}
              >
                {one.name} <span class="quiet">{one.language}</span>
              </li>
            ))}
          </ul>
        </div>
      )}
    </Modal>
  );
}
