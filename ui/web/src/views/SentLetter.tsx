import { t, tCode } from "../i18n";
import { act } from "../store";
import type { ContactRow } from "../wire";
import { CardHead, Files } from "./Cards";
import { Icon } from "./Icon";

/** A letter of ours: what it says, how far it has come, and what may be done about it. */
export function SentLetter({ contact }: { contact: ContactRow }) {
  const letter = contact.letter;
  return (
    <article class="card mail out" tabIndex={-1} data-testid="sent-letter">
      <CardHead contact={contact} title={t("letterOf", { to: contact.recipients[0] ?? "" })}>
        {contact.user && <span class="quiet">{contact.user}</span>}
        {letter && (
          <span class={`tag letter-${letter.state}`} data-testid="letter-state">
            {tCode("letter", letter.state)}
            {letter.way === "digital" && ` · ${t("letter_digital")}`}
          </span>
        )}
      </CardHead>
      {letter?.forwarded && (
        <p class="quiet">
          <Icon name="lock" size={14} /> {t("letterForwarded")}
        </p>
      )}
      {letter?.error && letter.state !== "handed_over" && letter.state !== "delivered" && (
        <p class="error">{tCode("letterError", letter.error)}</p>
      )}
      {contact.subject && <p class="subject-line">{contact.subject}</p>}
      <p class="text">{contact.text}</p>
      <Files files={contact.files} />
      {letter && (
        <p class="card-actions">
          {letter.may_cancel && (
            <button
              type="button"
              class="small"
              data-testid="letter-cancel"
              onClick={() => void act("cancel_letter", { contact_id: contact.id })}
            >
              {t("letterCancel")}
            </button>
          )}
          {letter.state !== "queued" && letter.state !== "handing" && (
            <button
              type="button"
              class="small"
              data-testid="letter-again"
              onClick={() => void act("send_letter_again", { contact_id: contact.id })}
            >
              {t("letterAgain")}
            </button>
          )}
        </p>
      )}
    </article>
  );
}
