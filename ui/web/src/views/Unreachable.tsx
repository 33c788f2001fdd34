import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { get } from "../api";
import { moment } from "../format";
import { t } from "../i18n";

interface Failing {
  address: string;
  reason: string;
  at: string;
  case_id: number;
  number: string;
}

/** What a status (RFC 3463) or a mail server's code says, in words. */
export function why(reason: string) {
  const status = /([45])\.(\d)\.(\d+)/.exec(reason);
  if (status?.[2] === "1") return "unreachableNoAddress";
  if (status?.[2] === "2") return status[3] === "2" ? "unreachableFull" : "unreachableMailbox";
  if (status?.[2] === "7") return "unreachableRefused";
  if (reason === "address_not_possible") return "unreachableNoAddress";
  return reason.startsWith("smtp_5") ? "unreachableRefused" : "unreachableOther";
}

/** Addresses that the last mail to could not be delivered. One leaves the list when mail gets through or comes from it. */
export function Unreachable() {
  const found = useSignal<Failing[] | null>(null);
  useEffect(() => {
    get<Failing[]>("/api/console/unreachable").then(
      (rows) => {
        found.value = rows;
      },
      () => undefined,
    );
  }, []);
  const rows = found.value;
  if (rows === null) return null;
  return (
    <section aria-labelledby="unreachable-title" data-testid="unreachable">
      <h2 id="unreachable-title">{t("unreachableTitle")}</h2>
      <p class="quiet">{t(rows.length ? "unreachableIntro" : "unreachableNone")}</p>
      {rows.length > 0 && (
        <table>
          <thead>
            <tr>
              <th scope="col">{t("unreachableAddress")}</th>
              <th scope="col">{t("unreachableWhy")}</th>
              <th scope="col">{t("unreachableWhen")}</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((one) => (
              <tr key={one.address}>
                <th scope="row">{one.address}</th>
                <td>
                  {t(why(one.reason))} <span class="quiet">{one.reason}</span>
                </td>
                <td>
                  {moment(one.at)} <span class="quiet">{one.number}</span>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}
