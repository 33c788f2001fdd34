import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { post } from "../api";
import { moment } from "../format";
import { t, tCode } from "../i18n";
import { announce, isAdministrator } from "../store";
import type { DirectoryRow, Directory as Found } from "../wire";
import { DirectoryImport } from "./DirectoryImport";
import { DirectoryOwn } from "./DirectoryOwn";
import { DirectoryPerson } from "./DirectoryPerson";

const ADDRESS = "/api/console/directory";
const AGAIN = 15_000;

/** Who works here, where they are and when they are back: found as one types, all by keys. */
export function Directory() {
  const words = useSignal("");
  const people = useSignal<DirectoryRow[]>([]);
  const count = useSignal<number | null>(null);
  const at = useSignal(0);
  const asked = useRef(0);
  const input = useRef<HTMLInputElement>(null);
  const look = async (aloud: boolean) => {
    const turn = ++asked.current;
    const q = words.value.trim();
    const found = await post<Found>(ADDRESS, { q }).catch(() => null);
    if (!found || turn !== asked.current) return;
    people.value = found.people;
    count.value = found.count;
    at.value = Math.min(at.value, Math.max(0, found.people.length - 1));
    if (aloud && q)
      announce(t(found.people.length ? "directoryHits" : "directoryNone", { n: found.people.length }));
  };
  useEffect(() => {
    input.current?.focus();
    void look(false);
    const timer = setInterval(() => void look(false), AGAIN);
    return () => clearInterval(timer);
  }, []);
  const person = people.value[at.value] ?? null;
  const onKey = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) at.value = Math.max(0, Math.min(people.value.length - 1, at.value + step));
    else if (event.key === "Enter") document.getElementById("person-title")?.focus();
    else return;
    event.preventDefault();
    document.getElementById(`person-${people.value[at.value]?.id}`)?.scrollIntoView({ block: "nearest" });
  };
  const empty = count.value === 0;
  return (
    <main id="main" class="page directory" tabIndex={-1}>
      <h1>{t("directory")}</h1>
      <div class="finder">
        <label>
          {t("directorySearch")}
          <input
            ref={input}
            type="text"
            role="combobox"
            aria-expanded={people.value.length > 0}
            aria-controls="directory-list"
            aria-autocomplete="list"
            aria-activedescendant={person ? `person-${person.id}` : undefined}
            aria-describedby="directory-keys"
            autocomplete="off"
            placeholder={t("directoryHint")}
            data-testid="directory-search"
            value={words.value}
            onInput={(e) => {
              words.value = e.currentTarget.value;
              at.value = 0;
              void look(true);
            }}
            onKeyDown={onKey}
          />
        </label>
        <p id="directory-keys" class="quiet hint">
          {t("directoryKeys")} {count.value !== null && t("directoryCount", { n: count.value })}
        </p>
      </div>
      {empty && <p>{t("directoryEmpty")}</p>}
      {words.value.trim() && !empty && people.value.length === 0 && <p>{t("directoryNone")}</p>}
      <div class="found">
        <Rows people={people.value} at={at} />
        {person && (
          <DirectoryPerson
            key={person.id}
            person={person}
            changed={() => void look(false)}
            leave={() => input.current?.focus()}
          />
        )}
      </div>
      <DirectoryOwn key={count.value} />
      {isAdministrator.value && <DirectoryImport changed={() => void look(false)} />}
    </main>
  );
}

function Rows({ people, at }: { people: DirectoryRow[]; at: { value: number } }) {
  return (
    <div role="listbox" id="directory-list" aria-label={t("directory")} tabIndex={-1}>
      {people.map((one, place) => (
        // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are those of the field that owns the list
        <div
          key={one.id}
          id={`person-${one.id}`}
          role="option"
          tabIndex={-1}
          aria-selected={place === at.value}
          class={`row presence-${one.presence}`}
          data-testid="directory-row"
          onClick={() => {
            at.value = place;
          }}
        >
          <span class="dot" aria-hidden="true" />
          <span class="who">
            <strong>{one.name}</strong>
            <span class="quiet">{[one.title, one.unit].filter(Boolean).join(", ")}</span>
          </span>
          <span class="where">{statusText(one)}</span>
        </div>
      ))}
    </div>
  );
}

/** `Möte, åter 14:00`; somebody present: what they do, and until when. */
export function statusText(one: DirectoryRow): string {
  const onCall = one.presence === "on_call" ? `${t("presence_on_call")}. ` : "";
  if (one.reason) {
    const back = one.back ? t("backAt", { time: moment(one.back) }) : t("backUnknown");
    return `${onCall}${tCode("absence", one.reason)}, ${back}`;
  }
  if (one.presence === "on_call") return t("presence_on_call");
  const isToday = one.next && new Date(one.next).toDateString() === new Date().toDateString();
  const until = isToday && one.next ? ` ${t("freeUntil", { time: moment(one.next) })}` : "";
  return `${t(`presence_${one.presence}`)}${one.presence === "free" ? until : ""}`;
}
