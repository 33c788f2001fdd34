import { bytes, duration, moment, phone } from "../format";
import { t, tCode } from "../i18n";
import { act, now } from "../store";
import type { ContactRow, DeliveryRow, FileRow } from "../wire";
import { ChannelIcon, Icon } from "./Icon";
import { Letter } from "./Letter";
import { LockedFile, scanOf, Unscanned } from "./LockedFile";
import { MailKind } from "./MailKind";
import { MailNotes } from "./MailNotes";
import { MailSeal } from "./MailSeal";
import { MailText } from "./MailText";
import { MailTrust } from "./MailTrust";
import { Outgoing } from "./Outgoing";
import { SentLetter } from "./SentLetter";
import { Tapes } from "./Tape";
import { Voicemail } from "./Voicemail";

/** One contact, by its kind. */
export function Contact({ contact }: { contact: ContactRow }) {
  if (contact.channel === "phone") return <Call contact={contact} />;
  if (contact.channel === "callback") return <Voicemail contact={contact} />;
  if (contact.channel === "post" && contact.direction === "out") return <SentLetter contact={contact} />;
  if (contact.channel === "post") return <Letter contact={contact} />;
  if (contact.channel === "note") return <Note contact={contact} />;
  return <Mail contact={contact} />;
}

export function CardHead({
  contact,
  title,
  children,
}: {
  contact: ContactRow;
  title: string;
  children?: preact.ComponentChildren;
}) {
  return (
    <header>
      <ChannelIcon channel={contact.channel} />
      <h2>{title}</h2>
      {children}
      <time dateTime={contact.arrived_at}>{moment(contact.arrived_at)}</time>
    </header>
  );
}

function Call({ contact }: { contact: ContactRow }) {
  const isOut = contact.direction === "out";
  const waited = contact.answered_at ?? contact.ended_at;
  const talking = contact.answered_at
    ? (Date.parse(contact.ended_at ?? new Date(now.value).toISOString()) - Date.parse(contact.answered_at)) /
      1000
    : null;
  return (
    <article class={`card call ${contact.state}`} tabIndex={-1}>
      <CardHead contact={contact} title={t(isOut ? "outgoingCall" : "incomingCall")}>
        <span class={`tag call-${contact.state}`}>{tCode("callState", contact.state)}</span>
      </CardHead>
      <p>
        <strong class="number">
          {phone(isOut ? (contact.recipients[0] ?? "") : contact.sender) || t("hiddenNumber")}
        </strong>
        {contact.user && ` · ${contact.user}`}
        {waited &&
          !isOut &&
          ` · ${t("waitedBefore", { time: duration((Date.parse(waited) - Date.parse(contact.arrived_at)) / 1000) })}`}
        {talking !== null && ` · ${t("talked", { time: duration(talking) })}`}
      </p>
      <Tapes tapes={contact.tapes} />
    </article>
  );
}

function Note({ contact }: { contact: ContactRow }) {
  const by = contact.user || contact.sender_name || "–";
  return (
    <article class="card note" tabIndex={-1}>
      <CardHead contact={contact} title={t("noteBy", { user: by })} />
      <p class="text">{contact.text}</p>
    </article>
  );
}

function Mail({ contact }: { contact: ContactRow }) {
  const isOut = contact.direction === "out";
  const sender = contact.sender_name
    ? `${contact.sender_name} <${contact.sender}>`
    : contact.sender || t("unknownSender");
  const title = isOut
    ? t("mailTo", { recipients: contact.recipients.join(", ") })
    : t(contact.channel === "web" ? "webFrom" : "mailFrom", { sender });
  return (
    <article class={`card mail ${isOut ? "out" : "in"}`} tabIndex={-1}>
      <CardHead contact={contact} title={title}>
        {contact.user && <span class="quiet">{contact.user}</span>}
        {contact.mail_state && (
          <span class={`tag mail-${contact.mail_state}`}>{t(`mail_${contact.mail_state}`)}</span>
        )}
      </CardHead>
      {isOut && <Outgoing contact={contact} />}
      {contact.subject && <p class="subject-line">{contact.subject}</p>}
      {contact.problem && <p class="error">{t("problem", { problem: contact.problem })}</p>}
      <MailTrust contact={contact} />
      <MailSeal contact={contact} />
      <MailKind contact={contact} />
      <MailNotes contact={contact} />
      <MailText contact={contact} />
      <Files files={contact.files} />
    </article>
  );
}

export function Files({ files }: { files: FileRow[] }) {
  const shown = files.filter(
    (file) => file.role === "attachment" || file.role === "pdf" || file.role === "searchable",
  );
  const originals = files.filter((file) => file.role === "original");
  if (shown.length + originals.length === 0) return null;
  return (
    <ul class="files" aria-label={t("attachments")}>
      {[...shown, ...originals].map((file) => (
        <li key={file.id}>
          {scanOf(file)?.state === "infected" ? (
            <LockedFile file={file} />
          ) : (
            <a href={file.url ?? "#"} target="_blank" rel="noreferrer">
              <Icon name="file" size={15} /> {file.role === "original" ? t("original") : file.name}
              <span class="hidden">{t("newTab")}</span>
              <span class="quiet number">{bytes(file.size)}</span>
            </a>
          )}
          <Unscanned file={file} />
        </li>
      ))}
    </ul>
  );
}

const STEPS = ["received", "in_progress", "answered"] as const;

/** A hand-off: how far it has come, and what the other side says. */
export function Delivery({ delivery }: { delivery: DeliveryRow }) {
  const isTrying = delivery.state === "pending" && delivery.attempts > 0;
  const reached = delivery.remote_status === "returned" ? -1 : STEPS.indexOf(delivery.remote_status as never);
  return (
    <article class="card handoff" tabIndex={-1}>
      <header>
        <span class="channel">
          <Icon name="out" size={17} />
        </span>
        <h2>{t("handoffTo", { target: tCode("connector", delivery.connector) })}</h2>
        <span class={`tag delivery-${delivery.state}`}>{t(`delivery_${delivery.state}`)}</span>
        <time dateTime={delivery.created_at}>{moment(delivery.created_at)}</time>
      </header>
      {delivery.remote_status === "returned" ? (
        <p class="error">{t("remote_returned")}</p>
      ) : (
        <ol class="steps">
          {STEPS.map((step, place) => (
            <li
              key={step}
              class={place <= reached ? "done" : ""}
              aria-current={place === reached ? "step" : undefined}
            >
              {t(`remote_${step}`)}
            </li>
          ))}
        </ol>
      )}
      <p class="quiet">
        {delivery.remote_reference && `${t("reference", { reference: delivery.remote_reference })} `}
        {isTrying && `${t("tryAgainAt", { time: moment(delivery.next_at) })} `}
        {delivery.last_error}
      </p>
      {delivery.state === "given_up" && (
        <button type="button" class="small" onClick={() => void act("resend", { delivery_id: delivery.id })}>
          {t("resend")}
        </button>
      )}
    </article>
  );
}
