import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { get } from "../api";
import { moment } from "../format";
import { t, tCode } from "../i18n";
import { act, toast } from "../store";
import type { DirectoryEntry } from "../wire";
import { AbsenceForm } from "./AbsenceForm";
import { statusText } from "./Directory";
import { Recorder, uploaded } from "./MenuPrompts";

/** One's own absence, calendar and code. Nothing for those who are not in the directory. */
export function DirectoryOwn() {
  const entry = useSignal<DirectoryEntry | null>(null);
  const load = async () => {
    entry.value = await get<DirectoryEntry>("/api/console/directory/own").catch(() => null);
  };
  useEffect(() => void load(), []);
  const own = entry.value;
  if (!own) return null;
  const planned = own.absences.filter((one) => Date.parse(one.begins_at) > Date.now());
  const code = own.absence_code;
  return (
    <section class="own" aria-labelledby="own-title">
      <h2 id="own-title">{t("ownAbsence")}</h2>
      <p class={`standing presence-${own.row.presence}`} data-testid="own-standing">
        <span class="dot" aria-hidden="true" /> {statusText(own.row)}
      </p>
      <AbsenceForm
        title={t("ownAbsence")}
        name={own.row.name}
        personId={null}
        absent={own.row.reason !== "" && own.row.layer !== "hours"}
        changed={() => void load()}
      />
      {planned.length > 0 && (
        <>
          <h3>{t("planned")}</h3>
          <ul>
            {planned.map((one) => (
              <li key={one.id}>
                {tCode("absence", one.reason)} {t("plannedFrom", { time: moment(one.begins_at) })},{" "}
                {one.until ? t("backAt", { time: moment(one.until) }) : t("backUnknown")}
              </li>
            ))}
          </ul>
        </>
      )}
      {code && own.row.numbers.extension && (
        <p class="quiet">{t("byPhone", { code, digits: code.replace(/\D/g, "") })}</p>
      )}
      <NameRecording own={own} changed={() => void load()} />
      <Calendar own={own} changed={() => void load()} />
      <Pin own={own} changed={() => void load()} />
    </section>
  );
}

/** Callers hear one's name as one says it oneself. */
function NameRecording({ own, changed }: { own: DirectoryEntry; changed: () => void }) {
  const keep = async (upload: string) => {
    if ((await act("set_name_recording", { upload })) === undefined) return;
    toast(t(upload ? "nameRecorded" : "nameSpoken"));
    changed();
  };
  const done = async (file: File) => {
    const handle = await uploaded(file);
    if (handle) await keep(handle);
  };
  return (
    <div class="editor" role="group" aria-label={t("nameRecording")} data-testid="name-recording">
      <p class="quiet">
        {t("nameRecording")} {t(own.has_recording ? "nameIsRecorded" : "nameIsSpoken")}
      </p>
      <p class="buttons">
        <Recorder done={(file) => void done(file)} />
        {own.has_recording && (
          <button type="button" onClick={() => void keep("")}>
            {t("nameSpeak")}
          </button>
        )}
      </p>
    </div>
  );
}

function Calendar({ own, changed }: { own: DirectoryEntry; changed: () => void }) {
  const url = useSignal("");
  const save = async (address: string) => {
    if ((await act("set_calendar", { url: address })) === undefined) return;
    url.value = "";
    toast(t("calendarSaved"));
    changed();
  };
  const standing = () => {
    if (own.calendar_failure) return t("calendarFailed", { code: own.calendar_failure });
    return own.calendar_read_at
      ? t("calendarRead", { time: moment(own.calendar_read_at) })
      : t("calendarWaits");
  };
  return (
    <form
      class="editor"
      aria-label={t("calendarAddress")}
      onSubmit={(event) => {
        event.preventDefault();
        void save(url.value);
      }}
    >
      <label>
        {t("calendarAddress")}
        <input
          type="url"
          required
          pattern="https://.*"
          autocomplete="off"
          aria-describedby="calendar-why"
          value={url.value}
          onInput={(e) => {
            url.value = e.currentTarget.value;
          }}
        />
      </label>
      <p class="quiet" id="calendar-why">
        {t("calendarWhy")} {own.has_calendar && standing()}
      </p>
      <p class="buttons">
        {own.has_calendar && (
          <button type="button" onClick={() => void save("")}>
            {t("calendarRemove")}
          </button>
        )}
        <button type="submit">{t("save")}</button>
      </p>
    </form>
  );
}

function Pin({ own, changed }: { own: DirectoryEntry; changed: () => void }) {
  const pin = useSignal("");
  const save = async (event: Event) => {
    event.preventDefault();
    if ((await act("set_absence_code", { pin: pin.value })) === undefined) return;
    pin.value = "";
    toast(t("pinSaved"));
    changed();
  };
  return (
    <form class="editor" onSubmit={save} aria-label={t("pinCode")}>
      <label>
        {t("pinCode")} {own.has_pin && <span class="quiet">{t("hasPin")}</span>}
        <input
          type="password"
          inputMode="numeric"
          autocomplete="new-password"
          required
          pattern="[0-9]{4,12}"
          value={pin.value}
          onInput={(e) => {
            pin.value = e.currentTarget.value;
          }}
        />
      </label>
      <p class="buttons">
        <button type="submit">{t("save")}</button>
      </p>
    </form>
  );
}
