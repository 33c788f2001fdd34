import { useSignal } from "@preact/signals";
import { t, tCode } from "../i18n";
import type { ContactRow, FileRow } from "../wire";
import { CardHead, Files } from "./Cards";
import { Icon } from "./Icon";

interface Field {
  kind: string;
  value: string;
  confidence: number;
}

/** `[text, confidence, left, top, width, height]`, as the reader of letters leaves it with each page. */
type Word = [string, number, ...number[]];

const UNSURE_FIELD = 0.8;
const UNSURE_WORD = 0.5;

/** A scanned letter: the page as an image beside the text that was read from it. */
export function Letter({ contact }: { contact: ContactRow }) {
  const pages = contact.files.filter((file) => file.role === "page").sort((a, b) => a.position - b.position);
  const fields = (contact.facts.fields as Field[] | undefined) ?? [];
  const problem = String(contact.facts.problem_text || "");
  return (
    <article class="card letter" tabIndex={-1}>
      <CardHead
        contact={contact}
        title={t("letterFrom", { sender: contact.sender_name || contact.sender || t("unknownSender") })}
      />
      {(contact.problem || problem) && (
        <p class="error">
          <Icon name="warn" size={15} /> {problem || t("problem", { problem: contact.problem })}
        </p>
      )}
      {fields.length > 0 && <Fields fields={fields} />}
      {pages.length > 0 ? <Pages pages={pages} text={contact.text} /> : <p class="text">{contact.text}</p>}
      <Files files={contact.files} />
    </article>
  );
}

/** What was found in the text: name, number, date … An unsure one says so in words too. */
function Fields({ fields }: { fields: Field[] }) {
  return (
    <dl class="found">
      {fields.map((field) => {
        const isUnsure = field.confidence < UNSURE_FIELD;
        return (
          <div key={`${field.kind}${field.value}`} class={isUnsure ? "weak" : ""}>
            <dt>{tCode("field", field.kind)}</dt>
            <dd class="number">
              {field.value}
              {isUnsure && <span class="tag">{t("unsure")}</span>}
            </dd>
          </div>
        );
      })}
    </dl>
  );
}

function Pages({ pages, text }: { pages: FileRow[]; text: string }) {
  const place = useSignal(0);
  const page = pages[Math.min(place.value, pages.length - 1)];
  const words = pages.flatMap((one) => (one.facts.words as Word[] | undefined) ?? []);
  const weak = new Set(words.filter(([, confidence]) => confidence < UNSURE_WORD).map(([word]) => word));
  if (!page) return null;
  return (
    <div class="pages">
      <Sheet page={page} place={place} count={pages.length} key={page.id} />
      <section aria-label={t("readText")}>
        <h3>{t("readText")}</h3>
        {weak.size > 0 && (
          <p class="quiet small-print">
            <Icon name="warn" size={13} /> {t("weakWords", { n: weak.size })}
          </p>
        )}
        <p class="text">
          {text.split(/(\s+)/).map((piece, n) => (weak.has(piece) ? <mark key={n}>{piece}</mark> : piece))}
        </p>
      </section>
    </div>
  );
}

function Sheet({ page, place, count }: { page: FileRow; place: { value: number }; count: number }) {
  const zoom = useSignal(1);
  const turn = useSignal(0);
  const button = (
    label: Parameters<typeof t>[0],
    sign: preact.ComponentChildren,
    run: () => void,
    off = false,
  ) => (
    <button type="button" class="small" aria-label={t(label)} title={t(label)} disabled={off} onClick={run}>
      {sign}
    </button>
  );
  return (
    <figure>
      <div class="sheet" tabIndex={0} role="region" aria-label={t("pageImage")}>
        <Picture page={page} zoom={zoom.value} turn={turn.value} />
      </div>
      <figcaption>
        {count > 1 &&
          button(
            "pageBefore",
            "‹",
            () => {
              place.value -= 1;
            },
            place.value === 0,
          )}
        <span class="number" role="status">
          {t("page", { n: place.value + 1, total: count })}
        </span>
        {count > 1 &&
          button(
            "pageAfter",
            "›",
            () => {
              place.value += 1;
            },
            place.value >= count - 1,
          )}
        {button("zoomIn", "+", () => {
          zoom.value = Math.min(4, zoom.value * 1.4);
        })}
        {button("zoomOut", "−", () => {
          zoom.value = Math.max(0.5, zoom.value / 1.4);
        })}
        {button("rotate", "⟳", () => {
          turn.value = (turn.value + 90) % 360;
        })}
      </figcaption>
    </figure>
  );
}

const A4 = 210 / 297;

/** The image in a box of its own shape as turned, so that all of it can be scrolled to. */
function Picture({ page, zoom, turn }: { page: FileRow; zoom: number; turn: number }) {
  const known = Number(page.facts.width) / Number(page.facts.height);
  const shape = useSignal(known > 0 ? known : A4);
  const isSideways = turn % 180 !== 0;
  if (!page.url) return null;
  return (
    <div
      class="picture"
      style={{ width: `${zoom * 100}%`, aspectRatio: String(isSideways ? 1 / shape.value : shape.value) }}
    >
      <img
        src={page.url}
        alt={t("pageImage")}
        onLoad={(e) => {
          shape.value = e.currentTarget.naturalWidth / e.currentTarget.naturalHeight;
        }}
        style={{
          width: isSideways ? `${shape.value * 100}%` : "100%",
          transform: `translate(-50%, -50%) rotate(${turn}deg)`,
        }}
      />
    </div>
  );
}
