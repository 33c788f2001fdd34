import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import { ApiError, upload } from "../api";
import { t, tCode } from "../i18n";
import { announce, toast } from "../store";
import type { ImportResult } from "../wire";

const ADDRESS = "/api/console/directory/import";

/** A file is shown first: what would change, and what is wrong on which line. */
export function DirectoryImport({ changed }: { changed: () => void }) {
  const file = useRef<HTMLInputElement>(null);
  const result = useSignal<ImportResult | null>(null);
  const error = useSignal("");
  const send = async (write: boolean) => {
    const chosen = file.current?.files?.[0];
    if (!chosen) return file.current?.focus();
    error.value = "";
    try {
      result.value = await upload<ImportResult>(write ? `${ADDRESS}?write=1` : ADDRESS, chosen);
      if (!write) return announce(t("importWould", values(result.value)));
      toast(t("importDone", values(result.value)));
      result.value = null;
      changed();
    } catch (problem) {
      error.value = problem instanceof ApiError ? problem.message : t("failed");
    }
  };
  return (
    <section aria-labelledby="import-title">
      <h2 id="import-title">{t("importTitle")}</h2>
      <form
        class="editor"
        aria-labelledby="import-title"
        onSubmit={(event) => {
          event.preventDefault();
          void send(false);
        }}
      >
        <label>
          {t("importFile")}
          <input
            ref={file}
            type="file"
            accept=".csv,.txt,text/csv,text/plain"
            required
            data-testid="import-file"
            onChange={() => {
              result.value = null;
            }}
          />
        </label>
        <p class="buttons">
          <button type="submit" data-testid="import-look">
            {t("importLook")}
          </button>
          {result.value && (
            <button type="button" class="primary" onClick={() => void send(true)} data-testid="import-write">
              {t("importWrite")}
            </button>
          )}
        </p>
      </form>
      {error.value && (
        <p class="error" role="alert">
          {error.value}
        </p>
      )}
      {result.value && <Preview result={result.value} />}
    </section>
  );
}

const values = (result: ImportResult) => ({ ...result.counts, same: result.same });

function Preview({ result }: { result: ImportResult }) {
  return (
    <div data-testid="import-preview">
      <p>{t("importWould", values(result))}</p>
      {result.faults.length > 0 && (
        <>
          <p class="warning">{t("importFaults", { n: result.counts.faults ?? 0 })}</p>
          <Table
            label={t("importFaults", { n: result.counts.faults ?? 0 })}
            heads={[t("importLine"), t("importField"), t("importWhat")]}
            rows={result.faults.map((one) => [one.line, one.field, tCode("fault", one.what)])}
          />
        </>
      )}
      {result.changes.length > 0 && (
        <Table
          label={t("importChanges")}
          heads={[t("importChanges"), t("importPerson"), t("importField")]}
          rows={result.changes.map((one) => [
            t(`action_${one.action}`),
            one.name,
            Object.keys(one.fields).join(", "),
          ])}
        />
      )}
    </div>
  );
}

function Table({ label, heads, rows }: { label: string; heads: string[]; rows: (string | number)[][] }) {
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label={label}>
      <table>
        <thead>
          <tr>
            {heads.map((head) => (
              <th scope="col" key={head}>
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((cells, place) => (
            <tr key={place}>
              {cells.map((cell, column) => (
                <td key={column}>{cell}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
