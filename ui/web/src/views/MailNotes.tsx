import { t } from "../i18n";
import type { ContactRow } from "../wire";

interface Meeting {
  method: string;
  what: string;
  starts: string;
  ends: string;
  where: string;
  organiser: string;
  repeats: boolean;
}

const NOTES = [
  "encrypted",
  "signed",
  "partial",
  "truncated_text",
  "html_withheld",
  "too_many_parts",
  "winmail_unreadable",
] as const;

/** What is particular about a mail: an invitation to a meeting, and what could not be shown or is not proven. */
export function MailNotes({ contact }: { contact: ContactRow }) {
  const meeting = contact.facts.invitation as Meeting | undefined;
  const said = (contact.facts.notes as string[] | undefined) ?? [];
  const smime = contact.facts.smime as { signature?: string; encryption?: string } | undefined;
  const told = { signed: smime?.signature, encrypted: smime?.encryption } as Record<
    string,
    string | undefined
  >;
  const notes = NOTES.filter((note) => said.includes(note) && !told[note]);
  return (
    <>
      {meeting && <Invitation meeting={meeting} />}
      {notes.map((note) => (
        <p key={note} class="quiet small-print">
          {t(`mailNote_${note}`)}
        </p>
      ))}
    </>
  );
}

function Invitation({ meeting }: { meeting: Meeting }) {
  const kind = meeting.method === "CANCEL" ? "cancelled" : meeting.method === "REPLY" ? "reply" : "meeting";
  const times = [meeting.starts, meeting.ends].filter(Boolean).join(" – ");
  const when = meeting.repeats ? `${times} (${t("invitationRepeats")})` : times;
  const rows = [
    [t("invitationWhat"), meeting.what],
    [t("invitationWhen"), when],
    [t("invitationWhere"), meeting.where],
    [t("invitationBy"), meeting.organiser],
  ].filter(([, value]) => value);
  return (
    <section aria-label={t(`invitation_${kind}`)} data-testid="invitation">
      <h3>{t(`invitation_${kind}`)}</h3>
      <dl>
        {rows.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
