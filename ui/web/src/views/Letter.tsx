import { useSignal } from "@preact/signals";
import { t, tCode } from "../i18n";
import type { ContactRow, FileRow } from "../wire";
import { Icon } from "./Icon";
import { CardHead, Files } from "./Timeline";

interface Field {
  kind: string;
  value: string;
  confidence: number;
}

/** A scanned letter: the page as an image beside the text that was read from it. */
export function Letter({ contact }: { contact: ContactRow }) {
  const pages = contact.files.filter((file) => file.role === "page").sort((a, b) => a.position - b.position);
  const fields = (contact.facts.fields as Field[] | undefined) ?? [];
  const problem = String(contact.facts.problem_text || "");
  return (
    <article class="card letter">
      <CardHead
        contact={contact}
        title={t("letterFrom", { sender: contact.sender_name || contact.sender || t("unknownSender") })}
      />
      {(contact.problem || problem) && (
        <p class="error">{problem || t("problem", { problem: contact.problem })}</p>
      )}
      {fields.length > 0 && (
        <dl class="found">
          {fields.map((field) => (
            <div key={`${field.kind}${field.value}`} class={field.confidence < 0.8 ? "weak" : ""}>
              <dt>{tCode("field", field.kind)}</dt>
              <dd>{field.value}</dd>
            </div>
          ))}
        </dl>
      )}
      {pages.length > 0 ? <Pages pages={pages} text={contact.text} /> : <p class="text">{contact.text}</p>}
      <Files files={contact.files} />
    </article>
  );
}

function Pages({ pages, text }: { pages: FileRow[]; text: string }) {
  const place = useSignal(0);
  const zoom = useSignal(1);
  const turn = useSignal(0);
  const page = pages[Math.min(place.value, pages.length - 1)];
  const words = (page?.facts.words as [string, number][] | undefined) ?? [];
  const weak = words.filter(([, confidence]) => confidence < 0.6).length;
  if (!page) return null;
  return (
    <div class="pages">
      <figure>
        <div class="sheet">
          {page.url && (
            <img
              src={page.url}
              alt={t("pageImage")}
              style={{ width: `${zoom.value * 100}%`, transform: `rotate(${turn.value}deg)` }}
            />
          )}
        </div>
        <figcaption>
          <button
            type="button"
            class="small"
            disabled={place.value === 0}
            onClick={() => {
              place.value -= 1;
            }}
            aria-label={t("key_up")}
          >
            ‹
          </button>
          <span class="number">{t("page", { n: place.value + 1, total: pages.length })}</span>
          <button
            type="button"
            class="small"
            disabled={place.value >= pages.length - 1}
            onClick={() => {
              place.value += 1;
            }}
            aria-label={t("key_down")}
          >
            ›
          </button>
          <button
            type="button"
            class="small"
            onClick={() => {
              zoom.value = Math.min(4, zoom.value * 1.4);
            }}
            aria-label={t("zoomIn")}
          >
            +
          </button>
          <button
            type="button"
            class="small"
            onClick={() => {
              zoom.value = Math.max(0.7, zoom.value / 1.4);
            }}
            aria-label={t("zoomOut")}
          >
            −
          </button>
          <button
            type="button"
            class="small"
            onClick={() => {
              turn.value = (turn.value + 90) % 360;
            }}
            aria-label={t("rotate")}
          >
            ⟳
          </button>
        </figcaption>
      </figure>
      <section aria-label={t("readText")}>
        <h3>{t("readText")}</h3>
        {weak > 0 && (
          <p class="quiet small-print">
            <Icon name="warn" size={13} /> {t("weakWords", { n: weak })}
          </p>
        )}
        <p class="text">{words.length > 0 ? <Words words={words} text={text} /> : text}</p>
      </section>
    </div>
  );
}

/** The text with the words that the machine was unsure of marked. */
function Words({ words, text }: { words: [string, number][]; text: string }) {
  const weak = new Set(words.filter(([, confidence]) => confidence < 0.6).map(([word]) => word));
  return (
    <>{text.split(/(\s+)/).map((piece, n) => (weak.has(piece) ? <mark key={n}>{piece}</mark> : piece))}</>
  );
}
