import { moment } from "../format";
import { t } from "../i18n";
import { current, isMine, now } from "../store";
import { undoReply } from "../undo";
import type { ContactRow } from "../wire";

/** Of an answer of ours: who else gets it, when it goes, and how it is taken back until then. */
export function Outgoing({ contact }: { contact: ContactRow }) {
  const { cc, bcc, not_before } = contact.facts as { cc?: string[]; bcc?: string[]; not_before?: string };
  const waits = contact.mail_state === "queued" && !!not_before && Date.parse(not_before) > now.value;
  const row = current.value;
  return (
    <>
      {cc && (
        <p class="quiet">
          {t("copyTo")}: {cc.join(", ")}
        </p>
      )}
      {bcc && (
        <p class="quiet">
          {t("blindCopyTo")}: {bcc.join(", ")}
        </p>
      )}
      {waits && (
        <p class="card-actions">
          <span class="quiet">{t("goesAt", { time: moment(not_before) })}</span>{" "}
          {isMine.value && row && (
            <button
              type="button"
              class="small"
              data-testid="undo-reply"
              onClick={() => void undoReply(row.id, contact.id)}
            >
              {t("undoReply")}
            </button>
          )}
        </p>
      )}
    </>
  );
}
