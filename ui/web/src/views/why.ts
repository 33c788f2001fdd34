import { duration } from "../format";
import { t, tCode } from "../i18n";
import type { CaseRow } from "../wire";

/** Why a case is next, in words, from the router's own reasons. */
export function whyText(why: Record<string, unknown>, row: CaseRow): string {
  const sentences = [
    t("why", {
      percent: Math.round(Number(why.used ?? 0) * 100),
      promise: duration(row.promised_seconds),
      priority: tCode("priority", String(why.priority ?? row.priority)).toLowerCase(),
      place: Number(why.place ?? 1),
    }),
  ];
  if (why.preferred) sentences.push(t("whyPreferred"));
  if (Array.isArray(why.skills_relaxed) && why.skills_relaxed.length > 0) sentences.push(t("whyRelaxed"));
  if (why.offered_again) sentences.push(t("whyAgain"));
  return sentences.join(" ");
}
