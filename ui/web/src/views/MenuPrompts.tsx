import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { ApiError, get, upload } from "../api";
import { duration, moment } from "../format";
import { t, tCode } from "../i18n";
import { type Recording, record } from "../recorder";
import { act, now, toast } from "../store";
import type { PromptRow, Upload } from "../wire";
import { Icon } from "./Icon";

const LANGUAGES = ["sv", "en", "fi"] as const;

/** Recorded prompts in versions. What is not recorded is spoken by the synthesiser. */
export function Prompts() {
  const rows = useSignal<PromptRow[]>([]);
  const key = useSignal("");
  const language = useSignal<string>("sv");
  const load = async () => {
    rows.value = await get<PromptRow[]>("/api/console/prompts").catch(() => []);
  };
  useEffect(() => void load(), []);
  const add = async (file: File, how: "recorded" | "uploaded") => {
    const handle = await uploaded(file);
    if (!handle) return;
    const made = await act("prompt_add", {
      prompt: key.value,
      language: language.value,
      upload: handle,
      how,
    });
    if (made === undefined) return;
    toast(t("promptMade", { key: key.value, n: made }));
    await load();
  };
  const change = async (verb: "prompt_restore" | "prompt_silence", id: number) => {
    if ((await act(verb, { prompt_id: id })) !== undefined) await load();
  };
  return (
    <section aria-labelledby="prompts-title">
      <h2 id="prompts-title">{t("prompts")}</h2>
      <p class="quiet">{t("promptsHint")}</p>
      <div class="controls">
        <label>
          {t("promptKey")}
          <input
            value={key.value}
            pattern="[a-z0-9_\-]+"
            data-testid="prompt-key"
            onInput={(e) => {
              key.value = e.currentTarget.value.toLowerCase().replace(/[^a-z0-9_-]/g, "-");
            }}
          />
        </label>
        <label>
          {t("language")}
          <select
            value={language.value}
            onChange={(e) => {
              language.value = e.currentTarget.value;
            }}
          >
            {LANGUAGES.map((one) => (
              <option key={one} value={one}>
                {tCode("lang", one)}
              </option>
            ))}
          </select>
        </label>
        <Recorder disabled={!key.value} done={(file, how) => void add(file, how)} />
      </div>
      {rows.value.length > 0 && (
        <div class="scroll" tabIndex={0} role="region" aria-label={t("versions", { n: rows.value.length })}>
          <table>
            <thead>
              <tr>
                {(["promptKey", "language", "version", "madeAt", "madeBy", "listen"] as const).map((word) => (
                  <th scope="col" key={word}>
                    {t(word)}
                  </th>
                ))}
                <th scope="col">
                  <span class="hidden">{t("edit")}</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {rows.value.map((row) => (
                <Row key={row.id} row={row} change={change} />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}

function Row({
  row,
  change,
}: {
  row: PromptRow;
  change: (verb: "prompt_restore" | "prompt_silence", id: number) => Promise<void>;
}) {
  return (
    <tr>
      <th scope="row">{row.key}</th>
      <td>{tCode("lang", row.language)}</td>
      <td>
        {row.number} {row.current && <span class="tag good">{t("inForce")}</span>}{" "}
        {row.silent && <span class="tag">{t("spoken")}</span>}
      </td>
      <td>{moment(row.made_at)}</td>
      <td>{row.made_by || "–"}</td>
      <td>
        {!row.silent && (
          // biome-ignore lint/a11y/useMediaCaption: what is said stands as text in the menu
          <audio
            controls
            preload="none"
            src={`/api/console/prompts/${row.id}/sound`}
            aria-label={`${t("listen")}: ${row.key}`}
          />
        )}
      </td>
      <td>
        {row.current
          ? !row.silent && (
              <button type="button" class="small" onClick={() => void change("prompt_silence", row.id)}>
                {t("speakInstead")} <span class="hidden">{row.key}</span>
              </button>
            )
          : !row.silent && (
              <button type="button" class="small" onClick={() => void change("prompt_restore", row.id)}>
                {t("restore")} <span class="hidden">{`${row.key} ${row.number}`}</span>
              </button>
            )}
      </td>
    </tr>
  );
}

/** The id of an uploaded file; says so when it was refused. */
export async function uploaded(file: File): Promise<string | null> {
  try {
    return (await upload<Upload>("/api/console/uploads", file)).id;
  } catch (problem) {
    toast(problem instanceof ApiError ? problem.message : t("failed"), "bad");
    return null;
  }
}

/** Record with the microphone, or choose a WAV file. */
export function Recorder({
  disabled = false,
  done,
}: {
  disabled?: boolean;
  done: (file: File, how: "recorded" | "uploaded") => void;
}) {
  const going = useSignal<Recording | null>(null);
  const since = useSignal(0);
  const file = useRef<HTMLInputElement>(null);
  useEffect(() => () => going.value?.cancel(), []);
  const toggle = async () => {
    const now = going.value;
    going.value = null;
    try {
      if (now) done(await now.stop(), "recorded");
      else {
        going.value = await record();
        since.value = Date.now();
      }
    } catch {
      toast(t("noMicrophone"), "bad");
    }
  };
  return (
    <>
      <button
        type="button"
        aria-pressed={going.value !== null}
        disabled={disabled}
        onClick={() => void toggle()}
        data-testid="record"
      >
        <Icon name="phone" size={16} /> {t(going.value ? "stopRecording" : "recordNow")}
      </button>
      {going.value && (
        <span class="number" data-testid="recorded-seconds">
          {duration(Math.max(0, now.value - since.value) / 1000)}
        </span>
      )}
      <label class={`button file ${disabled ? "disabled" : ""}`}>
        {t("chooseFile")}
        <input
          ref={file}
          type="file"
          accept=".wav,audio/wav"
          disabled={disabled}
          data-testid="sound-file"
          onChange={() => {
            const chosen = file.current?.files?.[0];
            if (chosen) done(chosen, "uploaded");
            if (file.current) file.current.value = "";
          }}
        />
      </label>
    </>
  );
}
