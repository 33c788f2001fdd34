import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { drawn } from "../api";
import { t } from "../i18n";
import { act, details, toast } from "../store";
import type { CaseDetail, CaseRow, LetterTo } from "../wire";
import { Area, Buttons, shut } from "./FormParts";
import { Icon } from "./Icon";
import { Modal } from "./Modal";

const DRAW_AFTER_MS = 500;
const KEEP_AFTER_MS = 700;

/** Answer by letter: written to the left, seen as it will be printed to the right. */
export function LetterDialog({ row }: { row: CaseRow }) {
  const detail = details.value[row.id];
  return (
    <Modal title={t("letterTitle")} testId="letter-dialog" wide>
      {detail?.letter_to && <Writing row={row} detail={detail} whom={detail.letter_to} />}
    </Modal>
  );
}

function Writing({ row, detail, whom }: { row: CaseRow; detail: CaseDetail; whom: LetterTo }) {
  const to = useSignal(whom.address);
  const subject = useSignal(detail.reply_subject);
  const text = useSignal(detail.drafts.letter ?? "");
  const slip = useSignal(false);
  const digital = useSignal(false);
  const busy = useSignal(false);
  const forget = useKept(row.id, text.value);
  const send = async () => {
    if (!text.value.trim() || busy.value) return;
    busy.value = true;
    const words = { to: to.value, subject: subject.value, text: text.value, slip: slip.value };
    const done = await act("send_letter", { case_id: row.id, ...words, digital: digital.value });
    busy.value = false;
    if (done === undefined) return;
    forget();
    toast(t("letterSent"));
    shut();
  };
  return (
    <form
      class="letter-form"
      onSubmit={(e) => {
        e.preventDefault();
        void send();
      }}
    >
      <div class="fields">
        {whom.forwarded && (
          <p class="notice" role="note">
            <Icon name="lock" size={15} /> {t("letterForwarded")}
          </p>
        )}
        <label>
          {t(whom.forwarded ? "letterName" : "letterTo")}
          <textarea
            rows={whom.forwarded ? 1 : 4}
            value={to.value}
            data-testid="letter-to"
            data-focus={to.value ? undefined : ""}
            readOnly={whom.forwarded}
            onInput={(e) => {
              to.value = e.currentTarget.value;
            }}
          />
        </label>
        <label>
          {t("subject")}
          <input
            value={subject.value}
            data-testid="letter-subject"
            onInput={(e) => {
              subject.value = e.currentTarget.value;
            }}
          />
        </label>
        <Area
          label={t("letterText")}
          value={text}
          testId="letter-text"
          submit={() => void send()}
          first={!!to.value}
        />
        <label class="check">
          <input
            type="checkbox"
            checked={slip.value}
            data-testid="letter-slip"
            onChange={(e) => {
              slip.value = e.currentTarget.checked;
            }}
          />
          {t("letterSlip")}
        </label>
        {whom.digital && (
          <label class="check">
            <input
              type="checkbox"
              checked={digital.value}
              data-testid="letter-digital"
              onChange={(e) => {
                digital.value = e.currentTarget.checked;
              }}
            />
            {t("letterDigital")}
          </label>
        )}
        <Buttons submit={t("letterSend")} disabled={busy.value || !text.value.trim()} />
      </div>
      <Preview
        path={`/api/console/cases/${row.id}/letter`}
        letter={{ to: to.value, subject: subject.value, text: text.value, slip: slip.value }}
      />
    </form>
  );
}

/** The unsent text is kept on the server as it is written, and when the dialog is left; returns how to stop that. */
function useKept(id: number, text: string): () => void {
  const kept = useRef(text);
  const latest = useRef(text);
  latest.current = text;
  const keep = () => {
    if (kept.current === latest.current) return;
    kept.current = latest.current;
    void act("save_draft", { case_id: id, kind: "letter", text: latest.current });
  };
  useEffect(() => {
    const timer = setTimeout(keep, KEEP_AFTER_MS);
    return () => clearTimeout(timer);
  }, [text]);
  useEffect(() => keep, []);
  return () => {
    kept.current = latest.current;
  };
}

type Wanted = { to: string; subject: string; text: string; slip: boolean };

function Preview({ path, letter }: { path: string; letter: Wanted }) {
  const page = useSignal(1);
  const pages = useSignal(1);
  const image = useSignal("");
  const problem = useSignal("");
  const shape = JSON.stringify([letter, page.value]);
  useEffect(() => {
    let isGone = false;
    const timer = setTimeout(async () => {
      try {
        const found = await drawn(path, { ...letter, page: page.value });
        if (isGone) return;
        URL.revokeObjectURL(image.value);
        image.value = URL.createObjectURL(found.image);
        pages.value = found.pages;
        page.value = Math.min(page.value, found.pages);
        problem.value = "";
      } catch (error) {
        if (!isGone) problem.value = error instanceof Error ? error.message : t("failed");
      }
    }, DRAW_AFTER_MS);
    return () => {
      isGone = true;
      clearTimeout(timer);
    };
  }, [shape]);
  useEffect(() => () => URL.revokeObjectURL(image.value), []);
  return (
    <figure class="letter-preview">
      {problem.value && <p class="error">{problem.value}</p>}
      {image.value && (
        <img
          src={image.value}
          data-testid="letter-preview"
          alt={t("letterPreview", { page: page.value, pages: pages.value })}
        />
      )}
      {pages.value > 1 && (
        <figcaption>
          <button
            type="button"
            disabled={page.value <= 1}
            onClick={() => {
              page.value -= 1;
            }}
          >
            {t("earlierPage")}
          </button>
          <span class="number" role="status">
            {page.value} / {pages.value}
          </span>
          <button
            type="button"
            disabled={page.value >= pages.value}
            onClick={() => {
              page.value += 1;
            }}
          >
            {t("laterPage")}
          </button>
        </figcaption>
      )}
    </figure>
  );
}
