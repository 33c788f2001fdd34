import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { get } from "../api";
import { clock, moment, phone } from "../format";
import { t, tCode } from "../i18n";
import { act, now, route, state, toast } from "../store";
import type { MessageRow, Messages as Page, SaveMessage } from "../wire";
import { Recorder, uploaded } from "./MenuPrompts";

const LANGUAGES = ["sv", "en", "fi"] as const;
/** Milliseconds: how many were helped is not pushed. */
const COUNTED_EVERY = 5000;
const HOURS = [1, 2, 4, 8, 24] as const;

type Form = SaveMessage & { recorded?: boolean };
const EMPTY: Form = { name: "", text: { sv: "" }, must_stay: false };

/** Messages before the queue: templates, what is on and until when, and how many were helped. */
export function Messages() {
  const page = useSignal<Page | null>(null);
  const editing = useSignal<Form | null>(null);
  const load = async () => {
    page.value = await get<Page>("/api/console/messages").catch(() => null);
  };
  useEffect(() => {
    void load();
    const timer = setInterval(() => void load(), COUNTED_EVERY);
    return () => clearInterval(timer);
  }, [state.value.announcements]);
  // From the banner of a surge: composed at once, from the template that fits.
  useEffect(() => {
    const surge = state.value.surges[route.value.id];
    if (!surge || !page.value || editing.value) return;
    const template = page.value.messages.find(
      (one) => one.topic_id === surge.topic_id && one.topic_id !== null,
    );
    const name = state.value.topics[surge.topic_id ?? 0]?.name ?? surge.key;
    editing.value = template
      ? formOf(template)
      : {
          ...EMPTY,
          name,
          topic_id: surge.topic_id,
          text: { sv: t("surgeTemplate", { what: name.toLowerCase() }) },
        };
  }, [page.value, route.value.id]);
  if (!page.value) return <p class="loading">{t("loading")}</p>;
  return (
    <main id="main" class="page messages-page" tabIndex={-1}>
      <header class="with-button">
        <h1>{t("lineMessages")}</h1>
        <button
          type="button"
          class="primary"
          data-testid="new-message"
          onClick={() => {
            editing.value = { ...EMPTY };
          }}
        >
          {t("newMessage")}
        </button>
      </header>
      <p class="quiet">{t("lineMessagesHint", { line: page.value.line })}</p>
      {editing.value && <Editor form={editing} page={page.value} reload={load} />}
      <List
        page={page.value}
        edit={(row) => {
          editing.value = formOf(row);
        }}
        reload={load}
      />
      <Code has={page.value.has_code} reload={load} />
    </main>
  );
}

const formOf = (row: MessageRow): Form => ({
  id: row.id,
  name: row.name,
  text: { sv: "", ...row.text },
  recorded: row.recorded,
  keep_recording: row.recorded,
  address_point_id: row.address_point_id,
  topic_id: row.topic_id,
  must_stay: row.must_stay,
});

function Editor({
  form,
  page,
  reload,
}: {
  form: { value: Form | null };
  page: Page;
  reload: () => Promise<void>;
}) {
  const minutes = useSignal(120);
  const now = form.value ?? EMPTY;
  const set = (some: Partial<Form>) => {
    form.value = { ...now, ...some };
  };
  const save = async (on: boolean) => {
    const { recorded: _, ...args } = now;
    const id = await act("message_save", args);
    if (id === undefined) return;
    if (on && (await act("message_on", { id, minutes: minutes.value })) === undefined) return;
    const surge = state.value.surges[route.value.id];
    if (on && surge) await act("surge_settle", { surge_id: surge.id });
    toast(t(on ? "messageIsOn" : "saved"));
    form.value = null;
    await reload();
  };
  const languages = [...new Set([...LANGUAGES, ...Object.keys(now.text)])];
  return (
    <form
      class="editor"
      data-testid="message-editor"
      aria-label={t("newMessage")}
      onSubmit={(e) => {
        e.preventDefault();
        void save(true);
      }}
    >
      <label>
        {t("name")}
        <input
          required
          maxLength={100}
          value={now.name}
          data-testid="message-name"
          onInput={(e) => set({ name: e.currentTarget.value })}
        />
      </label>
      <label>
        {t("messageNumber")}
        <select
          value={now.address_point_id ?? ""}
          onChange={(e) => set({ address_point_id: Number(e.currentTarget.value) || null })}
        >
          <option value="">{t("allNumbers")}</option>
          {page.numbers.map((one) => (
            <option key={one.id} value={one.id}>
              {phone(one.address)}
            </option>
          ))}
        </select>
      </label>
      <label>
        {t("topic")}
        <select
          value={now.topic_id ?? ""}
          onChange={(e) => set({ topic_id: Number(e.currentTarget.value) || null })}
        >
          <option value="">{t("allTopics")}</option>
          {Object.values(state.value.topics).map((one) => (
            <option key={one.id} value={one.id}>
              {one.name}
            </option>
          ))}
        </select>
      </label>
      {languages.map((one) => (
        <label key={one} class="whole">
          {t("messageText", { language: tCode("lang", one) })}
          <textarea
            rows={one === "sv" ? 3 : 2}
            maxLength={600}
            lang={one}
            value={now.text[one] ?? ""}
            data-testid={`message-${one}`}
            onInput={(e) => set({ text: { ...now.text, [one]: e.currentTarget.value } })}
          />
        </label>
      ))}
      <label class="check whole">
        <input
          type="checkbox"
          checked={!!now.must_stay}
          onChange={(e) => set({ must_stay: e.currentTarget.checked })}
        />
        {t("mustStay")}
      </label>
      <p class="buttons whole">
        <Recorder
          done={async (file) => {
            const upload = await uploaded(file);
            if (upload) set({ upload, recorded: true });
          }}
        />
        {now.recorded && (
          <>
            <span class="tag good">{t("recorded")}</span>
            <button
              type="button"
              class="small"
              onClick={() => set({ recorded: false, upload: "", keep_recording: false })}
            >
              {t("speakInstead")}
            </button>
          </>
        )}
      </p>
      <p class="buttons whole">
        <button
          type="button"
          onClick={() => {
            form.value = null;
          }}
        >
          {t("cancel")}
        </button>
        <button type="button" onClick={() => void save(false)}>
          {t("saveTemplate")}
        </button>
        <Hours minutes={minutes} />
        <button type="submit" class="primary" data-testid="message-save-on">
          {t("switchOn")}
        </button>
      </p>
    </form>
  );
}

function Hours({ minutes }: { minutes: { value: number } }) {
  return (
    <label class="inline">
      {t("forHowLong")}
      <select
        value={minutes.value}
        onChange={(e) => {
          minutes.value = Number(e.currentTarget.value);
        }}
      >
        {HOURS.map((hours) => (
          <option key={hours} value={hours * 60}>
            {t("hoursLong", { n: hours })}
          </option>
        ))}
      </select>
    </label>
  );
}

function List({
  page,
  edit,
  reload,
}: {
  page: Page;
  edit: (row: MessageRow) => void;
  reload: () => Promise<void>;
}) {
  if (page.messages.length === 0) return <p class="quiet">{t("noMessages")}</p>;
  return (
    <ul class="cards" data-testid="messages">
      {page.messages.map((row) => (
        <Card key={row.id} row={row} page={page} edit={() => edit(row)} reload={reload} />
      ))}
    </ul>
  );
}

function Card({
  row,
  page,
  edit,
  reload,
}: {
  row: MessageRow;
  page: Page;
  edit: () => void;
  reload: () => Promise<void>;
}) {
  const minutes = useSignal(120);
  const isOn = row.active_until !== null && Date.parse(row.active_until) > now.value;
  const done = async (result: Promise<unknown>) => {
    if ((await result) !== undefined) await reload();
  };
  const number = page.numbers.find((one) => one.id === row.address_point_id)?.address;
  return (
    <li class={isOn ? "on" : ""}>
      <h2>
        {row.name}{" "}
        {isOn && row.active_until && (
          <span class="tag bad">{t("onUntil", { time: clock(row.active_until) })}</span>
        )}
      </h2>
      <p>{row.text.sv || Object.values(row.text)[0] || t("recorded")}</p>
      <p class="quiet">
        {number ? phone(number) : t("allNumbers")} ·{" "}
        {row.topic_id ? state.value.topics[row.topic_id]?.name : t("allTopics")}
        {row.must_stay && ` · ${t("mustStayShort")}`}
        {row.switched_at && ` · ${t("switchedBy", { name: row.switched_by, time: moment(row.switched_at) })}`}
      </p>
      {row.switched_at && <p>{t("helped", { heard: row.heard, helped: row.helped })}</p>}
      {row.recorded && (
        // biome-ignore lint/a11y/useMediaCaption: spoken by a colleague, without a text
        <audio controls preload="none" src={`/api/console/messages/${row.id}/sound`} aria-label={row.name} />
      )}
      <p class="buttons">
        <Hours minutes={minutes} />
        {isOn ? (
          <>
            <button
              type="button"
              onClick={() => void done(act("message_prolong", { id: row.id, minutes: minutes.value }))}
            >
              {t("prolong")} <span class="hidden">{row.name}</span>
            </button>
            <button
              type="button"
              class="primary"
              onClick={() => void done(act("message_off", { id: row.id }))}
              data-testid={`off-${row.id}`}
            >
              {t("switchOff")} <span class="hidden">{row.name}</span>
            </button>
          </>
        ) : (
          <>
            <button
              type="button"
              class="primary"
              onClick={() => void done(act("message_on", { id: row.id, minutes: minutes.value }))}
              data-testid={`on-${row.id}`}
            >
              {t("switchOn")} <span class="hidden">{row.name}</span>
            </button>
            <button type="button" onClick={() => void done(act("message_remove", { id: row.id }))}>
              {t("removeMessage")} <span class="hidden">{row.name}</span>
            </button>
          </>
        )}
        <button type="button" onClick={edit}>
          {t("edit")} <span class="hidden">{row.name}</span>
        </button>
      </p>
    </li>
  );
}

function Code({ has, reload }: { has: boolean; reload: () => Promise<void> }) {
  const code = useSignal("");
  const set = async (event: Event) => {
    event.preventDefault();
    if ((await act("set_phone_code", { code: code.value })) === undefined) return;
    toast(t(code.value ? "codeSet" : "codeGone"));
    code.value = "";
    await reload();
  };
  return (
    <section aria-labelledby="code-title">
      <h2 id="code-title">{t("phoneCode")}</h2>
      <p class="quiet">{t(has ? "phoneCodeHas" : "phoneCodeHint")}</p>
      <form class="controls" onSubmit={(e) => void set(e)}>
        <label>
          {t("newCode")}
          <input
            type="password"
            inputMode="numeric"
            autocomplete="off"
            maxLength={12}
            value={code.value}
            onInput={(e) => {
              code.value = e.currentTarget.value.replace(/\D/g, "");
            }}
          />
        </label>
        <button type="submit">{t(code.value || !has ? "setCode" : "takeCodeAway")}</button>
      </form>
    </section>
  );
}
