import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { get } from "../api";
import { moment, spoken } from "../format";
import { t } from "../i18n";
import { act, toast } from "../store";

interface Held {
  id: number;
  address_point: string;
  sender: string;
  sender_name: string;
  subject: string;
  excerpt: string;
  reason: string;
  arrived_at: string;
}

interface Waiting {
  count: number;
  oldest: string | null;
  mails: Held[];
}

/** Mail that the filter before us calls spam: a human lets it in, or says that it is. */
export function Quarantine() {
  const waiting = useSignal<Waiting | null>(null);
  const failed = useSignal(false);
  const title = useRef<HTMLHeadingElement>(null);
  const load = () =>
    get<Waiting>("/api/console/quarantine").then(
      (found) => {
        waiting.value = found;
      },
      () => {
        failed.value = true;
      },
    );
  useEffect(() => {
    void load();
  }, []);
  const decide = async (verb: "release_mail" | "mark_spam", held: Held) => {
    if ((await act(verb, { held_id: held.id })) !== undefined)
      toast(t(verb === "release_mail" ? "quarantineReleased" : "quarantineMarked"), "good");
    await load();
    title.current?.focus();
  };
  const seen = waiting.value;
  return (
    <section aria-labelledby="quarantine-title" data-testid="quarantine">
      <h2 id="quarantine-title" ref={title} tabIndex={-1}>
        {t("quarantineTitle")}
      </h2>
      <p class="quiet">{t("quarantineIntro")}</p>
      {failed.value && (
        <p class="error" role="alert">
          {t("quarantineFailed")}
        </p>
      )}
      {seen && <p role="status">{summary(seen)}</p>}
      {seen && seen.mails.length > 0 && (
        <ul class="held-mails">
          {seen.mails.map((one) => (
            <HeldMail key={one.id} held={one} decide={decide} />
          ))}
        </ul>
      )}
      {seen && seen.count > seen.mails.length && (
        <p class="quiet">{t("quarantineMore", { n: seen.mails.length })}</p>
      )}
    </section>
  );
}

function summary({ count, oldest }: Waiting): string {
  if (!count || !oldest) return t("quarantineNone");
  return t("quarantineCount", { n: count, age: spoken((Date.now() - Date.parse(oldest)) / 1000) });
}

function HeldMail({
  held,
  decide,
}: {
  held: Held;
  decide: (verb: "release_mail" | "mark_spam", held: Held) => void;
}) {
  const subject = held.subject || t("noSubject");
  const sender = held.sender_name
    ? `${held.sender_name} <${held.sender}>`
    : held.sender || t("unknownSender");
  return (
    <li>
      <details>
        <summary>
          <strong>{subject}</strong> <span class="quiet">{sender}</span>{" "}
          <time class="quiet number" dateTime={held.arrived_at}>
            {moment(held.arrived_at)}
          </time>
        </summary>
        <p class="quiet small-print">
          {t("quarantineTo", { address: held.address_point })} ·{" "}
          {t("quarantineReason", { reason: held.reason })}
        </p>
        <p class="text">{held.excerpt}</p>
      </details>
      <div class="actions">
        <button
          type="button"
          aria-label={t("quarantineOf", { action: t("quarantineRelease"), subject })}
          onClick={() => decide("release_mail", held)}
        >
          {t("quarantineRelease")}
        </button>
        <button
          type="button"
          aria-label={t("quarantineOf", { action: t("quarantineSpam"), subject })}
          onClick={() => decide("mark_spam", held)}
        >
          {t("quarantineSpam")}
        </button>
      </div>
    </li>
  );
}
