import { useSignal } from "@preact/signals";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { ApiError, upload } from "../api";
import { bytes, moment } from "../format";
import { t } from "../i18n";
import { act, composer, composerFocus, finish, isMine, toast, unfinishedOf } from "../store";
import { givenBack, undoReply } from "../undo";
import type { CaseDetail, CaseRow, Upload } from "../wire";
import { addresses, type Copies, CopyFields, NO_COPIES } from "./CopyFields";
import { Icon } from "./Icon";
import { SealChoice } from "./MailSeal";

const SAVE_AFTER_MS = 700;
type Kind = "reply" | "note";

/** A mail is most often answered, a call noted; what was begun comes first. */
function firstKind(row: CaseRow, detail: CaseDetail): Kind {
  const begun = (kind: Kind) => unfinishedOf(row.id, kind, detail).text !== "";
  if (begun("reply")) return "reply";
  const isWritten = row.channel === "email" || row.channel === "web";
  return isWritten && detail.reply_to.length > 0 && !begun("note") ? "reply" : "note";
}

/** The last asking for the focus that was heeded: one may ask before the field is there. */
let heeded = 0;

/** Where the agent writes: a reply to the citizen or an internal note. What is unsent is kept on the server. */
export function Composer({ row, detail }: { row: CaseRow; detail: CaseDetail }) {
  const area = useRef<HTMLTextAreaElement>(null);
  const first = useRef(true);
  if (first.current) {
    first.current = false;
    if (composerFocus.value === heeded) composer.value = firstKind(row, detail);
  }
  const kind: Kind = isMine.value ? composer.value : "note";
  // At once, before the next key arrives: what is typed must not become commands.
  useLayoutEffect(() => {
    if (composerFocus.value === heeded) return;
    heeded = composerFocus.value;
    area.current?.focus();
  }, [composerFocus.value, kind]);
  return <Writing key={`${kind} ${givenBack.value}`} kind={kind} row={row} detail={detail} area={area} />;
}

function Writing({
  kind,
  row,
  detail,
  area,
}: {
  kind: Kind;
  row: CaseRow;
  detail: CaseDetail;
  area: { current: HTMLTextAreaElement | null };
}) {
  const work = unfinishedOf(row.id, kind, detail);
  const text = useSignal(work.text);
  const to = useSignal(work.to);
  const files = useSignal<Upload[]>(work.files);
  const saved = useSignal(false);
  const sentOpen = useSignal(false);
  const copies = useSignal<Copies>(NO_COPIES);
  const busy = useSignal(false);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);

  const keep = async () => {
    clearTimeout(timer.current);
    timer.current = undefined;
    const saving = work.text;
    if ((await act("save_draft", { case_id: row.id, kind, text: saving })) !== undefined)
      saved.value = work.text === saving;
  };
  const write = (value: string) => {
    text.value = value;
    work.text = value;
    saved.value = false;
    clearTimeout(timer.current);
    timer.current = setTimeout(() => void keep(), SAVE_AFTER_MS);
  };
  useEffect(() => {
    // Whoever leaves in the middle of a word finds it again.
    const flush = () => {
      if (timer.current !== undefined) void keep();
    };
    window.addEventListener("pagehide", flush);
    return () => {
      window.removeEventListener("pagehide", flush);
      flush();
    };
  }, []);
  const send = async () => {
    if (!work.text.trim() || busy.value) return;
    clearTimeout(timer.current);
    timer.current = undefined;
    busy.value = true;
    const words = { case_id: row.id, text: work.text };
    const recipients = addresses(work.to);
    const done =
      kind === "note"
        ? await act("note", words)
        : await act("reply", {
            ...words,
            to: recipients,
            subject: detail.reply_subject,
            files: work.files.map((file) => file.id),
            sent_open: sentOpen.value,
            cc: addresses(copies.value.cc),
            bcc: addresses(copies.value.bcc),
            ...(copies.value.at ? { send_at: new Date(copies.value.at).toISOString() } : {}),
          });
    busy.value = false;
    if (done === undefined) return;
    finish(row.id, kind);
    work.text = text.value = "";
    work.files = files.value = [];
    saved.value = false;
    const later = copies.value.at;
    copies.value = NO_COPIES;
    if (kind === "note") toast(t("saved"));
    else
      toast(later ? t("sentLater", { time: moment(new Date(later).toISOString()) }) : t("sent"), "good", {
        word: t("undoReply"),
        run: () => void undoReply(row.id, done as number),
      });
  };
  const onKey = (event: KeyboardEvent) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      void send();
    }
    if (event.key === "Escape") {
      event.preventDefault();
      document.getElementById("case-title")?.focus({ preventScroll: true });
    }
  };
  const words = t(kind === "reply" ? "writeReply" : "writeNote");
  return (
    <section
      class={`composer ${kind} ${text.value ? "" : "untouched"}`}
      data-testid="composer"
      aria-label={t(kind)}
    >
      <div class="kinds" role="group" aria-label={t("writeWhat")}>
        {isMine.value && <KindButton kind="reply" shortcut="R" isHere={kind === "reply"} />}
        <KindButton kind="note" shortcut="A" isHere={kind === "note"} />
        <span class="quiet saved" role="status">
          {saved.value && text.value ? t("draftSaved") : ""}
        </span>
      </div>
      {kind === "reply" && (
        <label class="to">
          <span>{t("to")}</span>
          <input
            value={to.value}
            data-testid="reply-to"
            inputMode="email"
            autocomplete="off"
            onInput={(e) => {
              to.value = work.to = e.currentTarget.value;
            }}
          />
        </label>
      )}
      {kind === "reply" && (
        <SealChoice
          caseId={row.id}
          to={to.value.split(/[,;\s]+/).filter(Boolean)}
          isOpen={sentOpen.value}
          setOpen={(open) => {
            sentOpen.value = open;
          }}
        />
      )}
      {kind === "reply" && (
        <CopyFields
          copies={copies.value}
          change={(chosen) => {
            copies.value = chosen;
          }}
        />
      )}
      <textarea
        ref={area}
        spellcheck
        data-testid={`${kind}-text`}
        aria-label={words}
        placeholder={words}
        value={text.value}
        onInput={(e) => write(e.currentTarget.value)}
        onKeyDown={onKey}
      />
      <div class="bottom">
        {kind === "reply" && (
          <Attach
            files={files.value}
            change={(chosen) => {
              files.value = work.files = chosen;
            }}
          />
        )}
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

function KindButton({ kind, shortcut, isHere }: { kind: Kind; shortcut: string; isHere: boolean }) {
  return (
    <button
      type="button"
      aria-pressed={isHere}
      data-testid={`write-${kind}`}
      // The composer grows when it has the focus: the button must not move away from under the pointer.
      onMouseDown={(e) => e.preventDefault()}
      onClick={() => {
        composer.value = kind;
        composerFocus.value += 1;
      }}
    >
      {t(kind)} <kbd>{shortcut}</kbd>
    </button>
  );
}

function Attach({ files, change }: { files: Upload[]; change: (files: Upload[]) => void }) {
  const busy = useSignal(false);
  const add = async (list: File[]) => {
    busy.value = true;
    const added = [...files];
    for (const file of list) {
      try {
        added.push(await upload<Upload>("/api/console/uploads", file));
      } catch (problem) {
        toast(problem instanceof ApiError ? problem.message : t("failed"), "bad");
      }
    }
    change(added);
    busy.value = false;
  };
  return (
    <div class="attach">
      <label class="button small">
        <Icon name="plus" size={14} /> {t(busy.value ? "loading" : "attach")}
        <input
          type="file"
          multiple
          class="hidden"
          onChange={(e) => {
            void add([...(e.currentTarget.files ?? [])]);
            e.currentTarget.value = "";
          }}
        />
      </label>
      {files.map((file) => (
        <span key={file.id} class="chip">
          {file.name} <span class="quiet number">{bytes(file.size)}</span>
          <button
            type="button"
            class="plain"
            aria-label={t("remove", { name: file.name })}
            onClick={() => change(files.filter((one) => one.id !== file.id))}
          >
            <Icon name="close" size={12} />
          </button>
        </span>
      ))}
    </div>
  );
}
