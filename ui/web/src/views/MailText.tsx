import { useSignal } from "@preact/signals";
import { pieces } from "../fold";
import { t } from "../i18n";
import type { ContactRow } from "../wire";
import { MailFrame } from "./MailFrame";

/** What was written now; the rest unfolds in its place. */
export function MailText({ contact }: { contact: ContactRow }) {
  const formatted = useSignal(false);
  const whole = useSignal(false);
  const parts = pieces(contact.text, contact.facts);
  const hasMore = parts.some((part) => part.folded) && parts.some((part) => !part.folded);
  return (
    <>
      {formatted.value && contact.html_url ? (
        <MailFrame contact={contact} url={contact.html_url} />
      ) : (
        parts.map((part, place) => <Part key={place} {...part} shown={whole.value || !hasMore} />)
      )}
      <p class="switches">
        {hasMore && !formatted.value && (
          <button
            type="button"
            class="plain unfold"
            aria-expanded={whole.value}
            aria-keyshortcuts="q"
            onClick={() => {
              whole.value = !whole.value;
            }}
          >
            {t(whole.value ? "hideEarlier" : "earlierText")}
          </button>
        )}
        {contact.html_url && (
          <button
            type="button"
            class="plain"
            aria-pressed={formatted.value}
            onClick={() => {
              formatted.value = !formatted.value;
            }}
          >
            {t(formatted.value ? "showText" : "showHtml")}
          </button>
        )}
      </p>
    </>
  );
}

/** What is folded is a mark between what is not. */
function Part({ text, folded, shown }: { text: string; folded: boolean; shown: boolean }) {
  const trimmed = text.replace(/^\s*\n/, "").trimEnd();
  if (!folded) return <p class="text">{trimmed}</p>;
  if (shown) return <p class="text folded">{trimmed}</p>;
  return (
    <span class="quiet" aria-hidden="true">
      ⋯
    </span>
  );
}
