import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { moment } from "../format";
import { t } from "../i18n";
import { act } from "../store";
import type { ContactRow, Seal } from "../wire";
import { why } from "./Unreachable";

const ASK_AFTER_MS = 300;

interface Smime {
  signature?: "valid" | "changed" | "weak" | "unreadable" | "unknown_issuer" | "expired" | "other_address";
  by?: string;
  addresses?: string[];
  issuer?: string;
  signed_at?: string;
  expires?: string;
  encryption?: "opened" | "no_key" | "damaged";
  sealed?: boolean;
}

/** Who signed a mail and whether that holds; whether it was encrypted; how ours went out. */
export function MailSeal({ contact }: { contact: ContactRow }) {
  const found = contact.facts.smime as Smime | undefined;
  const sent = contact.facts.sealed as { encrypted: string[] } | undefined;
  return (
    <>
      {found?.signature && <Signature found={found} />}
      {found?.encryption && <p class="quiet small-print">{t(encryption(found))}</p>}
      {sent && (
        <p class="quiet small-print" data-testid="mail-sealed">
          {sent.encrypted.length > 0
            ? t("sealSentEncrypted", { to: sent.encrypted.join(", ") })
            : t("sealSentSigned")}
          {contact.facts.sent_open === true && ` ${t("sealSentOpen")}`}
        </p>
      )}
    </>
  );
}

function encryption({ encryption, sealed }: Smime) {
  if (encryption === "no_key") return "sealNoKey";
  if (encryption === "damaged") return "sealDamaged";
  return sealed ? "sealOpened" : "sealUnsealed";
}

function Signature({ found }: { found: Smime }) {
  const { signature = "unreadable", by = "", addresses = [], issuer = "", signed_at, expires } = found;
  const until = expires ? moment(expires) : "";
  const words = t(`sealSigned_${signature}`, { by, address: addresses.join(", "), issuer, expires: until });
  const fine = signature === "valid";
  return (
    <details class={`trust ${fine ? "confirmed" : "unconfirmed"} small-print`} data-testid="mail-signature">
      <summary>{words}</summary>
      {signed_at && <p>{t("sealAt", { at: moment(signed_at) })}</p>}
      {issuer && <p class="quiet">{t("sealIssuer", { issuer, expires: until })}</p>}
    </details>
  );
}

/** In the composer: how the answer will go out, and for those with the right a way to send it open. */
export function SealChoice({
  caseId,
  to,
  isOpen,
  setOpen,
}: {
  caseId: number;
  to: string[];
  isOpen: boolean;
  setOpen: (open: boolean) => void;
}) {
  const seal = useSignal<Seal | undefined>(undefined);
  const asked = to.join(",");
  useEffect(() => {
    const timer = setTimeout(async () => {
      seal.value = await act("look_seal", { case_id: caseId, to: to.slice(0, 50) });
    }, ASK_AFTER_MS);
    return () => clearTimeout(timer);
  }, [caseId, asked]);
  const found = seal.value;
  if (!found) return null;
  if (!found.signed) return <FailingAddresses found={found} />;
  const all = to.length > 0 && found.encrypted.length === to.length;
  const words =
    found.encrypted.length === 0 || isOpen
      ? t("sealWillSign")
      : all
        ? t("sealWillEncrypt")
        : t("sealWillEncryptSome", { to: found.encrypted.join(", ") });
  return (
    <div>
      <FailingAddresses found={found} />
      <p class="seal small-print" data-testid="seal">
        <span role="status">
          <span aria-hidden="true">{found.encrypted.length > 0 && !isOpen ? "🔒 " : ""}</span>
          {words}
        </span>
        {found.encrypted.length > 0 && found.may_open && (
          <label>
            <input
              type="checkbox"
              checked={isOpen}
              onChange={(e) => setOpen(e.currentTarget.checked)}
              data-testid="seal-off"
            />
            {t("sealOff")}
          </label>
        )}
      </p>
    </div>
  );
}

/** Recipients whom the last mail did not reach. */
function FailingAddresses({ found }: { found: Seal }) {
  return (
    <div role="status" data-testid="failing">
      {Object.entries(found.failing).map(([address, reason]) => (
        <p key={address} class="error small-print">
          {t("failingAddress", { address, why: t(why(reason)) })}
        </p>
      ))}
    </div>
  );
}
