import { useSignal } from "@preact/signals";
import { moment } from "../format";
import { t } from "../i18n";
import { act, load } from "../store";
import type { ContactRow } from "../wire";

type Images = { count: number; pixels: number; protected: boolean; by?: number; at?: string };

const LINE = 28;
const LOWEST = 280;
const PER_LINE = 85;

/** Its height cannot be asked for: a guess from the text, within which it scrolls. In pixels. */
export function heightOf(text: string): number {
  const lines = text
    .split("\n")
    .reduce((sum, line) => sum + Math.max(1, Math.ceil(line.length / PER_LINE)), 0);
  return LOWEST + lines * LINE;
}

function isDark(): boolean {
  const chosen = document.documentElement.dataset.theme;
  return chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
}

/** The sanitised mail in a frame without rights, and what was not loaded into it. */
export function MailFrame({ contact, url }: { contact: ContactRow; url: string }) {
  const tall = useSignal(false);
  const images = contact.facts.images as Images | undefined;
  // Another address when the consent changes, so that the frame is fetched anew under its other policy.
  const address = `${url}?theme=${isDark() ? "dark" : "light"}&images=${images?.at ? "on" : "off"}`;
  return (
    <>
      {images && <Consent contact={contact} images={images} caseId={Number(url.split("/")[4])} />}
      <iframe
        class="html"
        key={address}
        sandbox="allow-popups allow-popups-to-escape-sandbox"
        src={address}
        title={`${t("htmlMail")}: ${contact.subject}`}
        loading="lazy"
        style={{ height: `${heightOf(contact.text)}px`, maxHeight: tall.value ? "none" : "70vh" }}
      />
      <p class="switches">
        <button
          type="button"
          class="plain"
          aria-pressed={tall.value}
          onClick={() => {
            tall.value = !tall.value;
          }}
        >
          {t(tall.value ? "frameLower" : "frameTaller")}
        </button>
      </p>
    </>
  );
}

function Consent({ contact, images, caseId }: { contact: ContactRow; images: Images; caseId: number }) {
  const sender = contact.sender;
  const refresh = async (verb: "allow_images" | "forbid_images", known: boolean) => {
    const args = { contact_id: contact.id };
    if (verb === "allow_images") await act(verb, { ...args, protected: known });
    else await act(verb, args);
    await load(caseId, true);
  };
  const allow = async () => {
    if (images.protected && !confirm(t("imagesProtected"))) return;
    await refresh("allow_images", images.protected);
  };
  return (
    <p class="images-off small-print" data-testid="images">
      {images.at ? (
        <>
          {t("imagesOn", { sender, time: moment(images.at) })}{" "}
          <button type="button" class="plain" onClick={() => refresh("forbid_images", false)}>
            {t("imagesForbid")}
          </button>
        </>
      ) : (
        <>
          {t("imagesOff", { n: images.count })}{" "}
          {images.pixels > 0 && `${t("imagesPixels", { n: images.pixels })} `}
          <button type="button" class="plain" onClick={allow}>
            {t("imagesAllow", { sender })}
          </button>
        </>
      )}
    </p>
  );
}
