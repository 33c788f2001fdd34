import { t } from "../i18n";
import type { ContactRow } from "../wire";

const KINDS = [
  "auto_reply",
  "out_of_office",
  "mailing_list",
  "bulk",
  "delivery_failed",
  "delivery_delayed",
  "delivery_done",
  "challenge",
  "read_receipt",
  "feedback_report",
  "calendar_answer",
  "generated",
] as const;

interface Bounce {
  recipients: string[];
  status: string;
  reason: string;
}

interface ListFields {
  id: string;
  unsubscribe: string;
}

/** As text: whoever unsubscribes does so knowingly, and nothing is opened from here. */
function List({ found }: { found: ListFields }) {
  const rows = [
    [t("mailKnownList"), found.id],
    [t("mailUnsubscribe"), found.unsubscribe],
  ].filter(([, value]) => value);
  return (
    <dl class="quiet small-print" data-testid="mail-list">
      {rows.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** Which kind of machine wrote a mail, and whom a delivery report concerns. Nothing for a person's. */
export function MailKind({ contact }: { contact: ContactRow }) {
  const kind = KINDS.find((one) => one === contact.facts.kind);
  const bounce = contact.facts.bounce as Bounce | undefined;
  if (!kind) return null;
  const about = bounce ? [bounce.recipients.join(", "), bounce.status].filter(Boolean).join(" · ") : "";
  return (
    <>
      <p class="quiet small-print">
        {t(`mailKind_${kind}`)}
        {about && `: ${about}`}
      </p>
      {contact.facts.list !== undefined && <List found={contact.facts.list as ListFields} />}
    </>
  );
}
