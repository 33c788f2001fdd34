import { useSignal } from "@preact/signals";
import { post } from "../api";
import { moment, phone } from "../format";
import { t } from "../i18n";
import { act, current, details, openCase, senderOf } from "../store";
import type { CaseBrief, CaseDetail, CaseRow, CitizenRow, Citizens, Mark } from "../wire";
import { ChannelIcon, Icon } from "./Icon";

export function CitizenPanel() {
  const row = current.value;
  const detail = row ? details.value[row.id] : undefined;
  if (!row || !detail) return null;
  return (
    <div class="citizen" data-testid="citizen">
      <h2>{t("citizen")}</h2>
      {detail.masked ? (
        <p class="masked">
          <Icon name="lock" /> {t("protectedIdentity")}
        </p>
      ) : (
        <Who row={row} detail={detail} key={row.id} />
      )}
      {!detail.masked && <Earlier cases={detail.history} />}
    </div>
  );
}

function Who({ row, detail }: { row: CaseRow; detail: CaseDetail }) {
  const editing = useSignal(false);
  const person = detail.citizen;
  if (editing.value)
    return (
      <Form
        row={row}
        person={person}
        detail={detail}
        close={() => {
          editing.value = false;
        }}
      />
    );
  if (person) {
    return (
      <div class="person">
        <p class="name">
          <Icon name="person" />{" "}
          <a href={`#/citizen/${person.id}`} data-testid="citizen-link">
            {person.name || t("citizen")}
          </a>
        </p>
        <Person person={person} />
        <p class="buttons">
          <button
            type="button"
            class="small"
            onClick={() => {
              editing.value = true;
            }}
          >
            {t("edit")}
          </button>
          <button type="button" class="small" onClick={() => void act("unlink_citizen", { case_id: row.id })}>
            {t("unlink")}
          </button>
        </p>
      </div>
    );
  }
  return (
    <div class="person">
      <p class="quiet number">{row.sender ? senderOf(row) : t("anonymous")}</p>
      {detail.maybe.length > 0 && (
        <section class="maybe" aria-label={t("maybe")}>
          <h3>{t("maybe")}</h3>
          <p class="quiet small-print">{t("maybeHint")}</p>
          <People
            people={detail.maybe}
            choose={(id) => void act("link_citizen", { case_id: row.id, citizen_id: id })}
          />
        </section>
      )}
      <FindPerson row={row} />
      <p class="buttons">
        <button
          type="button"
          class="small"
          onClick={() => {
            editing.value = true;
          }}
          data-testid="new-citizen"
        >
          <Icon name="plus" size={14} /> {t("newCitizen")}
        </button>
      </p>
    </div>
  );
}

/** What is known of somebody. */
export function Person({ person }: { person: CitizenRow }) {
  return (
    <>
      {person.protected && (
        <p class="tag protected">
          <Icon name="lock" size={13} /> {t("protectedIdentity")}
        </p>
      )}
      <Marks marks={person.marks} />
      {person.address && <p class="text">{person.address}</p>}
      {person.note && <p class="text quiet">{person.note}</p>}
    </>
  );
}

function People({ people, choose }: { people: CitizenRow[]; choose: (id: number) => void }) {
  return (
    <ul class="people">
      {people.map((one) => (
        <li key={one.id}>
          <span>
            <strong>{one.name}</strong>
            <Marks marks={one.marks} />
          </span>
          <button
            type="button"
            class="small"
            onClick={() => choose(one.id)}
            aria-label={`${t("choose")}: ${one.name}`}
          >
            {t("choose")}
          </button>
        </li>
      ))}
    </ul>
  );
}

const markText = (mark: Mark) => (mark.kind === "phone" ? phone(mark.value) : mark.value);
export const marksText = (marks: Mark[]) => marks.map(markText).join(" · ");

function Marks({ marks }: { marks: Mark[] }) {
  return (
    <ul class="marks">
      {marks.map((mark) => (
        <li key={mark.kind + mark.value} class="number">
          {markText(mark)}
        </li>
      ))}
    </ul>
  );
}

function FindPerson({ row }: { row: CaseRow }) {
  const words = useSignal("");
  const found = useSignal<CitizenRow[] | null>(null);
  const look = async () => {
    if (!words.value.trim()) return;
    found.value =
      (await post<Citizens>("/api/console/citizens", { q: words.value }).catch(() => null))?.citizens ?? [];
  };
  return (
    <form
      role="search"
      aria-label={t("findCitizen")}
      class="find"
      onSubmit={(e) => {
        e.preventDefault();
        void look();
      }}
    >
      <label>
        <span>{t("findCitizen")}</span>
        <input
          type="search"
          value={words.value}
          onInput={(e) => {
            words.value = e.currentTarget.value;
          }}
        />
      </label>
      {found.value &&
        (found.value.length > 0 ? (
          <People
            people={found.value}
            choose={(id) => void act("link_citizen", { case_id: row.id, citizen_id: id })}
          />
        ) : (
          <p class="quiet">{t("noHits", { q: words.value })}</p>
        ))}
    </form>
  );
}

function Form({
  row,
  person,
  detail,
  close,
}: {
  row: CaseRow;
  person: CitizenRow | null;
  detail: CaseDetail;
  close: () => void;
}) {
  const from = detail.contacts.find((contact) => contact.direction === "in");
  const known = (kind: Mark["kind"]) => person?.marks.find((mark) => mark.kind === kind)?.value ?? "";
  const values = {
    name: useSignal(person?.name ?? from?.sender_name ?? ""),
    personal_number: useSignal(known("personal_number")),
    phone: useSignal(known("phone") || (from?.sender.startsWith("+") ? from.sender : "")),
    email: useSignal(known("email") || (from?.sender.includes("@") ? from.sender : "")),
    address: useSignal(person?.address ?? ""),
  };
  const hidden = useSignal(person?.protected ?? row.protected);
  const save = async () => {
    const marks = (["personal_number", "phone", "email"] as const)
      .map((kind) => ({ kind, value: values[kind].value.trim() }))
      .filter((mark) => mark.value !== "");
    const args = {
      case_id: row.id,
      name: values.name.value,
      address: values.address.value,
      protected: hidden.value,
      marks,
    };
    const answer = await act("link_citizen", person ? { ...args, citizen_id: person.id } : args);
    if (answer !== undefined) close();
  };
  const field = (name: keyof typeof values, word: Parameters<typeof t>[0]) => (
    <label>
      {t(word)}
      <input
        value={values[name].value}
        onInput={(e) => {
          values[name].value = e.currentTarget.value;
        }}
        autocomplete="off"
        data-testid={`citizen-${name}`}
      />
    </label>
  );
  return (
    <form
      class="person"
      onSubmit={(e) => {
        e.preventDefault();
        void save();
      }}
    >
      {field("name", "name")}
      {field("personal_number", "personalNumber")}
      {field("phone", "phone")}
      {field("email", "email")}
      {field("address", "address")}
      <label class="check">
        <input
          type="checkbox"
          checked={hidden.value}
          onChange={(e) => {
            hidden.value = e.currentTarget.checked;
          }}
        />{" "}
        {t("protectedFlag")}
      </label>
      <p class="buttons">
        <button type="button" class="small" onClick={close}>
          {t("cancel")}
        </button>
        <button type="submit" class="small primary" data-testid="citizen-save">
          {t("save")}
        </button>
      </p>
    </form>
  );
}

function Earlier({ cases }: { cases: CaseBrief[] }) {
  return (
    <section class="earlier" aria-label={t("earlierCases")}>
      <h3>{t("earlierCases")}</h3>
      {cases.length === 0 && <p class="quiet">{t("noEarlier")}</p>}
      <ul>
        {cases.map((one) => (
          <li key={one.id}>
            <button type="button" class="row" onClick={() => openCase(one.id)}>
              <ChannelIcon channel={one.channel} />
              <span class="lines">
                <span class="first">
                  <span class="number">{one.number}</span> <span class="quiet">{moment(one.opened_at)}</span>
                </span>
                <span class="second">
                  <span class="about">{one.subject || one.sender}</span>
                </span>
              </span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
