import { t } from "../i18n";
import type { ContactRow } from "../wire";

interface Trust {
  verdict: "confirmed" | "unconfirmed" | "forged";
  why: "dmarc" | "aligned" | "forwarded" | "policy" | "no_proof" | "no_answer" | "several_senders";
  by: "own" | "gateway";
  domain?: string;
  spf?: string;
  dkim?: string;
  dmarc?: string;
  arc?: string;
}

interface Oddity {
  code: "domain_like" | "name_has_address" | "name_of_ours" | "reply_elsewhere";
  how?: "letters" | "spelling" | "words" | "ending" | "before";
  found: string;
  like?: string;
}

/** Whether a mail's sender is who it says, in words; and what in it is made to be taken for something else. */
export function MailTrust({ contact }: { contact: ContactRow }) {
  const trust = contact.facts.trust as Trust | undefined;
  const odd = (contact.facts.warnings as Oddity[] | undefined) ?? [];
  return (
    <>
      {odd.length > 0 && (
        <section class="care" aria-label={t("warningsTitle")} data-testid="mail-warnings">
          <h3>{t("warningsTitle")}</h3>
          <ul>
            {odd.map((one) => (
              <li key={one.code}>{said(one)}</li>
            ))}
          </ul>
        </section>
      )}
      {trust && <Verdict trust={trust} />}
    </>
  );
}

function said({ code, how, found, like = "" }: Oddity): string {
  if (code === "domain_like") return t(`warning_domain_like_${how ?? "spelling"}`, { found, like });
  return t(`warning_${code}`, { found, like });
}

function Verdict({ trust }: { trust: Trust }) {
  const methods = (["spf", "dkim", "dmarc", "arc"] as const).filter((one) => trust[one]);
  return (
    <details class={`trust ${trust.verdict} small-print`} data-testid="mail-trust">
      <summary>{t(`trust_${trust.verdict}`, { domain: trust.domain || t("unknownSender") })}</summary>
      <p>
        {t(`trustWhy_${trust.why}`)} {t(`trustBy_${trust.by}`)}
      </p>
      {methods.length > 0 && (
        <p class="quiet">{methods.map((one) => `${one.toUpperCase()}: ${trust[one]}`).join(" · ")}</p>
      )}
    </details>
  );
}
