import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { moment, phone } from "../format";
import { t } from "../i18n";
import { act, current, toast } from "../store";
import type { DirectoryRow } from "../wire";
import { AbsenceForm } from "./AbsenceForm";
import { statusText } from "./Directory";
import { Icon } from "./Icon";

const KINDS = ["extension", "work", "direct", "mobile"] as const;

/** One colleague: where, until when, how to reach them, and what may be done for them. */
export function DirectoryPerson({
  person,
  changed,
  leave,
}: {
  person: DirectoryRow;
  changed: () => void;
  leave: () => void;
}) {
  const doing = useSignal<"mail" | "absence" | null>(null);
  const back = (event: KeyboardEvent) => {
    if (event.key !== "Escape") return;
    event.preventDefault();
    if (doing.value) doing.value = null;
    else leave();
  };
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (!event.altKey || event.shiftKey || event.code !== "KeyJ" || !person.has_mail) return;
      event.preventDefault();
      doing.value = "mail";
    };
    window.addEventListener("keydown", onKey, true);
    return () => window.removeEventListener("keydown", onKey, true);
  }, [person.has_mail]);
  const show = (what: "mail" | "absence") => {
    doing.value = doing.value === what ? null : what;
  };
  return (
    <section class="person" aria-labelledby="person-title" data-testid="directory-person" onKeyDown={back}>
      <h2 id="person-title" tabIndex={-1}>
        {person.name} {person.protected && <Icon name="lock" size={15} />}
      </h2>
      <p class="quiet">{[person.title, person.unit].filter(Boolean).join(", ")}</p>
      <p class={`standing presence-${person.presence}`}>
        <span class="dot" aria-hidden="true" /> {statusText(person)}{" "}
        {person.reason && person.layer && (
          <span class="quiet">({t(`layer_${person.layer}` as "layer_hand")})</span>
        )}
      </p>
      {person.calendar_stale && (
        <p class="warning">
          <Icon name="warn" size={15} /> {t("calendarStale", { time: moment(person.calendar_stale) })}
        </p>
      )}
      <Numbers person={person} />
      <p class="buttons">
        {person.has_mail && (
          <button
            type="button"
            aria-expanded={doing.value === "mail"}
            onClick={() => show("mail")}
            data-testid="mail"
          >
            {t("mailColleague")} <kbd>Alt J</kbd>
          </button>
        )}
        {person.may_set && (
          <button
            type="button"
            aria-expanded={doing.value === "absence"}
            onClick={() => show("absence")}
            data-testid="absence"
          >
            {t("setAbsence")}
          </button>
        )}
      </p>
      {doing.value === "mail" && <Mail person={person} done={() => show("mail")} />}
      {doing.value === "absence" && (
        <AbsenceForm
          title={t("setAbsenceOf", { name: person.name })}
          name={person.name}
          personId={person.id}
          absent={person.reason !== "" && person.layer !== "hours"}
          changed={() => {
            doing.value = null;
            changed();
          }}
        />
      )}
    </section>
  );
}

function Numbers({ person }: { person: DirectoryRow }) {
  const known = KINDS.filter((kind) => person.numbers[kind]);
  return (
    <>
      {person.protected && known.length === 0 && <p class="quiet">{t("numbersHidden")}</p>}
      <dl>
        {known.map((kind) => (
          <div key={kind}>
            <dt>{t(`number_${kind}`)}</dt>
            <dd class="number">{phone(person.numbers[kind] ?? "")}</dd>
          </div>
        ))}
        {person.email && (
          <div>
            <dt>{t("email")}</dt>
            <dd>{person.email}</dd>
          </div>
        )}
        {person.words.length > 0 && (
          <div>
            <dt>{t("searchWords")}</dt>
            <dd>{person.words.join(", ")}</dd>
          </div>
        )}
      </dl>
    </>
  );
}

/** About the case that is open, if there is one: its number and the caller's are filled in. */
function Mail({ person, done }: { person: DirectoryRow; done: () => void }) {
  const row = current.value;
  const isCall = row?.channel === "phone" || row?.channel === "callback";
  const number = useSignal(row && isCall && !row.protected ? row.sender : "");
  const text = useSignal("");
  const send = async (event: Event) => {
    event.preventDefault();
    const sent = await act("mail_colleague", {
      person_id: person.id,
      case_id: row?.id ?? null,
      number: number.value,
      text: text.value,
    });
    if (sent === undefined) return;
    toast(t("mailSent", { name: person.name }));
    done();
  };
  return (
    <form
      class="editor"
      onSubmit={send}
      aria-label={t("mailTitle", { name: person.name })}
      data-testid="mail-form"
    >
      {row && <p class="quiet">{t("mailAbout", { number: row.number })}</p>}
      <label>
        {t("mailNumber")}
        <input
          ref={(box) => void (box && !text.value && box.focus())}
          value={number.value}
          maxLength={40}
          autocomplete="off"
          onInput={(e) => {
            number.value = e.currentTarget.value;
          }}
        />
      </label>
      <label>
        {t("mailText")}
        <textarea
          rows={3}
          maxLength={2000}
          value={text.value}
          onInput={(e) => {
            text.value = e.currentTarget.value;
          }}
        />
      </label>
      <p class="buttons">
        <button type="submit" class="primary" data-testid="mail-send">
          {t("mailSend")}
        </button>
      </p>
    </form>
  );
}
