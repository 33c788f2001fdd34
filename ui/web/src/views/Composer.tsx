import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { ApiError, upload } from "../api";
import { bytes } from "../format";
import { t } from "../i18n";
import { act, announce, composer, composerFocus, isMine, toast } from "../store";
import type { CaseDetail, CaseRow, Upload } from "../wire";
import { Icon } from "./Icon";

const SAVE_AFTER_MS = 700;

/** Where the agent writes: a reply to the citizen or an internal note. What is unsent is kept on the server. */
export function Composer({ row, detail }: { row: CaseRow; detail: CaseDetail }) {
  const canReply = isMine.value;
  const kind = canReply ? composer.value : "note";
  const texts = { reply: useSignal(detail.drafts.reply ?? ""), note: useSignal(detail.drafts.note ?? "") };
  const to = useSignal(detail.reply_to.join(", "));
  const files = useSignal<Upload[]>([]);
  const saved = useSignal(false);
  const busy = useSignal(false);
  const area = useRef<HTMLTextAreaElement>(null);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const asked = useRef(composerFocus.value);

  useEffect(() => {
    if (composerFocus.value !== asked.current) {
      asked.current = composerFocus.value;
      area.current?.focus();
    }
  }, [composerFocus.value]);
  useEffect(() => {
    if (detail.drafts.reply && canReply) composer.value = "reply";
  }, []);

  const write = (value: string) => {
    texts[kind].value = value;
    saved.value = false;
    clearTimeout(timer.current);
    timer.current = setTimeout(() => void keep(kind, value), SAVE_AFTER_MS);
  };
  const keep = async (which: "reply" | "note", text: string) => {
    if ((await act("save_draft", { case_id: row.id, kind: which, text })) !== undefined) saved.value = true;
  };
  const send = async () => {
    const text = texts[kind].value;
    if (!text.trim() || busy.value) return;
    clearTimeout(timer.current);
    busy.value = true;
    const answer =
      kind === "note"
        ? await act("note", { case_id: row.id, text })
        : await act("reply", {
            case_id: row.id,
            to: to.value.split(/[,;\s]+/).filter(Boolean),
            subject: detail.reply_subject,
            text,
            files: files.value.map((file) => file.id),
          });
    busy.value = false;
    if (answer === undefined) return;
    texts[kind].value = "";
    files.value = [];
    saved.value = false;
    announce(t(kind === "note" ? "saved" : "sent"));
    toast(t(kind === "note" ? "saved" : "sent"));
  };
  const onKey = (event: KeyboardEvent) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      void send();
    }
    if (event.key === "Escape") area.current?.blur();
  };
  const choose = (which: "reply" | "note") => () => {
    composer.value = which;
    composerFocus.value += 1;
  };
  return (
    <section
      class={`composer ${kind}`}
      data-testid="composer"
      aria-label={t(kind === "reply" ? "writeReply" : "writeNote")}
    >
      <div class="kinds" role="group" aria-label={t("actions")}>
        {canReply && (
          <button
            type="button"
            aria-pressed={kind === "reply"}
            onClick={choose("reply")}
            data-testid="write-reply"
          >
            {t("reply")} <kbd>R</kbd>
          </button>
        )}
        <button
          type="button"
          aria-pressed={kind === "note"}
          onClick={choose("note")}
          data-testid="write-note"
        >
          {t("note")} <kbd>A</kbd>
        </button>
        <span class="quiet saved" role="status">
          {saved.value && texts[kind].value ? t("draftSaved") : ""}
        </span>
      </div>
      {kind === "reply" && (
        <label class="to">
          <span>{t("to")}</span>
          <input
            value={to.value}
            data-testid="reply-to"
            onInput={(e) => {
              to.value = e.currentTarget.value;
            }}
          />
        </label>
      )}
      <textarea
        ref={area}
        rows={kind === "reply" ? 6 : 3}
        lang=""
        spellcheck
        data-testid={kind === "reply" ? "reply-text" : "note-text"}
        aria-label={t(kind === "reply" ? "writeReply" : "writeNote")}
        placeholder={t(kind === "reply" ? "writeReply" : "writeNote")}
        value={texts[kind].value}
        onInput={(e) => write(e.currentTarget.value)}
        onKeyDown={onKey}
      />
      <div class="bottom">
        {kind === "reply" && <Attach files={files} />}
        <span class="quiet">{t("sendHint")}</span>
        <button
          type="button"
          class="primary"
          disabled={busy.value}
          onClick={() => void send()}
          data-testid="send"
        >
          {t(kind === "reply" ? "send" : "save")}
        </button>
      </div>
    </section>
  );
}

function Attach({ files }: { files: { value: Upload[] } }) {
  const add = async (list: FileList | null) => {
    for (const file of list ?? []) {
      try {
        files.value = [...files.value, await upload<Upload>("/api/console/uploads", file)];
      } catch (problem) {
        toast(problem instanceof ApiError ? problem.message : t("failed"), "bad");
      }
    }
  };
  return (
    <div class="attach">
      <label class="button small">
        <Icon name="plus" size={14} /> {t("attach")}
        <input
          type="file"
          multiple
          class="hidden"
          onChange={(e) => {
            void add(e.currentTarget.files);
            e.currentTarget.value = "";
          }}
        />
      </label>
      {files.value.map((file) => (
        <span key={file.id} class="chip">
          {file.name} <span class="quiet number">{bytes(file.size)}</span>
          <button
            type="button"
            class="plain"
            aria-label={t("remove", { name: file.name })}
            onClick={() => {
              files.value = files.value.filter((one) => one.id !== file.id);
            }}
          >
            <Icon name="close" size={12} />
          </button>
        </span>
      ))}
    </div>
  );
}
