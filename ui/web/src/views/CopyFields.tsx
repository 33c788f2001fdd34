import { useSignal } from "@preact/signals";
import { t } from "../i18n";
import { dialog } from "../store";

/** Who else gets an answer, and when it goes. */
export interface Copies {
  cc: string;
  bcc: string;
  /** Local time as the browser's field has it; empty: at once. */
  at: string;
}
export const NO_COPIES: Copies = { cc: "", bcc: "", at: "" };

export const addresses = (text: string): string[] => text.split(/[,;\s]+/).filter(Boolean);

/** Fields that are seldom wanted, behind one button; open as long as something stands in them. */
export function CopyFields({ copies, change }: { copies: Copies; change: (copies: Copies) => void }) {
  const isOpen = useSignal(false);
  const isUsed = copies.cc !== "" || copies.bcc !== "" || copies.at !== "";
  if (!isOpen.value && !isUsed)
    return (
      <p class="more-fields">
        <button
          type="button"
          class="link"
          data-testid="more-fields"
          onClick={() => {
            isOpen.value = true;
          }}
        >
          {t("moreFields")}
        </button>
        <button
          type="button"
          class="link"
          data-testid="templates"
          onClick={() => {
            dialog.value = "template";
          }}
        >
          {t("templatesTitle")} <kbd>Alt L</kbd>
        </button>
      </p>
    );
  const field = (name: "cc" | "bcc", word: "copyTo" | "blindCopyTo") => (
    <label class="to">
      <span>{t(word)}</span>
      <input
        value={copies[name]}
        data-testid={`reply-${name}`}
        inputMode="email"
        autocomplete="off"
        onInput={(e) => change({ ...copies, [name]: e.currentTarget.value })}
      />
    </label>
  );
  return (
    <div class="copies">
      {field("cc", "copyTo")}
      {field("bcc", "blindCopyTo")}
      <label class="to">
        <span>{t("sendAt")}</span>
        <input
          type="datetime-local"
          value={copies.at}
          data-testid="send-at"
          onInput={(e) => change({ ...copies, at: e.currentTarget.value })}
        />
      </label>
    </div>
  );
}
