import { useSignal } from "@preact/signals";
import { t } from "../i18n";
import { act, isSupervisor } from "../store";
import type { FileRow } from "../wire";
import { Icon } from "./Icon";

interface Scan {
  state: "clean" | "infected" | "waiting" | "too_large";
  name?: string;
}

/** What the virus scanner found in a file; nothing where there is none. */
export function scanOf(file: FileRow): Scan | undefined {
  return file.facts.scan as Scan | undefined;
}

/** A file that the scanner has not seen is said to be so. */
export function Unscanned({ file }: { file: FileRow }) {
  const state = scanOf(file)?.state;
  if (state !== "waiting" && state !== "too_large") return null;
  return <span class="quiet small-print">{t(`scan_${state}`)}</span>;
}

/** A file in which a virus was found: named, and fetched only with a reason, by those who may. */
export function LockedFile({ file }: { file: FileRow }) {
  const asking = useSignal(false);
  const reason = useSignal("");
  const name = file.role === "original" ? t("original") : file.name;
  const unlock = async (event: Event) => {
    event.preventDefault();
    const url = await act("unlock_file", { file_id: file.id, reason: reason.value });
    if (!url) return;
    asking.value = false;
    reason.value = "";
    window.location.assign(url);
  };
  return (
    <span class="locked-file" data-testid="locked-file">
      <Icon name="file" size={15} /> {name}{" "}
      <span class="tag bad">{t("scan_infected", { name: scanOf(file)?.name ?? "" })}</span>
      {isSupervisor.value && (
        <button
          type="button"
          aria-expanded={asking.value}
          onClick={() => {
            asking.value = !asking.value;
          }}
        >
          {t("unlock")}
          <span class="hidden"> {name}</span>
        </button>
      )}
      {asking.value && (
        <form onSubmit={unlock}>
          <label>
            {t("unlockReason")}
            <input
              value={reason.value}
              minLength={5}
              maxLength={500}
              required
              onInput={(e) => {
                reason.value = e.currentTarget.value;
              }}
            />
          </label>
          <button type="submit">{t("unlockDo")}</button>
        </form>
      )}
    </span>
  );
}
