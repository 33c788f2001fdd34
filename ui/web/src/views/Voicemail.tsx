import { duration, phone } from "../format";
import { t } from "../i18n";
import type { ContactRow } from "../wire";
import { CardHead } from "./Cards";
import { Player } from "./Player";

/** What a caller left without anybody's help: a message to listen to, or a wish to be called back. */
export function Voicemail({ contact }: { contact: ContactRow }) {
  const message = contact.files.find((file) => file.role === "voicemail");
  return (
    <article class="card voicemail" tabIndex={-1} data-testid="voicemail">
      <CardHead contact={contact} title={t(message ? "voicemail" : "callWish")} />
      <p>
        <strong class="number">{phone(contact.sender) || t("hiddenNumber")}</strong>
        {message && ` · ${duration(Number(contact.facts.seconds ?? 0))}`}
      </p>
      {message?.url && (
        <Player
          url={message.url}
          peaks={Array.isArray(message.facts.peaks) ? (message.facts.peaks as number[]) : []}
          seconds={Number(message.facts.seconds ?? 0)}
          label={t("voicemail")}
        />
      )}
    </article>
  );
}
